//! Secrets on the command line. Whoever is on the machine reads the arguments of every process (`ps`), so they have no
//! place there; but they are convenient, and so they come.
//!
//! A process can't change its arguments by safe means. It can take its own place once more, with other ones: those show
//! `…` instead of a secret, and the real ones wait in its environment, which is its user's alone to read. `ps` shows
//! the secrets for the moment until then, and a shell remembers them; hence the warning.

use std::{env, ffi::OsString, os::unix::process::CommandExt as _, path::Path, process::Command};

use ha_wechaty_config::{VEILED, secret_keys};

/// The flags that can hold a secret.
const FLAGS: [&str; 5] = ["--account", "--bot", "--set", "--password", "--key"];
/// What a key holds which has one of these in it.
const WITH_SECRETS: [&str; 4] = ["account", "bot", "notify", "puppet_options"];

/// The arguments of this process. It may have begun anew until this returns.
pub(super) fn arguments() -> Vec<OsString> {
    let shown: Vec<OsString> = env::args_os().collect();
    let Ok(texts) = shown.iter().map(|it| it.clone().into_string()).collect::<Result<Vec<_>, _>>() else {
        return shown;
    };
    let veiled = env::var(VEILED).ok().and_then(|json| serde_json::from_str::<Vec<String>>(&json).ok());
    // The system may give the program another name on the way.
    let is_it = |real: &Vec<String>| veil(real).is_some_and(|hidden| hidden.get(1..) == texts.get(1..));
    if let Some(real) = veiled.filter(is_it) {
        return real.into_iter().map(OsString::from).collect();
    }
    if let (Some(hidden), Ok(program), Ok(json)) =
        (veil(&texts), env::current_exe(), serde_json::to_string(&texts))
        && !is_loader(&program)
    {
        let mut again = Command::new(program);
        again.arg0(&hidden[0]).args(&hidden[1..]).env(VEILED, json);
        // It returns only if it failed; then the secrets stay where they were put, and the warning says so.
        let _ = again.exec();
    }
    shown
}

/// Whether a program is what loads programs, which was named with ours behind it: it would take our arguments for its
/// own.
fn is_loader(program: &Path) -> bool {
    let name = program.file_name().and_then(|it| it.to_str()).unwrap_or_default();
    name.starts_with("ld-") || name.starts_with("ld.")
}

/// The same arguments without the secrets in them, if there are any.
fn veil(arguments: &[String]) -> Option<Vec<String>> {
    let mut hidden = arguments.to_vec();
    let mut flag = None;
    for argument in hidden.iter_mut().skip(1) {
        let (name, value) = match (flag.take(), argument.split_once('=')) {
            (Some(flag), _) => (flag, argument.as_str()),
            (None, Some((name, value))) if FLAGS.contains(&name) => (name, value),
            _ => {
                flag = FLAGS.into_iter().find(|flag| *flag == argument);
                continue;
            }
        };
        if let Some(shown) = without_secret(name, value) {
            let is_joined = argument.len() != value.len();
            *argument = if is_joined { format!("{name}={shown}") } else { shown };
        }
    }
    (hidden != arguments).then_some(hidden)
}

/// A flag's value without the secret in it, if there is one.
pub(super) fn without_secret(flag: &str, value: &str) -> Option<String> {
    let (before, secret) = match (flag, value.split_once('=')) {
        ("--password" | "--key", _) => return Some("…".into()),
        ("--bot", None) => ("", value),
        (_, Some((before, secret))) => (before, secret),
        (_, None) => return None,
    };
    let is_secret = match flag {
        "--account" | "--bot" => !secret.starts_with('@'),
        _ => {
            let mut parts = before.split('.').map(str::trim);
            parts.clone().any(|part| WITH_SECRETS.contains(&part))
                || parts.next_back().is_some_and(|last| secret_keys().contains(last))
        }
    };
    let equals = if before.is_empty() { "" } else { "=" };
    let endpoint = secret.rsplit_once('@').filter(|_| flag == "--account");
    let endpoint = endpoint.map_or_else(String::new, |(_, endpoint)| format!("@{endpoint}"));
    (is_secret && !secret.is_empty()).then(|| format!("{before}{equals}…{endpoint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loader_is_not_begun_anew() {
        let loaders = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1", "/lib/ld.so"];
        assert!(
            loaders.iter().all(|it| is_loader(Path::new(it))) && !is_loader(Path::new("/usr/bin/ha-wechaty"))
        );
    }

    #[test]
    fn secrets_are_hidden_wherever_a_flag_takes_them() {
        let given = [
            "ha-wechaty",
            "serve",
            "--account",
            "north=insecure_a@127.0.0.1:1",
            "--account=south=b",
            "--bot",
            "c",
            "--bot=main=d",
            "--set",
            "admin.password=e",
            "--set=admin.password_file=f",
            "--set",
            "name=g",
            "--password",
            "h",
            "--password=i",
            "--account",
            "west=@/run/west",
            "--bot",
            "@/run/bot",
            "--set",
            "dong.aes_key = j",
            "--set",
            "account=[{ token = \"k\" }]",
            "--name",
            "--bot",
        ];
        let shown = [
            "ha-wechaty",
            "serve",
            "--account",
            "north=…@127.0.0.1:1",
            "--account=south=…",
            "--bot",
            "…",
            "--bot=main=…",
            "--set",
            "admin.password=…",
            "--set=admin.password_file=f",
            "--set",
            "name=g",
            "--password",
            "…",
            "--password=…",
            "--account",
            "west=@/run/west",
            "--bot",
            "@/run/bot",
            "--set",
            "dong.aes_key =…",
            "--set",
            "account=…",
            "--name",
            "--bot",
        ];
        let given = given.map(str::to_owned);
        let hidden = veil(&given).expect("there are secrets");
        assert_eq!(hidden, shown);
        assert_eq!(veil(&hidden).as_ref(), None, "what is hidden holds none");
        assert_eq!(veil(&["ha-wechaty", "serve", "--name", "a=b"].map(str::to_owned)), None);
    }
}
