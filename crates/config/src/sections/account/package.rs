//! Puppets that we run ourselves, and what running them needs.

use std::{fmt, path::PathBuf, str::FromStr, time::Duration};

use ha_wechaty_core::Ids;
use ha_wechaty_wire::Token;
use serde_json::{Map, Value};

use crate::catalogue;

/// A puppet that we run, as a puppet service of its own that nobody else reaches.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Hosted {
    /// Where its code is. Key `puppet`.
    pub package: Package,
    /// What it shows to its own server, if it has one.
    pub token: Option<Token>,
    /// What else it is made with. Key `puppet_options`.
    pub options: PuppetOptions,
}

impl Hosted {
    /// A puppet without token and options.
    pub fn new(package: Package) -> Self {
        Self { package, token: None, options: PuppetOptions::default() }
    }

    /// What the catalogue says of its ids; of a puppet that is not in it nothing is known, and ids that are
    /// tagged without need do no harm.
    pub(crate) fn ids(&self) -> Ids {
        catalogue::find(&self.package).map_or(Ids::Own, |known| known.ids)
    }
}

/// Where a puppet's code is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Package {
    /// A package of npm.
    Npm {
        /// Its name, like `wechaty-puppet-padlocal`.
        name: String,
        /// Its version; without it the one that we know to work, or else the newest when it is installed.
        version: Option<String>,
    },
    /// A package's folder, or a file of JavaScript. It stays as it is, with its own `node_modules`.
    Local(PathBuf),
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Npm { name, version: None } => f.write_str(name),
            Self::Npm { name, version: Some(version) } => write!(f, "{name}@{version}"),
            Self::Local(path) => path.display().fmt(f),
        }
    }
}

impl FromStr for Package {
    type Err = BadPackage;

    /// `name`, `name@version`, or a path that begins with `.` or `/`.
    fn from_str(text: &str) -> Result<Self, BadPackage> {
        if text.starts_with(['.', '/']) {
            return Ok(Self::Local(text.into()));
        }
        // The first `@` of `@scope/name` belongs to the name.
        let at = text.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| at);
        let (name, version) = match at {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        if !is_name(name) {
            return Err(BadPackage::Name);
        }
        if !version.is_none_or(is_version) {
            return Err(BadPackage::Version);
        }
        Ok(Self::Npm { name: name.to_owned(), version: version.map(str::to_owned) })
    }
}

/// npm's rule for names, as far as it keeps them from being read as something else.
fn is_name(name: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c))
    };
    match name.strip_prefix('@') {
        Some(scoped) => scoped.split_once('/').is_some_and(|(scope, name)| is_part(scope) && is_part(name)),
        None => is_part(name),
    }
}

/// An exact version: a range would make two installations differ.
fn is_version(version: &str) -> bool {
    let (numbers, rest) = version.split_once('-').map_or((version, None), |(a, b)| (a, Some(b)));
    let is_number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    numbers.split('.').count() == 3
        && numbers.split('.').all(is_number)
        && rest.is_none_or(|rest| {
            !rest.is_empty() && rest.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c))
        })
}

/// Why a text names no puppet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPackage {
    /// It is no name of a package.
    #[error(
        "is no package of npm; write its name, like wechaty-puppet-padlocal, or a path that begins with ./ or /"
    )]
    Name,
    /// What follows the `@` is no exact version.
    #[error("has no exact version after its '@'; write all of it, like wechaty-puppet-padlocal@1.20.1")]
    Version,
}

/// What a puppet is made with, besides its token. `Debug` hides the values: there may be secrets among them.
#[derive(Clone, PartialEq, Default)]
pub struct PuppetOptions(Map<String, Value>);

impl PuppetOptions {
    /// The options themselves.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl From<Map<String, Value>> for PuppetOptions {
    fn from(options: Map<String, Value>) -> Self {
        Self(options)
    }
}

impl fmt::Debug for PuppetOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.keys().map(|key| (key, "…"))).finish()
    }
}

/// How puppets are run. Key `host`.
#[derive(Debug, Clone, PartialEq)]
pub struct Host {
    /// Where packages are installed and sessions are kept; `ha-wechaty` in the user's own data folder
    /// (`$XDG_DATA_HOME`, or `~/.local/share`), unless set.
    pub data_dir: Option<PathBuf>,
    /// The program that runs JavaScript: a path, or a name to be looked for in `PATH`.
    pub node: PathBuf,
    /// The program that installs packages.
    pub npm: PathBuf,
    /// How long an installation may take.
    pub install: Duration,
    /// How long a host may take until it serves.
    pub start: Duration,
    /// How long a host may take to end before it is killed.
    pub stop: Duration,
}

impl Default for Host {
    fn default() -> Self {
        Self {
            data_dir: None,
            node: "node".into(),
            npm: "npm".into(),
            install: Duration::from_secs(10 * 60),
            start: Duration::from_secs(60),
            stop: Duration::from_secs(10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_puppet_is_a_package_with_or_without_a_version_or_a_path() {
        for text in [
            "wechaty-puppet-padlocal",
            "wechaty-puppet-padlocal@1.20.1",
            "@scope/puppet",
            "@scope/puppet@0.7.43-beta.1",
            "./puppets/mine",
            "/srv/puppet.js",
        ] {
            assert_eq!(text.parse::<Package>().map(|package| package.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn what_is_no_puppet_says_why() {
        for (text, why) in [
            ("", BadPackage::Name),
            ("Wechaty", BadPackage::Name),
            ("-g", BadPackage::Name),
            ("@scope", BadPackage::Name),
            ("a/b", BadPackage::Name),
            ("https://example.com/puppet.tgz", BadPackage::Name),
            ("puppet@", BadPackage::Version),
            ("puppet@latest", BadPackage::Version),
            ("puppet@^1.0.0", BadPackage::Version),
            ("puppet@1.0", BadPackage::Version),
        ] {
            assert_eq!(text.parse::<Package>(), Err(why), "{text}");
        }
    }

    #[test]
    fn options_are_never_shown() {
        let options = Map::from_iter([("key".to_owned(), Value::from("secret"))]);
        assert_eq!(format!("{:?}", PuppetOptions::from(options)), r#"{"key": "…"}"#);
    }
}
