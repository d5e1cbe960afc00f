//! What an account's link is told to do.

use ha_wechaty_core::AccountId;

/// What the core wants of a link.
#[derive(Debug, Clone)]
pub enum Order {
    /// Dial.
    Connect,
    /// Dial, and take the event stream from whoever holds it.
    Evict,
    /// Read contacts and rooms.
    Learn,
    /// Read a room's payload.
    ReadRoom {
        /// By the account's own ids.
        room: String,
    },
    /// Invite a teammate into a room.
    Invite {
        /// By the team's ids.
        room: String,
        /// Whom.
        teammate: AccountId,
        /// The teammate's contact id.
        contact: String,
    },
    /// Accept a teammate's invitation.
    AcceptInvitation {
        /// By the account's own ids.
        id: String,
    },
    /// Write `ding` to the heartbeat contact.
    Ding {
        /// By the account's own ids.
        contact: String,
    },
    /// Call the puppet's own ding.
    PuppetDing,
    /// Stop the puppet and start it again.
    Reset,
    /// Log out.
    Logout,
    /// Open the event stream anew, on a new connection.
    Reopen,
}
