//! What analysing a page gives.

use url::Url;

use super::page_job::PageJob;
use super::upstream_links::UpstreamLinks;
use crate::model::ContentHash;
use crate::text_diff::DriftClass;
use crate::verdict::{ControlPage, Judgement};

/// A page that has its verdict.
#[derive(Clone, Debug)]
pub struct JudgedPage {
    /// Its place in the plan.
    pub plan: u32,
    /// What was judged.
    pub judgement: Judgement,
    /// The address of its last answer, where there was one, and the hash of its body, where it may stand
    /// for other pages too.
    pub ended: Option<Box<(Url, Option<ContentHash>)>>,
    /// The most serious drift of its comparisons.
    pub drift: Option<DriftClass>,
    /// What the page names in its turn, as far as that was looked for.
    pub leads: Option<UpstreamLinks>,
}

/// What analysing a page gives.
pub enum AnalysisOutcome {
    /// It is judged and handed to the store.
    Judged(JudgedPage),
    /// It looks like a soft-404: the judgement needs an answer to this.
    NeedsProbe(Box<PageJob>, ControlPage),
}
