//! Where traces go.

use super::{LEAST, parse, problems};

#[test]
fn a_collector_is_an_address_to_which_the_usual_path_is_added() {
    for (text, uri) in [
        ("http://127.0.0.1:4318", Some("http://127.0.0.1:4318/v1/traces")),
        ("https://otel.example.com/", Some("https://otel.example.com/v1/traces")),
        ("http://h:1/api/otlp", Some("http://h:1/api/otlp")),
        ("off", None),
    ] {
        let config = parse(&format!("[trace]\nendpoint = {text:?}\n{LEAST}")).expect("it is right");
        assert_eq!(config.trace.endpoint.map(|it| it.to_string()).as_deref(), uri, "{text}");
    }
    for text in ["127.0.0.1:4318", "grpc://h:4317", "http://"] {
        let problems = problems(&format!("[trace]\nendpoint = {text:?}\n{LEAST}"));
        assert!(
            problems[0].contains("trace.endpoint: ") && problems[0].contains("no address"),
            "{problems:?}"
        );
    }
    for text in ["http://user:sesame@h:1", "user:sesame@h", "http://user:ses ame@h:1"] {
        let problems = problems(&format!("[trace]\nendpoint = {text:?}\n{LEAST}"));
        assert!(problems[0].contains("trace.endpoint: has a `#`, or a user or a password"), "{problems:?}");
        assert!(!problems[0].contains("ses") && !problems[0].contains("ame@"), "{problems:?}");
    }
    let problems = problems(&format!("[trace]\nsample = 1.5\n{LEAST}"));
    assert!(problems[0].contains("trace.sample"), "{problems:?}");
}
