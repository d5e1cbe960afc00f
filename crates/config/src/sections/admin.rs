//! Where operators look: key `admin`.

use std::net::{Ipv4Addr, SocketAddr};

use super::{Effect, Section};
use crate::{
    Secret,
    reader::{COUNT, Field, Form, FromField, Keys, Listen},
};

/// Where operators look.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AdminConfig {
    /// Where status, health and metrics are served; `None` (`"off"`) for nowhere.
    pub listen: Option<SocketAddr>,
    /// What the user `admin` must show. Needed to listen beyond this machine.
    pub password: Option<Secret>,
    /// How others reach it, as a browser's address begins, for the links that are made: `https://gateway.example`; none for
    /// the name that whoever makes one asked by.
    pub url: Option<String>,
    /// Whether the gateway must not serve without it: a gateway that nobody can look at is of little use.
    pub required: bool,
    /// How many sends are remembered, for `ha-wechaty sends`.
    pub sends: usize,
    /// How many lines of one kind about one account are logged in a minute; the others are counted.
    pub log_lines: usize,
}

impl AdminConfig {
    /// The address unless it is set.
    pub const DEFAULT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8790);
}

impl Default for AdminConfig {
    fn default() -> Self {
        Self {
            listen: Some(Self::DEFAULT),
            password: None,
            url: None,
            required: true,
            sends: 10_000,
            log_lines: 20,
        }
    }
}

impl Section for AdminConfig {
    const EFFECT: Effect = Effect::AtNextStart;

    fn keys(&mut self, keys: &mut Keys<'_>) {
        let Self { listen, password, url, required, sends, log_lines } = self;
        keys.set_as("listen", listen, |Listen(listen)| listen);
        if let Some(Password(secret)) = keys.secret("password", "password_file") {
            *password = Some(secret);
        }
        keys.set_as("url", url, |Base(base)| Some(base));
        keys.set("required", required);
        keys.set("sends", sends);
        keys.set("log_lines", log_lines).within(COUNT);
        if let Some(listen) = listen.filter(|it| !it.ip().is_loopback() && password.is_none()) {
            let remedy = "set admin.password, or listen on 127.0.0.1";
            keys.report("listen", format!("{listen} can be reached from other machines; {remedy}"));
        }
    }
}

/// How an address of a browser begins, without the `/` behind it.
struct Base(String);

impl FromField for Base {
    const FORM: Form = Form::Text;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        let text = field.text("https://gateway.example")?;
        let base = text.trim_end_matches('/');
        let host = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://")).unwrap_or_default();
        let is_host =
            !host.is_empty() && host.chars().all(|it| it.is_ascii_alphanumeric() || ".-_:[]/".contains(it));
        match is_host {
            true => Some(Self(base.to_owned())),
            false => field.refuse(format!("is {text:?}, but must be like https://gateway.example:8790")),
        }
    }
}

/// A password: one that is empty would let everybody in.
struct Password(Secret);

impl FromField for Password {
    const FORM: Form = Form::Secret;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        match field.node.value.text() {
            Some(text) if !text.is_empty() => Some(Self(Secret::new(text))),
            Some(_) => field.refuse("is empty; choose a password, or leave the key out"),
            None => field.refuse(format!("must be a text, not {}", field.node.value.kind())),
        }
    }
}
