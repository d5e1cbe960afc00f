//! What alarms are about, and what to do about them.

use ha_wechaty_team::view::{AlarmKind, Severity};

use super::Lang;

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
