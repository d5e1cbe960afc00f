//! The words of the core's closed lists, and what helps.

use std::net::IpAddr;

use ha_wechaty_team::{
    state::records::LogLevel,
    state::sends::{Proof, SendOutcome},
    view::{Bare, BotMode, Evidence, Footing, Noticed, Paced, Policy, Rank, Risk, Role, Standing, Work},
};

use super::Lang;
use crate::deed::Deed;

impl Lang {
    /// What a button does, in a word.
    pub(in crate::page) fn button(self, it: Deed) -> &'static str {
        match it {
            Deed::Drain => self.pick("Drain", "排空"),
            Deed::Maintenance => self.pick("Maintenance", "维护"),
            Deed::Resume => self.pick("Resume", "恢复"),
            Deed::Reset => self.pick("Reset its puppet", "重置 puppet"),
            Deed::Reconnect => self.pick("Reconnect now", "立即重连"),
            Deed::Login => self.pick("Get a code", "获取二维码"),
            Deed::Logout => self.pick("Log out", "登出"),
        }
    }

    /// What comes of it.
    pub(in crate::page) fn consequence(self, it: Deed) -> &'static str {
        match it {
            Deed::Drain => self.pick(
                "It gets no new work; what is under way is finished, and it still hears. Teammates do its work until it is resumed.",
                "不再接收新工作；进行中的会完成，仍接收消息。恢复之前由队友代劳。",
            ),
            Deed::Maintenance => self.pick(
                "It gets no work, no dings and no resets until it is resumed.",
                "恢复之前不接收工作，也不会被探测或重置。",
            ),
            Deed::Resume => self.pick(
                "It gets work again, once it has shown that it works.",
                "确认正常后重新接收工作。",
            ),
            Deed::Reset => self.pick(
                "Its puppet is stopped and started; it is away for a moment.",
                "停止并重新启动它的 puppet，会短暂离开。",
            ),
            Deed::Reconnect => self.pick(
                "It is dialled now; if it is connected, its event stream is opened anew.",
                "立即重连；如果已连接，则重新打开事件流。",
            ),
            Deed::Login => self.pick(
                "Its puppet is started anew if there is no code, so that one comes.",
                "如果没有二维码，则重启它的 puppet 以获取。",
            ),
            Deed::Logout => self.pick(
                "It is logged out in WeChat, and kept from work until it is resumed. To log in again takes its phone.",
                "在微信中登出，恢复之前不接收工作。重新登录需要它的手机。",
            ),
        }
    }

    /// Where an account stands.
    pub(in crate::page) fn standing(self, it: Standing) -> &'static str {
        match it {
            Standing::Connecting => self.pick("connecting", "连接中"),
            Standing::Preparing => self.pick("preparing", "准备中"),
            Standing::Offline => self.pick("offline", "离线"),
            Standing::NotLoggedIn => self.pick("not logged in", "未登录"),
            Standing::WaitingScan => self.pick("waits for a scan", "等待扫码"),
            Standing::LoggedOut => self.pick("logged out", "已登出"),
            Standing::Available => self.pick("available", "可用"),
            Standing::Suspect => self.pick("suspect", "可疑"),
            Standing::Failed => self.pick("failed", "故障"),
            Standing::Removed => self.pick("removed", "已移除"),
            Standing::Draining => self.pick("draining", "排空中"),
            Standing::Maintenance => self.pick("in maintenance", "维护中"),
        }
    }

    /// What helps an account that stands there; nothing does, or need, where there is no text.
    pub(in crate::page) fn remedy(self, it: Standing) -> Option<&'static str> {
        Some(match it {
            Standing::Available | Standing::Removed => return None,
            Standing::Draining => self.pick(
                "Resume it when it is to get work again.",
                "需要它重新接收工作时，请恢复。",
            ),
            Standing::Maintenance => self.pick(
                "Resume it when you are done: it gets no work, no dings and no resets.",
                "完成后请恢复：维护期间它不接收工作，也不会被探测或重置。",
            ),
            Standing::Connecting => self.pick("Wait: it is being connected.", "请稍候：正在连接。"),
            Standing::Preparing => self.pick(
                "Wait: its puppet is being installed or started. What it said last is on the account's page.",
                "请稍候：正在安装或启动它的 puppet。最近输出见账号页面。",
            ),
            Standing::Offline => self.pick(
                "Start its puppet service, or put its address and token right; it is dialled again by itself.",
                "请启动它的 puppet 服务，或更正地址和令牌；网关会自动重连。",
            ),
            Standing::NotLoggedIn => self.pick(
                "See what its provider says; if no code comes, start its puppet anew.",
                "请查看服务商的提示；如果没有二维码，请重启它的 puppet。",
            ),
            Standing::WaitingScan => self.pick(
                "Scan the code with the account's phone: it is on the account's page.",
                "请用该账号的手机扫码：二维码在账号页面。",
            ),
            Standing::LoggedOut => self.pick(
                "Wait for a code, and scan it with the account's phone; if none comes, start its puppet anew.",
                "请等待二维码并用该账号的手机扫码；如果没有，请重启它的 puppet。",
            ),
            Standing::Suspect => self.pick(
                "Nothing yet: it is being asked whether it works.",
                "暂不需要：正在确认它是否正常。",
            ),
            Standing::Failed => self.pick(
                "Look at the account's phone, and whether WeChat asks for anything there; its puppet is reset by itself.",
                "请查看该账号的手机上微信有无提示；它的 puppet 会自动重置。",
            ),
        })
    }

    /// Whether something works, as its availability counts it.
    pub(in crate::page) fn footing(self, it: Footing) -> &'static str {
        match it {
            Footing::Up => self.pick("up", "正常"),
            Footing::Maintenance => self.pick("in maintenance", "维护中"),
            Footing::Unwatched => self.pick("not watched", "无人监视"),
            Footing::Suspect => self.pick("suspect", "可疑"),
            Footing::Down => self.pick("down", "故障"),
        }
    }

    /// What something that went wrong was noticed by.
    pub(in crate::page) fn noticed(self, it: Noticed) -> &'static str {
        match it {
            Noticed::Connection => self.pick("its connection", "连接"),
            Noticed::Provider => self.pick("its provider", "服务商"),
            Noticed::Heartbeat => self.pick("the heartbeat", "心跳"),
            Noticed::Accounts => self.pick("no account being left", "没有可用账号"),
            Noticed::Stream => self.pick("its event stream", "事件流"),
        }
    }

    /// How much a line of the log matters.
    pub(in crate::page) fn level(self, it: LogLevel) -> &'static str {
        match it {
            LogLevel::Error => self.pick("error", "错误"),
            LogLevel::Warn => self.pick("warning", "警告"),
            LogLevel::Info => self.pick("info", "信息"),
            LogLevel::Debug => self.pick("debug", "调试"),
            LogLevel::Trace => self.pick("trace", "跟踪"),
        }
    }

    /// What showed that an account works.
    pub(in crate::page) fn evidence(self, it: Evidence) -> &'static str {
        match it {
            Evidence::Message => self.pick("message", "收到消息"),
            Evidence::Dong => self.pick("dong", "dong 应答"),
            Evidence::SawTeammate => self.pick("saw a teammate", "看到队友发言"),
            Evidence::SeenByTeammate => self.pick("seen by a teammate", "发言被队友看到"),
            Evidence::PuppetDong => self.pick("its puppet's dong", "puppet 应答"),
            Evidence::Login => self.pick("login", "登录"),
        }
    }

    /// A kind of work that WeChat throttles.
    pub(in crate::page) fn work(self, it: Work) -> &'static str {
        match it {
            Work::Send => self.pick("sends", "发送"),
            Work::Befriend => self.pick("friend requests", "加好友"),
            Work::Room => self.pick("rooms", "群操作"),
        }
    }

    /// What has a pace.
    pub(in crate::page) fn paced(self, it: Paced) -> &'static str {
        match it {
            Paced::Message => self.pick("messages", "消息"),
            Paced::FriendAdd => self.pick("friend requests", "加好友"),
            Paced::RoomCreation => self.pick("new rooms", "建群"),
            Paced::RoomInvitation => self.pick("room invitations", "邀请入群"),
        }
    }

    /// How work is spread.
    pub(in crate::page) fn policy(self, it: Policy) -> &'static str {
        match it {
            Policy::RoundRobin => self.pick("in turn", "轮流"),
            Policy::Random => self.pick("at random", "随机"),
            Policy::LeastLoad => self.pick("least load", "最少负载"),
            Policy::Sticky => self.pick("the same account for a conversation", "每个会话固定账号"),
            Policy::Failover => self.pick("the first that works", "主备"),
        }
    }

    /// What a bot's streams are to each other.
    pub(in crate::page) fn mode(self, it: BotMode) -> &'static str {
        match it {
            BotMode::All => self.pick("each gets all", "全部接收"),
            BotMode::Standby => self.pick("one, others stand by", "一主多备"),
            BotMode::Shard => self.pick("shared out", "分片"),
        }
    }

    /// From where a bot may come without its token.
    pub(in crate::page) fn bare(self, it: Option<Bare>) -> &'static str {
        match it {
            None => self.pick("is needed", "需要"),
            Some(Bare::Here) => self.pick("is not needed from 127.0.0.1 and ::1", "127.0.0.1、::1 无需"),
            Some(Bare::Networks) => self.pick(
                "is not needed from 127.0.0.1, ::1 and networks that are named",
                "127.0.0.1、::1 和指定网络无需",
            ),
        }
    }

    /// The same, and where its client is, which showed no token.
    pub(in crate::page) fn came_without(self, it: Role, from: IpAddr) -> String {
        let said = self.pick("; came without a token, from", "；未出示 token，来自");
        format!("{}{said} {from}", self.role(it))
    }

    /// What a stream is given of its bot's events.
    pub(in crate::page) fn role(self, it: Role) -> &'static str {
        match it {
            Role::All => self.pick("everything", "全部"),
            Role::Active => self.pick("everything, others stand by", "全部（主）"),
            Role::Standby => self.pick("nothing yet: it stands by", "备用"),
            Role::Shard => self.pick("its share", "分片"),
        }
    }

    /// Why a room may fall silent.
    pub(in crate::page) fn risk(self, it: Risk) -> &'static str {
        match it {
            Risk::Unavailable => self.pick("no account there works", "没有可用账号"),
            Risk::Alone => self.pick("one account alone", "只有一个账号"),
        }
    }

    /// What an account is in a room, where that matters.
    pub(in crate::page) fn rank(self, it: Rank) -> Option<&'static str> {
        match it {
            Rank::Owner => Some(self.pick("owner", "群主")),
            Rank::Admin => Some(self.pick("admin", "管理员")),
            Rank::Member | Rank::Unknown => None,
        }
    }

    /// What became of a send.
    pub(in crate::page) fn outcome(self, it: SendOutcome) -> &'static str {
        match it {
            SendOutcome::Sent => self.pick("sent", "已发送"),
            SendOutcome::NotSent => self.pick("not sent", "未发送"),
            SendOutcome::Unsure => self.pick("unsure", "不确定"),
        }
    }

    /// How that is known.
    pub(in crate::page) fn proof(self, it: Proof) -> &'static str {
        match it {
            Proof::Answered => self.pick("answered", "账号已应答"),
            Proof::Witness => self.pick("seen by a teammate", "队友看到"),
            Proof::Echo => self.pick("echoed", "账号回显"),
            Proof::Refused => self.pick("refused", "被拒绝"),
            Proof::Unreachable => self.pick("no account reachable", "无可用账号"),
            Proof::Expired => self.pick("its time was up", "超时"),
            Proof::Full => self.pick("too many waited", "队列已满"),
            Proof::Unwritten => self.pick("could not be written down", "无法落盘"),
            Proof::Invalid => self.pick("can't be sent so", "请求无效"),
            Proof::Lost => self.pick("the account was lost, nobody saw it", "账号掉线，无人看到"),
            Proof::HungUp => self.pick("the bot hung up", "机器人断开"),
        }
    }
}
