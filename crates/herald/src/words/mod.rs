//! What people read, in their language: a headline, then a paragraph for each alarm.
//!
//! Titles, steps and remedies are closed lists, so the compiler asks for each in each language. The line that says what
//! happened is the team's own, as it stands in its log.

mod en;
mod zh;

use ha_wechaty_config::Language;
use ha_wechaty_core::{AlarmKind, AlarmStep, Severity};
use ha_wechaty_team::view::AlarmStatus;

use crate::{
    cut::cut,
    news::{News, is_over},
};

/// A language's words.
struct Words {
    kind: fn(AlarmKind) -> &'static str,
    /// What goes before the title; empty for what has just begun.
    step: fn(AlarmStep) -> &'static str,
    severity: fn(Severity) -> &'static str,
    over: &'static str,
    /// What to do, where the language has words of its own for it.
    remedy: fn(AlarmKind) -> Option<&'static str>,
    todo: &'static str,
    scan: &'static str,
    /// Since when, and until when if it is over.
    since: fn(&str, Option<&str>) -> String,
    times: fn(u32) -> String,
    seen: fn(&str) -> String,
    /// What happened: all of it in the team's own words, or why alone.
    happened: fn(&AlarmStatus) -> &str,
    /// How to acknowledge it, by its number.
    acknowledge: fn(u64) -> String,
    many: fn(usize) -> String,
    more: fn(usize) -> String,
    colon: &'static str,
}

/// What is told, in words.
pub(crate) struct Prose<'a> {
    news: &'a News,
    words: Words,
}

impl<'a> Prose<'a> {
    pub(crate) fn new(news: &'a News, language: Language) -> Self {
        let words = match language {
            Language::English => en::WORDS,
            Language::Chinese => zh::WORDS,
        };
        Self { news, words }
    }

    /// One line that says the most.
    pub(crate) fn headline(&self) -> String {
        let name = format!("HAWechaty {}", self.news.team);
        match &self.news.alarms[..] {
            [one] => format!("{name} {}", self.title(one)),
            [] => name,
            [first, ..] => {
                let many = (self.words.many)(self.news.alarms.len());
                format!("{name} {many}{} {}", self.words.colon, self.title(first)).replace("  ", " ")
            }
        }
    }

    /// `[critical] team down: north, south`.
    pub(crate) fn title(&self, alarm: &AlarmStatus) -> String {
        let Words { kind, step, severity, over, colon, .. } = self.words;
        let mark = if is_over(alarm) { over } else { severity(alarm.severity) };
        let who: Vec<&str> = alarm.accounts.iter().chain(&alarm.bots).map(String::as_str).collect();
        let who = if who.is_empty() { String::new() } else { format!("{colon} {}", who.join(", ")) };
        line(&format!("[{mark}] {}{}{who}", step(alarm.step), kind(alarm.kind)))
    }

    /// What is to be said of an alarm below its title, a line each.
    pub(crate) fn lines(&self, alarm: &AlarmStatus) -> Vec<String> {
        let Words { remedy, todo, scan, since, times, seen, acknowledge, .. } = self.words;
        let mut lines = vec![line((self.words.happened)(alarm))];
        lines.retain(|line| !line.is_empty());
        if !is_over(alarm) {
            let todo_line = remedy(alarm.kind).unwrap_or(&alarm.remedy);
            if !todo_line.is_empty() {
                lines.push(line(&format!("{todo} {todo_line}")));
            }
            let links = self.news.scans_of(alarm).filter_map(|it| it.link.as_deref());
            lines.extend(links.map(|link| format!("{scan} {link}")));
        }
        let mut facts = vec![since(&alarm.since, alarm.ended.as_deref())];
        if alarm.times > 1 {
            facts.push(times(alarm.times));
        }
        match &alarm.seen_by {
            Some(who) => facts.push(line(&seen(who))),
            None if !is_over(alarm) && can_be_acknowledged(alarm.kind) => facts.push(acknowledge(alarm.id)),
            None => {}
        }
        lines.push(facts.join(" · "));
        lines
    }

    /// That so many more are not shown.
    pub(crate) fn more(&self, alarms: usize) -> String {
        (self.words.more)(alarms)
    }

    /// All of it as plain text of so many bytes at the most: whole alarms as far as they fit, and how many more there are.
    pub(crate) fn text(&self, room: usize) -> String {
        let paragraph = |alarm: &AlarmStatus| {
            let mut lines = self.lines(alarm);
            lines.insert(0, self.title(alarm));
            lines.join("\n")
        };
        self.fit(room, "\n\n", paragraph)
    }

    /// The headline, then a paragraph for each alarm, as far as there is room.
    pub(crate) fn fit(
        &self,
        room: usize,
        between: &str,
        paragraph: impl Fn(&AlarmStatus) -> String,
    ) -> String {
        let alarms = &self.news.alarms;
        let mut text = match &alarms[..] {
            // Its title says it already.
            [_] => format!("HAWechaty {}", self.news.team),
            _ => format!("HAWechaty {} {}", self.news.team, (self.words.many)(alarms.len())),
        };
        // Room for the word about those that are left out.
        let note = between.len() + (self.words.more)(alarms.len()).len();
        for (index, alarm) in alarms.iter().enumerate() {
            let next = format!("{between}{}", paragraph(alarm));
            let is_last = index + 1 == alarms.len();
            let free = room.saturating_sub(text.len() + if is_last { 0 } else { note });
            if next.len() <= free {
                text.push_str(&next);
            } else if index == 0 {
                text.push_str(&cut(&next, free));
            } else {
                let more = format!("{between}{}", (self.words.more)(alarms.len() - index));
                text.push_str(&cut(&more, room.saturating_sub(text.len())));
                break;
            }
        }
        text
    }
}

/// Whether the core knows of it for longer than it is told.
fn can_be_acknowledged(kind: AlarmKind) -> bool {
    !matches!(kind, AlarmKind::Test | AlarmKind::StoreUnwritable)
}

/// One line, without what a terminal or a mail's head would take for more.
fn line(text: &str) -> String {
    let words = text.split(|c: char| c.is_control() || c == '\u{2028}' || c == '\u{2029}');
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn alarm(id: u64, kind: AlarmKind, step: AlarmStep) -> AlarmStatus {
        AlarmStatus {
            id,
            kind,
            severity: Severity::Warning,
            step,
            accounts: vec![String::from("south")],
            bots: Vec::new(),
            text: String::from("south waits for a scan"),
            cause: String::from("its phone was logged out"),
            remedy: String::from("scan it with the phone of south: ha-wechaty login south"),
            since: String::from("2026-11-28T03:12:00Z"),
            ended: (step == AlarmStep::Closed).then(|| String::from("2026-11-28T03:20:00Z")),
            seconds: 120,
            times: 1,
            level: 1,
            seen_by: None,
            seen_until: None,
            revision: 3,
        }
    }

    #[test]
    fn an_alarm_says_what_since_when_and_what_to_do_in_both_languages() {
        let mut news =
            News::new("shop", "shop-1700000000000", vec![alarm(12, AlarmKind::Scan, AlarmStep::Opened)]);
        let link = Some(String::from("https://gateway.example/l/0123"));
        news.scans = vec![crate::ScanNews { account: String::from("south"), link, picture: None }];
        let english = Prose::new(&news, Language::English);
        assert_eq!(english.headline(), "HAWechaty shop [warning] an account must be scanned: south");
        assert_eq!(
            english.text(2_000),
            "HAWechaty shop\n\n[warning] an account must be scanned: south\nsouth waits for a scan\nDo: scan it with the \
             phone of south: ha-wechaty login south\nScan, once, within 10 minutes: \
             https://gateway.example/l/0123\nsince 2026-11-28T03:12:00Z · seen to by nobody yet: ha-wechaty alarms ack 12"
        );
        let chinese = Prose::new(&news, Language::Chinese);
        assert_eq!(chinese.headline(), "HAWechaty shop [警告] 有账号需要扫码登录: south");
        assert!(chinese.text(2_000).contains("处理: 用该账号的手机扫码"), "{}", chinese.text(2_000));
    }

    #[test]
    fn what_is_over_asks_for_nothing() {
        let news =
            News::new("shop", "shop-1700000000000", vec![alarm(12, AlarmKind::Scan, AlarmStep::Closed)]);
        let text = Prose::new(&news, Language::English).text(2_000);
        assert_eq!(
            text,
            "HAWechaty shop\n\n[over] an account must be scanned: south\nsouth waits for a scan\nfrom \
             2026-11-28T03:12:00Z to 2026-11-28T03:20:00Z"
        );
    }

    #[test]
    fn what_matters_most_is_first_and_what_does_not_fit_is_counted() {
        let mut alarms: Vec<_> = (0..9).map(|id| alarm(id, AlarmKind::Scan, AlarmStep::Opened)).collect();
        alarms[8].severity = Severity::Critical;
        alarms[8].kind = AlarmKind::TeamDown;
        let news = News::new("店", "shop-1700000000000", alarms);
        for language in [Language::English, Language::Chinese] {
            let prose = Prose::new(&news, language);
            for room in 120..3_000 {
                let text = prose.text(room);
                assert!(text.len() <= room, "{} bytes of {room}", text.len());
            }
            let text = prose.text(600);
            let title = prose.title(&news.alarms[0]);
            assert!(text.split("\n\n").nth(1).is_some_and(|it| it.starts_with(&title)), "{text}");
            assert!(prose.text(3_500).matches("ack").count() == 9, "all of them fit: {}", prose.text(3_500));
        }
        assert!(Prose::new(&news, Language::English).text(600).contains("and 7 more: ha-wechaty alarms"));
    }

    #[test]
    fn nothing_that_is_told_breaks_a_line() {
        let mut odd = alarm(1, AlarmKind::Scan, AlarmStep::Opened);
        odd.text = String::from("south\r\nBcc: everybody@example.com\u{1b}[2J\u{2028}");
        odd.accounts = vec![String::from("a\nb")];
        let news = News::new("shop", "shop-1700000000000", vec![odd.clone()]);
        let prose = Prose::new(&news, Language::English);
        assert!(!prose.headline().contains('\n'));
        assert_eq!(prose.lines(&odd)[0], "south Bcc: everybody@example.com [2J");
    }

    #[test]
    fn each_kind_has_words_and_in_chinese_a_remedy() {
        for kind in AlarmKind::ALL {
            let words = [en::WORDS, zh::WORDS].map(|it| (it.kind)(kind));
            assert!(words.iter().all(|it| !it.is_empty()) && words[0] != words[1], "{kind}");
            assert!((zh::WORDS.remedy)(kind).is_some(), "{kind}");
        }
    }
}
