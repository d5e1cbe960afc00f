//! The programs that are tested from outside, optimised.

use std::{path::PathBuf, process::Command};

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    run::{must, root},
    steps::{NPM, cargo},
};

/// How they are compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    /// As it is packed for others: these figures count
    Dist,
    /// Not much slower, and much sooner there
    Interop,
    /// As the tests in Rust have them, beside which they are there already
    Dev,
}

/// A program of the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    Gateway,
    Siege,
    Trials,
    Race,
}

impl Program {
    /// What tests and attacks want; a race is none of it.
    const ALL: [Self; 3] = [Self::Gateway, Self::Siege, Self::Trials];

    fn name(self) -> &'static str {
        match self {
            Self::Gateway => "ha-wechaty",
            Self::Siege => "ha-wechaty-siege",
            Self::Trials => "ha-wechaty-trials",
            Self::Race => "ha-wechaty-race",
        }
    }

    /// Where it is, once it is built.
    pub(crate) fn path(self, profile: Profile) -> PathBuf {
        root().join("target").join(profile.folder()).join(self.name())
    }

    pub(crate) fn command(self, profile: Profile) -> Command {
        let mut command = Command::new(self.path(profile));
        command.current_dir(root());
        command
    }
}

impl Profile {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Dist => "dist",
            Self::Interop => "interop",
            Self::Dev => "dev",
        }
    }

    /// Where cargo puts what it builds so.
    fn folder(self) -> &'static str {
        match self {
            Self::Dist | Self::Interop => self.name(),
            Self::Dev => "debug",
        }
    }
}

/// Builds them: for the tests all at once, since the trials want tokio with a clock that can stand still, and what is
/// built without them would be built again; packed without the trials, which is what users have.
pub(crate) fn build(profile: Profile) -> Result<()> {
    if profile == Profile::Dev {
        // What is chosen decides what others are compiled with: so it is what the tests were compiled with.
        return must(cargo().args(["build", "--workspace", "--all-targets", "--features", NPM]));
    }
    let wanted = |it: &&Program| profile == Profile::Interop || **it != Program::Trials;
    let packages = Program::ALL.iter().filter(wanted).flat_map(|it| ["-p", it.name()]);
    must(cargo().args(["build", "--profile", profile.name()]).args(packages))
}

/// Builds them one after the other, each as if it were alone.
pub(crate) fn build_apart(programs: &[Program], profile: Profile) -> Result<()> {
    for program in programs {
        must(cargo().args(["build", "--profile", profile.name(), "-p", program.name()]))?;
    }
    Ok(())
}
