//! What is installed for a puppet: a tree of packages, as npm's `package.json` says it.

use std::{collections::BTreeMap, fs, io, path::Path};

use ha_wechaty_core::fingerprint;
use serde_json::{Map, Value, json};

use ha_wechaty_config::catalogue;

use super::message::Source;
use ha_wechaty_config::{Package, file_name};

/// What our own host is made of. `wechaty-puppet-service` is the puppet service itself.
const RUNTIME: [(&str, &str); 5] = [
    ("file-box", "1.5.5"),
    ("memory-card", "1.1.2"),
    ("wechaty-grpc", "1.5.2"),
    ("wechaty-puppet", "1.20.2"),
    ("wechaty-puppet-service", "1.19.9"),
];

/// Puppets of the old generation, and the packages of their time that they need beside them.
const OLD: [(&str, &[(&str, &str)]); 3] = [
    ("wechaty-puppet-hostie", &[("wechaty-puppet", "0.33.9"), ("memory-card", "0.7.1")]),
    ("wechaty-puppet-padplus", &[("wechaty-puppet", "0.32.3"), ("memory-card", "0.7.1")]),
    ("wechaty-puppet-macpro", &[("wechaty-puppet", "0.20.2"), ("memory-card", "0.6.21")]),
];
/// What our stand-in for `grpc` stands on.
const GRPC: (&str, &str) = ("@grpc/grpc-js", "1.14.7");
/// Packages with native code that does not build any more, and what we put in their place. npm installs the real ones
/// first, without building them: an override in `package.json` would spare that, but npm up to 9 refuses one that
/// names a folder or another package (`Invalid comparator`), and Debian 12 has npm 9.2.
const STAND_INS: [StandIn; 2] = [
    StandIn { name: "grpc", code: include_str!("../js/stand-ins/grpc.js") },
    StandIn { name: "fs-ext", code: include_str!("../js/stand-ins/fs-ext.js") },
];

/// A package of ours in the place of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StandIn {
    name: &'static str,
    code: &'static str,
}

impl StandIn {
    /// Takes the place of the package in this folder.
    pub(super) fn replace(&self, folder: &Path) -> io::Result<()> {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs::create_dir_all(folder)?,
        }
        let manifest = json!({ "name": self.name, "version": "0.0.0", "main": "index.js" });
        fs::write(folder.join("package.json"), manifest.to_string())?;
        fs::write(folder.join("index.js"), self.code)
    }
}

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
            Package::Npm { name, version } => {
                let (version, source) = (version.as_deref(), Source::Name(name.clone()));
                match OLD.iter().find(|(old, _)| old == name) {
                    Some((_, beside)) => {
                        let puppet = Some(Recipe::old(name, version, beside));
                        Self { host: Recipe::runtime(), puppet, source }
                    }
                    None => Self { host: Recipe::with_puppet(name, version), puppet: None, source },
                }
            }
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
    stand_ins: &'static [StandIn],
}

impl Recipe {
    /// The host alone, for a puppet that brings its own packages.
    fn runtime() -> Self {
        let dependencies = RUNTIME.map(|(name, version)| (name.to_owned(), version.to_owned())).into();
        let (name, version) = RUNTIME[RUNTIME.len() - 1];
        Self { name: name.to_owned(), version: Some(version.to_owned()), dependencies, stand_ins: &[] }
    }

    /// The host and a puppet beside it: they share what both use.
    fn with_puppet(name: &str, version: Option<&str>) -> Self {
        Self::runtime().and_puppet(name, version)
    }

    /// A puppet of the old generation, among packages of its own time.
    fn old(name: &str, version: Option<&str>, beside: &[(&str, &str)]) -> Self {
        let dependencies = beside.iter().chain([&GRPC]);
        let dependencies = dependencies.map(|(name, version)| ((*name).to_owned(), (*version).to_owned()));
        let empty = Self { dependencies: dependencies.collect(), stand_ins: &STAND_INS, ..Self::runtime() };
        empty.and_puppet(name, version)
    }

    fn and_puppet(mut self, name: &str, version: Option<&str>) -> Self {
        let known = catalogue::KNOWN.iter().find(|known| known.name == name);
        let version = version.or(known.map(|known| known.version));
        self.dependencies.insert(name.to_owned(), version.unwrap_or("latest").to_owned());
        Self { name: name.to_owned(), version: version.map(str::to_owned), ..self }
    }

    /// The name of the package that it is for.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The name of its folder. Accounts with the same recipe share it, and none is ever changed: another recipe
    /// has another folder. A package without a version keeps the one that was the newest when it was installed.
    pub(super) fn folder(&self) -> String {
        let version = self.version.as_deref().unwrap_or("newest");
        let code: String = self.stand_ins.iter().map(|it| it.code).collect();
        let recipe = fingerprint(&(self.manifest().to_string() + &code)) as u32;
        format!("{}@{version}-{recipe:08x}", file_name(&self.name))
    }

    /// What its puppet expects to find beside it and is not there, by `packages` of the lock file. Of a puppet that
    /// is known, that is known; and `wechaty` is the bot that others run.
    pub(super) fn missing_peers(&self, packages: &Map<String, Value>) -> BTreeMap<String, String> {
        if catalogue::KNOWN.iter().any(|known| known.name == self.name) {
            return BTreeMap::new();
        }
        let puppet = &packages.get(&format!("node_modules/{}", self.name)).unwrap_or(&Value::Null);
        let is_optional = |name: &str| puppet["peerDependenciesMeta"][name]["optional"] == true;
        let is_missing = |name: &str| name != "wechaty" && !self.dependencies.contains_key(name);
        let peers = puppet["peerDependencies"].as_object().into_iter().flatten();
        peers
            .filter(|(name, _)| is_missing(name) && !is_optional(name))
            .filter_map(|(name, range)| Some((name.clone(), range.as_str()?.to_owned())))
            .collect()
    }

    /// Its `package.json` with these besides.
    pub(super) fn manifest_with(&self, peers: &BTreeMap<String, String>) -> Value {
        let mut more = self.clone();
        more.dependencies.extend(peers.clone());
        more.manifest()
    }

    /// Its `package.json`.
    pub(super) fn manifest(&self) -> Value {
        json!({ "private": true, "dependencies": self.dependencies })
    }

    /// The packages of ours in it, and the folders where they take the place of others, by `packages` of the lock
    /// file.
    pub(super) fn stand_ins<'a>(
        &self,
        packages: &'a Map<String, Value>,
    ) -> impl Iterator<Item = (&'a str, &'static StandIn)> {
        let stand_ins = self.stand_ins;
        packages.keys().filter_map(move |folder| {
            let (_, name) = folder.rsplit_once("node_modules/")?;
            Some((folder.as_str(), stand_ins.iter().find(|it| it.name == name)?))
        })
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
    use ha_wechaty_config::catalogue::Generation;

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
    fn what_an_unknown_puppet_expects_beside_it_is_installed_too() {
        let peers =
            json!({ "left-pad": "^1.0.0", "wechaty-puppet": "^1.0.0", "wechaty": "^1.0.0", "maybe": "*" });
        let puppet =
            json!({ "peerDependencies": peers, "peerDependenciesMeta": { "maybe": { "optional": true } } });
        for (name, missing) in [("wechaty-puppet-nobody-knows", true), ("wechaty-puppet-wechat4u", false)] {
            let packages = Map::from_iter([(format!("node_modules/{name}"), puppet.clone())]);
            let recipe = plan(name).host;
            let found = recipe.missing_peers(&packages);
            assert_eq!(found.keys().collect::<Vec<_>>(), if missing { vec!["left-pad"] } else { vec![] });
            let manifest = recipe.manifest_with(&found);
            assert_eq!(manifest["dependencies"].get("left-pad").is_some(), missing);
            assert_eq!(manifest["dependencies"]["wechaty-puppet"], "1.20.2", "ours wins");
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
    fn a_puppet_of_the_old_generation_has_packages_of_its_time_and_the_host_todays() {
        for known in catalogue::KNOWN {
            let plan = plan(&format!("{}@{}", known.name, known.version));
            let puppet = plan.puppet.as_ref();
            assert_eq!(puppet.is_some(), known.generation == Generation::Old, "{}", known.name);
            let Some(puppet) = puppet else { continue };
            let manifest = puppet.manifest();
            assert!(
                manifest["dependencies"]["wechaty-puppet"].as_str().expect("a version").starts_with("0.")
            );
            // Every npm since 7 understands this much.
            let keys: Vec<_> = manifest.as_object().expect("a table").keys().collect();
            assert_eq!(keys, ["dependencies", "private"]);
            assert_eq!(plan.host, Recipe::runtime());
        }
    }

    #[test]
    fn stand_ins_take_the_place_of_packages_wherever_they_are() {
        let padplus = plan("wechaty-puppet-padplus").puppet.expect("it is old");
        let folders = ["", "node_modules/a", "node_modules/grpc", "node_modules/a/node_modules/grpc"];
        let packages =
            folders.into_iter().chain(["node_modules/@x/grpc", "node_modules/grpc/node_modules/a"]);
        let packages = packages.map(|folder| (folder.to_owned(), json!({}))).collect();
        let found: Vec<_> = padplus.stand_ins(&packages).map(|(folder, it)| (folder, it.name)).collect();
        assert_eq!(found, [("node_modules/a/node_modules/grpc", "grpc"), ("node_modules/grpc", "grpc")]);
        assert_eq!(plan("wechaty-puppet-mock").host.stand_ins(&packages).count(), 0);
    }

    #[test]
    fn a_puppet_of_ones_own_runs_beside_the_hosts_packages() {
        let plan = plan("./mine");
        assert_eq!((plan.host, plan.source), (Recipe::runtime(), Source::Path("./mine".into())));
    }
}
