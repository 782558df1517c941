//! What judging a page needs, shared by all analysis threads.

use std::sync::Arc;

use super::upstream_links::UpstreamRules;
use crate::archive::ReadRules;
use crate::pipeline::error::RunError;
use crate::pipeline::plan::{Plan, Planned};
use crate::store::{RunId, SnapshotStore};
use crate::text_diff::CompareRules;
use crate::verdict::Signatures;

/// Everything that judging a page needs. Shared by all workers.
pub struct Analyst {
    /// The plan of the run.
    pub plan: Arc<Plan>,
    /// The store.
    pub store: Arc<dyn SnapshotStore>,
    /// What walls, parked pages and soft-404s look like.
    pub signatures: Arc<Signatures>,
    /// How articles are read.
    pub read: Arc<ReadRules>,
    /// Which differences are only form, and which changes are named first.
    pub compare: Arc<CompareRules>,
    /// By what the leads of pages are told, where they are looked for.
    pub leads: Option<UpstreamRules>,
    /// The run.
    pub run: RunId,
    /// Whether bodies are kept and texts compared: `run` does, `check` does not.
    pub keep: bool,
}

impl Analyst {
    pub(super) fn planned_url(&self, index: u32) -> Result<Planned<'_>, RunError> {
        self.plan.get(index).ok_or(RunError::Plan(index))
    }
}
