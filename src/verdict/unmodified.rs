//! Judges a page whose content has not changed: only the redirects to it are judged again.

use url::Url;

use super::address::without_fragment;
use super::cause::Cause;
use super::judgement::{Judgement, count_of};
use super::signatures::{ProbeRules, Signatures};
use super::verdict::Verdict;
use crate::fetch::{Exchange, redirect};

/// The least length of a session or a signature, in bytes.
const TOKEN: usize = 8;

/// Judges a page whose content is the same as when it was last judged to be there (a 304, or an equal
/// body): alive, or moved where every redirect is permanent. `cause` is that of the earlier judgement,
/// and `fact` says how it is known that the content is the same.
pub fn judge_unmodified(
    requested: &Url,
    chain: &[Exchange],
    cause: Option<Cause>,
    fact: &str,
    signatures: &Signatures,
) -> Judgement {
    let moved = is_moved(requested, chain, &signatures.probe);
    let mut facts = vec![fact.to_owned()];
    if let Some((last, hops)) = chain.split_last().filter(|(_, hops)| !hops.is_empty()) {
        facts.push(format!("{} to {}", count_of(hops.len(), "redirect"), last.url));
    }
    if moved {
        facts.push("every redirect is permanent".to_owned());
        return Judgement::new(Verdict::Moved, None, facts);
    }
    Judgement::new(Verdict::Alive, cause.filter(|cause| *cause == Cause::JsShell), facts)
}

/// Whether a chain ends at another address that lasts, and has permanent redirects only.
pub(super) fn is_moved(requested: &Url, chain: &[Exchange], rules: &ProbeRules) -> bool {
    let Some((last, hops)) = chain.split_last() else { return false };
    let is_permanent = |exchange: &Exchange| {
        let Ok(response) = &exchange.outcome else { return false };
        matches!(redirect::redirect_target(&exchange.url, response), Ok(Some((_, true))))
    };
    !hops.is_empty()
        && without_fragment(&last.url) != without_fragment(requested)
        && hops.iter().all(is_permanent)
        && !gains_token(requested, &last.url, rules)
}

/// Whether an address has a session or a signature in its query that the requested one has not: it is valid
/// once, or for a while.
fn gains_token(requested: &Url, end: &Url, rules: &ProbeRules) -> bool {
    let is_new = |wanted: &str| requested.query_pairs().all(|(name, _)| name != wanted);
    end.query_pairs().any(|(name, value)| value.len() >= TOKEN && rules.is_token(&name) && is_new(&name))
}
