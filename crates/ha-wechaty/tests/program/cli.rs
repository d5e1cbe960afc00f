//! The command in an empty folder, with nothing in its environment.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

/// The program, with these words after its name; nothing of this process's environment, and no input.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ha-wechaty"));
    command.args(arguments).env_clear().stdin(Stdio::null());
    command
}

/// What it says, and how it ends.
pub(crate) fn output(command: &mut Command) -> Output {
    command.output().expect("it can be run")
}

/// What was said, which must be text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// A folder that the program is run in.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("there is room for a folder"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("it is ours");
    }

    /// The program, run here; what it keeps where nobody says where is here too.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command.current_dir(self.root()).env("XDG_DATA_HOME", self.root());
        command
    }
}
