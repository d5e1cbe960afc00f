//! `ha-wechaty init`: a first configuration, written from the accounts' tokens alone; where the package is installed, the
//! gateway is started with it too.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, chown},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use clap::Args;
use ha_wechaty_config::{Config, Provider, file_name};
use ha_wechaty_team::view::Status;

use super::{BAD_CONFIG, answer, complain, door::Door, flags};
use crate::text;

/// Where the package has its configuration; and the service that it brings.
pub(super) const INSTALLED: &str = "/etc/ha-wechaty/ha-wechaty.toml";
const SERVICE: &str = "ha-wechaty.service";
/// Where that keeps what must not be forgotten.
const STATE: &str = "/var/lib/ha-wechaty";
/// The group that the service's user is in.
const GROUP: &str = "ha-wechaty";
/// How long it may take until an account gets work.
const GREEN: Duration = Duration::from_secs(60);
const OFTEN: Duration = Duration::from_millis(500);

/// Writes a first configuration.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// Where to write it [default: where the package has it, if that is installed and may be written; else ha-wechaty.toml]
    file: Option<PathBuf>,
    /// An account of the team, by its token, or by @FILE that holds it; without an endpoint it is discovered by its token
    /// (repeatable)
    #[arg(long = "account", value_name = "NAME=TOKEN[@HOST:PORT]", required = true)]
    accounts: Vec<String>,
    /// The bot that may connect, by its token, or by @FILE that holds it [default: one that is made up]
    #[arg(long = "bot", value_name = "[NAME=]TOKEN")]
    bot: Option<String>,
    /// The team's name, by which bots know it: choose it once
    #[arg(long, default_value = "ossbot")]
    name: String,
    /// Start the package's service with it, now and with the system, and wait until the team stands
    #[arg(long)]
    start: bool,
}

impl Init {
    pub(super) fn run(&self) -> ExitCode {
        match self.write() {
            Ok((file, config)) => {
                let said = said(&file, &config, self.start);
                if !self.start {
                    return answer(&said, ExitCode::SUCCESS);
                }
                // It is told before the wait.
                let told = answer(&said, ExitCode::SUCCESS);
                self.start(&file).unwrap_or_else(|why| {
                    complain(&format_args!("ha-wechaty init: {why}"));
                    if told == ExitCode::SUCCESS { ExitCode::FAILURE } else { told }
                })
            }
            Err(why) => {
                complain(&format_args!("ha-wechaty init: {why}"));
                ExitCode::from(BAD_CONFIG)
            }
        }
    }

    fn write(&self) -> Result<(PathBuf, Config), String> {
        let bot = match &self.bot {
            Some(bot) => bot.clone(),
            None => format!("main=insecure_{}", made_up().map_err(|error| error.to_string())?),
        };
        let config = flags::alone(&self.name, bot, &self.accounts).map_err(|error| error.to_string())?;
        let file = self.file.clone().unwrap_or_else(place);
        if self.start && file != Path::new(INSTALLED) {
            return Err(format!(
                "--start starts the package's service, which reads {INSTALLED}: install the package, and run this as root"
            ));
        }
        let keeps = (file == Path::new(INSTALLED)).then(|| format!("{STATE}/{}.db", file_name(&config.name)));
        save(&file, &written(&config, keeps.as_deref())).map_err(|error| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                return format!(
                    "{} is there already: change it, or remove it, or name another file",
                    file.display()
                );
            }
            format!("{} can't be written: {error}", file.display())
        })?;
        // What was written is what was meant.
        Config::load(&file).map_err(|error| error.to_string())?;
        Ok((file, config))
    }

    fn start(&self, file: &Path) -> Result<ExitCode, String> {
        let run = Command::new("systemctl").args(["enable", "--now", SERVICE]).status();
        let done =
            run.map_err(|error| format!("systemctl can't be run ({error}); start it as this system does"))?;
        if !done.success() {
            return Err(format!("the service does not start: journalctl -u {SERVICE} says why"));
        }
        let door = Door::of(Some(file));
        let until = Instant::now() + GREEN;
        loop {
            let seen = door.ask::<Status>("/status");
            match seen {
                Ok(it) if it.read.team.available || Instant::now() >= until => {
                    let code = if it.read.team.available { ExitCode::SUCCESS } else { ExitCode::FAILURE };
                    return Ok(answer(&(text::status(&it.read) + &it.from).trim_end(), code));
                }
                Err(why) if Instant::now() >= until => return Err(why),
                Ok(_) | Err(_) => std::thread::sleep(OFTEN),
            }
        }
    }
}

/// Where it is written if nobody says.
fn place() -> PathBuf {
    let installed = Path::new(INSTALLED);
    let may_write = installed.parent().is_some_and(|folder| {
        folder.is_dir() && rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
    });
    if may_write { installed.to_owned() } else { PathBuf::from("ha-wechaty.toml") }
}

/// For its owner alone, and for the service's group where there is one: a file that is there already is never changed.
fn save(file: &Path, text: &str) -> io::Result<()> {
    let mut made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    made.write_all(text.as_bytes())?;
    made.sync_all()?;
    let groups = fs::read_to_string("/etc/group").unwrap_or_default();
    let group = groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(GROUP)).then(|| fields.nth(1)?.parse::<u32>().ok()).flatten()
    });
    if let Some(group) = group.filter(|_| file == Path::new(INSTALLED)) {
        chown(file, None, Some(group))?;
        fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o640))?;
    }
    Ok(())
}

/// A token that nobody can guess.
pub(super) fn made_up() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The configuration as a file.
///
/// `keeps` is where the store is, so that root's commands find it too.
fn written(config: &Config, keeps: Option<&str>) -> String {
    // A text of JSON is one of TOML.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut out = format!(
        "# Written by `ha-wechaty init`. ha-wechaty.example.toml has every key, `ha-wechaty check` says what is wrong.\n\n\
         name = {}\n",
        quoted(&config.name)
    );
    if let Some(keeps) = keeps {
        out += &format!("\n[store]\npath = {}\n", quoted(keeps));
    }
    for bot in &config.bots {
        out += &format!("\n[[bot]]\nname = {}\ntoken = {}\n", quoted(&bot.name), quoted(bot.token.reveal()));
    }
    for account in &config.accounts {
        out += &format!("\n[[account]]\nname = {}\n", quoted(&account.name));
        match &account.provider {
            Provider::Service(service) => {
                out += &format!("token = {}\n", quoted(service.token.reveal()));
                if let Some(endpoint) = &service.endpoint {
                    out += &format!("endpoint = {}\n", quoted(&endpoint.to_string()));
                }
            }
            // No flag asks for one.
            Provider::Hosted(_) => {}
        }
    }
    out
}

/// What was written, and what comes next.
fn said(file: &Path, config: &Config, starts: bool) -> String {
    let accounts: Vec<_> = config.accounts.iter().map(|it| it.name.as_str()).collect();
    let mut out = format!("{}: team {} of {}\n", file.display(), config.name, accounts.join(", "));
    out += "A bot in TypeScript needs (docs/bots.md has the others):\n";
    let token = config.bots.first().map_or("", |bot| bot.token.reveal());
    for (name, value) in [
        ("WECHATY_PUPPET", "wechaty-puppet-service"),
        ("WECHATY_PUPPET_SERVICE_TOKEN", token),
        ("WECHATY_PUPPET_SERVICE_ENDPOINT", &config.gateway.listen.to_string()),
    ] {
        out += &format!("  export {name}={value}\n");
    }
    match (starts, file == Path::new(INSTALLED)) {
        (true, _) => {}
        (false, true) => out += &format!("Start it: systemctl enable --now {SERVICE}"),
        (false, false) => out += &format!("Start it: ha-wechaty serve --config {}", file.display()),
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_it_was_meant_and_nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("team.toml");
        let accounts = ["north=insecure_n@127.0.0.1:18801", "south=puppet_found"].map(String::from).to_vec();
        let init =
            Init { file: Some(file.clone()), accounts, bot: None, name: String::from("茶"), start: false };
        let (at, meant) = init.write().unwrap();
        assert_eq!(at, file);
        let read = Config::load(&file).unwrap();
        assert_eq!((&read.name, &read.accounts, &read.bots), (&meant.name, &meant.accounts, &meant.bots));
        assert_eq!(read.bots[0].token.reveal().len(), "insecure_".len() + 32);
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        let before = fs::read_to_string(&file).unwrap();
        let why = init.write().unwrap_err();
        assert!(why.contains("is there already"), "{why}");
        assert_eq!(fs::read_to_string(&file).unwrap(), before);
        assert!(said(&file, &meant, false).contains("serve --config"));
    }

    #[test]
    fn what_is_wrong_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("team.toml");
        let init = |accounts: &[&str], start| Init {
            file: Some(file.clone()),
            accounts: accounts.iter().map(|it| (*it).to_owned()).collect(),
            bot: None,
            name: String::from("tea"),
            start,
        };
        assert!(init(&["north"], false).write().unwrap_err().contains("NAME=TOKEN"));
        assert!(init(&["north=a@h:1", "north=b@h:2"], false).write().is_err());
        assert!(init(&["north=insecure_a@h:1"], true).write().unwrap_err().contains("--start"));
        assert!(!file.exists());
    }
}
