//! What people read, as it stands in a terminal. `INSTA_UPDATE=always cargo test -p ha-wechaty-cli` writes it anew.

use serde_json::json;

use ha_wechaty_config::{Config, Environment};
use ha_wechaty_core::Standing;
use ha_wechaty_team::{
    state::sends::SendRecord,
    view::{
        AccountStatus, LastDong, Past, Remedy, RoomsStatus, Status, StoreInfo, StoreStatus, WriteTrouble,
    },
};

/// Escape sequences as something that a person can read: `ESC [ 1 m` is `⟨1m⟩`.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, sequence)) = rest.split_once("\u{1b}[") {
        let end = sequence.find(|c: char| c.is_ascii_alphabetic()).map_or(sequence.len(), |at| at + 1);
        shown.extend([before, "⟨", &sequence[..end], "⟩"]);
        rest = &sequence[end..];
    }
    (shown + rest).replace('\r', "␍")
}

/// A team with accounts, bots and alarms of all sorts.
pub(crate) fn of_all_sorts() -> Status {
    let mut told = status();
    for (index, it) in told.accounts.iter_mut().enumerate() {
        it.sends_minute = 7 * u32::try_from(index).unwrap_or(0);
        it.history = vec![Past {
            seconds: 90.0 * (1.0 + index as f64),
            from: Standing::Connecting,
            to: it.phase,
            cause: it.text.clone(),
            after: 3.0,
            times: 1,
            last: 90.0 * (1.0 + index as f64),
        }];
    }
    told.accounts[0].last_dong = Some(LastDong { took: 0.412, seconds: 31.0 });
    told.accounts[1].failed_minute = 3;
    told.accounts[1].remedy = Some(Remedy::Refused);
    told.alarms = vec![crate::text::alarms::tests::scan(7)];
    told
}

fn status() -> Status {
    let limits = json!([
        { "work": "messages", "limit": "40/1m", "used": 0, "allowed": 40, "next_free": null },
        { "work": "friend_adds", "limit": "20/1d", "used": 0, "allowed": 20, "next_free": null },
    ]);
    let mut spent = limits.clone();
    spent[0]["used"] = json!(40);
    spent[0]["next_free"] = json!(12.4);
    let account = |name: &str, phase: &str, text: &str| {
        json!({
            "name": name, "phase": phase, "text": text, "seconds": 7_920.0, "cause": text, "repeats": 0,
            "next_attempt": null, "contact_id": format!("wxid_{name}"), "same_person_as": [],
            "last_evidence": { "kind": "message", "weak": false, "seconds": 4.2 },
            "dings_outstanding": 0, "resets": 0, "follows_heartbeat": true, "errors": 0, "ejected": [],
            "pace": limits, "weight": 1, "share": 1.0, "calls": 0, "last_words": null, "qrcode": null,
            "history": [],
        })
    };
    let north = account("north", "available", "works");
    let mut south = account("south", "offline", "offline: 127.0.0.1:18802 refuses the connection");
    south["seconds"] = json!(82.0);
    south["last_evidence"] = json!(null);
    south["next_attempt"] = json!(3.1);
    south["last_words"] = json!({ "text": "Error: the token has expired", "seconds": 90.0 });
    south["pace"] = json!([]);
    let mut west = account("west", "waiting-scan", "waits to be scanned");
    west["qrcode"] = json!("https://login.weixin.qq.com/l/abc");
    west["last_evidence"] = json!(null);
    let mut east = account("east", "available", "works");
    east["seconds"] = json!(0.4);
    east["share"] = json!(0.25);
    east["errors"] = json!(3);
    east["calls"] = json!(2);
    east["dings_outstanding"] = json!(1);
    east["follows_heartbeat"] = json!(false);
    east["evictions"] = json!(2);
    east["deaf_streams"] = json!(1);
    east["probation"] = json!(1_080.0);
    east["same_person_as"] = json!(["north"]);
    east["ejected"] = json!([{ "work": "send", "seconds": 42.0 }]);
    east["last_evidence"] = json!({ "kind": "puppet-dong", "weak": true, "seconds": 61.0 });
    east["pace"] = spent;
    let streams = |count: u64| -> Vec<_> {
        let stream = |n| json!({ "stream": n, "role": "active", "share": 1.0, "unacknowledged": 0 });
        (0..count).map(stream).collect()
    };
    let away = json!({ "seconds": 3_725.0, "was_there": true, "waiting": 12, "dropped": 1 });
    let status = json!({
        "gateway": null, "version": "0.1.0",
        "team": {
            "name": "ossbot", "self_id": "ossbot", "available": true, "reason": null, "seconds": 7_920.0,
            "usable": 2, "policy": "round-robin", "conversations": 40, "rooms": 12, "rooms_alone": 1,
            "rooms_unavailable": 0, "backlog": 12, "dropped": 1, "waiting": 5, "longest_wait": 2.5,
        },
        "accounts": [north, south, west, east],
        "bots": [
            { "name": "main", "mode": "standby", "streams": streams(2), "waiting_calls": 5, "away": null },
            { "name": "faq", "mode": "all", "streams": streams(1), "waiting_calls": 0, "away": null },
            { "name": "stats", "mode": "shard", "streams": streams(3), "waiting_calls": 0, "away": null },
            { "name": "old", "mode": "all", "streams": [], "waiting_calls": 0, "away": away },
        ],
    });
    serde_json::from_value(status).expect("a status")
}

#[test]
fn whoever_came_without_a_token_is_in_the_line_of_its_bot() {
    let mut status = status();
    status.bots[1].tokenless = Some(ha_wechaty_team::view::Bare::Networks);
    status.bots[1].streams[0].without = Some([10, 0, 0, 7].into());
    let told = super::status(&status);
    assert!(told.contains("networks that are named; came without one from 10.0.0.7"), "{told}");
}

#[test]
fn the_status_says_how_each_account_and_each_bot_stands() {
    insta::assert_snapshot!("status", super::status(&status()));
}

#[test]
fn the_status_fits_into_a_terminal() {
    for columns in [40, 80, 120] {
        let told = super::status_within(&status(), Some(columns));
        // An address stays whole, so that it can be taken from there.
        let is_address = |line: &str| line.contains("https://");
        let too_long = told.lines().find(|line| line.chars().count() > columns && !is_address(line));
        if columns > 40 {
            assert_eq!(too_long, None);
        }
        insta::assert_snapshot!(format!("status_{columns}"), told);
    }
}

/// Whatever an account stands at: what is said of it leads to the runbook, if there is anything to do.
#[test]
fn what_the_status_says_is_not_well_has_a_remedy() {
    let mut told = status();
    let it = told.accounts[0].clone();
    for standing in Standing::ALL {
        told.accounts =
            vec![AccountStatus { phase: standing, text: format!("{standing}: so"), ..it.clone() }];
        let text = super::status(&told);
        let line = text.lines().find(|line| line.starts_with("  north: ")).unwrap_or_default();
        let anchor = standing.remedy().map(Remedy::anchor);
        match &anchor {
            Some(anchor) => assert!(line.contains(anchor.as_str()), "{standing}: {line}"),
            None => assert!(!line.contains("do:"), "{standing}: {line}"),
        }
        assert!(!text.contains("NAME"), "the account is named: {text}");
    }
    for (refined, anchor) in Remedy::ALL.map(|it| (it, it.anchor())) {
        told.accounts = vec![AccountStatus { phase: Standing::Offline, remedy: Some(refined), ..it.clone() }];
        assert!(super::status(&told).contains(&format!("({anchor})")), "{refined}");
    }
    let east = status().accounts.remove(3);
    told.accounts = vec![east];
    told.team.rooms_unavailable = 1;
    told.unkept = Some(WriteTrouble { why: "the disk says no".into(), seconds: 1.0, is_final: false });
    let text = super::status(&told);
    for it in [
        Remedy::SamePerson,
        Remedy::NoHeartbeat,
        Remedy::Taken,
        Remedy::Throttled,
        Remedy::PaceLimit,
        Remedy::BotAway,
        Remedy::Rooms,
        Remedy::Store,
    ] {
        assert!(text.contains(&it.anchor()), "{it}: {text}");
    }
}

#[test]
fn a_team_that_is_down_says_so_first() {
    let mut status = status();
    status.team.available = false;
    status.team.usable = 0;
    status.team.reason = Some(String::from("no account is logged in: scan the code of west"));
    status.bots.clear();
    status.accounts.retain(|account| account.name == "west");
    insta::assert_snapshot!("status_down", super::status(&status));
}

/// A store of a running gateway.
fn store() -> StoreInfo {
    let store = json!({
        "path": "/var/lib/ha-wechaty/team.db", "key": "/var/lib/ha-wechaty/team.key", "format": 2, "bytes": 7_340_032,
        "needed": 6_340_032, "max_bytes": 1_073_741_824,
        "records": 4_711, "record_bytes": 1_234_567, "first": 90_001, "last": 94_711, "snapshots": 2,
        "snapshot_bytes": 3_456_789, "ledger": 2_400, "last_note": "2026-05-04T09:12:31.512Z",
        "knows": { "messages": 12_000, "sends": 1, "waiting": 12 }, "unread": null, "trouble": null,
    });
    serde_json::from_value(store).expect("a store")
}

#[test]
fn a_store_says_where_it_is_and_what_is_in_it() {
    let whole = store();
    let mut unread = whole.clone();
    unread.knows = None;
    unread.unread = Some(String::from("the store's key team.key can't be used: it is not there"));
    unread.max_bytes = Some(4 << 20);
    let mut empty = unread.clone();
    empty.max_bytes = None;
    (empty.records, empty.first, empty.unread) = (0, 0, None);
    let mut new = empty.clone();
    (new.last, new.last_note, new.snapshots, new.snapshot_bytes, new.ledger) = (0, None, 0, 0, 0);
    insta::assert_snapshot!("store", [&whole, &unread, &empty, &new].map(super::store).concat());
}

#[test]
fn the_status_says_when_nothing_can_be_written_and_what_then() {
    let mut told = status();
    let full = WriteTrouble {
        why: String::from(
            "there is no room left for team.db: make room on its disk; it goes on by itself then",
        ),
        seconds: 75.0,
        is_final: false,
    };
    let stands = StoreStatus {
        path: String::from("team.db"),
        bytes: 7_340_032,
        position: 94_711,
        idle: Some(75.2),
        trouble: Some(full.clone()),
        lag: 75.0,
    };
    told.store = Some(stands);
    let text = super::status(&told);
    assert!(
        text.lines().nth(1).is_some_and(|line| line.starts_with("NOTHING CAN BE WRITTEN DOWN")),
        "{text}"
    );
    assert!(text.contains("store team.db: 7.0 MiB, record 94711, written 1m 15s ago"), "{text}");
    let fenced = WriteTrouble { is_final: true, ..full.clone() };
    let mut info = store();
    let lines = [full, fenced].map(|trouble| {
        info.trouble = Some(trouble);
        super::store(&info).lines().filter(|line| line.contains("NOTHING")).collect::<String>() + "\n"
    });
    insta::assert_snapshot!("store_trouble", lines.concat());
}

#[test]
fn a_store_that_is_whole_says_up_to_where() {
    let at = std::path::Path::new("team.db");
    let empty = super::Whole { tip: 0, records: 0, snapshot: None, notes: 0, sends: 0, last: None };
    let last = Some(String::from("2026-05-04T09:12:31.512Z"));
    let full = super::Whole {
        tip: 94_711,
        records: 4_711,
        snapshot: Some(90_000),
        notes: 20_000,
        sends: 2_400,
        last,
    };
    let told = [
        super::whole(at, empty),
        super::whole(at, full),
        super::backup(at, 1_048_576, 94_711, Some("/etc/team.key")),
        super::backup(at, 1_048_576, 94_711, None),
        super::vacuumed(at, 7_340_032, 1_048_576),
    ];
    insta::assert_snapshot!("store_care", told.join("\n"));
}

fn house() -> RoomsStatus {
    let account = |name: &str, available: bool, rank: &str| json!({ "name": name, "available": available, "rank": rank });
    let rooms = json!({ "invites": false, "rooms": [
        {
            "id": "48100@chatroom", "topic": "tea room", "risk": "alone", "accounts": [account("north", true, "owner")],
            "missing": [
                { "name": "south", "inviter": "north", "hold": null },
                { "name": "west", "inviter": null, "hold": "north is not its friend" },
            ],
        },
        {
            "id": "48101@chatroom", "topic": "读书会", "risk": "unavailable",
            "accounts": [account("south", false, "member"), account("west", false, "admin")], "missing": [],
        },
        {
            "id": "48102@chatroom", "topic": "", "risk": null,
            "accounts": [account("north", true, "unknown"), account("south", false, "member")], "missing": [],
        },
    ]});
    serde_json::from_value(rooms).expect("rooms")
}

#[test]
fn rooms_say_what_hangs_on_one_account() {
    let rooms = house();
    insta::assert_snapshot!("rooms", super::rooms(&rooms) + &super::rooms_summary(&rooms));
}

#[test]
fn the_plan_says_who_would_invite_whom() {
    let mut rooms = house();
    insta::assert_snapshot!("plan", super::plan(&rooms));
    rooms.invites = true;
    let doing = super::plan(&rooms);
    assert!(doing.ends_with("This is being done, slowly (team.invite_teammates = true).\n\n"), "{doing}");
}

#[test]
fn sends_say_what_became_of_each_and_how_that_is_known() {
    let send = |number: u64, rpc: &str, tried: serde_json::Value, outcome: &str, how: &str| {
        json!({
            "number": number, "at": "2026-05-04T09:12:31.512Z", "bot": "main", "conversation": "48100@chatroom",
            "rpc": rpc, "tried": tried, "outcome": outcome, "how": how, "witness": null, "id": null,
            "waited": 0.0, "took": 0.412,
        })
    };
    let mut seen = send(
        3,
        "MessageSendText",
        json!([{ "account": "south", "outcome": "not-sent", "missed_by": "west" }, { "account": "north", "outcome": "sent" }]),
        "sent",
        "witness",
    );
    seen["witness"] = json!("west");
    let mut forward =
        send(2, "MessageForward", json!([{ "account": "north", "outcome": "unsure" }]), "unsure", "lost");
    forward["forwarded"] = json!("7719~south");
    let refused = send(1, "MessageSendFile", json!([]), "not-sent", "expired");
    let records: Vec<SendRecord> = serde_json::from_value(json!([seen, forward, refused])).expect("sends");
    insta::assert_snapshot!("sends", super::sends(&records));
}

const CONFIG: &str = r#"
name = "ossbot"
[[bot]]
name = "main"
token = "insecure_7bda5366-9e72-4876-bf1a-e7f44d50a616"
[[account]]
name = "north"
token = "insecure_a-long-secret"
endpoint = "127.0.0.1:18801"
[[account]]
name = "south"
token = "insecure_another-secret"
weight = 2
[[account]]
name = "west"
puppet = "wechaty-puppet-padlocal@1.20.1"
token = "puppet_padlocal_0123456789abcdef"
"#;

#[test]
fn a_configuration_is_told_without_its_secrets() {
    let config = Config::from_toml(std::path::Path::new("ha-wechaty.toml"), CONFIG).expect("a configuration");
    let told = super::team(&config);
    assert!(!told.contains("secret") && !told.contains("0123456789"), "{told}");
    insta::assert_snapshot!("team", told);
}

#[test]
fn the_environment_is_told_without_its_secrets() {
    let set = [
        ("HA_WECHATY_PUPPET", "wechaty-puppet-hostie"),
        ("HA_WECHATY_PUPPET_HOSTIE_TOKEN", "a-first-secret:a-second-secret"),
        ("HA_WECHATY_BOT_TOKEN", "insecure_a-secret-too"),
        ("HA_WECHATY_PACE_MAX_WAIT", "10s"),
    ];
    let environment = Environment::from_iter(set);
    let told = super::variables(environment.variables());
    assert!(!told.contains("secret"), "{told}");
    insta::assert_snapshot!("variables", told);
    let none = Environment::from_iter::<[(&str, &str); 0]>([]);
    assert_eq!(super::variables(none.variables()), "no variable HA_WECHATY_… is set");
}

#[test]
fn a_year_is_a_page_of_80_columns() {
    let options = ha_wechaty_year::Options { seed: 7, days: 3, accounts: 3 };
    let report = ha_wechaty_year::run(&options, &ha_wechaty_year::Assumptions::default()).expect("a year");
    let page = super::year(&report).to_string();
    assert_eq!(page.lines().find(|line| line.chars().count() > 80), None);
    // The figures are of a life that any change of the core may change; what they are of is not.
    let (figures, world) =
        page.split_once("What the world is made of.").expect("it says what the world is made of");
    let rows = figures.lines().filter(|line| line.starts_with("  "));
    let rows: Vec<&str> = rows.map(|line| line[..38].trim_end()).collect();
    for told in
        ["(a) one", "The price", "Of a thousand questions", "Where ours is worse than the original's: "]
    {
        assert!(figures.contains(told), "{told} in {figures}");
    }
    insta::assert_snapshot!("year", format!("{}\n\nWhat the world is made of.{world}", rows.join("\n")));
}

#[test]
fn the_puppets_that_are_known_are_listed_with_what_each_needs() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = ha_wechaty_config::HostConfig {
        data_dir: Some(folder.path().to_owned()),
        ..ha_wechaty_config::HostConfig::default()
    };
    let told = super::providers(&ha_wechaty_host::Installed::new(&host));
    insta::assert_snapshot!("providers", told.replace(&folder.path().display().to_string(), "FOLDER"));
}
