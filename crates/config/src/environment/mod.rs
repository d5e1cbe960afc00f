//! The environment: the original's variables for accounts, and one for every key of the configuration.
//!
//! | variable | what it is |
//! |---|---|
//! | `HA_WECHATY_PUPPET` | the accounts' puppets, separated by `:` |
//! | `HA_WECHATY_PUPPET_<PROTOCOL>_TOKEN` | tokens of one of these puppets, separated by `:`: an account each |
//! | `HA_WECHATY_PUPPET_TOKEN` | instead: a token for each puppet in turn, or nothing if it needs none |
//! | `HA_WECHATY_PUPPET_<PROTOCOL>_ENDPOINT` | where these accounts' services are, separated by `,` |
//! | `HA_WECHATY_BOT_TOKEN` | tokens of bots that may connect, separated by `:` |
//! | `…_TOKEN_FILE` | instead of `…_TOKEN`: a file that holds the same text |
//! | `HA_WECHATY_GATEWAY_LISTEN`, … | the key `gateway.listen`, and so on; lists and tables as TOML writes them |
//!
//! A variable that is set to nothing counts as not set. One that is like one of these, or begins like those of a
//! section, is refused as a key of the file would be; others that begin with `HA_WECHATY_` may be somebody else's,
//! and are only remarked on. Those that Kubernetes sets for a service named `ha-wechaty…` are passed over.

mod accounts;
mod keys;

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fmt,
    path::Path,
};

use crate::{
    logging::{self, LogFormat},
    reader::{Draft, Node, PREFIX, Place, Problem, Value, nearest, secret_file},
};

/// The command line, as it was before its secrets were taken out of it; see `cli::veil`. It says nothing of its own.
pub const VEILED: &str = "HA_WECHATY_ARGUMENTS";
/// The tokens of bots.
const BOT_TOKEN: &str = "HA_WECHATY_BOT_TOKEN";
/// Says why a text can't be used.
type Check = fn(&str) -> Result<(), String>;
/// What begins like a key, and is read elsewhere.
const OTHERS: [(&str, &str, Check); 4] = [
    ("HA_WECHATY_ADMIN_KEY", "what commands show to a gateway that runs", |_| Ok(())),
    ("HA_WECHATY_CONFIG", "the configuration file", |_| Ok(())),
    ("HA_WECHATY_LOG", "how much is logged", logging::check),
    ("HA_WECHATY_LOG_FORMAT", "how the log looks", |text| text.parse::<LogFormat>().map(|_| ())),
];

/// The variables `HA_WECHATY_…`, and what they come to. A [`Draft`] takes them.
#[derive(Default)]
pub struct Environment {
    variables: Vec<Variable>,
    known: Vec<String>,
    warnings: Vec<Problem>,
    pub(super) problems: Vec<Problem>,
    settings: Vec<Setting>,
    members: Vec<Member>,
}

/// A variable, and what it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What it comes to, in words that hold no secret.
    pub meaning: String,
}

/// A key and its value.
struct Setting {
    key: String,
    value: Node,
}

/// A bot or an account.
struct Member {
    /// `bot` or `account`.
    list: &'static str,
    name: String,
    place: Place,
    keys: Vec<(&'static str, Node)>,
}

impl Environment {
    /// The environment of this process.
    pub fn of_process() -> Self {
        std::env::vars_os().collect()
    }

    /// All that were found, by name.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// The names of all that there are, as far as they don't depend on the puppets.
    pub fn known(&self) -> &[String] {
        &self.known
    }

    /// What has no effect, and probably should have.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }
}

impl Draft {
    /// Lays the environment over it.
    pub fn lay(&mut self, environment: &Environment) {
        for setting in &environment.settings {
            self.put(&setting.key, setting.value.clone());
        }
        for member in &environment.members {
            self.put_member(&member.place, member.list, &member.name, member.keys.iter().cloned());
        }
        environment.problems.iter().cloned().for_each(|problem| self.note(problem));
    }
}

impl<K: AsRef<OsStr>, V: AsRef<OsStr>> FromIterator<(K, V)> for Environment {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(variables: T) -> Self {
        let mut reader = Reader::default();
        for (name, value) in variables {
            let (name, value) = (name.as_ref().to_str(), value.as_ref());
            let is_ours = |name: &&str| name.starts_with(PREFIX) && *name != VEILED;
            if let Some(name) = name.filter(is_ours).filter(|_| !value.is_empty()) {
                reader.left.insert(name.to_owned(), value.to_owned());
            }
        }
        accounts::read(&mut reader);
        bots(&mut reader);
        keys::read(&mut reader);
        for (name, meaning, check) in OTHERS {
            match reader.text(name, "").as_deref().map(check) {
                Some(Ok(())) => reader.tell(name, meaning),
                Some(Err(why)) => {
                    reader.tell(name, "not used");
                    reader.refuse(name, "", why);
                }
                None => {}
            }
        }
        reader.finish()
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").field("variables", &self.variables).finish_non_exhaustive()
    }
}

/// Bots by their tokens alone; the first has the name that `--bot` gives to one without a name.
fn bots(reader: &mut Reader) {
    let Some(tokens) = reader.secret(BOT_TOKEN, "bot") else { return };
    let items = tokens.items(':');
    reader.tell(&tokens.variable, counted(items.len(), "bot"));
    for (index, token) in items.into_iter().enumerate() {
        let name = if index == 0 { "main".to_owned() } else { format!("bot-{}", index + 1) };
        let keys = vec![("token", tokens.node(token))];
        reader.out.members.push(Member { list: "bot", name, place: tokens.place(), keys });
    }
}

/// Takes one variable after the other.
#[derive(Default)]
struct Reader {
    /// What nobody has asked for yet.
    left: BTreeMap<String, OsString>,
    /// What was asked for, set or not.
    known: Vec<String>,
    out: Environment,
}

impl Reader {
    /// The text of a variable.
    fn text(&mut self, name: &str, key: &str) -> Option<String> {
        self.known.push(name.to_owned());
        let value = self.left.remove(name)?;
        let text = value.into_string().ok();
        if text.is_none() {
            self.tell(name, "no UTF-8 text");
            self.refuse(name, key, "is not UTF-8 text; set it again");
        }
        text
    }

    /// The text of a variable, or of the file that its twin with `_FILE` names; it is about a key.
    fn secret(&mut self, name: &str, key: &str) -> Option<Text> {
        let file_name = format!("{name}_FILE");
        match (self.text(name, key), self.text(&file_name, key)) {
            (Some(_), Some(_)) => {
                self.tell(name, "not used");
                self.tell(&file_name, "not used");
                self.refuse(&file_name, key, format!("is set, and {name} is too; unset one of them"));
                None
            }
            (Some(text), None) => Some(Text { variable: name.to_owned(), text }),
            (None, Some(file)) => match secret_file::read(Path::new(&file)) {
                Ok(text) => Some(Text { variable: file_name, text }),
                Err(error) => {
                    self.tell(&file_name, "not used");
                    self.refuse(&file_name, key, format!("{file} can't be read: {error}"));
                    None
                }
            },
            (None, None) => None,
        }
    }

    fn tell(&mut self, name: &str, meaning: impl Into<String>) {
        self.out.variables.push(Variable { name: name.to_owned(), meaning: meaning.into() });
    }

    fn refuse(&mut self, name: &str, key: &str, message: impl Into<String>) {
        let place = Place::Variable(name.to_owned());
        self.out.problems.push(Problem { place, key: key.to_owned(), message: message.into() });
    }

    fn warn(&mut self, name: &str, message: impl Into<String>) {
        let place = Place::Variable(name.to_owned());
        self.out.warnings.push(Problem { place, key: String::new(), message: message.into() });
    }

    /// Whatever was not asked for is unknown: a mistake, if it is like what is known.
    fn finish(mut self) -> Environment {
        let bare = |name: &str| name.trim_start_matches(PREFIX).to_lowercase();
        let known: Vec<String> = self.known.iter().map(|name| bare(name)).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let sections = keys::sections();
        for (name, value) in std::mem::take(&mut self.left) {
            if is_of_kubernetes(&name, &value) {
                self.tell(&name, "of Kubernetes, passed over");
                continue;
            }
            let near = nearest(&bare(&name), &known);
            // Nobody else's begin like the keys of our tables.
            let is_ours = near.is_some() || sections.iter().any(|section| name.starts_with(section));
            let message = match near {
                Some(near) => format!("is unknown; did you mean {PREFIX}{}?", near.to_uppercase()),
                None => "is unknown; `ha-wechaty env --list` lists all".to_owned(),
            };
            self.tell(&name, message.as_str());
            if is_ours {
                self.refuse(&name, "", message);
            } else {
                self.warn(&name, message);
            }
        }
        self.out.known = self.known;
        self.out.variables.sort_by(|a, b| a.name.cmp(&b.name));
        self.out
    }
}

/// Whether Kubernetes sets it, for a service whose name begins with ours: `HA_WECHATY_SERVICE_HOST`,
/// `HA_WECHATY_PORT=tcp://…`, `HA_WECHATY_ADMIN_PORT_8790_TCP_ADDR`.
fn is_of_kubernetes(name: &str, value: &OsStr) -> bool {
    let name = name.trim_start_matches(PREFIX);
    let of_service = |end: &str| name == end || name.ends_with(&format!("_{end}"));
    let of_ports = name.split_once("SERVICE_PORT_").is_some();
    let is_link = value.to_str().is_some_and(|value| value.contains("://")) && of_service("PORT");
    let port = name.rsplit_once("PORT_").map(|(_, rest)| rest.split('_').collect::<Vec<_>>());
    let of_port = port.is_some_and(|parts| {
        let is_number = parts.first().is_some_and(|number| number.parse::<u16>().is_ok());
        is_number && matches!(parts.get(1), Some(&("TCP" | "UDP" | "SCTP")))
    });
    of_service("SERVICE_HOST") || of_service("SERVICE_PORT") || of_ports || is_link || of_port
}

/// A text, and the variable that gave it.
struct Text {
    variable: String,
    text: String,
}

impl Text {
    fn items(&self, separator: char) -> Vec<&str> {
        self.text.split(separator).map(str::trim).collect()
    }

    fn place(&self) -> Place {
        Place::Variable(self.variable.clone())
    }

    /// A part of it, as the value of a key.
    fn node(&self, part: &str) -> Node {
        Node { place: self.place(), value: Value::Text(part.to_owned()) }
    }
}

/// `1 token`, `2 tokens`.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
