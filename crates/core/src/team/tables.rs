//! How much is in each table that is bounded by a number or an age, and not by what it weighs: none may grow without end,
//! and a soak looks at all of them.

use super::{Team, lists::Listing};

impl Team {
    /// How many entries each of them has, by name.
    pub fn tables(&self) -> [(&'static str, usize); 25] {
        let [keys, copies, sends] = self.dedup.sizes();
        let [uptimes, incidents] = self.annals.sizes();
        let [owned, dirty] = self.once.sizes();
        let [streams, answers] = self.bots.sizes();
        [
            ("accepting", self.accepting.len()),
            ("alarms", self.alarms.len()),
            ("answers", answers),
            ("clients", streams),
            ("changes", self.changes.len()),
            ("commands", self.commands.len()),
            ("dedup_copies", copies),
            ("dedup_keys", keys),
            ("dedup_sends", sends),
            ("dirty", dirty),
            ("doubts", self.refresh.unsettled()),
            ("former_contacts", self.identity.former()),
            ("invitations", self.invites.len()),
            ("lost_rooms", self.lost_rooms.len()),
            ("lists", self.listings.iter().map(Listing::size).sum()),
            ("owed", self.owed.len()),
            ("owned", owned),
            ("quitting", self.quitting.len()),
            ("spent", self.spent.len()),
            ("thinning", self.thinning.len()),
            ("under_way", self.under_way.len()),
            ("untold", self.untold.len()),
            ("uptimes", uptimes),
            ("incidents", incidents),
            ("unsure", self.unsure.len() + self.unexplained.len()),
        ]
    }
}
