//! A page whose content is known already: only the way to it is judged anew.

use url::Url;

use super::simple::counted;
use super::{Cause, Judgement, Verdict};
use crate::fetch::{Exchange, redirect};

/// Judges a page whose content is what it was when it was judged to be there (a 304, or an equal
/// body): alive, or moved where every hop is for good. `cause` is that of the earlier judgement.
pub fn judge_known(requested: &Url, chain: &[Exchange], cause: Option<Cause>, fact: &str) -> Judgement {
    let moved = is_moved(requested, chain);
    let mut facts = vec![fact.to_owned()];
    if let Some((last, hops)) = chain.split_last().filter(|(_, hops)| !hops.is_empty()) {
        facts.push(format!("{} to {}", counted(hops.len(), "redirect"), last.url));
    }
    if moved {
        facts.push("every redirect is permanent".to_owned());
        return Judgement::new(Verdict::Moved, None, facts);
    }
    Judgement::new(Verdict::Alive, cause.filter(|cause| *cause == Cause::JsShell), facts)
}

/// Whether a chain leads elsewhere by permanent redirects only.
pub(super) fn is_moved(requested: &Url, chain: &[Exchange]) -> bool {
    let Some((last, hops)) = chain.split_last() else { return false };
    let permanent = |exchange: &Exchange| {
        let Ok(response) = &exchange.outcome else { return false };
        matches!(redirect::hop(&exchange.url, response), Ok(Some((_, true))))
    };
    let bare = |url: &Url| {
        let mut url = url.clone();
        url.set_fragment(None);
        url
    };
    !hops.is_empty() && bare(&last.url) != bare(requested) && hops.iter().all(permanent)
}
