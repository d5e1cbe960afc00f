//! Where puppets that run here, and their sessions, are kept; and the store of a gateway for which no place is set.
//!
//! ```text
//! <data_dir>/packages/   trees of packages, which all accounts share
//! <data_dir>/sessions/   a folder for each team, and in it one for each account
//!
//! $STATE_DIRECTORY/<team>.db   a store, and beside it its key; in the user's data folder where no such variable is
//! ```

use std::{
    env,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

use ha_wechaty_core::fingerprint;

use crate::{Config, HostConfig, StoreConfig, StorePlace, read::NAME};

/// File systems take names of 255 bytes; a version or an ending may follow.
const LONGEST_NAME: usize = 200;

/// What is ours within somebody's folders.
const FOLDER: &str = "ha-wechaty";
/// Where systemd makes the folders of `StateDirectory=`.
const STATES: &str = "/var/lib";

/// The folders below `host.data_dir`. That they are there is for whoever keeps something in them.
#[derive(Debug, Clone)]
pub struct Folders {
    root: PathBuf,
}

/// Where they are can't be said.
#[derive(Debug, thiserror::Error)]
pub enum NoFolder {
    /// Nothing is set, and the user has no home.
    #[error("host.data_dir is not set, and the user has no home folder")]
    NoHome,
    /// The system does not say where the process is, which a relative path starts from.
    #[error("{}: {cause}", path.display())]
    Relative {
        /// The folder as it was set.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

impl Folders {
    /// The folders that the operator set, or those that are the user's own.
    ///
    /// # Errors
    /// Nothing is set, and the user has no home.
    pub fn new(host: &HostConfig) -> Result<Self, NoFolder> {
        let data_home = || data_home(|name| env::var_os(name));
        let root = host.data_dir.clone().or_else(|| Some(data_home()?.join(FOLDER)));
        let root = root.ok_or(NoFolder::NoHome)?;
        // Programs that run elsewhere are told of it.
        let root = std::path::absolute(&root).map_err(|cause| NoFolder::Relative { path: root, cause })?;
        Ok(Self { root })
    }

    /// The folder that all is in.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where sessions are, or will be.
    pub fn sessions(&self) -> PathBuf {
        self.root.join("sessions")
    }

    /// Where trees of packages are, or will be.
    pub fn packages(&self) -> PathBuf {
        self.root.join("packages")
    }
}

impl Config {
    /// As `ha-wechaty serve` takes it: where no place is set for the store, it is a file of the team's own, in the folder
    /// that systemd gives the service (`StateDirectory=`), else in the user's data folder. Without either no place is set
    /// still, nor for a team that was given no name: others without one would go on with what is this one's.
    #[must_use]
    pub fn served(mut self) -> Self {
        if self.store.path == StorePlace::Unset
            && self.has_name()
            && let Some(path) = usual_store(&self.name, |name| env::var_os(name))
        {
            self.store.path = StorePlace::File(path);
        }
        self
    }

    /// Whether it was given a name.
    pub(crate) fn has_name(&self) -> bool {
        self.name != NAME
    }

    /// Stores of a team of this name in other usual places than its own: of another user, or of the same one by hand and as
    /// a service. Nobody should have two without knowing.
    pub fn other_stores(&self) -> Vec<PathBuf> {
        let StorePlace::File(own) = &self.store.path else { return Vec::new() };
        let all = usual_stores(&self.name, |name| env::var_os(name), Path::new(STATES));
        all.into_iter().filter(|it| it != own && it.exists() && !is_same(it, own)).collect()
    }
}

/// The store of a gateway that serves, for those who look after it.
#[derive(Debug, Clone)]
pub struct ServedStore {
    /// What is set of it; the usual place, where none is.
    pub config: StoreConfig,
    /// Whether its place is set. A usual one depends on who asks: a service has another than its operator.
    pub is_placed: bool,
    /// See [`Config::other_stores`].
    pub others: Vec<PathBuf>,
}

impl ServedStore {
    pub(crate) fn of(config: Config) -> Self {
        let is_placed = config.store.path != StorePlace::Unset;
        let config = config.served();
        let others = if is_placed { Vec::new() } else { config.other_stores() };
        Self { config: config.store, is_placed, others }
    }
}

/// Whether both are one file, by whatever links.
fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// A text as the name of a file; different texts have different names, and long ones end in their fingerprint.
pub fn file_name(text: &str) -> String {
    let mut name = String::new();
    for (index, c) in text.char_indices() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => name.push(c),
            '.' if index > 0 => name.push(c),
            _ => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| name += &format!("%{byte:02x}")),
        }
    }
    if name.len() > LONGEST_NAME {
        let end = format!("-{:016x}", fingerprint(text));
        name.truncate(LONGEST_NAME - end.len());
        name += &end;
    }
    name
}

/// Where the user's programs keep what is theirs, as the variables say.
fn data_home(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    // A relative one is to be ignored, by the rules for these variables.
    let data_home = set("XDG_DATA_HOME").filter(|path| path.is_absolute());
    data_home.or_else(|| Some(set("HOME")?.join(".local/share")))
}

/// The file of a team's store, as the variables say.
fn usual_store(team: &str, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let folder = of_service(&variable).or_else(|| of_user(&variable))?;
    Some(folder.join(file_name(team) + ".db"))
}

/// All files that a team's store may be in where no place is set for it: here, or where systemd starts it.
fn usual_stores(team: &str, variable: impl Fn(&str) -> Option<OsString>, states: &Path) -> Vec<PathBuf> {
    let systems = states.join(FOLDER);
    let folders = [of_service(&variable), Some(systems), of_user(&variable)];
    folders.into_iter().flatten().map(|folder| folder.join(file_name(team) + ".db")).collect()
}

/// What systemd made for a service.
fn of_service(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    env::split_paths(&variable("STATE_DIRECTORY")?).find(|it| it.is_absolute())
}

fn of_user(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    // Many a service's user has a home that nobody has made, or the root of all: that is none.
    let has_home = absolute("HOME").is_some_and(|it| it.parent().is_some() && it.is_dir());
    let data_home = (has_home || absolute("XDG_DATA_HOME").is_some()).then(|| data_home(&variable))??;
    Some(data_home.join(FOLDER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_for_which_no_place_is_set_is_in_the_services_folder_or_else_in_the_users() {
        let home = tempfile::tempdir().expect("a folder");
        let home = home.path().to_str().expect("UTF-8");
        let found = |variables: &[(&str, &str)]| {
            let set = |name: &str| variables.iter().find(|it| it.0 == name).map(|it| it.1.into());
            usual_store("my team", set).map(|path| path.display().to_string())
        };
        let service = ("STATE_DIRECTORY", "/var/lib/one:/var/lib/two");
        let (data, user) = (("XDG_DATA_HOME", "/data"), ("HOME", home));
        let of_user = format!("{home}/.local/share/ha-wechaty/my%20team.db");
        for (variables, path) in [
            (&[service, data, user][..], Some("/var/lib/one/my%20team.db")),
            (&[data, user], Some("/data/ha-wechaty/my%20team.db")),
            (&[data], Some("/data/ha-wechaty/my%20team.db")),
            (&[user], Some(&of_user)),
            (&[("STATE_DIRECTORY", ""), ("XDG_DATA_HOME", ""), user], Some(&of_user)),
            (&[("XDG_DATA_HOME", "data"), user], Some(&of_user)),
            (&[("HOME", "/nonexistent")], None),
            (&[("XDG_DATA_HOME", "data"), ("HOME", "/")], None),
            (&[("HOME", "")], None),
            (&[("HOME", "/")], None),
            (&[], None),
        ] {
            assert_eq!(found(variables).as_deref(), path, "{variables:?}");
        }
    }

    #[test]
    fn a_store_may_be_where_systemd_would_start_it_or_in_the_users_folder() {
        let set = |name: &str| (name == "XDG_DATA_HOME").then(|| "/data".into());
        let all = usual_stores("team", set, Path::new("/var/lib"));
        assert_eq!(all, ["/var/lib/ha-wechaty/team.db", "/data/ha-wechaty/team.db"].map(PathBuf::from));
    }

    #[test]
    fn a_team_without_a_name_has_no_store_that_others_without_one_would_share() {
        assert_eq!(Config::new(NAME).served().store.path, StorePlace::Unset);
    }

    #[test]
    fn what_somebody_has_set_is_left_as_it_is() {
        for place in [StorePlace::Memory, StorePlace::File("team.db".into())] {
            let mut config = Config::new("ossbot");
            config.store.path = place.clone();
            assert_eq!(config.served().store.path, place);
        }
    }

    #[test]
    fn any_text_is_a_file_name_of_its_own() {
        for (text, name) in [
            ("oss-bot_1", "oss-bot_1"),
            ("..", "%2e."),
            ("a/b", "a%2fb"),
            ("@scope/puppet", "%40scope%2fpuppet"),
            ("机", "%e6%9c%ba"),
        ] {
            assert_eq!(file_name(text), name);
        }
        // File systems take 255 bytes, and endings come after it.
        let [one, other] = ["机", "器"].map(|last| file_name(&format!("{}{last}", "机".repeat(100))));
        assert!(one != other && one.len() == other.len() && one.len() <= 200, "{one} {other}");
    }
}
