//! How each type is written that keys of several tables have. A type that one table alone has is read in its file.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use bytesize::ByteSize;
use ha_wechaty_wire::Token;

use super::{Field, Form, FromField, Node, Value, resolve};

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

/// An address to listen on, or `off`.
pub(crate) struct Listen(pub(crate) Option<SocketAddr>);

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

/// A small number, of which there is at least one.
impl FromField for u32 {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.number(1..=1000).and_then(|number| number.try_into().ok())
    }
}
