//! Pages that say "not found" with status 200: suspected by their looks, proved by the probe.

use url::Url;

use super::judge::{Case, Finding};
use super::page::{self, Look};
use super::probe::{Probe, bare, by_query};
use super::{Cause, Judgement, Verdict};

/// Up to this share, nothing of the local copy is there.
const LACKS_LOCAL: f64 = 0.2;

impl Case<'_> {
    /// Suspicion by words, by redirect, by emptiness; proof only by the probe.
    pub(super) fn soft_404(&self) -> Finding {
        let look = page::look(&self.signatures.shell, &self.face);
        let Some(suspicion) = self.suspicion(look) else {
            return Finding::Judged(self.plain(look));
        };
        let sibling_of = if suspicion.led_away() { self.evidence.requested } else { self.face.final_url };
        let Some(probe) = self.evidence.probe else {
            return Finding::NeedsProbe { reason: suspicion.reason, sibling_of: sibling_of.clone() };
        };
        let proof = self.same_as(probe, &suspicion, sibling_of);
        let led_away = suspicion.led_away();
        let mut facts = vec![suspicion.reason.clone()];
        if let Some(proof) = proof {
            facts.push(proof);
            if let Some(gate) = self.gate(&suspicion) {
                facts.push(format!("but the text says {gate:?}: a gate before every page"));
                return Finding::Judged(Judgement::new(Verdict::Blocked, Some(Cause::BotWall), facts));
            }
            return Finding::Judged(Judgement::new(Verdict::Dead, Some(Cause::Soft404), facts));
        }
        facts.push(match (probe.status, &probe.unanswered) {
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
        });
        // Such a redirect may be permanent; the archive's link should not follow it.
        Finding::Judged(self.there_as(facts, !led_away, look))
    }

    fn suspicion(&self, look: Look) -> Option<Suspicion> {
        let requested = self.evidence.requested;
        self.evidence.html?;
        if is_home(requested) {
            return None;
        }
        let found = self.suspicious(look)?;
        let held = self.evidence.local.share().is_some_and(|share| share > LACKS_LOCAL);
        (!held).then_some(found)
    }

    fn suspicious(&self, look: Look) -> Option<Suspicion> {
        let rules = &self.signatures.soft404;
        let suspect = |by: By, reason: String| Some(Suspicion { reason, by });
        if self.evidence.chain.len() > 1 && is_home(self.face.final_url) {
            return suspect(By::Redirect, format!("redirected to the home page {}", self.face.final_url));
        }
        if let Some(reason) = self.led_astray() {
            return suspect(By::Redirect, reason);
        }
        if let Some(word) = rules.titles.first(self.face.title) {
            return suspect(By::Title, format!("the title holds {word:?}"));
        }
        // A shell may hold, unseen, what it would say of any page.
        if look != Look::Shell
            && self.face.visible_len <= rules.max_text
            && let Some(word) = rules.phrases.first(self.face.visible)
        {
            return suspect(By::Words, format!("a short page that holds {word:?}"));
        }
        // Where scripts fill the page, its source says the same for every address.
        if look == Look::Page && self.face.visible_len < rules.short_text {
            return suspect(By::Shortness, format!("only {} visible characters", self.face.visible_len));
        }
        None
    }

    /// A redirect to an error page, or from a page up to a section's front.
    fn led_astray(&self) -> Option<String> {
        let (from, to) = (self.evidence.requested, self.face.final_url);
        if self.evidence.chain.len() < 2 || bare(from) == bare(to) {
            return None;
        }
        let names_error =
            |url: &Url| self.signatures.soft404.paths.iter().any(|path| path.is_match(url.path()));
        if names_error(to) && !names_error(from) {
            return Some(format!("redirected to {to}"));
        }
        let parts = |url: &Url| url.path().split('/').filter(|part| !part.is_empty()).count();
        let name = from.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let stem = name.split('.').next().unwrap_or_default();
        let lost = !stem.is_empty() && !to.as_str().contains(stem);
        // A front page may be told where its visitor comes from.
        let front = to.query().is_none() || to.path() == "/";
        (lost && front && parts(to) < parts(from)).then(|| format!("redirected up to {to}"))
    }

    fn same_as(&self, probe: &Probe, suspicion: &Suspicion, sibling_of: &Url) -> Option<String> {
        if probe.status.is_none_or(|status| !(200..300).contains(&status)) {
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
    fn gate(&self, suspicion: &Suspicion) -> Option<&str> {
        let rules = &self.signatures.soft404;
        if suspicion.by == By::Title || self.face.visible_len > rules.max_text {
            return None;
        }
        rules.gates.first(self.face.visible).or_else(|| rules.gates.first(self.face.title))
    }
}

struct Suspicion {
    reason: String,
    by: By,
}

/// What raised a suspicion.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// A redirect to somewhere else than the page's new place.
    Redirect,
    /// Words in the title.
    Title,
    /// Words on a short page.
    Words,
    /// Next to no text.
    Shortness,
}

impl Suspicion {
    fn led_away(&self) -> bool {
        self.by == By::Redirect
    }
}

/// A site's front page: there, "not found" would be the whole site's.
fn is_home(url: &Url) -> bool {
    let name = url.path().trim_start_matches('/').to_ascii_lowercase();
    let index = matches!(
        name.as_str(),
        "" | "index.html"
            | "index.htm"
            | "index.php"
            | "index.asp"
            | "index.aspx"
            | "index.jsp"
            | "index.shtml"
    );
    index && url.query().is_none_or(str::is_empty)
}
