//! The admin's server of a running gateway, as commands ask it: found by the configuration that the gateway runs with,
//! and known again by what it says of itself, since somebody else's may have its port.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    complain, flags,
    hand::{NOBODY, REFUSED},
    runtime,
};
use ha_wechaty_admin::{
    Fingerprint, Pin,
    client::{AdminClient, Shown},
};
use ha_wechaty_config::{AdminAddress, AdminConfig, AdminTls, Draft, Environment, Secret, secret_file};
use ha_wechaty_team::view::GatewayStatus;

/// Where the admin's server of a running gateway is, and how to get in.
#[derive(Debug, Default, Args)]
pub(super) struct Door {
    /// The configuration that the gateway runs with: says where it is, and its password [default: HA_WECHATY_CONFIG, or
    /// ha-wechaty.toml if there is one, or the package's]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The gateway's admin.listen, instead, whichever gateway that is; https://HOST:PORT asks over TLS [default: that of the
    /// configuration, or 127.0.0.1:8790]
    #[arg(long, value_name = "HOST:PORT")]
    admin: Option<String>,
    /// Ask over TLS whoever has this certificate: its SHA-256, as the gateway's first line says it [default: that of the
    /// configuration's gateway on this machine; of https:// whatever public authorities vouch for]
    #[arg(long, value_name = "SHA-256")]
    fingerprint: Option<Fingerprint>,
    /// The gateway's admin.password, if it has one [default: that of the configuration or of
    /// HA_WECHATY_ADMIN_PASSWORD]
    #[arg(long)]
    password: Option<String>,
    /// A file that holds the password
    #[arg(long, value_name = "FILE", conflicts_with = "password")]
    password_file: Option<PathBuf>,
    /// A key, instead of the password [default: HA_WECHATY_ADMIN_KEY]
    #[arg(long, visible_alias = "key", value_name = "KEY", conflicts_with_all = ["password", "password_file"])]
    admin_key: Option<String>,
    /// A file that holds the key
    #[arg(long, value_name = "FILE", conflicts_with_all = ["admin_key", "password", "password_file"])]
    admin_key_file: Option<PathBuf>,
}

/// Where a key may stand.
const KEY: &str = "HA_WECHATY_ADMIN_KEY";

/// What lets in.
const SHOW: &str =
    "show the password with --password-file, or a key with --admin-key-file or HA_WECHATY_ADMIN_KEY";

/// Whether somebody is there who answers so, and does not let us in.
pub(super) fn is_shut(code: u16) -> bool {
    matches!(code, 401 | 403 | 429)
}

/// What a gateway answered.
pub(super) struct Answer<T> {
    /// As it was written.
    pub(super) text: String,
    /// As it was read.
    pub(super) read: T,
    /// Which gateway that is, in words.
    pub(super) from: String,
}

/// Why something that was to be done is not.
pub(super) enum Unheard {
    /// The gateway says no, and what would help.
    Refused(String),
    /// Nobody answers, or another gateway.
    Nobody(String),
}

impl Unheard {
    /// Says why, and ends the command of this name.
    pub(super) fn complain(self, command: &str) -> ExitCode {
        let (why, code) = match self {
            Self::Refused(why) => (why, REFUSED),
            Self::Nobody(why) => (why, NOBODY),
        };
        complain(&format_args!("ha-wechaty {command}: {why}"));
        ExitCode::from(code)
    }
}

/// What a gateway says of what it does not do.
#[derive(Deserialize)]
struct Refused {
    detail: String,
    remedy: String,
}

/// Why a gateway does not do something, and what would help, if that is its answer.
pub(super) fn refusal(answer: &str) -> Option<String> {
    let Refused { detail, remedy } = serde_json::from_str(answer).ok()?;
    Some(format!("{detail}; {remedy}"))
}

/// Whom to ask.
pub(super) struct Plan {
    admin: String,
    client: AdminClient,
    /// Why nothing is shown, if nothing is.
    unshown: Option<&'static str>,
    /// What it must be, if a configuration says so.
    wanted: Option<(AdminAddress, Option<PathBuf>)>,
}

impl Door {
    /// What stands at a path.
    pub(super) fn ask<T: DeserializeOwned>(&self, path: &str) -> Result<Answer<T>, String> {
        let plan = self.plan()?;
        let runtime = runtime().map_err(|error| error.to_string())?;
        runtime.block_on(async {
            let from = match plan.get("/gateway").await? {
                // One of an older version does not say who it is.
                (404, _) => String::new(),
                answer => {
                    let gateway: GatewayStatus = plan.read(&plan.good("/gateway", answer)?)?;
                    plan.check(&gateway)?;
                    gateway.to_string()
                }
            };
            let text = plan.good(path, plan.get(path).await?)?;
            let read = plan.read(&text)?;
            Ok(Answer { text, read, from })
        })
    }

    /// Has something done that stands at a path; what was done.
    pub(super) fn tell<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Unheard> {
        let plan = self.plan().map_err(Unheard::Nobody)?;
        let runtime = runtime().map_err(|error| Unheard::Nobody(error.to_string()))?;
        let told = runtime.block_on(async {
            let gateway = plan.get("/gateway").await.map_err(Unheard::Nobody)?;
            let unheard = if is_shut(gateway.0) { Unheard::Refused } else { Unheard::Nobody };
            let gateway = plan.good("/gateway", gateway).map_err(unheard)?;
            let gateway = plan.read::<GatewayStatus>(&gateway).and_then(|it| plan.check(&it));
            gateway.map_err(Unheard::Nobody)?;
            let told = plan.client.post(path, body.to_string()).await;
            told.map_err(|error| {
                let why = format!("{} does not answer ({error}): it may be done, or not", plan.admin);
                Unheard::Nobody(why)
            })
        });
        match told? {
            (200, text) => plan.read(&text).map_err(Unheard::Nobody),
            (code, text) => match refusal(&text) {
                Some(refusal) => Err(Unheard::Refused(refusal)),
                None => Err(plan.good(path, (code, text)).err().map_or_else(
                    || Unheard::Nobody(format!("{} answers {code}", plan.admin)),
                    Unheard::Refused,
                )),
            },
        }
    }

    /// That of the gateway that runs with this configuration.
    pub(super) fn of(file: Option<&Path>) -> Self {
        Self { config: file.map(Path::to_owned), ..Self::default() }
    }

    /// The configuration that was named, if one was.
    pub(super) fn config(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// Whether the gateway itself was named, whatever is configured here.
    pub(super) fn is_named(&self) -> bool {
        self.admin.is_some()
    }

    /// Whether the gateway that the configuration names is there, and says so.
    ///
    /// # Errors
    /// Somebody is there, and does not let us in.
    pub(super) fn answers(&self) -> Result<bool, String> {
        let (Ok(plan), Ok(runtime)) = (self.plan(), runtime()) else { return Ok(false) };
        let Ok(told) = runtime.block_on(plan.get("/gateway")) else { return Ok(false) };
        let is_shut = is_shut(told.0);
        match plan.good("/gateway", told) {
            Ok(text) => Ok(plan.read(&text).and_then(|it| plan.check(&it)).is_ok()),
            Err(why) if is_shut => Err(why),
            Err(_) => Ok(false),
        }
    }

    /// What stands at a path, which may take long to be made.
    pub(super) fn fetch<T: DeserializeOwned>(&self, path: &str) -> Result<T, Unheard> {
        let plan = self.plan().map_err(Unheard::Nobody)?;
        let runtime = runtime().map_err(|error| Unheard::Nobody(error.to_string()))?;
        runtime.block_on(async {
            plan.is_meant().await.map_err(Unheard::Nobody)?;
            let mut text = Vec::new();
            let mut take = |piece: &[u8]| {
                text.extend_from_slice(piece);
                Ok(())
            };
            let answer = plan.client.download(path, &mut take).await;
            let (code, said) =
                answer.map_err(|error| Unheard::Nobody(format!("{} broke off ({error})", plan.admin)))?;
            match refusal(&said).filter(|_| !is_shut(code)) {
                Some(why) => Err(Unheard::Refused(why)),
                None => plan
                    .good(path, (code, said))
                    .and_then(|_| plan.read(&String::from_utf8_lossy(&text)))
                    .map_err(Unheard::Nobody),
            }
        })
    }

    /// Has what stands at a path, which is long, taken piece by piece.
    pub(super) fn download(
        &self,
        path: &str,
        take: &mut (dyn FnMut(&[u8]) -> io::Result<()> + Send),
    ) -> Result<(), String> {
        let plan = self.plan()?;
        let runtime = runtime().map_err(|error| error.to_string())?;
        runtime.block_on(async {
            let gateway: GatewayStatus = plan.read(&plan.good("/gateway", plan.get("/gateway").await?)?)?;
            plan.check(&gateway)?;
            let answer = plan.client.download(path, take).await;
            plan.good(path, answer.map_err(|error| format!("{} broke off ({error})", plan.admin))?).map(drop)
        })
    }

    /// Whom to ask, as the command line and the configuration say.
    pub(super) fn plan(&self) -> Result<Plan, String> {
        // A file's password is not for everybody: with an address alone, it is not looked for.
        let mut draft = match (&self.admin, &self.config) {
            (Some(_), None) => Draft::new(),
            (_, file) => flags::draft_or_installed(file.as_deref()).map_err(|error| error.to_string())?,
        };
        draft.lay(&Environment::of_process());
        let (is_team, file) = (draft.is_team(), draft.path().cloned());
        let door = draft.finish_door(self.fingerprint.is_some()).map_err(|error| error.to_string())?;
        let named = self
            .admin
            .as_deref()
            .map(|it| it.strip_prefix("https://").map_or((it, false), |host| (host, true)));
        let admin = match (named, door.admin) {
            (Some((admin, _)), _) => checked(admin.trim_end_matches('/'))?,
            (None, Some(admin)) if admin.port() != 0 => admin.to_string(),
            (None, Some(_)) => {
                return Err(String::from(
                    "admin.listen has port 0, so the system chose one: see the gateway's first line, and name it with \
                     --admin",
                ));
            }
            (None, None) => {
                return Err(String::from(
                    "admin.listen is \"off\": this gateway can't be asked; set it, and start the gateway again",
                ));
            }
        };
        let (shown, unshown) = self.shown(door.password.as_ref())?;
        let mut client = AdminClient::new(&admin).showing(shown);
        let pin = match (self.fingerprint, named) {
            (Some(fingerprint), _) => Some(Pin::Certificate(fingerprint)),
            (None, Some((_, is_tls))) => is_tls.then_some(Pin::Public),
            (None, None) => pin(&door)?,
        };
        if let Some(pin) = pin {
            client = client.over(&pin).map_err(|error| error.to_string())?;
        }
        // Whoever names an address means whichever gateway is there.
        let wanted = (is_team && self.admin.is_none()).then_some((door, file));
        Ok(Plan { admin, client, unshown, wanted })
    }

    /// What is shown: what was named, or stands in the environment or the configuration. Else perhaps why not.
    fn shown(&self, password: Option<&Secret>) -> Result<(Option<Shown>, Option<&'static str>), String> {
        let read = |file: &Path| {
            secret_file::read(file).map_err(|error| format!("{} can't be read: {error}", file.display()))
        };
        for (flag, variable, given) in [
            ("--password", "HA_WECHATY_ADMIN_PASSWORD", &self.password),
            ("--admin-key", KEY, &self.admin_key),
        ] {
            if given.is_some() {
                complain(&format_args!(
                    "{flag}: a secret on the command line is shown to everybody on this machine for a moment, and is kept by \
                     shells; use {flag}-file, or {variable}"
                ));
            }
        }
        let shown = match (&self.password, &self.password_file, &self.admin_key, &self.admin_key_file) {
            (Some(password), ..) => Shown::password(password),
            (_, Some(file), ..) => Shown::password(&read(file)?),
            (_, _, Some(key), _) => Shown::key(key),
            (_, _, _, Some(file)) => Shown::key(&read(file)?),
            (None, None, None, None) => match (std::env::var(KEY).ok().filter(|it| !it.is_empty()), password)
            {
                (Some(key), _) => Shown::key(key.trim()),
                (None, None) => return Ok((None, Some("nothing was shown"))),
                (None, Some(password)) if password.reveal().starts_with("$argon2") => {
                    return Ok((None, Some("the configuration has only a hash of the password")));
                }
                (None, Some(password)) => Shown::password(password.reveal()),
            },
        };
        Ok((Some(shown), None))
    }
}

impl Plan {
    /// Whether it is the gateway that is meant.
    pub(super) async fn is_meant(&self) -> Result<(), String> {
        let gateway: GatewayStatus = self.read(&self.good("/gateway", self.get("/gateway").await?)?)?;
        self.check(&gateway)
    }

    /// What it answers; the only error is that nobody does.
    pub(super) async fn get(&self, path: &str) -> Result<(u16, String), String> {
        self.answered(self.client.get(path).await)
    }

    /// The same of what is to be done.
    pub(super) async fn post(&self, path: &str) -> Result<(u16, String), String> {
        self.answered(self.client.post(path, String::new()).await)
    }

    /// The same with something to be said.
    pub(super) async fn post_json(&self, path: &str, body: &Value) -> Result<(u16, String), String> {
        self.answered(self.client.post(path, body.to_string()).await)
    }

    fn answered<T>(&self, asked: io::Result<T>) -> Result<T, String> {
        asked.map_err(|error| {
            if error.kind() == io::ErrorKind::Unsupported {
                return format!(
                    "{} is there, and {error}: ask it without https:// and --fingerprint, or set admin.tls and start the \
                     gateway again",
                    self.admin
                );
            }
            // What TLS says of a certificate.
            if error.kind() == io::ErrorKind::InvalidData {
                return format!(
                    "{} is not who is meant ({error}): compare --fingerprint with the gateway's first line",
                    self.admin
                );
            }
            format!(
                "nobody answers on {} ({error}); is the gateway running, and is this its admin.listen? Name its \
                 configuration with --config, or its address with --admin",
                self.admin
            )
        })
    }

    /// The text of a good answer.
    pub(super) fn good(&self, path: &str, (code, text): (u16, String)) -> Result<String, String> {
        match code {
            200 => Ok(text),
            401 => {
                let why = self.unshown.unwrap_or("the password or key is wrong");
                Err(format!("{} is there, and does not let us in: {why}; {SHOW}", self.admin))
            }
            403 | 429 => Err(refusal(&text).unwrap_or_else(|| {
                format!("{} is there, and does not let us in: {}", self.admin, text.trim())
            })),
            404 if text.starts_with("there is none") => Err(format!("{}: {}", self.admin, text.trim())),
            404 => Err(format!("{} knows no {path}: is the gateway of another version?", self.admin)),
            _ => Err(format!("{} answers {code}: {}", self.admin, text.trim())),
        }
    }

    /// What an answer says.
    pub(super) fn read<T: DeserializeOwned>(&self, text: &str) -> Result<T, String> {
        serde_json::from_str(text).map_err(|error| match serde_json::from_str::<serde_json::Value>(text) {
            Ok(_) => format!(
                "{} answers otherwise than it should: is the gateway of another version? ({error})",
                self.admin
            ),
            Err(_) => format!("{} is no gateway's admin: {error}", self.admin),
        })
    }

    /// Whether it is the gateway of the configuration.
    pub(super) fn check(&self, found: &GatewayStatus) -> Result<(), String> {
        let Some((wanted, file)) = &self.wanted else { return Ok(()) };
        let other = |what: String| {
            Err(format!(
                "{} is another gateway's ({found}), since {what}; stop one of them, or give this one another \
                 admin.listen. --admin {} asks the other",
                self.admin, self.admin
            ))
        };
        if (&found.name, &found.self_id) != (&wanted.name, &wanted.self_id) {
            return other(format!("this configuration's team is {} ({})", wanted.name, wanted.self_id));
        }
        // Files that are not here, as those in a container, tell nothing.
        let real = |path: &std::path::Path| fs::canonicalize(path).ok();
        let files =
            (file.as_deref().and_then(real), found.config.as_ref().and_then(|path| real(path.as_ref())));
        if let (Some(ours), Some(_)) = &files
            && files.0 != files.1
        {
            return other(format!("this configuration is {}", ours.display()));
        }
        let listen = wanted.gateway.to_string();
        if wanted.gateway.port() != 0 && found.listen != listen {
            return other(format!("bots of this configuration connect to {listen}"));
        }
        Ok(())
    }
}

/// By what the gateway of a configuration is known over TLS, if it is asked so.
fn pin(door: &AdminAddress) -> Result<Option<Pin>, String> {
    let remedy = "name its certificate with --fingerprint, as the gateway's first line says it";
    let of = |pem: &[u8], from: &Path| {
        let found = Fingerprint::of_pem(pem).map(Pin::Certificate).map(Some);
        found.ok_or_else(|| format!("{} holds no certificate; {remedy}", from.display()))
    };
    match (&door.tls, &door.certificate) {
        (AdminTls::Off, _) => Ok(None),
        (AdminTls::Certificate { cert, .. }, _) => of(cert.bytes(), cert.path()),
        (AdminTls::Generated, None) => {
            Err(format!("the gateway is asked over TLS, and keeps its certificate nowhere; {remedy}"))
        }
        (AdminTls::Generated, Some(path)) => match fs::read(path) {
            Ok(pem) => of(&pem, path),
            Err(error) => Err(format!(
                "the gateway is asked over TLS, and its certificate can't be read ({}: {error}): ask as the gateway's user, \
                 or {remedy}",
                path.display()
            )),
        },
    }
}

/// A host and a port; the host is looked up when it is asked.
fn checked(admin: &str) -> Result<String, String> {
    let port =
        admin.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port.parse::<u16>());
    match port {
        Some(Ok(_)) => Ok(admin.to_owned()),
        _ => Err(format!("--admin: {admin:?} is no host and port; write it like {}", AdminConfig::DEFAULT)),
    }
}
