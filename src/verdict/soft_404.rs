//! Proves soft 404s: pages that say "not found" with a status of success.
//!
//! Looks only raise a [`Suspicion`]; the proof is the probe ([`super::probe`]), the answer for a sibling
//! that cannot exist. Where the sibling gets the same answer, that answer is not the page. The page may
//! still exist, since a denial, an outage or a consent form before every page also answers both alike. So
//! something must say that the page is gone (words, a redirect to the home page, to an error page or up to
//! a section), or the home page must be there and read differently.

use url::Url;

use super::cause::Cause;
use super::control_page::{ControlPage, is_named_by_query, without_fragment};
use super::evidence::Assessment;
use super::front_page::{is_front_above, is_home_page};
use super::judgement::Judgement;
use super::login::find_login_redirect;
use super::page_case::PageCase;
use super::page_features::{PageKind, find_page_kind};
use super::parking::find_sale_offer;
use super::probe::Probe;
use super::signatures::PhraseSet;
use super::verdict::Verdict;

/// Up to this share of the local copy, a page does not hold it.
const LACKS_LOCAL: f64 = 0.2;

/// Judges a page with a status of success by its looks, and by the probe where they are suspicious.
pub(super) fn judge_soft_404(case: &PageCase<'_>) -> Assessment {
    case.judge_by_looks()
}

impl PageCase<'_> {
    fn judge_by_looks(&self) -> Assessment {
        let kind = find_page_kind(&self.signatures.shell, &self.view);
        let Some(suspicion) = self.find_suspicion(kind).filter(|_| !self.has_no_content()) else {
            return Assessment::Judged(self.judge_ordinary(kind));
        };
        let sibling_of =
            if suspicion.is_about_requested_url() { self.evidence.requested } else { self.view.final_url };
        let reason = suspicion.reason.clone();
        if !self.view.holds_prose()
            && let Some((cause, fact)) = self.find_login(&suspicion)
        {
            return Assessment::Judged(Judgement::new(Verdict::Blocked, Some(cause), [reason, fact]));
        }
        let Some(probe) = self.evidence.probe else {
            return Assessment::NeedsProbe { reason, control: ControlPage::Sibling(sibling_of.clone()) };
        };
        let mut facts = vec![reason.clone()];
        let Some(proof) = self.match_probe(probe, &suspicion, sibling_of) else {
            facts.push(describe_missing_proof(probe));
            // A suspicious redirect may be permanent, and the archive's link should not follow it.
            let may_move = suspicion.trigger != Trigger::Redirect;
            return Assessment::Judged(self.judge_alive_as(facts, may_move, kind));
        };
        facts.push(proof);
        let judged = |verdict, cause, mut facts: Vec<String>, fact: Option<String>| {
            facts.extend(fact);
            Assessment::Judged(Judgement::new(verdict, Some(cause), facts))
        };
        if suspicion.trigger == Trigger::SaleOffer {
            return judged(Verdict::Dead, Cause::Parked, facts, None);
        }
        if let Some((cause, fact)) = self.find_gate(&suspicion) {
            return judged(Verdict::Blocked, cause, facts, Some(fact));
        }
        if suspicion.says_gone || suspicion.leads_to_front {
            return judged(Verdict::Dead, Cause::Soft404, facts, None);
        }
        let Some(home) = self.evidence.home else {
            return Assessment::NeedsProbe { reason, control: ControlPage::Home(sibling_of.clone()) };
        };
        if let Some(fact) = self.find_gate_before_home(home, sibling_of) {
            return judged(Verdict::Blocked, Cause::BotWall, facts, Some(fact));
        }
        let fact = format!("and the home page, {}, exists and reads differently", home.asked);
        judged(Verdict::Dead, Cause::Soft404, facts, Some(fact))
    }

    /// What is suspicious about the page; `None` where the page holds enough of the local copy.
    fn find_suspicion(&self, kind: PageKind) -> Option<Suspicion> {
        self.evidence.html?;
        let found = match find_sale_offer(&self.signatures.parking, &self.view) {
            Some(reason) => {
                Suspicion { reason, trigger: Trigger::SaleOffer, says_gone: true, leads_to_front: false }
            }
            // A cited home page that says "not found" speaks for the whole site.
            None if is_home_page(self.evidence.requested) => return None,
            None => self.find_suspicious_looks(kind)?,
        };
        let held = self.evidence.local.share().is_some_and(|share| share > LACKS_LOCAL);
        (!held).then_some(found)
    }

    fn find_suspicious_looks(&self, kind: PageKind) -> Option<Suspicion> {
        let rules = &self.signatures.soft404;
        // A shell may hold hidden words for any page that does not exist.
        let short = kind != PageKind::Shell && self.view.visible_length <= rules.max_text;
        let titled = |word: &str| (Trigger::Title, format!("the title holds {word:?}"));
        let worded = |word: &str| (Trigger::Words, format!("a short page that holds {word:?}"));
        let find_words = |titles: &PhraseSet, phrases: &PhraseSet| {
            let in_title = titles.find_first(self.view.title).map(titled);
            in_title.or_else(|| phrases.find_first(Some(self.view.visible).filter(|_| short)?).map(worded))
        };
        let not_found = find_words(&rules.titles, &rules.phrases);
        let says_gone = not_found.is_some();
        if let Some((reason, leads_to_front)) = self.find_stray_redirect() {
            return Some(Suspicion { reason, trigger: Trigger::Redirect, says_gone, leads_to_front });
        }
        let empty = || {
            // Where scripts fill the page, its source is the same for every address.
            let empty = kind == PageKind::Page && self.view.visible_length < rules.short_text;
            empty.then(|| {
                (Trigger::Shortness, format!("only {} visible characters", self.view.visible_length))
            })
        };
        let (trigger, reason) =
            not_found.or_else(|| find_words(&rules.hints, &rules.hints)).or_else(empty)?;
        Some(Suspicion { reason, trigger, says_gone, leads_to_front: false })
    }

    /// A redirect to the home page, to an error page, or up to a page above; and whether it ends at a front,
    /// where a site sends requests for pages that do not exist. Other redirects may have many reasons.
    fn find_stray_redirect(&self) -> Option<(String, bool)> {
        let (from, to) = (self.evidence.requested, self.view.final_url);
        if self.evidence.chain.len() < 2 || without_fragment(from) == without_fragment(to) {
            return None;
        }
        let name = from.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let stem = name.split('.').next().unwrap_or_default();
        // A site whose scripts read the fragment names the page there; fragments are not sent.
        if !stem.is_empty() && self.is_named_in_fragment(stem) {
            return None;
        }
        if is_home_page(to) {
            return Some((format!("redirected to the home page {to}"), true));
        }
        let rules = &self.signatures.soft404;
        let names_error = |url: &Url| rules.paths.iter().any(|path| path.is_match(url.path()));
        if names_error(to) && !names_error(from) {
            return Some((format!("redirected to {to}"), true));
        }
        let parts = |url: &Url| url.path().split('/').filter(|part| !part.is_empty()).count();
        let lost = !stem.is_empty() && !to.as_str().contains(stem);
        // A front page may get a query that says where the visitor comes from.
        let front = to.query().is_none() || to.path() == "/";
        if !(lost && front && parts(to) < parts(from)) {
            return None;
        }
        let section = is_front_above(to, from) && self.view.visible_length >= rules.short_text;
        Some((format!("redirected up to {to}"), section))
    }

    /// Whether a redirect names the page in the fragment of its target.
    fn is_named_in_fragment(&self, stem: &str) -> bool {
        self.evidence.chain.iter().any(|exchange| {
            let location = exchange.outcome.as_ref().ok().and_then(|response| response.header("location"));
            location.and_then(|to| to.split_once('#')).is_some_and(|(_, fragment)| fragment.contains(stem))
        })
    }

    /// The proof that the sibling gets the same answer as the page; `None` where it does not.
    fn match_probe(&self, probe: &Probe, suspicion: &Suspicion, sibling_of: &Url) -> Option<String> {
        if !probe.is_success() {
            return None;
        }
        // A page that ignores its query is the same for every value. That proves nothing, unless the page
        // says that it does not exist.
        if suspicion.trigger == Trigger::Shortness && is_named_by_query(sibling_of) {
            return None;
        }
        let (asked, final_url) =
            (without_fragment(self.evidence.requested), without_fragment(self.view.final_url));
        if final_url != asked && probe.final_url.as_ref() == Some(&final_url) {
            return Some(format!(
                "and a page that cannot exist, {}, leads to the same address, {final_url}",
                probe.asked
            ));
        }
        let rules = &self.signatures.soft404;
        let similarity = probe.similarity(self.evidence.visible, sibling_of);
        // Error pages with the same title may recommend other articles each time.
        let titled = suspicion.trigger == Trigger::Title
            && similarity >= rules.similarity_with_title
            && probe.has_title(self.view.title, sibling_of);
        (titled || similarity >= rules.similarity).then(|| {
            let title = if titled { "has the same title and " } else { "" };
            format!(
                "and a page that cannot exist, {}, {title}reads the same (similarity {similarity:.2})",
                probe.asked
            )
        })
    }

    /// The fact that shows a gate before every page, rather than a page that says "not found".
    fn find_gate(&self, suspicion: &Suspicion) -> Option<(Cause, String)> {
        let rules = &self.signatures.soft404;
        let to = self.view.final_url;
        if let Some(login) = self.find_login(suspicion) {
            return Some(login);
        }
        if suspicion.trigger == Trigger::Redirect {
            let names_gate = |url: &Url| rules.gate_paths.iter().any(|path| path.is_match(url.path()));
            if names_gate(to) && !names_gate(self.evidence.requested) && !suspicion.says_gone {
                return Some((Cause::BotWall, format!("but {to} is a gate before every page, by its name")));
            }
        }
        let titled = suspicion.trigger == Trigger::Title && suspicion.says_gone;
        if titled || self.view.visible_length > rules.max_text {
            return None;
        }
        let says = |words: &PhraseSet| {
            let in_text = words.find_first(self.view.visible);
            in_text.or_else(|| words.find_first(self.view.title)).map(str::to_owned)
        };
        let phrase = says(&rules.gates);
        let phrase = phrase.or_else(|| says(&rules.troubles).filter(|_| !suspicion.says_gone))?;
        Some((Cause::BotWall, format!("but the text says {phrase:?}: a gate before every page")))
    }

    /// The fact that the page was redirected to a login.
    fn find_login(&self, suspicion: &Suspicion) -> Option<(Cause, String)> {
        let (from, to) = (self.evidence.requested, self.view.final_url);
        let leads_to_login = || find_login_redirect(&self.signatures.login, from, to).is_some();
        (suspicion.trigger == Trigger::Redirect && leads_to_login())
            .then(|| (Cause::LoginWall, format!("but {to} is a login")))
    }

    /// The fact that the home page gets the same answer, or that the home page cannot be read and so cannot
    /// decide.
    fn find_gate_before_home(&self, home: &Probe, sibling_of: &Url) -> Option<String> {
        let (asked, to) = (without_fragment(self.evidence.requested), without_fragment(self.view.final_url));
        // A gate may get a query that names the stopped request.
        let place = |url: &Url| (url.origin(), url.path().to_owned());
        if to != asked && home.final_url.as_ref().map(place) == Some(place(&to)) {
            return Some(format!(
                "but the home page, {}, leads there as well: a gate before every page",
                home.asked
            ));
        }
        if !home.is_success() || home.is_blank() {
            let reason = home.unanswered.clone().unwrap_or_else(|| match home.status {
                Some(status) if !home.is_success() => format!("it answers {status}"),
                _ => "it shows no text".to_owned(),
            });
            return Some(format!(
                "but nothing says that the page is gone, and the home page cannot decide: {reason}"
            ));
        }
        (home.similarity(self.evidence.visible, sibling_of) >= self.signatures.soft404.similarity).then(
            || format!("but the home page, {}, reads the same as well: a gate before every page", home.asked),
        )
    }
}

/// Why a probe proves nothing against the page.
fn describe_missing_proof(probe: &Probe) -> String {
    match (probe.status, &probe.unanswered) {
        (Some(status @ (404 | 410)), _) => {
            format!("but the host answers {status} for a page that cannot exist, {}", probe.asked)
        }
        (Some(status), _) => {
            format!("but a page that cannot exist, {}, looks different (status {status})", probe.asked)
        }
        (None, reason) => {
            format!("but the host could not be probed: {}", reason.as_deref().unwrap_or("no answer"))
        }
    }
}

/// What is suspicious about a page.
struct Suspicion {
    reason: String,
    trigger: Trigger,
    /// Whether the page itself says that it does not exist.
    says_gone: bool,
    /// Whether it is a redirect to a front, where a site sends requests for pages that do not exist.
    leads_to_front: bool,
}

/// What raised a suspicion.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trigger {
    /// A redirect to somewhere other than the page's new address.
    Redirect,
    /// An offer of the domain.
    SaleOffer,
    /// Words in the title.
    Title,
    /// Words on a short page.
    Words,
    /// Hardly any text.
    Shortness,
}

impl Suspicion {
    /// Whether the suspicion is about the address that was asked for, and not about the page at the end of
    /// the redirects.
    fn is_about_requested_url(&self) -> bool {
        matches!(self.trigger, Trigger::Redirect | Trigger::SaleOffer)
    }
}
