//! How much of what an account's service tells was taken: services of the newer generation number it, and tell again what
//! came behind a number.

use alloc::string::String;

use super::AccountState;

/// The last number that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LastHeard {
    /// It, as it is on the wire.
    pub seq: i32,
    /// Who was logged in: of somebody else the same number says nothing. Nobody if that is not known yet.
    pub contact_id: Option<String>,
    /// Which service counted, as a fingerprint: another one counts for itself. 0 if that is not known.
    #[cfg_attr(feature = "serde", serde(default))]
    pub service: u64,
}

impl AccountState {
    /// It told something under this number. Its service may begin to count anew, as after a restart: what came last is what it
    /// knows.
    pub(crate) fn hears(&mut self, seq: i32, service: u64) {
        self.last_heard = Some(LastHeard { seq, contact_id: self.contact_id.clone(), service });
    }

    /// Somebody has logged in.
    pub(super) fn is_now(&mut self, contact_id: &str) {
        if let Some(heard) = &mut self.last_heard {
            let was = heard.contact_id.get_or_insert_with(|| String::from(contact_id));
            if was != contact_id {
                self.last_heard = None;
            }
        }
    }

    /// The last number that it told something under, if its service counts.
    pub fn last_heard(&self) -> Option<&LastHeard> {
        self.last_heard.as_ref()
    }
}
