//! Defines the result of analysing a page.

use url::Url;

use super::page_job::PageJob;
use super::upstream_links::UpstreamLinks;
use crate::model::ContentHash;
use crate::text_diff::DriftClass;
use crate::verdict::{ControlPage, Judgement};

/// A page that has its verdict.
#[derive(Clone, Debug)]
pub struct JudgedPage {
    /// Its index in the plan.
    pub plan_index: u32,
    /// The judgement.
    pub judgement: Judgement,
    /// The URL of its last answer, if there was one, and the hash of its body, if it may be the same
    /// for many pages (a wall or a parking page).
    pub ended: Option<Box<(Url, Option<ContentHash>)>>,
    /// Another page of the host that has the same body, if that made this one a soft 404.
    pub twin: Option<u32>,
    /// The most serious drift among its comparisons.
    pub drift: Option<DriftClass>,
    /// The links that the page names as its original and sources, if they were looked for.
    pub leads: Option<UpstreamLinks>,
}

/// What analysing a page gives.
pub enum AnalysisOutcome {
    /// The page is judged and stored.
    Judged(JudgedPage),
    /// The page looks like a soft 404. The judgement needs the answer to this probe.
    NeedsProbe(Box<PageJob>, ControlPage),
}
