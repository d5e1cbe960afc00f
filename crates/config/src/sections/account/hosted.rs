//! How an account's provider is written.

use std::path::{Path, PathBuf};

use ha_wechaty_wire::Token;
use serde_json::{Number, Value as Json};

use crate::catalogue::KNOWN;
use crate::{
    AccountTls, ConfigError, Dialect, Draft, Host, Hosted, Package, Provider, PuppetOptions, Service, read,
    section::{Field, Form, FromField, Section},
    tree::Value,
};

impl Draft {
    /// Checks how puppets are run, and nothing else.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn finish_host(self) -> Result<Host, ConfigError> {
        let (root, whole, problems) = self.into_parts();
        read::host(&root, &whole, problems)
    }
}

/// What drives an account, from the account's keys.
pub(crate) fn provider(section: &mut Section<'_>) -> Provider {
    let is_named = section.has("puppet");
    match section.get("puppet") {
        Some(Puppet::Service(dialect)) => Provider::Service(service(section, dialect)),
        Some(Puppet::Package(package)) => Provider::Hosted(hosted(section, package)),
        None if !is_named => Provider::Service(service(section, Dialect::Service)),
        None => {
            section.pass_over(&["token", "token_file", "endpoint", "authority", "tls", "puppet_options"]);
            // Of nobody's use: the configuration is refused.
            Provider::Hosted(Hosted::new(Package::Local(PathBuf::new())))
        }
    }
}

/// A puppet service that somebody runs.
fn service(section: &mut Section<'_>, dialect: Dialect) -> Service {
    let mut service = Service::new(Token::new(""));
    service.dialect = dialect;
    let remedy = "copy the token of the account's puppet service";
    section.require_secret("token", "token_file", &mut service.token, remedy);
    section.set("endpoint", &mut service.endpoint);
    section.set("authority", &mut service.authority);
    if dialect == Dialect::Hostie {
        service.tls = AccountTls::Off;
    }
    section.set("tls", &mut service.tls);
    let options: PuppetOptions = section.get("puppet_options").unwrap_or_default();
    if !options.as_map().is_empty() {
        section.refuse(
            "puppet_options",
            "are for puppets that run here, but this one is a puppet service; leave them out",
        );
    }
    service
}

/// A puppet that we run.
fn hosted(section: &mut Section<'_>, package: Package) -> Hosted {
    for key in ["endpoint", "authority", "tls"] {
        section.refuse(
            key,
            format!(
                "must be left out: ha-wechaty runs {package} itself and knows where; if somebody else runs it \
                 behind a puppet service, set puppet = \"wechaty-puppet-service\""
            ),
        );
    }
    let mut hosted = Hosted::new(package);
    if let Some(PuppetToken(token)) = section.secret("token", "token_file") {
        hosted.token = Some(token);
    }
    section.set("puppet_options", &mut hosted.options);
    hosted
}

/// How puppets are run.
pub(crate) fn host(section: &mut Section<'_>, host: &mut Host) {
    if let Some(NewFolder(folder)) = section.get("data_dir") {
        host.data_dir = Some(folder);
    }
    for (key, program) in [("node", &mut host.node), ("npm", &mut host.npm)] {
        if let Some(Program(path)) = section.get(key) {
            *program = path;
        }
    }
    section.set("install", &mut host.install);
    section.set("start", &mut host.start);
    section.set("stop", &mut host.stop);
}

/// What key `puppet` can name.
enum Puppet {
    /// A puppet service that somebody runs.
    Service(Dialect),
    /// A puppet to run.
    Package(Package),
}

impl FromField for Puppet {
    const FORM: Form = Form::Text;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        let text = field.text("wechaty-puppet-service")?;
        match text {
            "wechaty-puppet-service" => return Some(Self::Service(Dialect::Service)),
            "wechaty-puppet-hostie" => return Some(Self::Service(Dialect::Hostie)),
            _ => {}
        }
        let whole = format!("wechaty-puppet-{text}");
        if KNOWN.iter().any(|known| known.name == whole) {
            return field.refuse(format!("{text:?} is not the whole name; write {whole}"));
        }
        match text.parse() {
            Ok(Package::Local(path)) => {
                let path = field.relative(&path);
                if !path.exists() {
                    return field
                        .refuse(format!("{} is not there; name a puppet's folder or file", path.display()));
                }
                Some(Self::Package(Package::Local(path)))
            }
            Ok(package) => Some(Self::Package(package)),
            Err(error) => field.refuse(format!("{text:?} {error}")),
        }
    }
}

/// The secret of a puppet that we run: it goes to the puppet's own server, whose rules are not ours.
struct PuppetToken(Token);

impl FromField for PuppetToken {
    const FORM: Form = Form::Secret;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        match field.node.value.text() {
            Some(text) if !text.is_empty() => Some(Self(Token::new(text))),
            Some(_) => field.refuse("is empty; copy it from where it was issued, or leave the key out"),
            None => field.refuse(format!("must be a text, not {}", field.node.value.kind())),
        }
    }
}

impl FromField for PuppetOptions {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        match (&field.node.value, json(&field.node.value)) {
            (Value::Table(_), Some(Json::Object(options))) => Some(options.into()),
            (Value::Table(_), _) => {
                field.refuse("has a date or a number that JSON can't carry; write it as a text")
            }
            (other, _) => {
                field.refuse(format!("must be a table like {{ key = \"…\" }}, not {}", other.kind()))
            }
        }
    }
}

/// A value as JSON writes it.
fn json(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Text(text) => text.as_str().into(),
        Value::Integer(number) => (*number).into(),
        Value::Float(number) => Json::Number(Number::from_f64(*number)?),
        Value::Bool(yes) => (*yes).into(),
        Value::List(nodes) => nodes.iter().map(|node| json(&node.value)).collect::<Option<_>>()?,
        Value::Table(table) => {
            let entries = table.iter().map(|(key, entry)| Some((key.clone(), json(&entry.node.value)?)));
            Json::Object(entries.collect::<Option<_>>()?)
        }
        Value::Other => return None,
    })
}

/// A folder that is made when it is needed.
struct NewFolder(PathBuf);

impl FromField for NewFolder {
    const FORM: Form = Form::Text;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        let path = field.path("/var/lib/ha-wechaty")?;
        if path.exists() && !path.is_dir() {
            return field.refuse(format!("{} is no folder; name another", path.display()));
        }
        Some(Self(path))
    }
}

/// A program: a path, or a name to be looked for in `PATH`.
struct Program(PathBuf);

impl FromField for Program {
    const FORM: Form = Form::Text;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        match field.text("node")? {
            "" => field.refuse("is empty; name the program, or leave the key out"),
            name if !name.contains('/') => Some(Self(name.into())),
            path => Some(Self(field.relative(Path::new(path)))),
        }
    }
}
