//! Who may enter the admin's server, and how it is secured.

use std::path::Path;

use crate::{
    AdminTls, Draft, Right,
    tests::{LEAST, parse},
};

const HASH: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

fn told(text: &str) -> String {
    parse(&format!("{text}\n{LEAST}")).expect_err("it is wrong").to_string()
}

#[test]
fn where_others_can_reach_it_it_is_secured_unless_a_proxy_does_that() {
    for (lines, tls) in [
        ("", AdminTls::Off),
        ("tls = \"generated\"", AdminTls::Generated),
        ("listen = \"0.0.0.0:8790\"\npassword = \"sesame\"", AdminTls::Generated),
        ("listen = \"0.0.0.0:8790\"\npassword = \"sesame\"\nbehind_proxy = true", AdminTls::Off),
    ] {
        let config = parse(&format!("[admin]\n{lines}\n{LEAST}")).expect("it is right");
        assert_eq!(config.admin.tls(), tls, "{lines}");
    }
    let open = told("[admin]\nlisten = \"0.0.0.0:8790\"");
    assert!(open.contains("admin.listen: 0.0.0.0:8790 can be reached from other machines"), "{open}");
    let plain = told("[admin]\nlisten = \"0.0.0.0:8790\"\npassword = \"sesame\"\ntls = \"off\"");
    assert!(plain.contains("admin.tls: is \"off\"") && plain.contains("admin.behind_proxy"), "{plain}");
    let strange = told("[admin]\ntls = \"community\"");
    assert!(strange.contains("must be \"generated\", \"off\" or { cert"), "{strange}");
}

#[test]
fn a_key_is_enough_where_others_can_reach_it() {
    let key = format!("[[key]]\nname = \"ops\"\nhash = \"{HASH}\"\nright = \"operate\"");
    let config = parse(&format!("[admin]\nlisten = \"0.0.0.0:8790\"\n{key}\n{LEAST}")).expect("it is right");
    assert_eq!((config.keys[0].right, config.keys[0].hash.to_string()), (Right::Operate, HASH.to_owned()));
}

#[test]
fn keys_that_can_t_be_used_are_told_and_not_shown() {
    let key = |more: &str| format!("[[key]]\nname = \"ops\"\nhash = \"{HASH}\"\n{more}");
    for (text, expected) in [
        (key(""), "key[0].right: is missing; say what it lets its owner do"),
        (key("right = \"all\""), "key[0].right: is \"all\", but must be one of read, operate, admin"),
        (key("right = \"read\"\naccounts = [\"nobody\"]"), "key[0].accounts: \"nobody\" is no account"),
        (key("right = \"read\"").replace("ops", "admin"), "key[0].name: is who shows admin.password"),
        (
            key("right = \"read\"").replace(HASH, "hawechaty_secret"),
            "key[0].hash: must be the 64 hexadecimal digits",
        ),
        (
            [key("right = \"read\""), key("right = \"read\"")].join("\n"),
            "key[1].hash: is the same as that of key[0]",
        ),
    ] {
        let told = told(&text);
        assert!(told.contains(expected) && !told.contains("secret"), "{told}");
    }
}

#[test]
fn whoever_only_asks_needs_no_key_of_the_certificate() {
    let folder = tempfile::tempdir().expect("a folder");
    let [cert, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("it can be made");
    std::fs::write(&cert, made.cert.pem()).expect("written");
    let text =
        format!("[admin]\ntls = {{ cert = \"{}\", key = \"{}\" }}\n{LEAST}", cert.display(), key.display());
    let draft = || Draft::from_toml(Path::new("team.toml"), &text).expect("it is TOML");
    let why = parse(&text).expect_err("its gateway needs it").to_string();
    assert!(why.contains("admin.tls.key: ") && why.contains("can't be read"), "{why}");
    let door = draft().finish_door(false).expect("it is enough");
    let AdminTls::Certificate { cert: found, .. } = door.tls else { panic!("{:?}", door.tls) };
    assert_eq!(found.bytes(), made.cert.pem().as_bytes());
    std::fs::remove_file(&cert).expect("it is there");
    draft().finish_door(false).expect_err("nothing says who it is");
    draft().finish_door(true).expect("it is known otherwise");
}

#[test]
fn a_hash_of_a_password_is_whole_and_cheap_enough() {
    let password = |hash: &str| format!("[admin]\npassword = \"{hash}\"");
    let good = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA";
    for text in ["correct horse battery", "a=1,t=b,p=c", "m=,t=2,p=1", "t=2,p=1"] {
        parse(&format!("{}\n{LEAST}", password(text))).expect("it is a password");
    }
    parse(&format!("{}\n{LEAST}", password(good))).expect("it is right");
    for (hash, expected) in [
        ("$argon2i$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", "is no whole hash"),
        ("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA", "is no whole hash"),
        ("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$", "is no whole hash"),
        ("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFz!GhhcA", "is no whole hash"),
        ("$argon2id$v=19$m=4,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA", "is no whole hash"),
        ("$argon2id$v=19$m=19456,t=0,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA", "is no whole hash"),
        ("$argon2id$v=16$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA", "is no whole hash"),
        ("$argon2id$v=19$m=9999999,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA", "takes more than 256 MiB"),
        ("=19=19456,t=2,p=1", "is what is left of a hash"),
        ("v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA", "write $$ for $ in a compose file"),
        ("m=19456,t=2,p=1", "is what is left of a hash"),
    ] {
        assert!(told(&password(hash)).contains(expected), "{hash}");
    }
}
