//! What is installed for a puppet: a tree of packages, as npm's `package.json` says it.

use std::collections::BTreeMap;

use ha_wechaty_core::fingerprint;
use serde_json::{Value, json};

use super::{catalogue, folders::file_name, message::Source};
use crate::config::Package;

/// What our own host is made of. `wechaty-puppet-service` is the puppet service itself.
const RUNTIME: [(&str, &str); 5] = [
    ("file-box", "1.5.5"),
    ("memory-card", "1.1.2"),
    ("wechaty-grpc", "1.5.2"),
    ("wechaty-puppet", "1.20.2"),
    ("wechaty-puppet-service", "1.19.9"),
];

/// All that an account's host needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// The tree that the host itself runs in.
    pub(super) host: Recipe,
    /// The puppet's own tree, if it can't live beside the host's packages.
    pub(super) puppet: Option<Recipe>,
    /// Where the puppet is then.
    pub(super) source: Source,
}

impl Plan {
    pub(super) fn of(package: &Package) -> Self {
        match package {
            Package::Npm { name, version } => Self {
                host: Recipe::with_puppet(name, version.as_deref()),
                puppet: None,
                source: Source::Name(name.clone()),
            },
            Package::Local(path) => {
                Self { host: Recipe::runtime(), puppet: None, source: Source::Path(path.clone()) }
            }
        }
    }
}

/// A tree of packages to be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recipe {
    /// The package that it is for, with its version if one is set.
    name: String,
    version: Option<String>,
    dependencies: BTreeMap<String, String>,
}

impl Recipe {
    /// The host alone, for a puppet that brings its own packages.
    fn runtime() -> Self {
        let dependencies = RUNTIME.map(|(name, version)| (name.to_owned(), version.to_owned())).into();
        let (name, version) = RUNTIME[RUNTIME.len() - 1];
        Self { name: name.to_owned(), version: Some(version.to_owned()), dependencies }
    }

    /// The host and a puppet beside it: they share what both use.
    fn with_puppet(name: &str, version: Option<&str>) -> Self {
        let known = catalogue::KNOWN.iter().find(|known| known.name == name);
        let version = version.or(known.map(|known| known.version));
        let mut recipe = Self::runtime();
        recipe.dependencies.insert(name.to_owned(), version.unwrap_or("latest").to_owned());
        Self { name: name.to_owned(), version: version.map(str::to_owned), ..recipe }
    }

    /// The name of the package that it is for.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The name of its folder. Accounts with the same recipe share it, and none is ever changed: another recipe
    /// has another folder. A package without a version keeps the one that was the newest when it was installed.
    pub(super) fn folder(&self) -> String {
        let version = self.version.as_deref().unwrap_or("newest");
        let recipe = fingerprint(&self.manifest().to_string()) as u32;
        format!("{}@{version}-{recipe:08x}", file_name(&self.name))
    }

    /// Its `package.json`.
    pub(super) fn manifest(&self) -> Value {
        json!({ "private": true, "dependencies": self.dependencies })
    }
}

impl std::fmt::Display for Recipe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)?;
        self.version.as_ref().map_or(Ok(()), |version| write!(f, " {version}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(package: &str) -> Plan {
        Plan::of(&package.parse().expect("a package"))
    }

    #[test]
    fn a_known_puppet_has_the_version_that_we_know_unless_another_is_asked_for() {
        for (package, version) in [
            ("wechaty-puppet-mock", "1.19.4"),
            ("wechaty-puppet-mock@1.18.0", "1.18.0"),
            ("wechaty-puppet-nobody-knows", "latest"),
            ("wechaty-puppet-nobody-knows@3.0.0", "3.0.0"),
        ] {
            let name = package.split('@').next().expect("a name");
            assert_eq!(plan(package).host.manifest()["dependencies"][name], version, "{package}");
        }
    }

    #[test]
    fn equal_recipes_share_a_folder_and_others_do_not() {
        let folder = |package: &str| plan(package).host.folder();
        assert_eq!(folder("wechaty-puppet-mock"), folder("wechaty-puppet-mock@1.19.4"));
        assert_ne!(folder("wechaty-puppet-mock"), folder("wechaty-puppet-mock@1.18.0"));
        assert!(folder("@scope/puppet").starts_with("%40scope%2fpuppet@newest-"));
    }

    #[test]
    fn a_puppet_of_ones_own_runs_beside_the_hosts_packages() {
        let plan = plan("./mine");
        assert_eq!((plan.host, plan.source), (Recipe::runtime(), Source::Path("./mine".into())));
    }
}
