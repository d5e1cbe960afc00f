//! Sentences with figures in them.

use ha_wechaty_config::ByteSize;
use ha_wechaty_team::{
    text::human,
    view::{AwayStatus, BotMode, LoginAsks, LoginStep, Noticed, StoreStatus, TeamStatus, WriteTrouble},
};

use super::Lang;
use crate::link::NoLink;

/// What is said of the team and its parts.
#[derive(Debug, Clone, Copy)]
pub(in crate::page) struct Say(pub(in crate::page) Lang);

impl Say {
    /// A stretch of time, in the largest units that say enough.
    pub(in crate::page) fn span(self, seconds: f64) -> String {
        let text = if seconds < 0.001 { String::from("0s") } else { human(seconds) };
        if self.0 == Lang::En {
            return text;
        }
        // The units that `humantime` writes.
        let units = [
            ("years", "年"),
            ("year", "年"),
            ("months", "个月"),
            ("month", "个月"),
            ("days", "天"),
            ("day", "天"),
            ("ms", "毫秒"),
            ("h", "小时"),
            ("m", "分"),
            ("s", "秒"),
        ];
        let part = |part: &str| {
            let unit = part.trim_start_matches(|it: char| it.is_ascii_digit());
            let word = units.iter().find(|(known, _)| *known == unit).map_or(unit, |(_, word)| word);
            format!("{}{word}", part.strip_suffix(unit).unwrap_or(part))
        };
        text.split(' ').map(part).collect()
    }

    /// How long ago.
    pub(in crate::page) fn ago(self, seconds: f64) -> String {
        let span = self.span(seconds);
        self.0.pick(format!("{span} ago"), format!("{span}前"))
    }

    /// Since when.
    pub(in crate::page) fn since(self, seconds: f64) -> String {
        let span = self.span(seconds);
        self.0.pick(format!("for {span}"), format!("已持续 {span}"))
    }

    /// What goes on, and for how long.
    pub(in crate::page) fn goes_on(self, lasted: &str) -> String {
        self.0.pick(format!("{lasted}, goes on"), format!("{lasted}，仍在持续"))
    }

    /// How something was noticed, and how long nobody knew.
    pub(in crate::page) fn noticed(self, by: Noticed, after: f64) -> String {
        let by = self.0.noticed(by);
        match after < 1.0 {
            true => self.0.pick(format!("{by}, at once"), format!("{by}，立即")),
            false => {
                let span = self.span(after);
                self.0.pick(format!("{by}, after {span}"), format!("{by}，{span}后"))
            }
        }
    }

    /// The last day in words.
    pub(in crate::page) fn day(self, part: &str, down: f64) -> String {
        let span = self.span(down);
        self.0.pick(format!("up {part}, down for {span}"), format!("可用 {part}，故障 {span}"))
    }

    /// How the team stands.
    pub(in crate::page) fn team(self, it: &TeamStatus, accounts: usize) -> String {
        let TeamStatus { name, usable, .. } = it;
        match (it.available, self.0) {
            (true, Lang::En) => format!("{name} is available: {usable} of {accounts} accounts get work"),
            (false, Lang::En) => format!("{name} is down: none of {accounts} accounts gets work"),
            (true, Lang::Zh) => format!("{name} 可用：{accounts} 个账号中有 {usable} 个在工作"),
            (false, Lang::Zh) => format!("{name} 已中断：{accounts} 个账号都不可用"),
        }
    }

    /// What the title of the page says, so that a tab tells it.
    pub(in crate::page) fn title(self, it: &TeamStatus, accounts: usize, troubles: usize) -> String {
        let TeamStatus { name, usable, .. } = it;
        let down = self.0.pick("DOWN", "中断");
        match (it.available, troubles) {
            (false, _) => format!("✗ {down} · {name}"),
            (true, 0) => format!("✓ {usable}/{accounts} · {name}"),
            (true, _) => format!("! {usable}/{accounts} · {name}"),
        }
    }

    /// What helps a team that is down.
    pub(in crate::page) fn team_remedy(self) -> String {
        let en = "Bring one account back; what is in the way of each stands below. Bots are held, and go on when one is there.";
        self.0.pick(en, "请先恢复一个账号，各账号的问题见下方。恢复后机器人会自动继续。").to_owned()
    }

    /// A bot's streams.
    pub(in crate::page) fn streams(self, count: usize, mode: BotMode) -> String {
        match (count, mode, self.0) {
            (0, _, Lang::En) => String::from("not connected"),
            (0, _, Lang::Zh) => String::from("未连接"),
            (1, _, Lang::En) => String::from("connected"),
            (1, _, Lang::Zh) => String::from("已连接"),
            (n, BotMode::Standby, Lang::En) => format!("connected, {} more stand by", n - 1),
            (n, BotMode::Standby, Lang::Zh) => format!("已连接，{} 个备用", n - 1),
            (n, BotMode::All | BotMode::Shard, Lang::En) => format!("connected {n} times"),
            (n, BotMode::All | BotMode::Shard, Lang::Zh) => format!("已连接 {n} 次"),
        }
    }

    /// What a bot misses that has no stream.
    pub(in crate::page) fn away(self, it: &AwayStatus) -> (String, String) {
        let AwayStatus { waiting, dropped, .. } = it;
        let what = match self.0 {
            Lang::En => format!("is not connected: {waiting} events wait for it, {dropped} were dropped"),
            Lang::Zh => format!("未连接：{waiting} 个事件在等待，已丢弃 {dropped} 个"),
        };
        let remedy = self.0.pick(
            "Start the bot; what waits is given to it then.",
            "请启动该机器人，连接后会收到等待的事件。",
        );
        (what, remedy.to_owned())
    }

    /// That nothing can be written down, or no snapshot kept; `why` says what helps.
    pub(in crate::page) fn store_trouble(self, it: &WriteTrouble, is_snapshot: bool) -> (String, String) {
        let what = match is_snapshot {
            false => self.0.pick(
                "can't be written: sends are refused, and events held back",
                "无法写入：发送被拒绝，事件被暂缓",
            ),
            true => self.0.pick(
                "can't keep a snapshot: it grows, and a start takes longer",
                "无法保存快照：文件会变大，启动会变慢",
            ),
        };
        let remedy = match it.is_final {
            true => self.0.pick("See to the cause, and start the gateway again.", "请处理原因后重启网关。"),
            false => {
                self.0.pick("See to the cause; it is tried again by itself.", "请处理原因，网关会自动重试。")
            }
        };
        (what.to_owned(), remedy.to_owned())
    }

    /// That accounts are one person.
    pub(in crate::page) fn same_person(self, others: &[String]) -> (String, String) {
        let others = others.join(", ");
        let what = self.0.pick(
            format!("is the same WeChat person as {others}: one of them gets work"),
            format!("与 {others} 是同一个微信用户：只有一个会工作"),
        );
        (what, self.0.pick("Log it in as somebody else.", "请改用另一个微信登录。").to_owned())
    }

    /// That an account is kept from a kind of work.
    pub(in crate::page) fn ejected(self, work: &str, seconds: f64) -> (String, String) {
        let span = self.span(seconds);
        let what = self.0.pick(
            format!("gets no {work} for {span}: several failed in a row"),
            format!("暂停{work} {span}：连续失败"),
        );
        let remedy = self.0.pick(
            "Nothing: teammates do it meanwhile. If it comes again, see whether WeChat limits the account.",
            "暂不需要：由队友代劳。若反复出现，请查看微信是否限制了该账号。",
        );
        (what, remedy.to_owned())
    }

    /// That a limit is used up.
    pub(in crate::page) fn used_up(self, work: &str, limit: &str, next: f64) -> (String, String) {
        let next = self.span(next);
        let what = self.0.pick(
            format!("has used up its {work} ({limit}); the next is free in {next}"),
            format!("的{work}配额已用完（{limit}），{next}后恢复"),
        );
        let remedy = self.0.pick(
            "Nothing: calls wait for their turn. If it comes often, add an account, or raise [pace].",
            "暂不需要：调用会排队。若经常出现，请增加账号或调高 [pace]。",
        );
        (what, remedy.to_owned())
    }

    /// That an account can't write to the heartbeat contact.
    pub(in crate::page) fn no_heartbeat(self) -> (String, String) {
        let what = self.0.pick("can't write to the heartbeat contact", "无法写给心跳联系人");
        let remedy =
            self.0.pick("Let it be a friend of that contact, in WeChat.", "请在微信中加该联系人为好友。");
        (what.to_owned(), remedy.to_owned())
    }

    /// That rooms can't be reached.
    pub(in crate::page) fn rooms_unavailable(self, count: usize) -> (String, String) {
        let what = self.0.pick(
            format!("{count} rooms have no account that works: nobody hears or speaks there"),
            format!("{count} 个群没有可用账号：听不到也发不出"),
        );
        let remedy =
            self.0.pick("Bring back an account that is in them.", "请恢复在这些群里的账号。").to_owned();
        (what, remedy)
    }

    /// How many rooms there are, and how many of them are at risk.
    pub(in crate::page) fn rooms(self, it: &TeamStatus) -> String {
        let TeamStatus { rooms, rooms_alone, rooms_unavailable, .. } = it;
        match self.0 {
            Lang::En => format!(
                "{rooms} rooms: {rooms_unavailable} without an account that works, {rooms_alone} with one account alone."
            ),
            Lang::Zh => {
                format!("共 {rooms} 个群：{rooms_unavailable} 个没有可用账号，{rooms_alone} 个只有一个账号。")
            }
        }
    }

    /// Which rooms a page shows.
    pub(in crate::page) fn shown(self, from: usize, to: usize, all: usize) -> String {
        let first = if to > from { from + 1 } else { from };
        self.0.pick(format!("{first} to {to} of {all}"), format!("第 {first} 至 {to} 个，共 {all} 个"))
    }

    /// What came of an account's sends.
    pub(in crate::page) fn sends(self, sent: u32, not_sent: u32, unsure: u32) -> String {
        let mut parts = vec![self.0.pick(format!("{sent} sent"), format!("{sent} 已发送"))];
        if not_sent > 0 {
            parts.push(self.0.pick(format!("{not_sent} not sent"), format!("{not_sent} 未发送")));
        }
        if unsure > 0 {
            parts.push(self.0.pick(format!("{unsure} unsure"), format!("{unsure} 不确定")));
        }
        parts.join(self.0.pick(", ", "，"))
    }

    /// The store.
    pub(in crate::page) fn store(self, it: Option<&StoreStatus>) -> String {
        match it {
            Some(StoreStatus { path, bytes, position, .. }) => {
                format!(
                    "{path}: {}, {}",
                    self.size(*bytes),
                    self.0.pick(format!("record {position}"), format!("第 {position} 条"))
                )
            }
            None => self
                .0
                .pick(
                    "none: what is not acknowledged ends with the gateway",
                    "无：未确认的事件会随网关结束而丢失",
                )
                .to_owned(),
        }
    }

    /// So many bytes.
    pub(in crate::page) fn size(self, bytes: u64) -> String {
        ByteSize::b(bytes).display().iec().to_string()
    }

    /// For how long an account had stood where it stood before.
    pub(in crate::page) fn after(self, from: &str, seconds: f64, times: u32) -> String {
        let span = self.span(seconds);
        let first = self.0.pick(format!("after {span} {from}"), format!("此前{from} {span}"));
        match times {
            0 | 1 => first,
            n => self
                .0
                .pick(format!("{first}; {n} times within the hour"), format!("{first}；一小时内 {n} 次")),
        }
    }

    /// What there is not.
    pub(in crate::page) fn no_page(self, path: &str) -> (String, String) {
        (
            self.0.pick(format!("There is no page {path}"), format!("没有页面 {path}")),
            self.0.pick("Begin with the team's page.", "请从团队页面开始。").to_owned(),
        )
    }

    /// An account that is not of the team.
    pub(in crate::page) fn no_account(self, name: &str, known: &str) -> (String, String) {
        (
            self.0.pick(format!("There is no account {name}"), format!("没有账号 {name}")),
            self.0.pick(format!("The team's accounts are {known}."), format!("团队的账号有 {known}。")),
        )
    }

    /// Where a login is, and what its person is to do.
    pub(in crate::page) fn login(self, step: LoginStep) -> (&'static str, &'static str) {
        match step {
            LoginStep::NoCode => (
                self.0.pick("There is no code yet", "暂时没有二维码"),
                self.0.pick("Wait: it appears here by itself.", "请稍候，二维码会自动出现。"),
            ),
            LoginStep::Waiting => (
                self.0.pick("Scan this to log in", "请扫码登录"),
                self.0.pick(
                    "Open WeChat on the account's phone, and scan this. The code is renewed by itself.",
                    "请在该账号的手机上打开微信“扫一扫”。二维码过期后会自动更新。",
                ),
            ),
            LoginStep::Scanned => (
                self.0.pick("Scanned", "已扫码"),
                self.0.pick("Confirm the login on the phone.", "请在手机上确认登录。"),
            ),
            LoginStep::Confirmed => (
                self.0.pick("Confirmed", "已确认"),
                self.0.pick("Wait: the login is about to come.", "请稍候，正在登录。"),
            ),
            LoginStep::Expired => (
                self.0.pick("The code is too old", "二维码已过期"),
                self.0.pick("Wait: the next one appears here by itself.", "请稍候，新的二维码会自动出现。"),
            ),
            LoginStep::Cancelled => (
                self.0.pick("Refused on the phone", "已在手机上取消"),
                self.0.pick("Wait: the next code appears here by itself.", "请稍候，新的二维码会自动出现。"),
            ),
            LoginStep::Code => (
                self.0.pick("Enter the code", "请输入验证码"),
                self.0.pick(
                    "WeChat sent a code to the account's person, or shows it on the phone.",
                    "微信已将验证码发送给该账号的使用者，或显示在其手机上。",
                ),
            ),
            LoginStep::Slide => (
                self.0.pick("A slide puzzle is to be solved", "需要完成滑块验证"),
                self.0.pick(
                    "Open the provider's program on a computer, and solve it there.",
                    "请在电脑上打开服务商提供的程序完成验证。",
                ),
            ),
            LoginStep::LoggedIn => (
                self.0.pick("Logged in", "已登录"),
                self.0.pick("This page can be closed.", "可以关闭本页面。"),
            ),
        }
    }

    /// What became of a code that was entered.
    pub(in crate::page) fn entered(self, asks: &LoginAsks) -> Option<(&'static str, &'static str)> {
        if asks.is_wrong {
            let again = self
                .0
                .pick("Enter it once more, or the newest that came.", "请重新输入，或输入最新收到的验证码。");
            return Some((self.0.pick("The code was wrong", "验证码错误"), again));
        }
        asks.is_entered.then(|| {
            let wait = self.0.pick("Wait: the login is about to come.", "请稍候，正在登录。");
            (self.0.pick("Entered", "已提交验证码"), wait)
        })
    }

    /// That a link is nobody's yet.
    pub(in crate::page) fn link_unclaimed(self) -> (&'static str, &'static str) {
        (
            self.0.pick("A code to scan with WeChat", "用微信扫码登录"),
            self.0.pick(
                "This link works once: the browser that shows the code keeps it.",
                "此链接只能使用一次：显示二维码的浏览器将独占它。",
            ),
        )
    }

    /// That a link shows nothing any more.
    pub(in crate::page) fn link_over(self) -> (&'static str, &'static str) {
        (
            self.0.pick("This link is over", "此链接已失效"),
            self.0.pick(
                "It was opened in another browser, or its time is up. Ask for a new one.",
                "它已在其他浏览器中打开，或已超时。请索取新的链接。",
            ),
        )
    }

    /// For how long a link that was made lasts.
    pub(in crate::page) fn linked(self, until: &str) -> String {
        self.0.pick(
            format!(
                "Send this to the phone's owner. It works in one browser, until the login, or until {until}."
            ),
            format!("请发给手机持有人。只能在一个浏览器中使用，登录后或 {until} 失效。"),
        )
    }

    /// Why no link is made.
    pub(in crate::page) fn no_link(self, why: NoLink) -> (String, String) {
        let (what, remedy) = match why {
            NoLink::LoggedIn => (
                self.0.pick("The account is logged in", "该账号已登录"),
                self.0.pick("Nothing is to be scanned.", "无需扫码。"),
            ),
            NoLink::TooMany => (
                self.0.pick("Too many links are open", "打开的链接太多"),
                self.0.pick(
                    "Wait until one of them ends, at most ten minutes.",
                    "请等待其中一个失效，最多十分钟。",
                ),
            ),
            NoLink::Stranger => (
                self.0.pick("A page of elsewhere may not ask for this", "不接受其他网站的请求"),
                self.0.pick("Use the button on the account's page.", "请使用账号页面上的按钮。"),
            ),
        };
        (what.to_owned(), remedy.to_owned())
    }

    /// That somebody is not let in: what was shown is wrong, or may be shown again so much later.
    pub(in crate::page) fn no_entry(self, wait: Option<std::time::Duration>) -> String {
        let Some(wait) = wait else {
            let what = self.0.pick("That is neither the password nor a key.", "密码或密钥不正确。");
            return what.to_owned();
        };
        let wait = self.span(wait.as_secs_f64().ceil());
        self.0.pick(
            format!("Too many wrong passwords came from there: try again in {wait}, or with a key."),
            format!("错误密码次数过多：请在 {wait} 后重试，或使用密钥。"),
        )
    }

    /// That a page is too old, or of another session.
    pub(in crate::page) fn stale(self) -> (String, String) {
        let what = self.0.pick("This page is too old", "页面已过期");
        let remedy = self
            .0
            .pick("Go back, load it again, and press the button once more.", "请返回并刷新页面后重试。");
        (what.to_owned(), remedy.to_owned())
    }

    /// A form that no page of ours has.
    pub(in crate::page) fn no_hand(self) -> (String, String) {
        let what = self.0.pick("That can't be done", "无法执行");
        (
            what.to_owned(),
            self.0.pick("Use the buttons on the account's page.", "请使用账号页面上的按钮。").to_owned(),
        )
    }

    /// What is no stretch of time.
    pub(in crate::page) fn no_duration(self, text: &str) -> String {
        self.0.pick(
            format!("{text:?} is no duration: write it like 30m or 2h, a year at most. Nothing was done."),
            format!("{text:?} 不是时长：请写成 30m 或 2h，最长一年。未执行任何操作。"),
        )
    }

    /// That the gateway ends.
    pub(in crate::page) fn gone(self) -> (String, String) {
        let what = self.0.pick("The gateway is stopping", "网关正在停止");
        (what.to_owned(), self.0.pick("Load the page again when it is back.", "请稍后刷新。").to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_of_time_is_said_in_both_languages() {
        for (seconds, en, zh) in [
            (0.0, "0s", "0秒"),
            (0.25, "250ms", "250毫秒"),
            (59.0, "59s", "59秒"),
            (200.0, "3m 20s", "3分20秒"),
            (7_260.0, "2h 1m", "2小时1分"),
            (90_000.0, "1day 1h", "1天1小时"),
            (40_000_000.0, "1year 3months", "1年3个月"),
        ] {
            assert_eq!((Say(Lang::En).span(seconds), Say(Lang::Zh).span(seconds)), (en.into(), zh.into()));
        }
    }
}
