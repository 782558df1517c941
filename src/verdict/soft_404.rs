//! Pages that say "not found" with status 200: suspected by their looks, proved by the probe.
//!
//! That a page that cannot exist comes out the same proves that the page is not what stands there. It
//! does not prove that the page is gone: a denial, an outage or a consent before every page comes out
//! the same as well. So something must say that it is gone (words, a way to the home page, to an error
//! page or up to a section), or the home page must be there and read otherwise.

use url::Url;

use super::judge::{Case, Finding};
use super::page_features;
use super::page_features::Look;
use super::probe::{Control, Probe, bare, by_query};
use super::signatures::rule::Words;
use super::{Cause, Judgement, Verdict};

/// Up to this share, nothing of the local copy is there.
const LACKS_LOCAL: f64 = 0.2;

impl Case<'_> {
    /// Suspicion by words, by redirect, by emptiness; proof only by the probe.
    pub(super) fn soft_404(&self) -> Finding {
        let look = page_features::look(&self.signatures.shell, &self.face);
        let Some(suspicion) = self.suspicion(look).filter(|_| !self.has_no_content()) else {
            return Finding::Judged(self.plain(look));
        };
        let sibling_of = if suspicion.of_the_way() { self.evidence.requested } else { self.face.final_url };
        let reason = suspicion.reason.clone();
        if !page_features::holds_prose(self.face.visible)
            && let Some((cause, fact)) = self.login(&suspicion)
        {
            return Finding::Judged(Judgement::new(Verdict::Blocked, Some(cause), [reason, fact]));
        }
        let Some(probe) = self.evidence.probe else {
            return Finding::NeedsProbe { reason, control: Control::Sibling(sibling_of.clone()) };
        };
        let mut facts = vec![reason.clone()];
        let Some(proof) = self.same_as(probe, &suspicion, sibling_of) else {
            facts.push(unproved(probe));
            // Such a redirect may be permanent; the archive's link should not follow it.
            return Finding::Judged(self.there_as(facts, suspicion.by != By::Redirect, look));
        };
        facts.push(proof);
        let judged = |verdict, cause, mut facts: Vec<String>, fact: Option<String>| {
            facts.extend(fact);
            Finding::Judged(Judgement::new(verdict, Some(cause), facts))
        };
        if suspicion.by == By::Sale {
            return judged(Verdict::Dead, Cause::Parked, facts, None);
        }
        if let Some((cause, fact)) = self.gate(&suspicion) {
            return judged(Verdict::Blocked, cause, facts, Some(fact));
        }
        if suspicion.says_gone || suspicion.leads_to_a_front {
            return judged(Verdict::Dead, Cause::Soft404, facts, None);
        }
        let Some(home) = self.evidence.home else {
            return Finding::NeedsProbe { reason, control: Control::Home(sibling_of.clone()) };
        };
        if let Some(fact) = self.before_home(home, sibling_of) {
            return judged(Verdict::Blocked, Cause::BotWall, facts, Some(fact));
        }
        let fact = format!("and the home page, {}, is there and reads otherwise", home.asked);
        judged(Verdict::Dead, Cause::Soft404, facts, Some(fact))
    }

    fn suspicion(&self, look: Look) -> Option<Suspicion> {
        self.evidence.html?;
        let found = match page_features::for_sale(&self.signatures.parking, &self.face) {
            Some(reason) => Suspicion { reason, by: By::Sale, says_gone: true, leads_to_a_front: false },
            // There, "not found" would be the whole site's.
            None if is_home(self.evidence.requested) => return None,
            None => self.suspicious(look)?,
        };
        let held = self.evidence.local.share().is_some_and(|share| share > LACKS_LOCAL);
        (!held).then_some(found)
    }

    fn suspicious(&self, look: Look) -> Option<Suspicion> {
        let rules = &self.signatures.soft404;
        // A shell may hold, unseen, what it would say of any page.
        let short = look != Look::Shell && self.face.visible_len <= rules.max_text;
        let titled = |word: &str| (By::Title, format!("the title holds {word:?}"));
        let worded = |word: &str| (By::Words, format!("a short page that holds {word:?}"));
        let found = |titles: &Words, phrases: &Words| {
            let told = titles.first(self.face.title).map(titled);
            told.or_else(|| phrases.first(Some(self.face.visible).filter(|_| short)?).map(worded))
        };
        let says = found(&rules.titles, &rules.phrases);
        let says_gone = says.is_some();
        if let Some((reason, leads_to_a_front)) = self.led_astray() {
            return Some(Suspicion { reason, by: By::Redirect, says_gone, leads_to_a_front });
        }
        let empty = || {
            // Where scripts fill the page, its source says the same for every address.
            let empty = look == Look::Page && self.face.visible_len < rules.short_text;
            empty.then(|| (By::Shortness, format!("only {} visible characters", self.face.visible_len)))
        };
        let (by, reason) = says.or_else(|| found(&rules.hints, &rules.hints)).or_else(empty)?;
        Some(Suspicion { reason, by, says_gone, leads_to_a_front: false })
    }

    /// A redirect to the home page, to an error page, or to a page that lies above; and whether it is
    /// one of those to which a site sends who asks for what it has not: for others there may be many
    /// reasons.
    fn led_astray(&self) -> Option<(String, bool)> {
        let (from, to) = (self.evidence.requested, self.face.final_url);
        if self.evidence.chain.len() < 2 || bare(from) == bare(to) {
            return None;
        }
        let name = from.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let stem = name.split('.').next().unwrap_or_default();
        // Where scripts tell the pages apart, the page is named behind the `#`, which is not sent.
        if !stem.is_empty() && self.named_in_fragment(stem) {
            return None;
        }
        if is_home(to) {
            return Some((format!("redirected to the home page {to}"), true));
        }
        let rules = &self.signatures.soft404;
        let names_error = |url: &Url| rules.paths.iter().any(|path| path.is_match(url.path()));
        if names_error(to) && !names_error(from) {
            return Some((format!("redirected to {to}"), true));
        }
        let parts = |url: &Url| url.path().split('/').filter(|part| !part.is_empty()).count();
        let lost = !stem.is_empty() && !to.as_str().contains(stem);
        // A front page may be told where its visitor comes from.
        let front = to.query().is_none() || to.path() == "/";
        if !(lost && front && parts(to) < parts(from)) {
            return None;
        }
        let section = is_above(to, from) && self.face.visible_len >= rules.short_text;
        Some((format!("redirected up to {to}"), section))
    }

    fn named_in_fragment(&self, stem: &str) -> bool {
        self.evidence.chain.iter().any(|exchange| {
            let location = exchange.outcome.as_ref().ok().and_then(|response| response.header("location"));
            location.and_then(|to| to.split_once('#')).is_some_and(|(_, fragment)| fragment.contains(stem))
        })
    }

    fn same_as(&self, probe: &Probe, suspicion: &Suspicion, sibling_of: &Url) -> Option<String> {
        if !probe.is_there() {
            return None;
        }
        // That a page does not heed its query says nothing, unless it says itself that it is none.
        if suspicion.by == By::Shortness && by_query(sibling_of) {
            return None;
        }
        let (asked, final_url) = (bare(self.evidence.requested), bare(self.face.final_url));
        if final_url != asked && probe.final_url.as_ref() == Some(&final_url) {
            return Some(format!(
                "and a page that cannot exist, {}, leads to the same address, {final_url}",
                probe.asked
            ));
        }
        let rules = &self.signatures.soft404;
        let similarity = probe.similarity(self.evidence.visible, sibling_of);
        // Around the same "not found" in the title stand other things to read each time.
        let titled = suspicion.by == By::Title
            && similarity >= rules.similarity_with_title
            && probe.has_title(self.face.title, sibling_of);
        (titled || similarity >= rules.similarity).then(|| {
            let title = if titled { "has the same title and " } else { "" };
            format!(
                "and a page that cannot exist, {}, {title}reads the same (similarity {similarity:.2})",
                probe.asked
            )
        })
    }

    /// What shows that the page stands before all pages, and is not one that says "not found".
    fn gate(&self, suspicion: &Suspicion) -> Option<(Cause, String)> {
        let rules = &self.signatures.soft404;
        let to = self.face.final_url;
        if let Some(login) = self.login(suspicion) {
            return Some(login);
        }
        if suspicion.by == By::Redirect {
            let names_gate = |url: &Url| rules.gate_paths.iter().any(|path| path.is_match(url.path()));
            if names_gate(to) && !names_gate(self.evidence.requested) && !suspicion.says_gone {
                return Some((Cause::BotWall, format!("but {to} is a gate before every page by its name")));
            }
        }
        let titled = suspicion.by == By::Title && suspicion.says_gone;
        if titled || self.face.visible_len > rules.max_text {
            return None;
        }
        let says = |words: &Words| {
            words.first(self.face.visible).or_else(|| words.first(self.face.title)).map(str::to_owned)
        };
        let told = says(&rules.gates);
        let told = told.or_else(|| says(&rules.troubles).filter(|_| !suspicion.says_gone))?;
        Some((Cause::BotWall, format!("but the text says {told:?}: a gate before every page")))
    }

    /// Whether the page was sent away to a login that does not say where it would return to.
    fn login(&self, suspicion: &Suspicion) -> Option<(Cause, String)> {
        let (from, to) = (self.evidence.requested, self.face.final_url);
        let led = || page_features::login_redirect(&self.signatures.login, from, to).is_some();
        (suspicion.by == By::Redirect && led()).then(|| (Cause::LoginWall, format!("but {to} is a login")))
    }

    /// What shows that the page also stands before the home page, or that this cannot be told.
    fn before_home(&self, home: &Probe, sibling_of: &Url) -> Option<String> {
        let (asked, to) = (bare(self.evidence.requested), bare(self.face.final_url));
        // A gate may be told whom it stops.
        let place = |url: &Url| (url.origin(), url.path().to_owned());
        if to != asked && home.final_url.as_ref().map(place) == Some(place(&to)) {
            return Some(format!(
                "but the home page, {}, leads there as well: a gate before every page",
                home.asked
            ));
        }
        if !home.is_there() || home.is_blank() {
            let reason = home.unanswered.clone().unwrap_or_else(|| match home.status {
                Some(status) if !home.is_there() => format!("it answers {status}"),
                _ => "it shows no text".to_owned(),
            });
            return Some(format!(
                "but nothing says that the page is gone, and the home page cannot tell: {reason}"
            ));
        }
        (home.similarity(self.evidence.visible, sibling_of) >= self.signatures.soft404.similarity).then(
            || format!("but the home page, {}, reads the same as well: a gate before every page", home.asked),
        )
    }
}

/// Why a probe proves nothing against the page.
fn unproved(probe: &Probe) -> String {
    match (probe.status, &probe.unanswered) {
        (Some(status @ (404 | 410)), _) => {
            format!(
                "but the host is honest: it answers {status} for a page that cannot exist, {}",
                probe.asked
            )
        }
        (Some(status), _) => {
            format!("but a page that cannot exist, {}, looks otherwise (status {status})", probe.asked)
        }
        (None, reason) => {
            format!("but the host could not be probed: {}", reason.as_deref().unwrap_or("no answer"))
        }
    }
}

struct Suspicion {
    reason: String,
    by: By,
    /// Whether the page says that it is none.
    says_gone: bool,
    /// Whether it is a redirect to where a site sends who asks for what it has not.
    leads_to_a_front: bool,
}

/// What raised a suspicion.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// A redirect to somewhere else than the page's new place.
    Redirect,
    /// Words of who sells the name.
    Sale,
    /// Words in the title.
    Title,
    /// Words on a short page.
    Words,
    /// Next to no text.
    Shortness,
}

impl Suspicion {
    /// Whether it is about what becomes of the address that was asked for, and not about the page at
    /// the end.
    fn of_the_way(&self) -> bool {
        matches!(self.by, By::Redirect | By::Sale)
    }
}

/// Whether a page is the front of a folder in which the other lies, on the same site.
fn is_above(front: &Url, page: &Url) -> bool {
    let site = |url: &Url| url.host_str().map(|host| psl::domain_str(host).unwrap_or(host).to_owned());
    let folder = match front.path().rsplit_once('/') {
        Some((folder, name)) if is_index(name) => folder,
        _ => front.path().trim_end_matches('/'),
    };
    let below = page.path().strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    below && site(front) == site(page)
}

/// A site's front page: there, "not found" would be the whole site's.
fn is_home(url: &Url) -> bool {
    is_index(url.path().trim_start_matches('/')) && url.query().is_none_or(str::is_empty)
}

/// Names that servers give to the front page of a folder.
fn is_index(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let (stem, extension) = name.split_once('.').unwrap_or((&name, ""));
    let known = matches!(extension, "html" | "htm" | "shtml" | "php" | "asp" | "aspx" | "jsp");
    name.is_empty() || (matches!(stem, "index" | "default") && known)
}
