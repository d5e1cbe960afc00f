//! Where operators look: key `admin`.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use argon2::{Params, PasswordHash, Version};

use super::{Effect, Live, Section, StorePlace, waits};
use crate::{
    AdminTls, Config, Secret,
    reader::{COUNT, Field, Form, FromField, Keys, Listen, TIME},
};

/// Where operators look.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AdminConfig {
    /// Where status, health and metrics are served; `None` (`"off"`) for nowhere.
    pub listen: Option<SocketAddr>,
    /// What the user `admin` must show, or what `ha-wechaty password` has made of it (`$argon2id$…`). To listen beyond this
    /// machine takes it, or a [key](super::KeyConfig).
    pub password: Option<Secret>,
    /// How connections are secured; without it, see [`AdminConfig::tls`].
    pub tls: Option<AdminTls>,
    /// Whether only a proxy can reach it, which speaks TLS with everybody else and says for whom it asks
    /// (`X-Forwarded-For`).
    pub behind_proxy: bool,
    /// How long somebody is let in who has logged in with a browser.
    pub session: Duration,
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

    /// How connections are secured: as is set; else with a certificate of its own where other machines can reach it without
    /// a proxy.
    pub fn tls(&self) -> AdminTls {
        match &self.tls {
            Some(tls) => tls.clone(),
            None if self.is_reachable() && !self.behind_proxy => AdminTls::Generated,
            None => AdminTls::Off,
        }
    }

    /// Whether other machines can reach it.
    pub(crate) fn is_reachable(&self) -> bool {
        self.listen.is_some_and(|it| !it.ip().is_loopback())
    }
}

impl Config {
    /// Where the certificate is kept that the admin's server makes for itself, with its private key: beside the store. None
    /// where that is in memory.
    pub fn admin_certificate(&self) -> Option<PathBuf> {
        let StorePlace::File(store) = &self.store.path else { return None };
        let mut path = store.as_os_str().to_owned();
        path.push(".admin.pem");
        Some(path.into())
    }
}

impl Default for AdminConfig {
    fn default() -> Self {
        Self {
            listen: Some(Self::DEFAULT),
            password: None,
            tls: None,
            behind_proxy: false,
            session: Duration::from_secs(12 * 3_600),
            url: None,
            required: true,
            sends: 10_000,
            log_lines: 20,
        }
    }
}

impl Section for AdminConfig {
    const EFFECT: Effect = Effect::AtReload(Live::Entry);

    fn keys(&mut self, keys: &mut Keys<'_>) {
        let Self { listen, password, tls, behind_proxy, session, url, required, sends, log_lines } = self;
        keys.set_as("listen", listen, |Listen(listen)| listen);
        if let Some(Password(secret)) = keys.secret("password", "password_file") {
            *password = Some(secret);
        }
        keys.set("tls", tls);
        keys.set("behind_proxy", behind_proxy);
        keys.set("session", session).within(TIME);
        keys.set_as("url", url, |Base(base)| Some(base));
        keys.set("required", required);
        keys.set("sends", sends);
        keys.set("log_lines", log_lines).within(COUNT);
    }

    fn waits(&mut self, before: &Self) -> Vec<&'static str> {
        let Self { listen, password: _, tls, behind_proxy, session, url, required, sends, log_lines } = self;
        let all = [
            waits("admin.listen", listen, &before.listen),
            waits("admin.tls", tls, &before.tls),
            waits("admin.behind_proxy", behind_proxy, &before.behind_proxy),
            waits("admin.session", session, &before.session),
            waits("admin.url", url, &before.url),
            waits("admin.required", required, &before.required),
            waits("admin.sends", sends, &before.sends),
            waits("admin.log_lines", log_lines, &before.log_lines),
        ];
        all.into_iter().flatten().collect()
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
            Some(text) if text.starts_with("$argon2") => match usable(text) {
                Ok(()) => Some(Self(Secret::new(text))),
                Err(why) => field.refuse(format!("{why}; `ha-wechaty password` makes one")),
            },
            Some(text) if is_torn(text) => field.refuse(
                "is what is left of a hash whose $… something has replaced: write $$ for $ in a compose file, put it in single \
                 quotes in a shell, or name a file that holds it"
                    .to_owned(),
            ),
            Some(text) if !text.is_empty() => Some(Self(Secret::new(text))),
            Some(_) => field.refuse("is empty; choose a password, or leave the key out"),
            None => field.refuse(format!("must be a text, not {}", field.node.value.kind())),
        }
    }
}

/// Whether a hash of a password is one that can be compared with, at a price that a gateway can pay.
fn usable(hash: &str) -> Result<(), &'static str> {
    const KIND: &str = "is no whole hash of the kind $argon2id$v=19$…";
    let read = PasswordHash::new(hash).map_err(|_| KIND)?;
    let params = Params::try_from(&read).map_err(|_| KIND)?;
    let is_whole = read.algorithm.as_str() == "argon2id"
        && read.version == Some(u32::from(Version::V0x13))
        && read.salt.is_some_and(|it| it.len() >= 8)
        && read.hash.is_some_and(|it| it.len() >= 10);
    if !is_whole {
        return Err(KIND);
    }
    if params.m_cost() > 256 << 10 || params.t_cost() > 16 || params.p_cost() > 16 {
        return Err("takes more than 256 MiB, 16 rounds or 16 lanes to compare with");
    }
    Ok(())
}

/// Whether that is a hash without what began with a `$` in it, as a shell or compose leaves it.
fn is_torn(password: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    password.split('$').any(|part| {
        let Some((memory, (times, lanes))) =
            part.split_once(",t=").and_then(|(memory, rest)| Some((memory, rest.split_once(",p=")?)))
        else {
            return false;
        };
        let memory = memory.rsplit('=').next().unwrap_or_default();
        is_number(memory) && is_number(times) && is_number(lanes)
    })
}
