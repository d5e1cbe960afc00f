//! How often traces were handed to whoever collects them.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ExportLabels {
    result: &'static str,
}

/// How often it was tried.
#[derive(Debug, Default)]
pub struct Exports(Family<ExportLabels, Counter>);

impl Exports {
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "Batches of traces that were handed to their collector, or were not";
        registry.register("trace_exports", help, self.0.clone());
    }

    /// A batch was taken, or was not.
    pub fn count(&self, is_taken: bool) {
        let result = if is_taken { "taken" } else { "failed" };
        self.0.get_or_create(&ExportLabels { result }).inc();
    }
}
