//! Alarms as a person reads them in a terminal.

use ha_wechaty_team::view::{AlarmStatus, AlarmsStatus, WayStatus};

/// So many that are over are shown.
const OVER: usize = 10;

/// All of them, and how the ways to people are.
pub fn alarms(alarms: &AlarmsStatus) -> String {
    let AlarmsStatus { open, closed, ways } = alarms;
    let mut lines = Vec::new();
    if open.is_empty() {
        lines.push(String::from("No alarm is open."));
    }
    lines.extend(open.iter().flat_map(alarm));
    if !closed.is_empty() {
        lines.push(String::new());
        lines.push(String::from("Over, within a day:"));
    }
    lines.extend(closed.iter().take(OVER).map(|it| format!("  alarm {} {}: {}", it.id, it.since, it.text)));
    lines
        .extend((closed.len() > OVER).then(|| format!("  and {} more: --json has all", closed.len() - OVER)));
    lines.push(String::new());
    if ways.is_empty() {
        lines.push(String::from("People are told by no way: [[notify]] in the configuration names those."));
    }
    lines.extend(ways.iter().map(way));
    lines.join("\n") + "\n"
}

/// One that is open: what it is, and what to do about it.
pub(super) fn alarm(it: &AlarmStatus) -> [String; 2] {
    let AlarmStatus { id, severity, text, remedy, .. } = it;
    [format!("{} alarm {id}: {text}", severity.name().to_uppercase()), format!("  {remedy}")]
}

fn way(it: &WayStatus) -> String {
    let WayStatus { name, waiting, since, last_error, last_told, alarms: _ } = it;
    let last = last_told.as_ref().map_or_else(|| String::from("nothing yet"), |at| format!("last {at}"));
    let since = since.as_ref().map(|since| format!(" since {since}")).unwrap_or_default();
    match (waiting, last_error) {
        (0, None) => format!("told by {name}: {last}"),
        (0, Some(error)) => format!("told by {name}: {last}; {error}"),
        (waiting, None) => format!("told by {name}: {last}; {waiting} wait{since}"),
        (waiting, Some(error)) => format!("told by {name}: {last}; {waiting} wait{since}: {error}"),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use ha_wechaty_team::view::{AlarmKind, AlarmStep, Severity};

    use super::*;

    /// An account that waits for a scan.
    pub(crate) fn scan(id: u64) -> AlarmStatus {
        AlarmStatus {
            id,
            revision: 1,
            kind: AlarmKind::Scan,
            severity: Severity::Critical,
            step: AlarmStep::Opened,
            accounts: vec!["south".into()],
            bots: Vec::new(),
            text: "south asks for its code to be scanned, for 3m: waiting for its QR code to be scanned"
                .into(),
            cause: "waiting for its QR code to be scanned".into(),
            remedy: "scan its code: ha-wechaty login south, or the page".into(),
            since: "2026-01-01T00:00:00Z".into(),
            ended: None,
            seconds: 180,
            times: 1,
            level: 1,
            seen_by: None,
            seen_until: None,
        }
    }

    #[test]
    fn what_is_open_says_what_to_do_and_ways_say_what_waits() {
        let way = |waiting, last_error: Option<&str>| WayStatus {
            name: "ops".into(),
            waiting,
            since: (waiting > 0).then(|| "2026-01-01T00:00:10Z".into()),
            last_error: last_error.map(ToOwned::to_owned),
            last_told: None,
            alarms: Vec::new(),
        };
        let ways = vec![way(1, Some("connection refused")), way(0, None)];
        let all = AlarmsStatus { open: vec![scan(7)], closed: vec![], ways };
        let expected = "CRITICAL alarm 7: south asks for its code to be scanned, for 3m: waiting for its QR code to be \
                        scanned\n  scan its code: ha-wechaty login south, or the page\n\ntold by ops: nothing yet; 1 \
                        wait since 2026-01-01T00:00:10Z: connection refused\ntold by ops: nothing yet\n";
        assert_eq!(alarms(&all), expected);
        let none = alarms(&AlarmsStatus::default());
        assert!(none.starts_with("No alarm is open.\n") && none.contains("[[notify]]"), "{none}");
        let closed = (0..12).map(scan).collect();
        let many = alarms(&AlarmsStatus { closed, ..AlarmsStatus::default() });
        assert!(many.contains("and 2 more"), "{many}");
    }
}
