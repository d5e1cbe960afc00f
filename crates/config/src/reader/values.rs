//! How each type is written.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use bytesize::ByteSize;
use ha_wechaty_core::{BotMode, Ids, Policy};
use ha_wechaty_wire::Token;

use crate::{
    AccountTls, Endpoint, Files, GatewayTls, PemFile, Place, Secret, WhenUnsure,
    admin::Listen,
    resolve,
    section::{Field, Form, FromField, nearest},
    tree::{Node, Value},
};

impl Field<'_> {
    pub(crate) fn text(&self, like: &str) -> Option<&str> {
        let value = &self.node.value;
        value.text().or_else(|| self.refuse(format!("must be a text like {like:?}, not {}", value.shown())))
    }

    /// One of a few words.
    fn word<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(words[0].0)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let hint = nearest(text, &names).map(|word| format!("; did you mean {word:?}?")).unwrap_or_default();
        self.refuse(format!("is {text:?}, but must be one of {}{hint}", names.join(", ")))
    }

    /// A whole number within a range.
    fn number(&self, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        if let Value::Integer(number) = self.node.value
            && range.contains(&number)
        {
            return Some(number);
        }
        let (from, to, shown) = (range.start(), range.end(), self.node.value.shown());
        self.refuse(format!("must be a whole number from {from} to {to}, not {shown}"))
    }

    /// A file name; in a file it is relative to that file's folder.
    pub(crate) fn path(&self, like: &str) -> Option<PathBuf> {
        Some(self.relative(Path::new(self.text(like)?)))
    }

    /// A path as it was written here.
    pub(crate) fn relative(&self, path: &Path) -> PathBuf {
        if let Place::File { path: file, .. } = &self.node.place {
            file.parent().unwrap_or(Path::new("")).join(path)
        } else {
            path.to_owned()
        }
    }
}

impl FromField for String {
    const FORM: Form = Form::Text;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.text("…").map(str::to_owned)
    }
}

impl FromField for bool {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        if let Value::Bool(yes) = field.node.value {
            return Some(yes);
        }
        field.refuse(format!("must be true or false, not {}", field.node.value.shown()))
    }
}

impl FromField for usize {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.number(0..=1_000_000_000).map(|number| number as usize)
    }
}

/// So many of a hundred, of which something is left.
impl FromField for u8 {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.number(0..=90).and_then(|number| number.try_into().ok())
    }
}

impl FromField for f64 {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        match field.node.value {
            Value::Float(number) if number.is_finite() => Some(number),
            Value::Integer(number) => Some(number as f64),
            Value::Float(_)
            | Value::Text(_)
            | Value::Bool(_)
            | Value::List(_)
            | Value::Table(_)
            | Value::Other => {
                field.refuse(format!("must be a number like 2.0, not {}", field.node.value.shown()))
            }
        }
    }
}

impl FromField for Duration {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        let text = field.text("15s")?;
        match humantime::parse_duration(text) {
            Ok(duration) => Some(duration),
            Err(_) => field.refuse(format!(
                "{text:?} is no duration; write a number with its unit, like 500ms, 15s, 5m, 1h"
            )),
        }
    }
}

/// An interval, or never.
pub(crate) struct Every(pub(crate) Option<Duration>);

impl FromField for Every {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        if field.is("off") {
            return Some(Self(None));
        }
        Duration::from_field(field).map(|every| Self(Some(every)))
    }
}

impl FromField for ByteSize {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        let text = field.text("80MiB")?;
        match text.parse() {
            Ok(size) => Some(size),
            Err(_) => field.refuse(format!(
                "{text:?} is no size; write a number with its unit, like 64KiB, 80MiB, 1GiB"
            )),
        }
    }
}

impl FromField for SocketAddr {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        let text = field.text("127.0.0.1:8788")?;
        if let Ok(address) = text.parse() {
            return Some(address);
        }
        let named =
            text.rsplit_once(':').filter(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
        if named.is_none() {
            return field.refuse(format!(
                "{text:?} is no address to listen on; write an IP address or a host name, and a port, like \
                 127.0.0.1:8788 for this machine alone or 0.0.0.0:8788 for everybody"
            ));
        }
        match resolve(text) {
            Ok(address) => Some(address),
            Err(error) => field.refuse(format!(
                "{text:?} is a host that can't be found ({error}); write an IP address and a port, like 127.0.0.1:8788"
            )),
        }
    }
}

/// An address, or none at all.
impl FromField for Listen {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        if field.is("off") {
            return Some(Self(None));
        }
        SocketAddr::from_field(field).map(|address| Self(Some(address)))
    }
}

impl FromField for Vec<String> {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        let Value::List(nodes) = &field.node.value else {
            return field
                .refuse(format!("must be a list of texts like [\"…\"], not {}", field.node.value.shown()));
        };
        let text = |node: &Node| {
            let text = node.value.text().map(str::to_owned);
            text.or_else(|| field.refuse(format!("must have texts only, not {}", node.value.shown())))
        };
        nodes.iter().map(text).collect()
    }
}

/// A secret: never shown.
impl FromField for Secret {
    const FORM: Form = Form::Secret;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        match field.node.value.text() {
            Some(text) if !text.is_empty() => Some(Self::new(text)),
            Some(_) => field.refuse("is empty; choose a password, or leave the key out"),
            None => field.refuse(format!("must be a text, not {}", field.node.value.kind())),
        }
    }
}

/// Types whose absence is a value.
impl<T: FromField> FromField for Option<T> {
    const FORM: Form = T::FORM;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        T::from_field(field).map(Some)
    }
}

/// A folder that exists.
impl FromField for PathBuf {
    const FORM: Form = Form::Text;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        let path = field.path("/var/spool/ha-wechaty")?;
        if !path.is_dir() {
            return field.refuse(format!("{} is no folder; make it, or name another", path.display()));
        }
        Some(path)
    }
}

impl FromField for Token {
    const FORM: Form = Form::Secret;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        // Not `text`: what stands here may be a secret.
        let Value::Text(text) = &field.node.value else {
            return field.refuse(format!("must be a text, not {}", field.node.value.kind()));
        };
        let token = Self::new(text);
        match token.check() {
            Ok(()) => Some(token),
            Err(error) => field.refuse(format!("{error}; copy it again from where it was issued")),
        }
    }
}

impl FromField for Endpoint {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        let text = field.text("127.0.0.1:18801")?;
        match text.parse() {
            Ok(endpoint) => Some(endpoint),
            Err(error) => field.refuse(format!("{text:?} {error}")),
        }
    }
}

impl FromField for u32 {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.number(1..=1000).and_then(|number| number.try_into().ok())
    }
}

impl FromField for Policy {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.word(&Self::ALL.map(|policy| (policy.name(), policy)))
    }
}

impl FromField for BotMode {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.word(&Self::ALL.map(|mode| (mode.name(), mode)))
    }
}

impl FromField for WhenUnsure {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.word(&[
            ("evidence", Self::Evidence),
            ("at-most-once", Self::AtMostOnce),
            ("at-least-once", Self::AtLeastOnce),
        ])
    }
}

impl FromField for Ids {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.word(&[("shared", Self::Shared), ("own", Self::Own)])
    }
}

impl FromField for Files {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.word(&[("auto", Self::Auto), ("inline", Self::Inline), ("uuid", Self::Uuid)])
    }
}

impl FromField for PemFile {
    const FORM: Form = Form::Text;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        let path = field.path("server.pem")?;
        let shown = path.display().to_string();
        match Self::read(path) {
            Ok(file) => Some(file),
            Err(error) => field.refuse(format!("{shown} can't be read: {error}")),
        }
    }
}

impl FromField for GatewayTls {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        let Some(mut section) = field.section() else {
            return match field.node.value.text() {
                Some("community") => Some(Self::Community),
                Some("off") => Some(Self::Off),
                Some(_) | None => field.refuse(format!(
                    "is {}, but must be \"community\", \"off\" or {{ cert = \"…\", key = \"…\" }}",
                    field.node.value.shown()
                )),
            };
        };
        let (mut cert, mut key) = (None, None);
        section.require("cert", &mut cert, "name the PEM file of the certificate");
        section.require("key", &mut key, "name the PEM file of the certificate's private key");
        section.finish();
        let tls = Self::Certificate { cert: cert?, key: key? };
        match tls.check() {
            Ok(()) => Some(tls),
            Err(message) => field.refuse(message),
        }
    }
}

impl FromField for AccountTls {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        let Some(mut section) = field.section() else {
            return match field.node.value.text() {
                Some("community") => Some(Self::Community),
                Some("off") => Some(Self::Off),
                Some(_) | None => field.refuse(format!(
                    "is {}, but must be \"community\", \"off\" or {{ ca = \"…\", server_name = \"…\" }}",
                    field.node.value.shown()
                )),
            };
        };
        let (ca, server_name) = (section.get("ca"), section.get("server_name"));
        let tls = Self::Custom { ca, server_name };
        section.finish();
        match tls.check() {
            Ok(()) => Some(tls),
            Err(message) => field.refuse(message),
        }
    }
}
