//! Chinese, in simplified characters.

use ha_wechaty_core::{AlarmKind, AlarmStep, Severity};

use super::Words;

pub(super) const WORDS: Words = Words {
    kind,
    step,
    severity,
    over: "已恢复",
    remedy: |kind| Some(remedy(kind)),
    todo: "处理:",
    scan: "扫码链接(仅可使用一次,10 分钟内有效):",
    since: |since, ended| match ended {
        Some(ended) => format!("从 {since} 到 {ended}"),
        None => format!("始于 {since}"),
    },
    times: |times| format!("第 {times} 次"),
    seen: |who| format!("已由 {who} 确认"),
    happened: |alarm| &alarm.cause,
    acknowledge: |id| format!("尚无人确认: ha-wechaty alarms ack {id}"),
    many: |alarms| format!("{alarms} 条告警"),
    more: |alarms| format!("另有 {alarms} 条: ha-wechaty alarms"),
    colon: ":",
};

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "提示",
        Severity::Warning => "警告",
        Severity::Critical => "严重",
    }
}

fn step(step: AlarmStep) -> &'static str {
    match step {
        AlarmStep::Opened | AlarmStep::Closed => "",
        AlarmStep::Changed => "有变化,",
        AlarmStep::Reminded => "仍未恢复,",
        AlarmStep::Escalated => "无人确认,",
        AlarmStep::Acknowledged => "已确认,",
    }
}

fn kind(kind: AlarmKind) -> &'static str {
    match kind {
        AlarmKind::Scan => "有账号需要扫码登录",
        AlarmKind::LoggedOut => "有账号已退出登录",
        AlarmKind::Offline => "无法连接账号的 puppet 服务",
        AlarmKind::NotLoggedIn => "账号已连接,但无人登录",
        AlarmKind::Failed => "账号无响应,重启后仍未恢复",
        AlarmKind::Taken => "账号的事件流被他人占用",
        AlarmKind::SamePerson => "两个账号登录的是同一个人",
        AlarmKind::NoHeartbeat => "账号无法联系心跳联系人",
        AlarmKind::DomainDown => "多个账号同时故障",
        AlarmKind::TeamDegraded => "只剩一个可用账号",
        AlarmKind::TeamDown => "团队不可用,没有可用账号",
        AlarmKind::BotGone => "机器人断开,有事件在等待",
        AlarmKind::CoverageLost => "有群已没有任何账号",
        AlarmKind::PaceLimit => "账号的发送额度已用完",
        AlarmKind::QueueFull => "等待的调用过多,部分被拒绝",
        AlarmKind::DiskLow => "磁盘空间不足",
        AlarmKind::StoreUnwritable => "无法写入存储",
        AlarmKind::Certificate => "证书即将到期或已到期",
        AlarmKind::Clock => "本机时钟不准",
        AlarmKind::Test => "告警通道测试",
    }
}

fn remedy(kind: AlarmKind) -> &'static str {
    match kind {
        AlarmKind::Scan => "用该账号的手机扫码: ha-wechaty login 账号名",
        AlarmKind::LoggedOut | AlarmKind::NotLoggedIn => "重新登录该账号: ha-wechaty login 账号名",
        AlarmKind::Offline => "检查该账号的 puppet 服务是否在运行,以及 endpoint 和网络",
        AlarmKind::Failed => "查看手机是否在线,再执行 ha-wechaty reset 账号名",
        AlarmKind::Taken => "停掉使用同一 token 的其他程序",
        AlarmKind::SamePerson => "让其中一个账号改用另一个微信登录",
        AlarmKind::NoHeartbeat => "让该账号关注 health.heartbeat_contact",
        AlarmKind::DomainDown => "检查这些账号共同的服务商、主机或网络",
        AlarmKind::TeamDegraded => "尽快恢复其余账号: ha-wechaty status",
        AlarmKind::TeamDown => "立即恢复至少一个账号: ha-wechaty status",
        AlarmKind::BotGone => "检查机器人程序是否在运行,能否连接网关",
        AlarmKind::CoverageLost => "让一个账号重新加入这些群: ha-wechaty rooms",
        AlarmKind::PaceLimit => "减少发送,或增加账号,或放宽 [pace] 的限制",
        AlarmKind::QueueFull => "减少调用,或增加账号: ha-wechaty status",
        AlarmKind::DiskLow => "清理磁盘,或换用更大的磁盘",
        AlarmKind::StoreUnwritable => "检查存储所在磁盘的空间和权限: ha-wechaty status",
        AlarmKind::Certificate => "更换证书,并重启网关",
        AlarmKind::Clock => "检查本机的时间同步(NTP)",
        AlarmKind::Test => "无需处理",
    }
}
