//! What was written of a configuration, and where: for people who want to know what runs, and what a file says by now. No
//! secret is told, only whether two are the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::{
    Place, Secret,
    read::{plain_keys, secret_keys},
    reader::{Node, Table, Value, secret_file},
};

/// What stands for a secret.
pub const HIDDEN: &str = "…";

/// Keys that may hold a secret in some of what they hold.
const MIXED: [&str; 3] = ["puppet_options", "command", "hash"];

/// All that was written, by keys like `gateway.listen` and `account[north].weight`; what has its default is not there.
#[derive(Debug, Clone, Default)]
pub struct Written(BTreeMap<String, WrittenKey>);

/// A key that was written.
#[derive(Debug, Clone)]
pub struct WrittenKey {
    /// Its value, for people.
    pub value: String,
    /// The value, if it must not be shown; of a key that names a file with a secret, what the file holds.
    secret: Option<Secret>,
    /// Where.
    pub place: Place,
}

/// Which keys must not be shown.
struct Hides {
    /// What stands last in those that hold a secret.
    secrets: BTreeSet<String>,
    /// Those that hold none, whole: the last part of some is that of a secret elsewhere.
    plain: BTreeSet<String>,
}

impl Hides {
    /// Whether a key, like `account[].token`, must not be shown; one that nobody knows is judged by its last part.
    fn has(&self, key: &str) -> bool {
        let last = key.rsplit('.').next().unwrap_or(key);
        MIXED.contains(&last) || self.secrets.contains(last) && !self.plain.contains(key)
    }
}

/// Where something is written makes no other configuration.
impl PartialEq for Written {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl WrittenKey {
    /// Whether both say the same, wherever.
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.value, &self.secret) == (&other.value, &other.secret)
    }

    /// Whether it is a secret, or names a file that holds one.
    pub fn is_secret(&self) -> bool {
        self.secret.is_some()
    }
}

impl Written {
    /// All of a table.
    pub(crate) fn of(root: &Table) -> Self {
        let mut written = Self::default();
        written.take(("", ""), root, &Hides { secrets: secret_keys(), plain: plain_keys() });
        written
    }

    /// The keys, in order, and what was written at each.
    pub fn keys(&self) -> impl Iterator<Item = (&str, &WrittenKey)> {
        self.0.iter().map(|(key, it)| (key.as_str(), it))
    }

    /// What was written at a key.
    pub fn get(&self, key: &str) -> Option<&WrittenKey> {
        self.0.get(key)
    }

    /// The same as another has it, but for the keys that stay as they are.
    #[must_use]
    pub fn with(&self, other: &Self, stays: impl Fn(&str) -> bool) -> Self {
        let mine = self.0.iter().filter(|(key, _)| stays(key));
        let others = other.0.iter().filter(|(key, _)| !stays(key));
        Self(mine.chain(others).map(|(key, it)| (key.clone(), it.clone())).collect())
    }

    /// The table, or list of tables, that a key is in.
    pub fn table(key: &str) -> &str {
        key.split(['.', '[']).next().unwrap_or(key)
    }

    /// Takes a table at a key, which is named by members (`account[north]`), and by form (`account[]`).
    fn take(&mut self, (path, form): (&str, &str), table: &Table, hides: &Hides) {
        let below = |at: &str, key: &str| if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
        for (key, entry) in table {
            let (path, form) = (below(path, key), below(form, key));
            let Node { place, value } = &entry.node;
            if hides.has(&form) {
                self.put(path, HIDDEN.to_owned(), Some(whole(value)), place);
                continue;
            }
            match value {
                Value::Table(inner) => self.take((&path, &form), inner, hides),
                Value::List(nodes) if nodes.iter().any(|it| it.value.table().is_some()) => {
                    for (index, node) in nodes.iter().enumerate() {
                        let Some(inner) = node.value.table() else { continue };
                        let name = node.text("name").map_or_else(|| index.to_string(), str::to_owned);
                        self.take((&format!("{path}[{name}]"), &format!("{form}[]")), inner, hides);
                    }
                }
                Value::Text(file) if form.strip_suffix("_file").is_some_and(|it| hides.has(it)) => {
                    self.put(path, file.clone(), Some(held(place, file)), place);
                }
                Value::Text(_)
                | Value::Integer(_)
                | Value::Float(_)
                | Value::Bool(_)
                | Value::List(_)
                | Value::Other => self.put(path, shown(value), None, place),
            }
        }
    }

    fn put(&mut self, key: String, value: String, secret: Option<Secret>, place: &Place) {
        self.0.insert(key, WrittenKey { value, secret, place: place.clone() });
    }
}

/// What a file holds now; nothing if it can't be read, which whoever reads the configuration says.
fn held(place: &Place, file: &str) -> Secret {
    let folder = match place {
        Place::File { path, .. } => path.parent().unwrap_or(Path::new("")),
        Place::Variable(_) | Place::Flag(_) | Place::Whole(_) => Path::new(""),
    };
    Secret::new(secret_file::read(&folder.join(file)).unwrap_or_default())
}

/// All of a value, to be compared and never shown.
fn whole(value: &Value) -> Secret {
    fn write(value: &Value, text: &mut String) {
        match value {
            Value::List(nodes) => nodes.iter().for_each(|it| {
                write(&it.value, text);
                text.push('\n');
            }),
            Value::Table(table) => table.iter().for_each(|(key, entry)| {
                text.push_str(key);
                text.push('=');
                write(&entry.node.value, text);
                text.push('\n');
            }),
            Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Bool(_) | Value::Other => {
                text.push_str(&value.shown());
            }
        }
    }
    let mut text = String::new();
    write(value, &mut text);
    Secret::new(text)
}

/// A value as a person writes it.
fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::List(nodes) => {
            let all: Vec<String> = nodes.iter().map(|it| it.value.shown()).collect();
            format!("[{}]", all.join(", "))
        }
        Value::Integer(_) | Value::Float(_) | Value::Bool(_) | Value::Table(_) | Value::Other => {
            value.shown()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Draft;

    const TEXT: &str = r#"
        name = "shop"
        [gateway]
        listen = "127.0.0.1:0"
        tls = "off"
        [admin]
        password = "sesame"
        [health]
        throttle_words = ["a", "b"]
        [[bot]]
        name = "main"
        token = "insecure_bot-s-secret"
        [[account]]
        name = "north"
        token = "insecure_north-s-secret"
        endpoint = "127.0.0.1:1"
        weight = 3
        [[notify]]
        name = "ops"
        to = "command"
        command = ["curl", "--header", "Authorization: my-secret"]
        [[key]]
        name = "grafana"
        hash = "0123456789012345678901234567890123456789012345678901234567890123"
        right = "read"
    "#;

    fn written(text: &str) -> Written {
        Written::of(Draft::from_toml(Path::new("/etc/team.toml"), text).expect("TOML").root())
    }

    #[test]
    fn keys_are_named_by_their_members_and_say_where_they_stand() {
        let written = written(TEXT);
        let told = |key: &str| written.get(key).map(|it| (it.value.as_str(), it.place.to_string()));
        assert_eq!(told("gateway.listen"), Some(("127.0.0.1:0", "/etc/team.toml:4:18".into())));
        assert_eq!(told("account[north].weight").map(|it| it.0), Some("3"));
        assert_eq!(told("health.throttle_words").map(|it| it.0), Some("[\"a\", \"b\"]"));
        assert_eq!(told("account[north].token").map(|it| it.0), Some(HIDDEN));
        assert_eq!(told("gateway.heartbeat"), None, "it has its default");
    }

    #[test]
    fn what_is_called_as_a_secret_elsewhere_is_shown_if_it_is_none() {
        let text = "[admin]\nurl = \"https://gateway.example\"\n[[notify]]\nname = \"ops\"\nto = \"webhook\"\n\
                    url = \"https://ops.example/s-secret\"\n[[notify]]\nname = \"far\"\nto = \"slack\"\nurl_file = \"none\"\n";
        let written = written(text);
        let told = |key: &str| written.get(key).map(|it| (it.value.as_str(), it.is_secret()));
        assert_eq!(told("admin.url"), Some(("https://gateway.example", false)));
        assert_eq!(told("notify[ops].url"), Some((HIDDEN, true)));
        assert_eq!(told("notify[far].url_file"), Some(("none", true)));
        assert!(!format!("{written:?}").contains("s-secret"));
    }

    #[test]
    fn no_secret_is_shown_and_another_one_is_another() {
        let one = written(TEXT);
        let told = format!("{one:?}");
        for secret in ["sesame", "s-secret", "my-secret", "0123456789"] {
            assert!(!told.contains(secret), "{secret} in {told}");
        }
        for key in ["admin.password", "bot[main].token", "notify[ops].command", "key[grafana].hash"] {
            assert!(one.get(key).expect(key).is_secret(), "{key}");
        }
        let other = written(&TEXT.replace("my-secret", "your-secret").replace("sesame", "mustard"));
        let others: Vec<_> = one
            .keys()
            .filter(|(key, it)| !other.get(key).is_some_and(|other| it.is_same(other)))
            .map(|it| it.0)
            .collect();
        assert_eq!(others, ["admin.password", "notify[ops].command"]);
    }

    #[test]
    fn a_secret_in_a_file_is_compared_by_what_the_file_holds() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("token");
        let text = format!("[[bot]]\nname = \"main\"\ntoken_file = {:?}\n", file.display().to_string());
        std::fs::write(&file, "insecure_one").expect("written");
        let one = written(&text);
        std::fs::write(&file, "insecure_two").expect("written");
        let two = written(&text);
        let key = |it: &Written| it.get("bot[main].token_file").expect("it is there").clone();
        assert!(!key(&one).is_same(&key(&two)) && key(&one).value == key(&two).value);
        assert!(!format!("{one:?}").contains("insecure"));
    }

    #[test]
    fn what_another_has_is_taken_over_but_what_stays() {
        let one = written(
            "name = \"a\"\n[[account]]\nname = \"x\"\nweight = 1\n[[account]]\nname = \"y\"\nweight = 1\n",
        );
        let two = written(
            "name = \"b\"\n[[account]]\nname = \"x\"\nweight = 2\n[[account]]\nname = \"y\"\nweight = 2\n",
        );
        let both = one.with(&two, |key| key.starts_with("account[y]") || key == "name");
        let told: Vec<_> = both.keys().map(|(key, it)| format!("{key}={}", it.value)).collect();
        let expected = [
            "account[x].name=x",
            "account[x].weight=2",
            "account[y].name=y",
            "account[y].weight=1",
            "name=a",
        ];
        assert_eq!(told, expected);
    }
}
