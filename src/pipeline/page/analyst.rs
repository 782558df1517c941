//! Holds what judging a page needs. It is shared by all analysis threads.

use std::sync::Arc;

use super::upstream_links::UpstreamRules;
use crate::archive::ReadRules;
use crate::pipeline::error::RunError;
use crate::pipeline::plan::{Plan, Planned};
use crate::store::{RunId, SnapshotStore};
use crate::text_diff::CompareRules;
use crate::verdict::Signatures;

/// Everything that judging a page needs.
pub struct Analyst {
    /// The plan of the run.
    pub plan: Arc<Plan>,
    /// The store.
    pub store: Arc<dyn SnapshotStore>,
    /// The signatures of bot walls, parked domains and soft 404s.
    pub signatures: Arc<Signatures>,
    /// The rules for reading articles.
    pub read_rules: Arc<ReadRules>,
    /// Which differences are only form, and which changes are named first.
    pub compare: Arc<CompareRules>,
    /// The rules for finding upstream links, if they are looked for.
    pub leads: Option<UpstreamRules>,
    /// The id of the run.
    pub run: RunId,
    /// Whether bodies are stored and texts compared: `run` does, `check` does not.
    pub keep: bool,
}

impl Analyst {
    pub(super) fn planned_url(&self, index: u32) -> Result<Planned<'_>, RunError> {
        self.plan.get(index).ok_or(RunError::Plan(index))
    }
}
