//! Proves soft 404s: pages that say "not found" with a status of success.
//!
//! Looks only raise a [`Suspicion`]; the proof is the probe ([`super::probe`]), the answer for a sibling
//! that cannot exist. Where the sibling gets the same answer, that answer is not the page. The page may
//! still exist, since a denial, an outage or a consent form before every page also answers both alike. So
//! something must say that the page is gone (words, a redirect to the home page, to an error page or up to
//! a section), or the home page must be there and read differently.

use url::Url;

use super::address::{is_same_site, without_fragment};
use super::cause::Cause;
use super::control_page::ControlPage;
use super::evidence::Assessment;
use super::front_page::is_home_page;
use super::judgement::Judgement;
use super::login::find_login_redirect;
use super::page_case::PageCase;
use super::page_features::find_page_kind;
use super::page_view::text_weight;
use super::probe::Probe;
use super::sibling::SiblingPattern;
use super::signatures::PhraseSet;
use super::suspicion::{Suspicion, Trigger, repeats_address};
use super::verdict::Verdict;

/// Marks of a page on which something must be done before the page that was asked for is shown.
const CONTROLS: [&str; 5] = ["<form", "<button", "<input", "onclick", "captcha"];

/// The weight of a line from which on it is a headline rather than the name of a menu: 12 ideographs, or 30
/// letters.
const HEADLINE_WEIGHT: usize = 60;
/// How many of them the front of a site has at least.
const FRONT_HEADLINES: usize = 8;

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
        let sibling = self.sibling_for(&suspicion);
        let reason = suspicion.reason.clone();
        if !self.view.holds_prose()
            && let Some((cause, fact)) = self.find_login(&suspicion)
        {
            return Assessment::Judged(Judgement::new(Verdict::Blocked, Some(cause), [reason, fact]));
        }
        let Some(probe) = self.evidence.probe else {
            return Assessment::NeedsProbe { reason, control: ControlPage::Sibling(sibling) };
        };
        let mut facts = vec![reason.clone()];
        let proof = match self.find_proof_of_life(probe) {
            None => self.match_probe(probe, &suspicion, &sibling),
            Some(life) => {
                facts.push(life);
                return Assessment::Judged(self.judge_alive_as(facts, true, kind));
            }
        };
        let Some(proof) = proof else {
            facts.push(describe_missing_proof(probe));
            // A suspicious redirect may be permanent, and the archive's link should not follow it to a front;
            // where the host reports missing pages, it led this one to its new address.
            let honest = matches!(probe.status, Some(404 | 410));
            let may_move = suspicion.trigger != Trigger::Redirect || (honest && !suspicion.leads_to_front);
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
        if suspicion.trigger == Trigger::Captcha {
            return judged(Verdict::Blocked, Cause::BotWall, facts, None);
        }
        if let Some((cause, fact)) = self.find_gate(&suspicion) {
            return judged(Verdict::Blocked, cause, facts, Some(fact));
        }
        if suspicion.says_gone || suspicion.leads_to_front {
            return judged(Verdict::Dead, Cause::Soft404, facts, None);
        }
        let Some(home) = self.evidence.home else {
            return Assessment::NeedsProbe { reason, control: ControlPage::Home(sibling.url().clone()) };
        };
        let is_home =
            || home.similarity(self.evidence.visible, sibling.url()) >= self.signatures.soft404.similarity;
        if suspicion.trigger == Trigger::Doubt && !is_home() {
            facts.push(format!("but the home page, {}, reads differently", home.asked));
            return Assessment::Judged(self.judge_alive_as(facts, true, kind));
        }
        if let Some(fact) = self.find_gate_before_home(home, &suspicion, sibling.url()) {
            return judged(Verdict::Blocked, Cause::BotWall, facts, Some(fact));
        }
        judged(Verdict::Dead, Cause::Soft404, facts, Some(describe_home(home)))
    }

    /// The fact that the host leads a sibling to this very page: it knows the page, and heeds only a part of
    /// its address.
    fn find_proof_of_life(&self, probe: &Probe) -> Option<String> {
        let end = probe.final_url.as_ref().filter(|_| probe.is_success())?;
        let (asked, own) = (without_fragment(self.evidence.requested), without_fragment(self.view.final_url));
        // Where the page was led away itself, both may have been led to the same front.
        if own != asked || end.as_str() == probe.asked {
            return None;
        }
        let claimed = self.view.claims().canonical.as_ref().filter(|url| !is_home_page(url));
        let is_own = *end == own || claimed.is_some_and(|claimed| without_fragment(claimed) == *end);
        is_own.then(|| format!("but the host leads {} to this very page, so it knows the page", probe.asked))
    }

    /// The proof that the sibling gets the same answer as the page; `None` where it does not.
    fn match_probe(&self, probe: &Probe, suspicion: &Suspicion, sibling: &SiblingPattern) -> Option<String> {
        if !probe.is_success() {
            return None;
        }
        // A page that ignores its query is the same for every value. That proves nothing, unless the page
        // says that it does not exist.
        if matches!(suspicion.trigger, Trigger::Shortness | Trigger::Doubt) && sibling.is_named_by_query() {
            return None;
        }
        let (asked, final_url) =
            (without_fragment(self.evidence.requested), without_fragment(self.view.final_url));
        if final_url != asked && probe.final_url.as_ref().is_some_and(|end| self.is_same_end(end, probe)) {
            return Some(format!(
                "and a page that cannot exist, {}, leads to the same address, {final_url}",
                probe.asked
            ));
        }
        let rules = &self.signatures.soft404;
        let similarity = probe.similarity(self.evidence.visible, sibling.url());
        // Error pages with the same title may recommend other articles each time.
        let titled = suspicion.trigger == Trigger::Title
            && similarity >= rules.similarity_with_title
            && probe.has_title(self.view.title, sibling.url());
        (titled || similarity >= rules.similarity).then(|| {
            let title = if titled { "has the same title and " } else { "" };
            format!(
                "and a page that cannot exist, {}, {title}reads the same (similarity {similarity:.2})",
                probe.asked
            )
        })
    }

    /// Whether the sibling ended where the page did. A query that only repeats the address that was asked for
    /// does not count.
    fn is_same_end(&self, end: &Url, probe: &Probe) -> bool {
        let own = without_fragment(self.view.final_url);
        let Ok(asked) = Url::parse(&probe.asked) else { return false };
        let is_echo = || repeats_address(&own, self.evidence.requested) && repeats_address(end, &asked);
        *end == own || (place(end) == place(&own) && is_echo())
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
        let leads_back = suspicion.trigger == Trigger::Redirect && self.names_return_address();
        if leads_back && !suspicion.says_gone {
            return Some((Cause::BotWall, format!("but {to} names the address to return to: a gate")));
        }
        let titled = suspicion.trigger == Trigger::Title && suspicion.says_gone;
        if titled || self.view.visible_length > rules.max_text {
            return None;
        }
        let phrase = self.find_phrase(&rules.gates);
        let phrase = phrase.or_else(|| self.find_phrase(&rules.troubles).filter(|_| !suspicion.says_gone))?;
        Some((Cause::BotWall, format!("but the text says {phrase:?}: a gate before every page")))
    }

    /// Whether the page is of another site and its query holds the address that was asked for.
    fn names_return_address(&self) -> bool {
        let (asked, to) = (self.evidence.requested, self.view.final_url);
        let host = asked.host_str().unwrap_or_default();
        !is_same_site(asked, to)
            && to.query_pairs().any(|(_, value)| value.contains(host) && value.contains(asked.path()))
    }

    /// A phrase of a list that the text or the title holds.
    fn find_phrase<'a>(&self, phrases: &'a PhraseSet) -> Option<&'a str> {
        phrases.find_first(self.view.visible).or_else(|| phrases.find_first(self.view.title))
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
    fn find_gate_before_home(&self, home: &Probe, suspicion: &Suspicion, asked_as: &Url) -> Option<String> {
        let (asked, to) = (without_fragment(self.evidence.requested), without_fragment(self.view.final_url));
        // A gate may get a query that names the stopped request.
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
        let same = home.similarity(self.evidence.visible, asked_as) >= self.signatures.soft404.similarity;
        // A redirect that shows the home page's own text under another address leads home. And a long text in
        // the place of every page, with nothing to do on it, is a notice that the site has closed.
        let is_front = (suspicion.trigger == Trigger::Redirect && self.view.holds_prose())
            || suspicion.trigger == Trigger::Doubt;
        (same && !is_front && !self.is_notice()).then(|| {
            format!("but the home page, {}, reads the same as well: a gate before every page", home.asked)
        })
    }

    /// Whether a page lists as many headlines as the front of a site does, and asks for nothing. A gate with the
    /// menus of its site has short names only.
    pub(super) fn is_list_of_headlines(&self) -> bool {
        let rules = &self.signatures.soft404;
        let headlines = self.view.visible.lines().filter(|line| text_weight(line) >= HEADLINE_WEIGHT);
        headlines.count() >= FRONT_HEADLINES
            && self.find_phrase(&rules.gates).or_else(|| self.find_phrase(&rules.troubles)).is_none()
    }

    /// Whether a page holds paragraphs and nothing that lets a reader pass.
    fn is_notice(&self) -> bool {
        let rules = &self.signatures.soft404;
        let source = self.view.source().to_ascii_lowercase();
        self.view.holds_prose()
            && !CONTROLS.iter().any(|control| source.contains(control))
            && self.find_phrase(&rules.gates).or_else(|| self.find_phrase(&rules.troubles)).is_none()
    }
}

/// A URL without its query.
fn place(url: &Url) -> (url::Origin, String) {
    (url.origin(), url.path().to_owned())
}

/// What the home page says about a page that is like its sibling.
fn describe_home(home: &Probe) -> String {
    format!("and the home page, {}, exists and is no gate", home.asked)
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
