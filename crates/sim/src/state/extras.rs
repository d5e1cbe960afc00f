//! What an account has that only the newer generation of the protocol speaks of.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::SystemTime;

use ha_wechaty_wire::puppet::PostPayloadClient;

use crate::content::Attachment;

/// A label for contacts. By the older RPCs its id is its name.
#[derive(Debug, Clone, Default)]
pub(crate) struct TagCard {
    pub(crate) name: String,
    pub(crate) group_id: String,
    pub(crate) contacts: BTreeSet<String>,
}

/// Something that the account has posted.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub(crate) post: PostPayloadClient,
    pub(crate) at: SystemTime,
    /// Who likes it.
    pub(crate) likes: BTreeSet<String>,
}

/// One thing said to many.
#[derive(Debug, Clone)]
pub(crate) struct Broadcast {
    /// The rooms and contacts, and whether each could be told.
    pub(crate) targets: Vec<(String, bool)>,
}

/// Everything else.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    pub(crate) real_name: String,
    pub(crate) aka: String,
    pub(crate) signature: String,
    pub(crate) cover: Option<Attachment>,
    pub(crate) room_remarks: HashMap<String, String>,
    /// Whether a conversation is marked as read.
    pub(crate) read: HashMap<String, bool>,
    pub(crate) tag_groups: BTreeMap<String, String>,
    pub(crate) moments: BTreeMap<String, Moment>,
    pub(crate) broadcasts: BTreeMap<String, Broadcast>,
}
