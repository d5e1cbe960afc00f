//! Where a puppet's code is.

use std::{fmt, path::PathBuf, str::FromStr};

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

/// An exact version: a range would make two installations differ. Whether there is such a version, npm says; here it is
/// only kept from being read as a range, a tag or an option.
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
}
