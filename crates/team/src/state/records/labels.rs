//! By what numbers are told apart.

use prometheus_client::encoding::EncodeLabelSet;

/// Whose calls.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct CallLabels {
    pub(super) rpc: &'static str,
    pub(super) code: String,
}

/// Whose.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct BotLabels {
    pub(crate) bot: String,
}

/// Whose a number is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct AccountLabels {
    pub(crate) account: String,
}

/// Whose, and what about it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct PhaseLabels {
    pub(crate) account: String,
    pub(crate) phase: &'static str,
}

/// What came of asking an account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct AttemptLabels {
    pub(crate) account: String,
    pub(super) outcome: &'static str,
}

/// What was shut.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct DoorLabels {
    pub(super) door: &'static str,
}

/// What became of a send, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct SendLabels {
    pub(super) outcome: &'static str,
    pub(super) how: &'static str,
}

/// What an operator did, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct HandLabels {
    pub(super) hand: &'static str,
    pub(super) end: &'static str,
}

/// What became of a configuration that was read again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ReloadLabels {
    pub(super) result: &'static str,
}

/// A sort of things that are remembered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct HeldLabels {
    pub(crate) of: String,
}

/// A kind of work that has a pace.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct PacedLabels {
    pub(crate) work: &'static str,
}

/// Whose work of such a kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct TurnLabels {
    pub(super) account: String,
    pub(crate) work: &'static str,
}

/// Whose limit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct LimitLabels {
    pub(crate) account: String,
    pub(crate) work: &'static str,
    pub(crate) limit: String,
}

/// Alarms of a kind that matter so much.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct AlarmLabels {
    pub(crate) kind: &'static str,
    pub(crate) severity: &'static str,
}

/// By which way people were told, and whether that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct TellingLabels {
    pub(super) way: String,
    pub(super) result: &'static str,
}
