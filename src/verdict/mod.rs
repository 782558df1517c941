//! Judges links: turns the evidence about an answer into a verdict with its cause and reasons, and keeps the
//! state of a link over time.
//!
//! Where to look:
//! - [`judge`] has the order of the steps, from walls to the looks of the page; [`simple`] and
//!   [`unmodified`] judge what needs no page.
//! - A soft 404 is suspected and proved in [`soft_404`], with the answer of a [`probe`] for a
//!   [`control_page`].
//! - [`signatures`] are the rules that users can extend.
//! - [`cause`] says how to add a cause.
//! - [`link_state`] counts failures over time; [`outage`] decides whether a run's failures count.

mod address;
mod cause;
mod control_page;
mod evidence;
mod front_page;
mod judge;
mod judgement;
mod link_state;
mod login;
mod outage;
mod page_case;
mod page_claims;
mod page_features;
mod page_view;
mod parking;
mod paywall;
mod probe;
mod probe_key;
mod sibling;
mod signatures;
mod simple;
mod soft_404;
mod suspicion;
mod unmodified;
// The type is the stage's main word, so its file has its name.
#[allow(clippy::module_inception)]
mod verdict;

#[cfg(test)]
mod tests;

pub use cause::Cause;
pub use control_page::ControlPage;
pub use evidence::{
    Assessment, LocalCopyShare, PageEvidence, is_conditional, is_long_enough_copy, is_partial_response,
    may_be_unmodified,
};
pub use judge::{is_bot_wall, judge_page};
pub use judgement::Judgement;
pub use link_state::{ADDS_NO_STRIKE, LinkRecord, LinkState, describe_confirmation};
pub use outage::{Outage, PageEnd, RunHealth, may_answer_every_url};
pub use probe::Probe;
pub use probe_key::ProbeKey;
pub use sibling::{SiblingPattern, random_page_name};
pub use signatures::Signatures;
pub use simple::{judge_failure, judge_redirect_failure};
pub use unmodified::judge_unmodified;
pub use verdict::Verdict;
