//! How the team stands, as people and pages see it: plain data, which is JSON for whoever asks.

mod account;
mod alarm;
mod annals;
mod bots;
pub mod code;
mod config;
mod held;
mod login;
mod numbers;
mod replay;
mod rooms;
mod status;
mod store;

pub use crate::store::{NewsKind, Quietly, ReplayMark, ReplayNews, ReplayStep};
pub use account::{
    AccountStatus, Ejected, LastDong, LastEvidence, LastWords, LimitUse, Past, WithdrawalStatus, WorkFailures,
};
pub use alarm::{AlarmStatus, AlarmsStatus, WayAlarm, WayStatus};
pub use annals::{
    About, AnnalsLook, AnnalsStatus, DayStatus, IncidentStatus, LastDay, UptimeStatus, Whose, WindowStatus,
};
pub use bots::{AwayStatus, Bare, BotStatus, StreamStatus};
pub use config::{ConfigStatus, KeyCounts, KeyStatus, MistakeStatus};
pub use ha_wechaty_core::{
    AlarmKind, AlarmStep, BotMode, Evidence, Footing, Noticed, Paced, Policy, Rank, Remedy, Risk, Role,
    Severity, Standing, Withdrawn, Work,
};
pub use held::Held;
pub use login::{LoginAsks, LoginStatus, LoginStep};
pub use numbers::numbers;
pub use replay::{
    ReplayAccount, ReplayAsk, ReplayBot, ReplayIncident, ReplayRow, ReplayScene, ReplayStand, ReplayStatus,
};
pub use rooms::{InTheWay, MissingTeammate, RoomAccount, RoomStatus, RoomsStatus};
pub use status::{GatewayStatus, Status, TeamStatus};
pub use store::{NONE as NO_STORE, StoreContent, StoreInfo, StoreStatus, WriteTrouble};

#[cfg(test)]
mod tests;
