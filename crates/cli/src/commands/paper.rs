//! What is made of the commands' own help: completions for shells, and pages for `man`.

use std::{io, path::PathBuf, process::ExitCode};

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, answer, complain};

/// Prints what a shell completes commands by.
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell; for bash: ha-wechaty completions bash > ~/.local/share/bash-completion/completions/ha-wechaty
    shell: Shell,
}

/// Writes a page for `man` of each command.
#[derive(Debug, Args)]
pub(super) struct Man {
    /// The folder that they are written into
    folder: PathBuf,
}

impl Completions {
    pub(super) fn run(&self) -> ExitCode {
        let mut out = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "ha-wechaty", &mut out);
        answer(&String::from_utf8_lossy(&out).trim_end(), ExitCode::SUCCESS)
    }
}

impl Man {
    pub(super) fn run(&self) -> ExitCode {
        let written: io::Result<()> = std::fs::create_dir_all(&self.folder)
            .and_then(|()| clap_mangen::generate_to(Cli::command(), &self.folder));
        match written {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                complain(&format_args!("ha-wechaty man: {}: {error}", self.folder.display()));
                ExitCode::FAILURE
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_has_a_page_and_each_shell_its_completions() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Man { folder: folder.path().to_owned() }.run(), ExitCode::SUCCESS);
        let commands = Cli::command();
        for command in commands.get_subcommands().filter(|it| !it.is_hide_set()) {
            let page = folder.path().join(format!("ha-wechaty-{}.1", command.get_name()));
            assert!(page.exists(), "{}", page.display());
        }
        for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
            let mut out = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "ha-wechaty", &mut out);
            assert!(String::from_utf8_lossy(&out).contains("maintenance"), "{shell}");
        }
    }
}
