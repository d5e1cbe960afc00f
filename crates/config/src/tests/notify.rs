//! Ways by which people are told: what each needs, and what of it is never shown.

use crate::{Channel, Language, Severity};

use super::{LEAST, parse, problems};

/// The one problem of a way with these lines.
fn problem(lines: &str) -> String {
    let mut problems = problems(&format!("{LEAST}[[notify]]\nname = \"ops\"\n{lines}"));
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems.remove(0).split_once(" notify[0].").expect("it is of the way").1.to_owned()
}

#[test]
fn each_way_says_what_it_lacks_and_what_to_do() {
    for (lines, told) in [
        ("", "to: is missing; write webhook, wecom, dingtalk, feishu, slack, mail, command or wechat"),
        (
            "to = \"webhok\"",
            "to: is \"webhok\", but must be one of webhook, wecom, dingtalk, feishu, slack, mail, command, wechat; did \
             you mean \"webhook\"?",
        ),
        (
            "to = \"webhook\"",
            "url: is missing; write who is told, or name the file that holds it in url_file",
        ),
        (
            "to = \"slack\"",
            "url: is missing; copy the robot's address from its settings, or name the file that holds it in url_file",
        ),
        (
            "to = \"mail\"\nfrom = \"a@b\"\nmailto = \"c@d\"",
            "smtp: is missing; write the server that takes the mail, like \"mail.example.com:587\"",
        ),
        ("to = \"wechat\"", "contact: is missing; write the person's id, as bots know it"),
        (
            "to = \"command\"",
            "command: is missing; write a program and its arguments, like [\"/usr/local/bin/alarm\"]",
        ),
        (
            "to = \"command\"\ncommand = []",
            "command: names no program; write one, like [\"/usr/local/bin/alarm\", \"--now\"]",
        ),
        (
            "to = \"mail\"\nsmtp = \"h:25\"\nfrom = \"a\"\nmailto = \"c@d\"",
            "from: \"a\" is no address of mail; write it like ops@example.com",
        ),
        (
            "to = \"mail\"\nsmtp = \"h:25\"\nfrom = \"a@b\"\nmailto = []",
            "mailto: has 0 addresses, but must have 1 to 20",
        ),
        ("to = \"wechat\"\ncontact = \"x\"\nlevel = 3", "level: must be a whole number from 1 to 2, not 3"),
        (
            "to = \"wechat\"\ncontact = \"x\"\nlevel = 2",
            "level: is 2 for all of them, so nobody is told first; leave it out for one",
        ),
    ] {
        assert_eq!(problem(lines), told, "{lines}");
    }
}

#[test]
fn a_key_of_another_way_is_told_of() {
    let slack = "to = \"slack\"\nurl = \"https://h/x\"";
    assert_eq!(
        problem(&format!("{slack}\nsecret = \"s\"")),
        "secret: is for webhook, dingtalk, feishu and mail; leave it out"
    );
    assert_eq!(
        problem(&format!("{slack}\nsecret_file = \"/dev/null\"")),
        "secret: is empty; copy it again, or leave the key out"
    );
    assert_eq!(problem(&format!("{slack}\nmailto = [\"a@b\"]")), "mailto: is for mail; leave it out");
    assert_eq!(problem(&format!("{slack}\ncontact = \"a\"")), "contact: is for wechat; leave it out");
}

#[test]
fn an_address_and_a_secret_are_never_shown() {
    for lines in [
        "to = \"slack\"\nurl = \"hooks.example.com/swordfish\"",
        "to = \"slack\"\nurl = \"ftp://hooks.example.com/swordfish\"",
        "to = \"slack\"\nurl = \"https://swordfish@hooks.example.com\"",
        "to = \"webhook\"\nurl = \"https://example.com\"\nsecret = \"whsec_swordfish!\"",
    ] {
        let told = problem(lines);
        assert!(told.contains("copy it again") && !told.contains("swordfish"), "{told}");
    }
    let lines =
        "[[notify]]\nname = \"ops\"\nto = \"feishu\"\nurl = \"https://h/swordfish\"\nsecret = \"swordfish\"";
    let config = parse(&format!("{LEAST}{lines}")).unwrap_or_else(|error| panic!("{error}"));
    assert!(!format!("{config:?}").contains("swordfish"), "{config:?}");
}

#[test]
fn ways_have_names_of_their_own_and_defaults() {
    let way = |name: &str| format!("[[notify]]\nname = \"{name}\"\nto = \"command\"\ncommand = \"true\"\n");
    let config = parse(&format!("{LEAST}{}", way("ops"))).unwrap_or_else(|error| panic!("{error}"));
    let [ops] = &config.notify[..] else { panic!("{:?}", config.notify) };
    assert_eq!((ops.least, ops.level, ops.language), (Severity::Warning, 1, Language::English));
    assert_eq!(ops.channel, Channel::Command(vec![String::from("true")]));
    let twins = problems(&format!("{LEAST}{}{}", way("ops"), way("ops")));
    assert!(twins[0].contains("notify[1].name: is the same as that of notify[0]"), "{twins:?}");
}
