//! Secrets that stand in files of their own.

use std::fs;

use crate::{Config, Draft, Provider, Secret};

const FILES: &str = r#"
[admin]
password_file = "secrets/password"
[dong]
token_file = "secrets/dong"
[[bot]]
name = "main"
token_file = "secrets/bot"
[[account]]
name = "north"
token_file = "secrets/north"
proxy_file = "secrets/proxy"
[[account]]
name = "mock"
puppet = "wechaty-puppet-mock"
token_file = "secrets/mock"
"#;

/// A folder with all the files that `FILES` names.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("secrets")).expect("a folder in it");
    for (name, text) in [
        ("password", "sesame\n"),
        ("dong", "pamtest\r\n"),
        ("bot", "insecure_bot"),
        ("north", "insecure_north\n\n"),
        ("mock", " any text \n"),
        ("proxy", "socks5://user:sesame@127.0.0.1:1080\n"),
    ] {
        fs::write(folder.path().join("secrets").join(name), text).expect("a file");
    }
    folder
}

fn parse(folder: &tempfile::TempDir, text: &str) -> Result<Config, String> {
    Config::from_toml(&folder.path().join("team.toml"), text).map_err(|error| error.to_string())
}

#[test]
fn they_are_read_relative_to_the_configuration_without_the_end_of_the_line() {
    let config = parse(&folder(), FILES).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.admin.password, Some(Secret::new("sesame")));
    assert_eq!(config.dong.token.reveal(), "pamtest");
    assert_eq!(config.bots[0].token.reveal(), "insecure_bot");
    let tokens: Vec<_> =
        config.accounts.iter().filter_map(|account| Some(account.provider.token()?.reveal())).collect();
    assert_eq!(tokens, ["insecure_north", " any text "]);
    let Provider::Service(service) = &config.accounts[0].provider else { panic!("it is a service") };
    assert_eq!(service.proxy.as_ref().and_then(|it| it.login()), Some(("user", "sesame")));
    assert!(!format!("{config:?}").contains("sesame@"));
}

#[test]
fn a_secret_stands_in_one_place_only() {
    let text = FILES.replace("name = \"main\"", "name = \"main\"\ntoken = \"insecure_main\"");
    let error = parse(&folder(), &text).expect_err("both");
    assert!(error.ends_with("team.toml:9:14: bot[0].token: stands beside token_file; leave one of them out"));
}

#[test]
fn what_is_wrong_with_a_file_is_told_at_the_key_that_names_it_without_its_text() {
    for (file, text, told) in [
        (
            "north",
            Some("secret secret"),
            "account[0].token: the token has the character ' '; letters, digits",
        ),
        ("north", Some(""), "account[0].token: the token is empty; copy it again"),
        ("north", Some("secret"), ":11:14: account[0].token: has no server name before a '_'"),
        ("password", Some("\n"), "admin.password: is empty; choose a password"),
        ("bot", None, "secrets/bot can't be read: No such file"),
        (
            "proxy",
            Some("secret secret"),
            "account[0].proxy: is no address like socks5://USER:PASSWORD@HOST:PORT",
        ),
        ("proxy", Some("https://secret secret"), "account[0].proxy: is no address like socks5://"),
    ] {
        let folder = folder();
        let path = folder.path().join("secrets").join(file);
        match text {
            Some(text) => fs::write(path, text).expect("a file"),
            None => fs::remove_file(path).expect("a file"),
        }
        let error = parse(&folder, FILES).expect_err("it is wrong");
        assert!(error.contains(told) && error.lines().count() == 1, "{error}");
        assert!(!error.contains("secret secret"), "{error}");
    }
    let folder = folder();
    fs::write(folder.path().join("secrets/north"), vec![b'x'; 100_000]).expect("a file");
    let error = parse(&folder, FILES).expect_err("too large");
    assert!(error.ends_with("secrets/north can't be read: it is larger than any secret"), "{error}");
}

#[test]
fn what_wins_is_the_secret_or_its_file_whichever_the_winner_names() {
    let folder = folder();
    let path = folder.path().join("team.toml");
    let mut draft = Draft::from_toml(&path, FILES).expect("it is TOML");
    draft.set("--password", "admin.password", "flag");
    draft.set_member("--bot", "bot", "main", &[("token", "insecure_flag")]);
    let config = draft.finish().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.admin.password, Some(Secret::new("flag")));
    assert_eq!(config.bots[0].token.reveal(), "insecure_flag");

    let mut draft = Draft::from_toml(&path, &FILES.replace("password_file", "password")).expect("it is TOML");
    let file = folder.path().join("secrets/password").display().to_string();
    draft.lay(&[("HA_WECHATY_ADMIN_PASSWORD_FILE", file)].into_iter().collect());
    let config = draft.finish().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.admin.password, Some(Secret::new("sesame")));
}

#[test]
fn a_missing_secret_names_both_keys() {
    let text = FILES.replace("token_file = \"secrets/north\"\n", "");
    let error = parse(&folder(), &text).expect_err("it is missing");
    let told = "account[0].token: is missing; copy the token of the account's puppet service, or name the file that \
                holds it in token_file";
    assert!(error.ends_with(told), "{error}");
}

#[test]
fn keys_of_secrets_are_known_by_their_type() {
    assert_eq!(
        crate::secret_keys().into_iter().collect::<Vec<_>>(),
        ["aes_key", "password", "proxy", "secret", "token", "url"]
    );
}
