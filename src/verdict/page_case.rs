//! One page before its judgement: the evidence, the rules, and the judgements "alive" and "moved", which
//! several steps come to.

use super::cause::Cause;
use super::evidence::PageEvidence;
use super::judgement::{Judgement, count_of, describe_status};
use super::page_features::PageKind;
use super::page_view::PageView;
use super::signatures::Signatures;
use super::unmodified::is_moved;
use super::verdict::Verdict;
use crate::fetch::Response;

/// A page that is being judged.
pub(super) struct PageCase<'a> {
    pub(super) evidence: &'a PageEvidence<'a>,
    pub(super) signatures: &'a Signatures,
    pub(super) view: PageView<'a>,
    pub(super) response: &'a Response,
}

impl PageCase<'_> {
    /// Whether the status says that there is no content (RFC 9110, sections 15.3.5 and 15.3.6).
    pub(super) fn has_no_content(&self) -> bool {
        matches!(self.response.status, 204 | 205)
    }

    /// The judgement on a page without anything suspicious.
    pub(super) fn judge_ordinary(&self, kind: PageKind) -> Judgement {
        let status = describe_status(self.response.status);
        let facts = vec![format!("{status}, {} visible characters", self.view.visible_length)];
        self.judge_alive_as(facts, true, kind)
    }

    /// Alive, or moved where `may_move` is true and every redirect is permanent; a shell keeps its cause.
    pub(super) fn judge_alive_as(&self, mut facts: Vec<String>, may_move: bool, kind: PageKind) -> Judgement {
        if kind == PageKind::Shell {
            facts.push("the page is a shell that scripts fill".to_owned());
        }
        let mut judgement = self.judge_alive(facts, may_move);
        if kind == PageKind::Shell && judgement.verdict == Verdict::Alive {
            judgement.cause = Some(Cause::JsShell);
        }
        judgement
    }

    /// Alive, or moved where `may_move` is true and every redirect is permanent.
    pub(super) fn judge_alive(&self, mut facts: Vec<String>, may_move: bool) -> Judgement {
        let moved =
            may_move && is_moved(self.evidence.requested, self.evidence.chain, &self.signatures.probe);
        facts.extend(self.redirect_fact());
        if moved {
            facts.push("every redirect is permanent".to_owned());
        }
        Judgement::new(if moved { Verdict::Moved } else { Verdict::Alive }, None, facts)
    }

    /// How many redirects led to the page, if any did.
    pub(super) fn redirect_fact(&self) -> Option<String> {
        let hops = self.evidence.chain.len().saturating_sub(1);
        (hops > 0).then(|| format!("{} to {}", count_of(hops, "redirect"), self.view.final_url))
    }
}
