//! On whose word a fact is.

use super::Input;
use crate::account::AccountId;

impl Input {
    /// The account on whose word this is, if it counts only while that is in the team. What became of a send
    /// counts whoever was asked.
    pub(crate) fn teller(&self) -> Option<AccountId> {
        match self {
            Self::Link { account, .. }
            | Self::Message { account, .. }
            | Self::OldMessage { account, .. }
            | Self::Heard { account, .. }
            | Self::HeardUpTo { account, .. }
            | Self::HeardOf { account, .. }
            | Self::Unshown { account, .. }
            | Self::Behind { account, .. }
            | Self::Event { account, .. }
            | Self::Lists { account, .. }
            | Self::Reaches { account, .. }
            | Self::Room { account, .. }
            | Self::RoomMade { account, .. }
            | Self::Invited { account, .. }
            | Self::Invitation { account, .. }
            | Self::RoomUnread { account, .. }
            | Self::Unreachable { account, .. }
            | Self::HasQuit { account, .. }
            | Self::DingFailed { account, .. }
            | Self::PuppetDinged { account }
            | Self::PuppetDong { account }
            | Self::StreamTells { account }
            | Self::Worked { account, .. } => Some(*account),
            Self::Joins { .. }
            | Self::Restarts { .. }
            | Self::Follows { .. }
            | Self::Quits { .. }
            | Self::Leaves { .. }
            | Self::SendBegins { .. }
            | Self::SendEnds { .. }
            | Self::ActBegins { .. }
            | Self::ActEnds { .. }
            | Self::Hand { .. }
            | Self::Told { .. }
            | Self::AlarmSeen { .. }
            | Self::AlarmTest { .. }
            | Self::Machine { .. }
            | Self::Reads { .. }
            | Self::BotKnows { .. }
            | Self::BotConnected { .. }
            | Self::BotDisconnected { .. }
            | Self::BotSays { .. }
            | Self::BotSaid { .. }
            | Self::Acknowledged { .. }
            | Self::LoggedOut { .. }
            | Self::Ding { .. } => None,
        }
    }
}
