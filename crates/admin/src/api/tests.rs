//! The table against the description, both ways.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

fn described() -> Value {
    serde_json::from_str(OPENAPI).expect("openapi.json is JSON")
}

/// A reference within the description, followed.
fn follow<'a>(all: &'a Value, at: &'a Value) -> &'a Value {
    match at["$ref"].as_str() {
        Some(path) => all.pointer(path.trim_start_matches('#')).expect("a reference leads somewhere"),
        None => at,
    }
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let described = described();
    let paths = described["paths"].as_object().expect("paths");
    let told = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods").keys();
        let methods = methods.filter(|it| *it != "parameters");
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    let served = ROUTES.iter().map(|row| match row.asked {
        Asked::Get(_) | Asked::Login => format!("GET {}", row.path),
        Asked::Post(_)
        | Asked::Reload
        | Asked::Send
        | Asked::Acknowledge
        | Asked::TestAlarm
        | Asked::Link
        | Asked::Code => format!("POST {}", row.path),
    });
    assert_eq!(told.collect::<BTreeSet<_>>(), served.collect::<BTreeSet<_>>());
}

#[test]
fn each_says_what_it_is_for_and_how_it_may_end() {
    let described = described();
    for (path, methods) in described["paths"].as_object().expect("paths") {
        for (method, it) in methods.as_object().expect("methods").iter().filter(|(it, _)| *it != "parameters")
        {
            assert!(it["summary"].as_str().is_some_and(|it| it.len() > 10), "{method} {path} has a summary");
            assert!(it["operationId"].as_str().is_some_and(|it| !it.is_empty()), "{method} {path}");
            let ends = it["responses"].as_object().expect("responses");
            assert!(ends.contains_key("200") && ends.contains_key("401"), "{method} {path}: {ends:?}");
            if method == "post" {
                for code in ["415", "503"] {
                    assert!(ends.contains_key(code), "{method} {path} may end with {code}");
                }
                assert_eq!(ends.contains_key("404"), path.contains('{'), "{method} {path}");
                if path.ends_with("/link") {
                    // Its body is not read.
                    continue;
                }
                assert!(ends.contains_key("400"), "{method} {path} may end with 400");
                let body = follow(&described, &it["requestBody"]);
                let schema = follow(&described, &body["content"]["application/json"]["schema"]);
                let fields = schema["properties"].as_object().expect("fields");
                let lasts = ["/drain", "/maintenance", "/ack"].iter().any(|end| path.ends_with(end));
                assert_eq!(fields.contains_key("for"), lasts, "{path}");
            }
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(all: &Value, at: &Value, seen: &mut usize) {
        match at {
            Value::Object(fields) => {
                if at["$ref"].is_string() {
                    *seen += 1;
                    follow(all, at);
                }
                fields.values().for_each(|it| walk(all, it, seen));
            }
            Value::Array(values) => values.iter().for_each(|it| walk(all, it, seen)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let (described, mut seen) = (described(), 0);
    walk(&described, &described, &mut seen);
    assert!(seen > 20, "{seen}");
}

#[test]
fn what_each_route_takes_is_described() {
    let described = described();
    for row in &ROUTES {
        let method = if row.asked.does() { "post" } else { "get" };
        let right = described["paths"][row.path][method]["x-right"].as_str();
        assert_eq!(right, Some(row.asked.right().name()), "{method} {}", row.path);
        assert_eq!(super::right(row.path, row.asked.does()), Some(row.asked.right()));
    }
}
