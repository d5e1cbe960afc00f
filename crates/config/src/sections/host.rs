//! How puppets are run, for accounts that have one of their own: key `host`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::{Effect, Section};
use crate::reader::{Field, Form, FromField, Keys, TIME, TIME_OR_NONE};

/// How puppets are run. Key `host`.
#[derive(Debug, Clone, PartialEq)]
pub struct HostConfig {
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

impl Default for HostConfig {
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

impl Section for HostConfig {
    const EFFECT: Effect = Effect::AtNextStart;

    fn keys(&mut self, keys: &mut Keys<'_>) {
        let Self { data_dir, node, npm, install, start, stop } = self;
        keys.set_as("data_dir", data_dir, |NewFolder(folder)| Some(folder));
        keys.set_as("node", node, |Program(path)| path);
        keys.set_as("npm", npm, |Program(path)| path);
        keys.set("install", install).within(TIME);
        keys.set("start", start).within(TIME);
        keys.set("stop", stop).within(TIME_OR_NONE);
    }
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
