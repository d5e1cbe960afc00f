//! Who is missing from which room, and what is done about it.

use ha_wechaty_team::view::{InTheWay, MissingTeammate};

use super::{Lang, Say};

impl Say {
    /// Whether teammates are invited, and how many are missing.
    pub(in crate::page) fn invites(self, does: bool, missing: usize) -> String {
        match (missing, does, self.0) {
            (0, _, Lang::En) => String::from("Nobody is missing."),
            (0, _, Lang::Zh) => String::from("没有缺席的账号。"),
            (n, true, Lang::En) => {
                format!("{n} are missing in all rooms together. They are invited one by one, slowly.")
            }
            (n, true, Lang::Zh) => format!("所有群共缺 {n} 个，会逐个慢慢邀请。"),
            (n, false, Lang::En) => format!(
                "{n} are missing in all rooms together. Nobody invites them unless team.invite_teammates = true is set."
            ),
            (n, false, Lang::Zh) => {
                format!("所有群共缺 {n} 个。未设置 team.invite_teammates = true，不会自动邀请。")
            }
        }
    }

    /// In how long, at the earliest.
    pub(in crate::page) fn within(self, seconds: f64) -> String {
        if seconds < 1.0 {
            return self.0.pick("now", "现在").to_owned();
        }
        let span = self.span(seconds.ceil());
        self.0.pick(format!("in {span}"), format!("{span}后"))
    }

    /// A teammate that is missing from a room: who invites it when, or what is in the way.
    pub(in crate::page) fn missing(self, it: &MissingTeammate, invites: bool) -> String {
        let MissingTeammate { name, inviter, why, seconds, .. } = it;
        let colon = self.0.pick(": ", "：");
        let by = inviter.as_deref().unwrap_or("?");
        let Some(why) = why else {
            let said = match (inviter, seconds.filter(|_| invites), self.0) {
                (None, _, _) => return name.clone(),
                (Some(by), Some(seconds), Lang::En) => format!("{by} invites it {}", self.within(seconds)),
                (Some(by), Some(seconds), Lang::Zh) => format!("{by} 将邀请（{}）", self.within(seconds)),
                (Some(by), None, Lang::En) => format!("{by} could invite it"),
                (Some(by), None, Lang::Zh) => format!("可由 {by} 邀请"),
            };
            return format!("{name}{colon}{said}");
        };
        format!("{name}{colon}{}", self.in_the_way(*why, by, seconds.unwrap_or(0.0)))
    }

    fn in_the_way(self, why: InTheWay, by: &str, seconds: f64) -> String {
        let span = self.span(seconds.ceil());
        let text = match why {
            InTheWay::NotAllowed => self.0.pick(
                "team.invite_only or team.invite_never leaves this room out",
                "team.invite_only 或 team.invite_never 排除了这个群",
            ),
            InTheWay::TeammateAway => self.0.pick("it is not available", "它不可用"),
            InTheWay::NobodyThere => self.0.pick("no account in the room is available", "群里没有可用的账号"),
            InTheWay::NoFriend => self.0.pick(
                "no account in the room has it among its contacts: let them be friends in WeChat",
                "群里没有账号是它的好友：请在微信中互加好友",
            ),
            InTheWay::Spared => self
                .0
                .pick("those who could are kept from work on rooms for a while", "可邀请的账号暂停了群操作"),
            InTheWay::RefusedByAll => self.0.pick("all who could were refused", "可邀请的账号都被拒绝"),
            InTheWay::Paced => self.0.pick(
                "those who could have used their room_invitations",
                "可邀请的账号已用完 room_invitations 配额",
            ),
            InTheWay::Asked => {
                return self.0.pick(format!("{by} is inviting it"), format!("{by} 正在邀请"));
            }
            InTheWay::Invited => {
                return self.0.pick(
                    format!("{by} has invited it; it may join within {span}"),
                    format!("{by} 已邀请，{span}内可加入"),
                );
            }
            InTheWay::Failed => {
                return self.0.pick(
                    format!("the last attempt came to nothing; again in {span}"),
                    format!("上次邀请无果，{span}后重试"),
                );
            }
            InTheWay::Left => {
                return self.0.pick(
                    format!("it left, or was put out; left alone for {span}"),
                    format!("它已退群或被移出，{span}内不再邀请"),
                );
            }
        };
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_missing_says_who_invites_when_or_what_is_in_the_way() {
        let missing = |inviter: Option<&str>, why, seconds| MissingTeammate {
            name: String::from("south"),
            inviter: inviter.map(str::to_owned),
            hold: None,
            why,
            seconds,
        };
        let both =
            |it: &MissingTeammate, invites| [Lang::En, Lang::Zh].map(|lang| Say(lang).missing(it, invites));
        let soon = missing(Some("north"), None, Some(4.2));
        assert_eq!(both(&soon, true), ["south: north invites it in 5s", "south：north 将邀请（5秒后）"]);
        assert_eq!(both(&soon, false), ["south: north could invite it", "south：可由 north 邀请"]);
        let invited = missing(Some("north"), Some(InTheWay::Invited), Some(3_600.0));
        let expected =
            ["south: north has invited it; it may join within 1h", "south：north 已邀请，1小时内可加入"];
        assert_eq!(both(&invited, true), expected);
        let friend = missing(None, Some(InTheWay::NoFriend), None);
        assert!(both(&friend, true)[1].contains("互加好友"));
    }
}
