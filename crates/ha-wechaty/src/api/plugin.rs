//! Plugins: behaviour that any bot can take in.

use std::sync::Arc;

use super::HaWechaty;

/// Something that is installed into a team: it subscribes to events, and does its work there.
///
/// ```
/// use std::sync::Arc;
///
/// use ha_wechaty::prelude::*;
///
/// /// Welcomes everybody who comes into a room.
/// struct Welcome;
///
/// impl Plugin for Welcome {
///     fn name(&self) -> &str {
///         "welcome"
///     }
///
///     fn install(self: Arc<Self>, ha: &HaWechaty) {
///         ha.on_room_join(|join| async move { join.room.say("welcome!").await });
///     }
/// }
///
/// let ha = HaWechaty::builder().account(Account::service("insecure_x")).plugin(Welcome).build()?;
/// # drop(ha);
/// # Ok::<(), ha_wechaty::config::ConfigError>(())
/// ```
pub trait Plugin: Send + Sync {
    /// Its name, for logs.
    fn name(&self) -> &str;

    /// Subscribes to what it wants to hear of. Called once, at the latest when the team starts.
    fn install(self: Arc<Self>, ha: &HaWechaty);
}
