//! What is said of what happened, and of what the team made of it.

use std::collections::BTreeMap;

use ha_wechaty_team::view::{NewsKind, Quietly, ReplayBot};

use super::{Lang, Say};

impl Lang {
    /// What a piece of news is about.
    pub(in crate::page) fn news(self, it: NewsKind) -> &'static str {
        match it {
            NewsKind::Hand => self.pick("operator", "人工操作"),
            NewsKind::Standing => self.pick("state", "状态"),
            NewsKind::Care => self.pick("account", "账号"),
            NewsKind::Team => self.pick("team", "团队"),
            NewsKind::Bot => self.pick("bot", "机器人"),
            NewsKind::Incident => self.pick("incident", "故障"),
            NewsKind::Alarm => self.pick("alarm", "告警"),
        }
    }

    /// A step's own line.
    pub(in crate::page) fn passes(self, what: &str) -> String {
        match what {
            "time passes" => self.pick("time passes", "时间推移").to_owned(),
            what => what.to_owned(),
        }
    }

    fn quietly(self, it: Quietly) -> &'static str {
        match it {
            Quietly::Messages => self.pick("messages", "消息"),
            Quietly::Events => self.pick("events", "事件"),
            Quietly::Sends => self.pick("sends", "发送"),
            Quietly::Acts => self.pick("other acts", "其他操作"),
            Quietly::Bots => self.pick("bots' calls", "机器人调用"),
            Quietly::Dings => self.pick("dings", "探测"),
            Quietly::Lists => self.pick("lists and rooms", "名单与群"),
            Quietly::Attempts => self.pick("attempts in vain", "重连未果"),
            Quietly::Inner => self.pick("steps of its own", "内部步骤"),
        }
    }
}

impl Say {
    /// From when on it can be told what happened.
    pub(in crate::page) fn told_from(self, since: Option<&str>) -> String {
        match since {
            Some(since) => self.0.pick(
                format!(
                    "It can be told from {since} UTC on; what was before is gone from the store, or in a backup of it: \
                     ha-wechaty replay --store FILE. What was said is not told."
                ),
                format!(
                    "可回放自 {since}（UTC）起的记录；更早的已从存储中清除，可用备份回放：ha-wechaty replay --store FILE。\
                     不含消息内容。"
                ),
            ),
            None => self.0.pick("The store holds nothing yet.", "存储中暂无记录。").to_owned(),
        }
    }

    /// That the store no longer has what was asked for.
    pub(in crate::page) fn forgotten(self, since: &str) -> String {
        self.0.pick(
            format!(
                "The store no longer has what was asked for: it begins at {since} UTC. A backup may have it: ha-wechaty \
                 replay --store FILE."
            ),
            format!(
                "存储中已没有所查的记录：现存记录始于 {since}（UTC）。可用备份回放：ha-wechaty replay --store FILE。"
            ),
        )
    }

    /// What was worth no line; nothing if there was nothing.
    pub(in crate::page) fn quiet(self, quiet: &BTreeMap<Quietly, u64>) -> Option<String> {
        let all: u64 = quiet.values().sum();
        let each = quiet.iter().map(|(of, count)| format!("{count} {}", self.0.quietly(*of)));
        let each = each.collect::<Vec<_>>().join(self.0.pick(", ", "、"));
        (all > 0).then(|| self.0.pick(format!("{all} quiet: {each}"), format!("{all} 条无需关注：{each}")))
    }

    /// What was known of a bot.
    pub(in crate::page) fn bot_then(self, it: &ReplayBot) -> String {
        let (streams, waiting) = (it.streams, it.waiting);
        match it.away {
            None => self.0.pick(format!("{streams} event streams"), format!("{streams} 个事件流")),
            Some(away) => {
                let away = self.since(away.floor());
                self.0.pick(
                    format!("no event stream {away}, {waiting} events wait"),
                    format!("无事件流，{away}，{waiting} 条事件等待"),
                )
            }
        }
    }
}
