//! Holds what judging a page needs. It is shared by all analysis threads.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::shared_bodies::SharedBodies;
use super::upstream_links::UpstreamRules;
use crate::archive::ReadRules;
use crate::citation::CitationRules;
use crate::model::{Clock, clock};
use crate::pipeline::clock::unix_ms;
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
    /// The rules by which an article's lists of sources are told from its text.
    pub citation_rules: Arc<CitationRules>,
    /// Which differences are only form, and which changes are named first.
    pub compare: Arc<CompareRules>,
    /// The rules for finding upstream links, if they are looked for.
    pub leads: Option<UpstreamRules>,
    /// The id of the run.
    pub run: RunId,
    /// The clock of the run.
    pub clock: Clock,
    /// Earlier runs whose clock was ahead.
    pub runs_with_clock_ahead: HashSet<RunId>,
    /// Pages of one host that have one body.
    pub shared_bodies: SharedBodies,
    /// Whether bodies are stored and texts compared: `run` does, `check` does not.
    pub keep: bool,
}

impl Analyst {
    /// The time now, in milliseconds since 1970.
    pub(in crate::pipeline) fn now_ms(&self) -> u64 {
        unix_ms(self.clock.now())
    }

    /// The latest stored time that is believed.
    pub(super) fn latest_believed(&self) -> Timestamp {
        clock::latest_believed(self.clock.now())
    }

    pub(super) fn planned_url(&self, index: u32) -> Result<Planned<'_>, RunError> {
        self.plan.get(index).ok_or(RunError::Plan(index))
    }
}
