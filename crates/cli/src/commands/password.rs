//! `ha-wechaty password`, `ha-wechaty key`: what lets operators in, made anew. Both only print: what is printed is written into
//! the configuration by hand.

use std::{
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    process::ExitCode,
};

use clap::Args;
use ha_wechaty_admin::{MadeKey, hash_password, make_key};
use ha_wechaty_config::{KeyConfig, Right};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use super::{answer, complain};

/// A password that is shorter can be guessed by whoever has its hash.
const SHORT: usize = 12;

/// Makes what admin.password may be instead of a password.
#[derive(Debug, Args)]
pub(super) struct Password {}

/// Makes a key.
#[derive(Debug, Args)]
pub(super) struct Key {
    /// Whose it is: a-z, 0-9 and -, at most 32
    name: String,
    /// What it lets its owner do: read; operate, which is to see to accounts too; admin, which is everything
    #[arg(long, value_name = "RIGHT")]
    right: Right,
    /// The only account that its owner may see to; may be given several times [default: all]
    #[arg(long, value_name = "NAME")]
    account: Vec<String>,
}

impl Password {
    pub(super) fn run(&self) -> ExitCode {
        match typed().and_then(|password| hash(&password)) {
            Ok(hash) => {
                complain(
                    &"Write this into the configuration, under [admin], instead of the password; it counts from the gateway's \
                      next start on:",
                );
                answer(&format_args!("password = \"{hash}\""), ExitCode::SUCCESS)
            }
            Err(why) => {
                complain(&format_args!("ha-wechaty password: {why}"));
                ExitCode::FAILURE
            }
        }
    }
}

fn hash(password: &str) -> Result<String, String> {
    let length = password.chars().count();
    if length == 0 {
        return Err(String::from("it is empty"));
    }
    if length < SHORT {
        complain(&format_args!("it has less than {SHORT} characters: whoever has its hash may guess it"));
    }
    hash_password(password)
}

/// The password: asked for twice at a terminal, and not shown; else the first line of what is put in.
fn typed() -> Result<String, String> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return line();
    }
    let shown = tcgetattr(&stdin).map_err(|error| error.to_string())?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Flush, &hidden).map_err(|error| error.to_string())?;
    let twice = ask("Password: ").and_then(|first| Ok((first, ask("Once more: ")?)));
    // Whatever came of it, the terminal shows what is typed again.
    let back = tcsetattr(&stdin, OptionalActions::Flush, &shown).map_err(|error| error.to_string());
    let (first, again) = twice?;
    back?;
    if first == again { Ok(first) } else { Err(String::from("they differ; nothing was made")) }
}

fn ask(question: &str) -> Result<String, String> {
    let mut stderr = io::stderr();
    // Whoever does not see the question may know it.
    let _ = stderr.write_all(question.as_bytes()).and_then(|()| stderr.flush());
    let line = line();
    let _ = stderr.write_all(b"\n");
    line
}

fn line() -> Result<String, String> {
    let mut text = String::new();
    io::stdin().lock().read_line(&mut text).map_err(|error| error.to_string())?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

impl Key {
    pub(super) fn run(&self) -> ExitCode {
        match self.made() {
            Ok(text) => answer(&text, ExitCode::SUCCESS),
            Err(why) => {
                complain(&format_args!("ha-wechaty key: {why}"));
                ExitCode::FAILURE
            }
        }
    }

    fn made(&self) -> Result<String, String> {
        let is_plain = |text: &str| text.bytes().all(|it| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if self.name.is_empty() || self.name.len() > 32 || !is_plain(&self.name) {
            return Err(format!("{:?} can't be its name: use a-z, 0-9 and - (at most 32)", self.name));
        }
        if self.name == KeyConfig::PASSWORD {
            return Err(String::from("admin is who shows admin.password; choose another name"));
        }
        if let Some(account) = self.account.iter().find(|it| it.is_empty() || !is_plain(it)) {
            return Err(format!("{account:?} is no account's name"));
        }
        let MadeKey { key, hash } = make_key().ok_or("the system has no random bits")?;
        let accounts: Vec<String> = self.account.iter().map(|it| format!("\"{it}\"")).collect();
        let accounts = if accounts.is_empty() {
            String::new()
        } else {
            format!("\naccounts = [{}]", accounts.join(", "))
        };
        Ok(format!(
            "{key}\n\nThis is the key: it is shown once, and kept nowhere. Give it to its owner (HA_WECHATY_ADMIN_KEY, --key-file, \
             or\n\"Authorization: Bearer …\"). Into the configuration, for the gateway's next start:\n\n[[key]]\nname = \
             \"{}\"\nhash = \"{hash}\"\nright = \"{}\"{accounts}",
            self.name,
            self.right.name()
        ))
    }
}

#[cfg(test)]
mod tests {
    use ha_wechaty_config::Config;

    use super::*;

    #[test]
    fn what_is_printed_can_be_written_into_a_configuration() {
        let key = Key { name: "ops".into(), right: Right::Operate, account: vec!["north".into()] };
        let text = key.made().expect("a key");
        let (_, lines) = text.split_once("\n[[key]]").expect("lines for the file");
        let hash = hash("correct horse battery").expect("random bits");
        let file = format!(
            "[admin]\npassword = \"{hash}\"\n[[key]]{lines}\n[[bot]]\nname = \"main\"\ntoken = \"insecure_bot\"\n[[account]]\nname \
             = \"north\"\ntoken = \"insecure_north\"\n"
        );
        let config = Config::from_toml("team.toml".as_ref(), &file).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((&*config.keys[0].name, config.keys[0].right), ("ops", Right::Operate));
        assert!(text.starts_with("hawechaty_") && !lines.contains("hawechaty_"), "{text}");
    }

    #[test]
    fn names_that_a_configuration_would_refuse_are_refused() {
        for name in ["", "admin", "Ops", "a b"] {
            let key = Key { name: name.into(), right: Right::Read, account: Vec::new() };
            assert!(key.made().is_err(), "{name}");
        }
        assert!(hash("").is_err());
    }
}
