//! What was, and what runs: charts, the configuration, who keeps an account from work.

use ha_wechaty_team::view::{ConfigStatus, WithdrawalStatus};

use super::{Lang, Say};

impl Say {
    /// What a chart of so many days shows: how much of what is known of them something was up, and the worst day with how
    /// long it was down then.
    pub(in crate::page) fn chart(
        self,
        name: &str,
        (days, known): (usize, f64),
        part: &str,
        worst: Option<(&str, f64)>,
    ) -> String {
        let known = (known < days as f64 * 86_400.0 * 0.98).then(|| self.span(known.floor()));
        let whole = match (known, self.0) {
            (None, Lang::En) => format!("{name} was up {part} of {days} days"),
            (None, Lang::Zh) => format!("{days} 天内 {name} 的可用性为 {part}"),
            (Some(known), Lang::En) => {
                format!("{name} was up {part} of what is known of {days} days, which is {known}")
            }
            (Some(known), Lang::Zh) => format!("{days} 天内已知 {known}，{name} 的可用性为 {part}"),
        };
        let worst = worst.map(|(day, down)| (day, self.span(down.ceil())));
        match (worst, self.0) {
            (None, Lang::En) => format!("{whole}; it was never down."),
            (None, Lang::Zh) => format!("{whole}，没有故障。"),
            (Some((day, down)), Lang::En) => format!("{whole}; it was down longest on {day}, for {down}."),
            (Some((day, down)), Lang::Zh) => format!("{whole}，{day} 故障最久，共 {down}。"),
        }
    }

    /// Where the axis of such a chart begins, and ends.
    pub(in crate::page) fn axis(self, days: usize) -> (String, &'static str) {
        let ago = days.saturating_sub(1);
        (self.0.pick(format!("{ago} days ago"), format!("{ago} 天前")), self.0.pick("today", "今天"))
    }

    /// Whether what runs is what is written.
    pub(in crate::page) fn config(self, it: &ConfigStatus) -> String {
        let text = match (it.mistakes.len(), &it.unread, it.others()) {
            (0, Some(_), _) => self.0.pick(
                "What is written by now is not known: this gateway was started by a program",
                "无法得知现在的配置文件：网关由程序启动",
            ),
            (0, None, 0) => self.0.pick("What runs is what is written", "运行中的配置与文件一致"),
            (0, None, n) => {
                let keys = if n == 1 { "1 key is".to_owned() } else { format!("{n} keys are") };
                return self
                    .0
                    .pick(format!("{keys} written otherwise than it runs"), format!("有 {n} 项与文件不同"));
            }
            (n, _, _) => {
                let mistakes = if n == 1 { "a mistake is".to_owned() } else { format!("{n} mistakes are") };
                return self.0.pick(
                    format!("It can't be taken: {mistakes} written, and a reload would change nothing"),
                    format!("文件中有 {n} 处错误：重新加载不会生效"),
                );
            }
        };
        text.to_owned()
    }

    /// Who keeps an account from work, why, since when, and for how long still.
    pub(in crate::page) fn withdrawn(self, it: &WithdrawalStatus) -> String {
        let since = self.ago(it.seconds);
        let why = if it.why.is_empty() { String::new() } else { format!(" ({})", it.why) };
        let ends = it.ends.map(|ends| self.span(ends));
        match (ends, self.0) {
            (None, Lang::En) => format!("{}{why}, {since}, until it is resumed", it.by),
            (None, Lang::Zh) => format!("{}{why}，{since}，直到恢复", it.by),
            (Some(ends), Lang::En) => format!("{}{why}, {since}, for {ends} more", it.by),
            (Some(ends), Lang::Zh) => format!("{}{why}，{since}，还有 {ends}", it.by),
        }
    }
}
