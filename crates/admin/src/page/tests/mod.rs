//! Pages as they are made: their size, how long they take, and that what strangers say stays text.

use std::time::{Duration, Instant};

use ha_wechaty_team::state::sends::SendRecord;
use serde_json::{Value, json};

use super::*;

mod alarms;
mod running;

/// A name that wants to be more than a name.
const SCRIPT_TAG: &str = "<script>alert(1)</script>";
/// How long a page may take to be made: not optimised, and on a machine that has other things to do.
const QUICK: Duration = Duration::from_secs(1);

fn frame(lang: Lang) -> Frame {
    Frame {
        lang,
        title: String::from("team"),
        team: String::from("team"),
        place: Place::Team,
        is_live: false,
        foot: String::new(),
        is_admin: true,
        csrf: String::from("token"),
        who: Some(String::from("ops")),
    }
}

/// An account, of which `more` is so.
fn account(name: &str, more: &Value) -> Value {
    let limit = |work: &str, limit: &str, used: u32, allowed: u32| json!({"work": work, "limit": limit, "used": used, "allowed": allowed, "next_free": null});
    let step = |to: &str| {
        json!({"seconds": 7_260.0, "from": "available", "to": to, "after": 90_000.0, "times": 3, "last": 60.0,
               "cause": "127.0.0.1:8788 does not answer: connection refused (os error 111)"})
    };
    let mut account = json!({
        "name": name, "phase": "available", "text": "available", "seconds": 123_456.0,
        "cause": "it answered", "next_attempt": null, "contact_id": "wxid_0123456789abcdef",
        "last_evidence": {"kind": "message", "weak": false, "seconds": 12.0},
        "dings_outstanding": 0, "resets": 0, "follows_heartbeat": true, "errors": 0, "ejected": [],
        "pace": [limit("messages", "40/1m", 12, 40), limit("messages", "500/1h", 99, 500),
                 limit("friend_adds", "20/1d", 1, 20), limit("room_invitations", "20/1d", 1, 20)],
        "weight": 1, "share": 1.0, "calls": 3, "last_words": null, "qrcode": null,
        "history": (0..16).flat_map(|_| [step("offline"), step("available")]).collect::<Vec<_>>(),
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        account[key] = value.clone();
    }
    account
}

/// A team of these accounts.
fn seen(accounts: &[Value], topic: &str) -> Seen {
    let status = json!({
        "gateway": null, "version": "0",
        "team": {"name": "team", "self_id": "ossbot", "available": true, "reason": null, "seconds": 86_400.0,
                 "usable": accounts.len(), "policy": "sticky", "conversations": 1_234, "rooms": 321,
                 "rooms_alone": 3, "rooms_unavailable": 1, "backlog": 7, "dropped": 0, "waiting": 2,
                 "longest_wait": 1.5},
        "accounts": accounts,
        "bots": [{"name": "main", "mode": "standby", "away": null,
                  "streams": [{"stream": 1, "role": "active", "share": 1.0, "unacknowledged": 3}]}],
    });
    let room = json!({"id": "1@chatroom", "topic": topic, "risk": "alone", "missing": [],
                      "accounts": [{"name": "north", "available": true, "rank": "owner"}]});
    Seen {
        status: serde_json::from_value(status).expect("a status"),
        rooms: vec![serde_json::from_value(room).expect("a room")],
        sends: BTreeMap::new(),
        dongs: BTreeMap::from([(String::from("north"), (0.25, 30.0))]),
        days: accounts.iter().map(|it| last_day(it["name"].as_str().expect("a name"))).collect(),
    }
}

/// A day of one that comes and goes.
fn last_day(name: &str) -> LastDay {
    let whose = ha_wechaty_team::view::Whose { about: About::Account, name: name.to_owned() };
    LastDay { whose, slices: "uuudsm".repeat(48), availability: Some(0.9), down: 7_200.0 }
}

/// The page of a team, and of its first account.
fn pages(seen: &Seen, lang: Lang) -> [String; 2] {
    let name = &seen.status.accounts[0].name;
    let account = account::AccountPage::of(frame(lang), lang, seen, name, Vec::new()).expect("it is there");
    [team::TeamPage::of(frame(lang), lang, seen).render().expect("a page"), account.render().expect("a page")]
}

#[test]
fn the_pages_of_64_accounts_are_small_and_made_at_once() {
    // Half of them in trouble, as after a bad night.
    let trouble = json!({"phase": "offline", "errors": 3, "next_attempt": 12.0, "text":
        "offline: 127.0.0.1:8788 does not answer: connection refused (os error 111); 17 attempts since"});
    let accounts: Vec<Value> = (0..64)
        .map(|n| {
            account(
                &format!("account-{n}-of-the-sales-team"),
                if n % 2 == 0 { &trouble } else { &Value::Null },
            )
        })
        .collect();
    let seen = seen(&accounts, "a room");
    for lang in [Lang::En, Lang::Zh] {
        let began = Instant::now();
        let made = pages(&seen, lang);
        let took = began.elapsed();
        println!("{lang:?}: {} and {} bytes in {took:?}", made[0].len(), made[1].len());
        assert!(made.iter().all(|page| page.len() + LOOKS.len() + SCRIPT.len() < 100 << 10));
        assert!(took < QUICK, "{took:?}");
    }
    assert!(SCRIPT.len() < 4 << 10);
}

#[test]
fn full_pages_of_rooms_and_sends_are_small_and_made_at_once() {
    let names: Vec<String> = (0..64).map(|n| format!("account-{n}-of-the-sales-team")).collect();
    let missing = |name: &String| {
        json!({"name": name, "inviter": null, "why": "no-friend", "hold":
        "no account in the room has it among its contacts: let them be friends in WeChat"})
    };
    let there = |name: &String| json!({"name": name, "available": true, "rank": "admin"});
    let rooms = (0..1_000)
        .map(|n| {
            let room = json!({"id": format!("{n}@chatroom"), "topic": format!("A room of many, number {n}"), "risk": "alone",
                   "accounts": names[..20].iter().map(there).collect::<Vec<_>>(),
                   "missing": names[20..].iter().map(missing).collect::<Vec<_>>()});
            serde_json::from_value(room).expect("a room")
        })
        .collect();
    let rooms = RoomsStatus { invites: true, rooms };
    let send = |n: u64| {
        json!({"number": n, "at": "2026-11-27T21:39:43.123Z", "bot": "main", "conversation": "22484713769@chatroom",
               "rpc": "MessageSendText", "tried": [{"account": names[0], "outcome": "not-sent"},
               {"account": names[1], "outcome": "sent"}], "outcome": "sent", "how": "witness", "witness": names[2],
               "id": null, "waited": 0.1, "took": 1.5})
    };
    // As many as are shown.
    let sends: Vec<SendRecord> = (0..100).map(|n| serde_json::from_value(send(n)).expect("a send")).collect();
    for lang in [Lang::En, Lang::Zh] {
        let make = || {
            let began = Instant::now();
            let asked = rooms::Asked::read("from=100&risk=yes");
            let mut page = rooms::RoomsPage::of(frame(lang), lang, names.clone(), asked);
            page.fill(&rooms, lang);
            let rooms = page.render().expect("a page");
            let mut page = sends::SendsPage::of(frame(lang), lang, &[], names.clone(), vec![]);
            page.fill(&sends, lang);
            (began.elapsed(), rooms, page.render().expect("a page"))
        };
        // The quickest of some: others have the processor, too.
        let (took, rooms, sends) = (0..8).map(|_| make()).min_by_key(|made| made.0).expect("some");
        println!("{lang:?}: {} and {} bytes in {took:?}", rooms.len(), sends.len());
        assert!(
            rooms.contains("account-0-")
                && rooms.contains("from=150")
                && rooms.contains("risk=yes")
                && sends.contains("account-2-")
        );
        assert!([rooms, sends].iter().all(|page| page.len() + LOOKS.len() + SCRIPT.len() < 100 << 10));
        assert!(took < QUICK, "{took:?}");
    }
}

#[test]
fn what_strangers_say_is_text() {
    let more = json!({"qrcode": SCRIPT_TAG, "text": SCRIPT_TAG, "cause": SCRIPT_TAG, "contact_id": SCRIPT_TAG,
                      "phase": "suspect", "last_words": {"text": SCRIPT_TAG, "seconds": 1.0}});
    let seen = seen(&[account(SCRIPT_TAG, &more)], SCRIPT_TAG);
    for page in pages(&seen, Lang::En) {
        let tags: Vec<&str> = page.split("<script").skip(1).collect();
        assert!(tags.len() == 1 && tags[0].starts_with(" src=\"/page.js\""), "{page}");
        assert!(page.matches("&#60;script&#62;").count() >= 3, "{page}");
    }
}

#[test]
fn each_page_is_in_the_reader_s_language_alone() {
    let seen = seen(
        &[account("north", &json!({"phase": "waiting-scan", "qrcode": "http://weixin.qq.com/x/1"}))],
        "a room",
    );
    let is_chinese = |text: &str| text.chars().any(|it| ('\u{4e00}'..='\u{9fff}').contains(&it));
    for page in pages(&seen, Lang::En) {
        assert!(page.contains("<html lang=\"en\">") && page.matches(" lang=").count() == 1);
        assert!(!is_chinese(&page), "{page}");
        assert!(page.contains("waits for a scan"), "{page}");
    }
    for page in pages(&seen, Lang::Zh) {
        assert!(page.contains("<html lang=\"zh-CN\">") && page.contains("等待扫码"), "{page}");
        for label in ["Accounts", "Last ", "State", "Since", "What to do", "Scan to log in"] {
            assert!(!page.contains(&format!(">{label}")), "{label} in\n{page}");
        }
    }
}

#[test]
fn the_bots_are_one_live_part_whichever_there_are() {
    let mut seen = seen(&[account("north", &Value::Null)], "a room");
    let page = |seen: &Seen| bots::BotsPage::of(frame(Lang::En), Lang::En, seen).render().expect("a page");
    let one = page(&seen);
    assert!(one.contains("<div id=\"bots\" data-live>") && one.contains("id=\"bot-main\""), "{one}");
    seen.status.bots.clear();
    for page in [one, page(&seen)] {
        assert_eq!(page.matches(" data-live").count(), 1, "{page}");
    }
}

#[test]
fn troubles_come_the_worst_first_and_say_what_to_do() {
    let accounts = [
        account("north", &json!({"phase": "suspect"})),
        account("south", &json!({"phase": "logged-out"})),
        account("west", &json!({"follows_heartbeat": false})),
    ];
    let all = trouble::all(&seen(&accounts, "a room").status, Lang::En);
    let told: Vec<(&str, Tone)> = all.iter().map(|it| (it.about.as_str(), it.tone)).collect();
    let expected = [("south", Tone::Bad), ("north", Tone::Odd), ("Rooms", Tone::Odd), ("west", Tone::Idle)];
    assert_eq!(told, expected);
    assert!(all.iter().all(|it| !it.remedy.is_empty()));
}

#[test]
fn a_terminal_is_told_the_same_as_text() {
    let seen = seen(&[account("north", &json!({"phase": "waiting-scan"}))], "a room");
    let text = plain::team(&seen);
    assert!(text.starts_with("team is available: 1 of 1 accounts get work for 1day\n"), "{text}");
    assert!(text.contains("- north waits for a scan for 1day 10h"), "{text}");
    assert!(!text.contains('<') && text.ends_with("in numbers: /metrics\n"), "{text}");
}

#[test]
fn the_history_of_many_that_come_and_go_is_small_and_quick_and_text() {
    use ha_wechaty_team::view::AnnalsStatus;
    let window = |name: &str, known: f64| {
        json!({"window": name, "known": known, "up": known, "suspect": 0.0, "down": 0.5, "maintenance": 0.0,
               "unwatched": 0.0, "availability": 0.999_999, "incidents": 3})
    };
    let uptime = |number: usize| {
        json!({"about": "account", "name": format!("account-{number}-{SCRIPT_TAG}"), "footing": "down", "seconds": 90.0,
               "known": 1e9, "slices": "ud".repeat(144), "windows": [window("24h", 86_400.0), window("7d", 604_800.0),
               window("30d", 1e6), window("90d", 1e6)]})
    };
    let incident = |number: usize| {
        json!({"number": number, "about": "account", "name": "north", "began": "2026-01-31T03:12:44Z", "noticed_after": 510.0,
               "noticed_by": "heartbeat", "cause": SCRIPT_TAG, "standing": "failed", "ended": null, "end": null, "times": 2,
               "lasted": 662.0, "seconds": 700.0})
    };
    let day = |number: usize| ha_wechaty_team::view::DayStatus {
        from: format!("2026-11-{:02}T14:22:05Z", number % 30 + 1),
        seconds: [80_000.0, 1_000.0, 2_000.0, 3_000.0, 400.0],
    };
    let days: Vec<_> = (0..90).map(day).collect();
    for (count, lang) in [(1, Lang::En), (64, Lang::Zh)] {
        let annals = json!({"uptimes": (0..count).map(uptime).collect::<Vec<_>>(),
                            "incidents": (0..200).map(incident).collect::<Vec<_>>()});
        let annals: AnnalsStatus = serde_json::from_value(annals).expect("the annals");
        let begun = Instant::now();
        let wanted = annals::Wanted::of(if count == 1 { "about=account&name=x&days=90" } else { "days=90" });
        let page = annals::AnnalsPage::of(frame(lang), lang, &annals, (SCRIPT_TAG, &days), &wanted);
        let page = page.render().expect("a page");
        let took = begun.elapsed();
        println!("history of {count}: {} bytes in {took:?}", page.len());
        assert!(page.len() + LOOKS.len() + SCRIPT.len() < 100 << 10 && took < QUICK);
        assert!(
            page.matches("<script").count() == 1 && page.contains("99.999 %") && !page.contains("100 %"),
            "{page}"
        );
        assert!(page.contains("days=90\" aria-current=\"true\"") && page.contains("<path class=\"on-d\""));
    }
}

#[test]
fn the_trail_of_who_did_what_is_small_and_text() {
    let line = json!({"at": "2026-11-28T03:04:05.678Z", "operator": SCRIPT_TAG, "from": "192.0.2.7", "act": "drain",
                      "account": SCRIPT_TAG, "why": SCRIPT_TAG.repeat(7), "end": "done"});
    let lines = vec![serde_json::from_value(line).expect("a line"); 100];
    let page = audit::AuditPage::of(frame(Lang::Zh), Lang::Zh, lines, false).render().expect("a page");
    assert!(page.len() + LOOKS.len() + SCRIPT.len() < 100 << 10, "{}", page.len());
    assert!(page.matches("<script").count() == 1 && page.contains("2026-11-28 03:04:05"), "{page}");
}

#[test]
fn a_full_page_of_steps_is_small_and_text_and_leads_on() {
    use ha_wechaty_team::view::ReplayStatus;
    let standing = |number: usize| if number.is_multiple_of(2) { "offline" } else { "available" };
    let stand = |number: usize| json!({"name": format!("account-{number}-{SCRIPT_TAG}"), "standing": standing(number)});
    let account = |number: usize| {
        json!({"name": format!("account-{number}-{SCRIPT_TAG}"), "standing": standing(number), "seconds": 90.0,
               "text": SCRIPT_TAG, "evidence": 3.0})
    };
    let scene = json!({"is_up": true, "accounts": (0..64).map(account).collect::<Vec<_>>(), "alarms": [],
                       "bots": [{"name": "main", "streams": 0, "away": 61.0, "waiting": 7}],
                       "incidents": [{"number": 7, "about": SCRIPT_TAG, "seconds": 90.0, "cause": SCRIPT_TAG}]});
    let news = json!({"kind": "incident", "about": "north", "standing": null, "number": 7, "text": SCRIPT_TAG.repeat(3)});
    let step = |number: usize| {
        json!({"quiet": {"messages": 60, "inner": 72}, "mark": format!("3.{number}"), "position": 3, "at": "2026-11-28T03:12:44.123Z",
               "fact": "Link", "what": SCRIPT_TAG.repeat(3), "account": "north", "fields": {}, "news": [news, news],
               "stand": (0..64).map(stand).collect::<Vec<_>>(), "scene": (number == 149).then_some(&scene)})
    };
    let told = json!({"since": "2026-11-28T02:00:00.000Z", "from": null, "to": null, "gone": false, "quiet": {},
                      "earlier": "3.50", "before": "3.99", "next": "3.150",
                      "steps": (100..150).map(step).collect::<Vec<_>>()});
    let told: ReplayStatus = serde_json::from_value(told).expect("steps");
    // Of before that the store has nothing: number 39 was over by then.
    let incident = |n: usize| replay::Choice {
        number: n.to_string(),
        ended: (n > 0).then(|| format!("2026-11-28T0{}:00:00Z", if n == 39 { 1 } else { 3 })),
        words: format!("2026-11-28 03:12:44 account-{n} ({n})"),
    };
    let incidents = (0..40).map(incident).collect();
    let query =
        [("account", "north"), ("step", "3.100")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    for lang in [Lang::En, Lang::Zh] {
        let begun = Instant::now();
        let accounts = (0..64).map(|n| format!("account-{n}")).collect();
        let mut page =
            replay::ReplayPage::of(frame(lang), replay::Asked::of(&query), Vec::clone(&incidents), accounts);
        page.fill(&told);
        let (page, took) = (page.render().expect("a page"), begun.elapsed());
        println!("{lang:?}: {} bytes in {took:?}", page.len());
        assert!(page.len() + LOOKS.len() + SCRIPT.len() < 100 << 10 && took < QUICK, "{}", page.len());
        assert!(
            page.matches("<script").count() == 1 && page.contains("32/64") && page.contains("+28"),
            "{page}"
        );
        // The one before, the one behind on the next page, and both pages.
        for link in ["step=3.100&#38;scene=3.148", "step=3.150&#38;scene=first", "step=3.50&#38;scene=first"]
        {
            assert!(page.contains(&format!("/replay?account=north&#38;{link}#known")), "{link}: {page}");
        }
        assert!(page.contains("value=\"38\"") && !page.contains("value=\"39\""), "{page}");
    }
}

#[test]
fn what_the_store_no_longer_has_is_said_and_a_link_stays_what_it_was() {
    use ha_wechaty_team::view::ReplayStatus;
    let told = json!({"since": "2026-11-28T02:00:00.000Z", "from": "2026-11-27T02:00:00.000Z", "to": null, "gone": true,
                      "earlier": null, "before": null, "next": "3.150", "quiet": {}, "steps": []});
    let told: ReplayStatus = serde_json::from_value(told).expect("steps");
    let query = [(String::from("from"), String::from("2h"))];
    for (lang, words) in
        [(Lang::En, "begins at 2026-11-28 02:00:00 UTC"), (Lang::Zh, "始于 2026-11-28 02:00:00")]
    {
        let mut page = replay::ReplayPage::of(frame(lang), replay::Asked::of(&query), Vec::new(), Vec::new());
        page.fill(&told);
        let page = page.render().expect("a page");
        assert!(page.contains(words) && !page.contains(lang.words().no_steps), "{page}");
        assert!(page.contains("from=2026-11-27T02%3A00%3A00.000Z&#38;step=3.150"), "{page}");
        assert!(page.contains("name=\"from\" value=\"2h\""), "the form stays: {page}");
    }
}
