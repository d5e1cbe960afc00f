//! What alarms are about, and what to do about them.

use ha_wechaty_team::view::{AlarmKind, Severity, WayAlarm, WayStatus};

use super::{Lang, Say};
use crate::page::day_time;

impl Say {
    /// What the title of their page says, so that a tab tells how many are open.
    pub(in crate::page) fn alarms_title(self, open: usize, title: &str) -> String {
        if open == 0 { title.to_owned() } else { format!("! {open} · {title}") }
    }

    /// How many more are open than are shown, and where they are.
    pub(in crate::page) fn more_alarms(self, more: usize) -> Option<String> {
        let text = || {
            self.0.pick(
                format!("{more} more: ha-wechaty alarms lists them."),
                format!("另有 {more} 个，见 ha-wechaty alarms。"),
            )
        };
        (more > 0).then(text)
    }

    /// How often an alarm came again, if it did.
    pub(in crate::page) fn times(self, times: u32) -> Option<String> {
        (times > 1).then(|| self.0.pick(format!("{times} times"), format!("{times} 次")))
    }

    /// Who sees to an alarm, and until when.
    pub(in crate::page) fn seen(self, by: &str, until: Option<&str>) -> String {
        match (until.map(day_time), self.0) {
            (None, Lang::En) => format!("{by} sees to it, until it is over or changes."),
            (None, Lang::Zh) => format!("{by} 正在处理，直到结束或有变化。"),
            (Some(until), Lang::En) => format!("{by} sees to it until {until} UTC."),
            (Some(until), Lang::Zh) => format!("{by} 正在处理，至 {until}（UTC）。"),
        }
    }

    /// What a way has had of an alarm; `now` in RFC 3339, to the second, as the others.
    pub(in crate::page) fn told(self, way: &WayStatus, had: Option<&WayAlarm>, now: &str) -> String {
        let name = &way.name;
        let told = had.and_then(|it| it.told.as_deref()).map(day_time);
        let told = match (told, self.0) {
            (Some(at), Lang::En) => format!("told {at} UTC"),
            (Some(at), Lang::Zh) => format!("已于 {at}（UTC）通知"),
            (None, Lang::En) => String::from("not told"),
            (None, Lang::Zh) => String::from("尚未通知"),
        };
        let Some(it) = had else {
            let why = self.0.pick("it is for what matters more, or comes later", "未达到它的级别或时间");
            return format!("{name}: {told}{}{why}", self.0.pick(", ", "，"));
        };
        let Some(due) = it.due.as_deref() else { return format!("{name}: {told}") };
        let why = match (&way.last_error, due > now, self.0) {
            (_, true, Lang::En) => format!("what is new is told at {} UTC", day_time(due)),
            (_, true, Lang::Zh) => format!("新情况将于 {}（UTC）通知", day_time(due)),
            (Some(error), false, Lang::En) => format!("what is new could not be told: {error}"),
            (Some(error), false, Lang::Zh) => format!("新情况无法通知：{error}"),
            (None, false, Lang::En) => String::from("what is new is being told"),
            (None, false, Lang::Zh) => String::from("正在通知新情况"),
        };
        format!("{name}: {told}{}{why}", self.0.pick("; ", "；"))
    }

    /// How a way to people is, in a word, and what waits for it since when.
    pub(in crate::page) fn way(
        self,
        waiting: usize,
        since: Option<&str>,
        fails: bool,
    ) -> (&'static str, String) {
        let word = match (waiting, fails) {
            (0, false) => self.0.pick("nothing waits", "没有待通知"),
            (_, false) => self.0.pick("waits", "等待中"),
            (_, true) => self.0.pick("fails", "失败"),
        };
        let waits = since.map(|since| {
            self.0.pick(
                format!("{waiting} wait since {since} UTC"),
                format!("{waiting} 个待通知，自 {since}（UTC）"),
            )
        });
        (word, waits.unwrap_or_default())
    }
}

impl Lang {
    pub(in crate::page) fn severity(self, it: Severity) -> &'static str {
        match it {
            Severity::Info => self.pick("to be known", "提示"),
            Severity::Warning => self.pick("warning", "警告"),
            Severity::Critical => self.pick("critical", "严重"),
        }
    }

    pub(in crate::page) fn alarm(self, it: AlarmKind) -> &'static str {
        match it {
            AlarmKind::Scan => self.pick("asks for its code to be scanned", "等待扫码"),
            AlarmKind::LoggedOut => self.pick("is logged out", "已退出登录"),
            AlarmKind::Offline => self.pick("can't be reached", "无法连接"),
            AlarmKind::NotLoggedIn => self.pick("is connected, and nobody is logged in", "已连接，但未登录"),
            AlarmKind::Failed => self.pick("is silent, and resets do not help", "没有反应，重置无效"),
            AlarmKind::Taken => self.pick("its event stream is taken again and again", "事件流被反复抢占"),
            AlarmKind::SamePerson => self.pick("are the same WeChat person", "是同一个微信号"),
            AlarmKind::NoHeartbeat => {
                self.pick("can't write to the heartbeat contact", "无法给心跳联系人发消息")
            }
            AlarmKind::DomainDown => self.pick("have failed together", "同时发生故障"),
            AlarmKind::TeamDegraded => self.pick("one account alone gets work", "只剩一个账号在工作"),
            AlarmKind::TeamDown => self.pick("no account gets work", "没有账号在工作"),
            AlarmKind::BotGone => self.pick("the bot is gone", "机器人已离线"),
            AlarmKind::CoverageLost => self.pick("no account is left in rooms", "有些群里已没有账号"),
            AlarmKind::PaceLimit => self.pick("a limit of the pace is used up", "发送配额已用完"),
            AlarmKind::QueueFull => {
                self.pick("calls are refused, since too many wait", "排队已满，调用被拒绝")
            }
            AlarmKind::DiskLow => self.pick("little room is left on the disk", "磁盘空间不足"),
            AlarmKind::StoreUnwritable => self.pick("the store can't be written", "存储无法写入"),
            AlarmKind::Certificate => self.pick("a certificate ends", "证书即将到期"),
            AlarmKind::Clock => self.pick("this machine's clock is wrong", "本机时钟不准"),
            AlarmKind::Test => self.pick("a test", "测试"),
        }
    }

    pub(in crate::page) fn alarm_remedy(self, it: AlarmKind) -> &'static str {
        match it {
            AlarmKind::Scan | AlarmKind::LoggedOut => {
                self.pick("Scan its code.", "请打开该账号的页面并扫码登录。")
            }
            AlarmKind::Offline => {
                self.pick("See whether its puppet service runs.", "请检查它的 puppet 服务是否在运行。")
            }
            AlarmKind::NotLoggedIn => self
                .pick("Log it in; see what its provider says.", "请登录；若没有二维码，请查看服务商的提示。"),
            AlarmKind::Failed => {
                self.pick("Open WeChat on its phone, then reset it.", "请在手机上打开微信，然后重置该账号。")
            }
            AlarmKind::Taken => {
                self.pick("End the other client of its token.", "请停止使用同一 token 的另一个客户端。")
            }
            AlarmKind::SamePerson => self
                .pick("Log one in as somebody else, or remove it.", "请让其中一个登录别的微信号，或移除它。"),
            AlarmKind::NoHeartbeat => self
                .pick("Let it follow that contact.", "请让它关注该联系人，或修改 health.heartbeat_contact。"),
            AlarmKind::DomainDown => {
                self.pick("See whether what they share works.", "请检查它们共用的服务商、主机或网络。")
            }
            AlarmKind::TeamDegraded | AlarmKind::TeamDown => {
                self.pick("Bring an account back.", "请先恢复一个账号。")
            }
            AlarmKind::BotGone => {
                self.pick("See whether the bot runs.", "请检查机器人是否在运行，能否连接网关。")
            }
            AlarmKind::CoverageLost => self.pick("Have accounts invited again.", "请重新邀请账号入群。"),
            AlarmKind::PaceLimit | AlarmKind::QueueFull => {
                self.pick("Send less, or add accounts.", "请减少发送，或增加账号。")
            }
            AlarmKind::DiskLow | AlarmKind::StoreUnwritable => {
                self.pick("Make room on the disk.", "请清理磁盘。")
            }
            AlarmKind::Certificate => {
                self.pick("Renew it, and start the gateway again.", "请更新证书并重启网关。")
            }
            AlarmKind::Clock => self.pick("Let the system keep its time.", "请开启系统时间同步。"),
            AlarmKind::Test => self.pick("Nothing is to be done.", "无需处理。"),
        }
    }
}
