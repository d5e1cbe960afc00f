//! Keys of operators and their programs: a table `[[key]]` for each.

use std::{fmt, str::FromStr};

use super::{Effect, Item, Live};
use crate::{
    Config,
    reader::{Field, Form, FromField, Keys, Rules},
};

/// What somebody may do at the admin's server who is let in; each may what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Right {
    /// Look.
    #[default]
    Read,
    /// See to accounts, and have something said.
    Operate,
    /// Everything: have the configuration read again, copy the store, read who did what.
    Admin,
}

impl Right {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Read, Self::Operate, Self::Admin];

    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Operate => "operate",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Right {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|it| it.name() == text);
        found.ok_or_else(|| format!("{text:?} is none of read, operate, admin"))
    }
}

/// What is kept of a key: its SHA-256, which lets nobody in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct KeyHash(pub [u8; 32]);

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyHash({self})")
    }
}

/// Who may ask the admin's server with a key of their own. Key `key`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct KeyConfig {
    /// Whose it is: what the audit trail says.
    pub name: String,
    /// What is kept of it.
    pub hash: KeyHash,
    /// What it lets its owner do.
    pub right: Right,
    /// The only accounts that its owner may see to; empty for all of them.
    pub accounts: Vec<String>,
}

impl KeyConfig {
    /// The name of whoever shows `admin.password`; no key has it.
    pub const PASSWORD: &str = "admin";

    /// A key for all accounts.
    pub fn new(name: impl Into<String>, hash: KeyHash, right: Right) -> Self {
        Self { name: name.into(), hash, right, accounts: Vec::new() }
    }
}

impl Item for KeyConfig {
    const EFFECT: Effect = Effect::AtReload(Live::Entry);

    fn read(keys: &mut Keys<'_>, _: &Config) -> Self {
        let mut key = Self::new("", KeyHash::default(), Right::Read);
        let Self { name, hash, right, accounts } = &mut key;
        keys.require("name", name, "give each key a name of its own");
        keys.require("hash", hash, "`ha-wechaty key NAME` makes a key, and prints what to write here");
        keys.require("right", right, "say what it lets its owner do: read, operate or admin");
        keys.set("accounts", accounts);
        key
    }

    fn judge(all: &[Self], rules: &Rules<'_>) {
        for (index, key) in all.iter().enumerate() {
            let (before, path) = (&all[..index], format!("key[{index}].name"));
            rules.name(&path, &key.name);
            if key.name == Self::PASSWORD {
                rules.report(&path, "is who shows admin.password; choose another name");
            }
            if let Some(twin) = before.iter().position(|other| other.name == key.name) {
                rules.twin("key", "name", index, twin, "choose another name");
            }
            if let Some(twin) = before.iter().position(|other| other.hash == key.hash) {
                rules.twin("key", "hash", index, twin, "make a key for each with `ha-wechaty key NAME`");
            }
        }
    }
}

impl FromField for Right {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.word(&Self::ALL.map(|right| (right.name(), right)))
    }
}

impl FromField for KeyHash {
    const FORM: Form = Form::Text;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        // Not shown: somebody may have written the key itself.
        let wrong = "must be the 64 hexadecimal digits that `ha-wechaty key NAME` prints, not the key itself";
        let Some(text) = field.node.value.text().filter(|it| it.len() == 64 && it.is_ascii()) else {
            return field.refuse(wrong);
        };
        let mut hash = [0; 32];
        for (byte, place) in hash.iter_mut().zip((0..).step_by(2)) {
            match text.get(place..place + 2).map(|digits| u8::from_str_radix(digits, 16)) {
                Some(Ok(value)) => *byte = value,
                Some(Err(_)) | None => return field.refuse(wrong),
            }
        }
        Some(Self(hash))
    }
}
