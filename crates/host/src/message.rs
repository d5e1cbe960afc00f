//! What we and a host tell each other: a line of JSON for each message. The other end is `host/parent.mjs`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What we tell a host.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub(super) enum Order<'a> {
    /// Once, first: run this puppet. Secrets travel here only, never in arguments that others can list.
    Open(Open<'a>),
    /// End, in order.
    Close,
}

/// Which puppet a host runs, and with what.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Open<'a> {
    /// The account's.
    pub(super) name: &'a str,
    pub(super) puppet: Source,
    /// Where its packages are, if not where the host's own are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tree: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<&'a str>,
    pub(super) options: &'a Map<String, Value>,
    /// Where its memory card is, without the ending.
    pub(super) memory: PathBuf,
    /// What we will show to the puppet service.
    pub(super) service_token: &'a str,
}

/// Where a puppet's code is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Source {
    /// A package of a tree.
    Name(String),
    /// A folder or file.
    Path(PathBuf),
}

/// What a host tells.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub(super) enum Report {
    /// Something for the log.
    Log { level: Level, text: String },
    /// Its puppet service takes connections on this port.
    Serving { port: u16 },
    /// It can't go on; this is its last word.
    Failed { why: String },
}

/// How much a line of the log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Level {
    /// The same, or `debug` if it matters more.
    pub(super) fn at_most_debug(self) -> Self {
        match self {
            Self::Error | Self::Warn | Self::Info | Self::Debug => Self::Debug,
            Self::Trace => Self::Trace,
        }
    }
}

impl Report {
    /// A line of a host's output; what is no message was printed past it, and is for the log.
    pub(super) fn of_line(line: String) -> Self {
        serde_json::from_str(&line).unwrap_or(Self::Log { level: Level::Info, text: line })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_read_and_anything_else_is_for_the_log() {
        for (line, report) in [
            (r#"{"type":"serving","port":4711}"#, Report::Serving { port: 4711 }),
            (r#"{"type":"failed","why":"so"}"#, Report::Failed { why: "so".into() }),
            (
                r#"{"level":"trace","text":"a","type":"log"}"#,
                Report::Log { level: Level::Trace, text: "a".into() },
            ),
            ("{} from a puppet", Report::Log { level: Level::Info, text: "{} from a puppet".into() }),
        ] {
            assert_eq!(Report::of_line(line.to_owned()), report);
        }
    }

    #[test]
    fn an_order_is_a_line() {
        let options = Map::from_iter([("a".to_owned(), Value::from(1))]);
        let open = Order::Open(Open {
            name: "north",
            puppet: Source::Name("wechaty-puppet-mock".into()),
            tree: None,
            token: Some("line\nbreak"),
            options: &options,
            memory: "/data/card".into(),
            service_token: "host_1",
        });
        let line = serde_json::to_string(&open).expect("JSON");
        assert_eq!(
            line,
            r#"{"type":"open","name":"north","puppet":{"name":"wechaty-puppet-mock"},"token":"line\nbreak","options":{"a":1},"memory":"/data/card","serviceToken":"host_1"}"#
        );
        assert_eq!(serde_json::to_string(&Order::Close).expect("JSON"), r#"{"type":"close"}"#);
    }
}
