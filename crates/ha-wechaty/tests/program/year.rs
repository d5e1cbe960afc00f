//! The page that `ha-wechaty year` prints; what its figures are is tried in its own crate.

use super::cli::{output, program, text};

#[test]
fn the_same_seed_gives_the_same_page_and_another_one_another() {
    let page = |seed: &str, json: bool| {
        let mut command = program(&["year", "--days", "20", "--seed", seed]);
        let output = output(command.args(json.then_some("--json")));
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        text(&output.stdout)
    };
    assert_eq!(page("1", false), page("1", false));
    assert_eq!(page("1", true), page("1", true));
    assert_ne!(page("1", true), page("2", true));
    let wide: Vec<_> =
        page("1", false).lines().filter(|it| it.chars().count() > 80).map(String::from).collect();
    assert_eq!(wide, [""; 0]);
}
