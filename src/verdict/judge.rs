//! The judgement of an answer.
//!
//! The order is the argument: the strongest witness first (the local copy's text), then walls,
//! since a wall may wear any status, then the status, and only then what the page looks like.

use std::cell::OnceCell;

use url::Url;

use super::known::is_moved;
use super::page::{self, Look};
use super::plain::judge_failure;
use super::probe::{Probe, bare};
use super::rules::Face;
use super::signatures::Signatures;
use super::{Cause, Judgement, Verdict};
use crate::fetch::{Exchange, Response, Truncation};

/// From this share of the local copy, the page is the article, whatever else it looks like.
const HOLDS_LOCAL: f64 = 0.5;
/// Up to this share, nothing of the local copy is there.
const LACKS_LOCAL: f64 = 0.2;

/// All that is known of an answered link.
#[derive(Clone, Copy, Debug)]
pub struct PageEvidence<'a> {
    /// The URL that the archive links to.
    pub requested: &'a Url,
    /// Every exchange, the final answer last.
    pub chain: &'a [Exchange],
    /// The final body, decoded, where it is HTML.
    pub html: Option<&'a str>,
    /// The page's title, as its `<title>` says it.
    pub title: &'a str,
    /// All visible text.
    pub visible: &'a str,
    /// The share of the local copy found in the page, 0 to 1; none where there is no local copy.
    pub local_containment: Option<f64>,
    /// The probe of the page's host and folder, where it has been made.
    pub probe: Option<&'a Probe>,
}

/// What [`judge`] comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A judgement.
    Judged(Judgement),
    /// The page looks like "not found"; [`super::probe_url`] would tell. Never where the evidence
    /// holds a probe.
    NeedsProbe {
        /// What is suspicious.
        reason: String,
    },
}

/// Judges an answered link.
pub fn judge(evidence: &PageEvidence<'_>, signatures: &Signatures) -> Finding {
    let Some(last) = evidence.chain.last() else {
        return Finding::Judged(Judgement::new(
            Verdict::Failing,
            Some(Cause::ProtocolError),
            ["nothing was asked"],
        ));
    };
    let response = match &last.outcome {
        Ok(response) => response,
        Err(failure) => return Finding::Judged(judge_failure(*failure, &last.url)),
    };
    let face = Face {
        requested: evidence.requested,
        final_url: &last.url,
        response,
        title: evidence.title,
        html: evidence.html.unwrap_or_default(),
        stripped: OnceCell::new(),
        visible: evidence.visible,
        visible_len: page::visible_len(evidence.visible),
    };
    let case = Case { evidence, signatures, face, response };
    if let Some(judgement) = case.local_copy().or_else(|| case.refused()) {
        return Finding::Judged(judgement);
    }
    if let Some(judgement) = case.status().or_else(|| case.cut_short()).or_else(|| case.gated()) {
        return Finding::Judged(judgement);
    }
    case.soft_404()
}

struct Case<'a> {
    evidence: &'a PageEvidence<'a>,
    signatures: &'a Signatures,
    face: Face<'a>,
    response: &'a Response,
}

impl Case<'_> {
    /// The strongest witness: the text is there.
    fn local_copy(&self) -> Option<Judgement> {
        let share = self.evidence.local_containment.filter(|share| *share >= HOLDS_LOCAL)?;
        let mut facts = vec![format!("the page holds {:.0} % of the local copy", share * 100.0)];
        if self.response.status != 200 {
            facts.push(format!("although its status is {}", self.response.status));
        }
        Some(self.there(facts, true))
    }

    /// Walls and logins, whatever the status.
    fn refused(&self) -> Option<Judgement> {
        for wall in &self.signatures.walls {
            if let Some(told) = wall.found(&self.face) {
                let facts = [format!("{}: {told}", wall.name), format!("status {}", self.response.status)];
                return Some(Judgement::new(Verdict::Blocked, Some(Cause::BotWall), facts));
            }
        }
        if self.evidence.chain.len() > 1 && self.response.status < 500 && self.response.status != 429 {
            let login = &self.signatures.login;
            let led = page::login_redirect(login, self.evidence.requested, self.face.final_url);
            let form =
                || page::password_field(login, self.face.source()).then(|| "a password field".to_owned());
            let fact = match led {
                Some(page::LoginRedirect::Returns(parameter)) => format!("and would return by {parameter:?}"),
                Some(page::LoginRedirect::PathOnly) => format!("with {}", form()?),
                None => return None,
            };
            let facts = [format!("redirected to a login, {}", self.face.final_url), fact];
            return Some(Judgement::new(Verdict::Blocked, Some(Cause::LoginWall), facts));
        }
        None
    }

    fn status(&self) -> Option<Judgement> {
        let status = self.response.status;
        let (verdict, cause) = match status {
            200..=299 => return None,
            304 => return Some(self.there(vec!["status 304: not modified".to_owned()], true)),
            300..=399 => (Verdict::Failing, Cause::BadRedirect),
            401 => (Verdict::Blocked, Cause::Http401),
            402 => (Verdict::Blocked, Cause::Http402),
            403 => (Verdict::Blocked, Cause::Http403),
            451 => (Verdict::Blocked, Cause::Http451),
            404 => (Verdict::Dead, Cause::Http404),
            410 => (Verdict::Dead, Cause::Http410),
            429 => (Verdict::Failing, Cause::Http429),
            400..=499 => (Verdict::Failing, Cause::Http4xx),
            500..=599 => (Verdict::Failing, Cause::Http5xx),
            _ => (Verdict::Failing, Cause::ProtocolError),
        };
        let mut facts = vec![format!("status {status}")];
        facts.extend(self.response.header("retry-after").map(|value| format!("retry-after: {value}")));
        facts.extend(self.led());
        Some(Judgement::new(verdict, Some(cause), facts))
    }

    fn cut_short(&self) -> Option<Judgement> {
        let (cause, fact) = match self.response.truncated? {
            Truncation::Length => (Cause::BodyTooLarge, "the body is larger than network.max_body"),
            Truncation::Time => (Cause::Timeout, "the body did not end within network.timeout"),
            Truncation::Disconnect => (Cause::BodyIncomplete, "the connection ended before the body did"),
            Truncation::Decode => (Cause::DecodeError, "the content coding could not be decoded"),
        };
        let facts = [
            fact.to_owned(),
            format!("status {}, {} bytes kept", self.response.status, self.response.body.len()),
        ];
        Some(Judgement::new(Verdict::Failing, Some(cause), facts))
    }

    /// Parking, pay walls, login forms: a page stands there, but not this one.
    fn gated(&self) -> Option<Judgement> {
        if let Some(told) = page::parked(&self.signatures.parking, &self.face) {
            return Some(Judgement::new(Verdict::Dead, Some(Cause::Parked), [told]));
        }
        let html = self.evidence.html?;
        if page::not_free(html) {
            let facts = ["the page states isAccessibleForFree: false".to_owned()];
            return Some(Judgement::new(Verdict::Blocked, Some(Cause::Paywall), facts));
        }
        let login = &self.signatures.login;
        let asked_for_login = login.paths.iter().any(|path| path.is_match(self.evidence.requested.path()));
        if !asked_for_login
            && self.face.visible_len <= login.max_text
            && page::password_field(login, self.face.source())
        {
            let facts = [format!("a password field, and only {} visible characters", self.face.visible_len)];
            return Some(Judgement::new(Verdict::Blocked, Some(Cause::LoginWall), facts));
        }
        None
    }

    /// Suspicion by words, by redirect, by emptiness; proof only by the probe.
    fn soft_404(&self) -> Finding {
        let look = page::look(&self.signatures.shell, &self.face);
        let Some(suspicion) = self.suspicion(look) else {
            return Finding::Judged(self.plain(look));
        };
        let Some(probe) = self.evidence.probe else {
            return Finding::NeedsProbe { reason: suspicion.reason };
        };
        let same = self.same_as(probe);
        let mut facts = vec![suspicion.reason];
        if let Some(proof) = same {
            facts.push(proof);
            return Finding::Judged(Judgement::new(Verdict::Dead, Some(Cause::Soft404), facts));
        }
        facts.push(match (probe.status, &probe.unanswered) {
            (Some(status), _) => {
                format!("but for a page that cannot exist this host answers otherwise (status {status})")
            }
            (None, reason) => {
                format!("but the host could not be probed: {}", reason.as_deref().unwrap_or("no answer"))
            }
        });
        // Such a redirect may be permanent; the archive's link should not follow it.
        Finding::Judged(self.there_as(facts, !suspicion.led_away, look))
    }

    fn suspicion(&self, look: Look) -> Option<Suspicion> {
        let requested = self.evidence.requested;
        self.evidence.html?;
        if is_home(requested) || self.evidence.local_containment.is_some_and(|share| share > LACKS_LOCAL) {
            return None;
        }
        let rules = &self.signatures.soft404;
        let words = |reason: String| Some(Suspicion { reason, led_away: false });
        if self.evidence.chain.len() > 1 && is_home(self.face.final_url) {
            let reason = format!("redirected to the home page {}", self.face.final_url);
            return Some(Suspicion { reason, led_away: true });
        }
        if let Some(reason) = self.led_astray() {
            return Some(Suspicion { reason, led_away: true });
        }
        if let Some(word) = rules.titles.first(self.face.title) {
            return words(format!("the title holds {word:?}"));
        }
        if self.face.visible_len <= rules.max_text
            && let Some(word) = rules.phrases.first(self.face.visible)
        {
            return words(format!("a short page that holds {word:?}"));
        }
        // Where scripts fill the page, its source says the same for every address.
        if look == Look::Page && self.face.visible_len < rules.short_text {
            return words(format!("only {} visible characters", self.face.visible_len));
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
        (lost && to.query().is_none() && parts(to) < parts(from)).then(|| format!("redirected up to {to}"))
    }

    fn same_as(&self, probe: &Probe) -> Option<String> {
        if probe.status.is_none_or(|status| !(200..300).contains(&status)) {
            return None;
        }
        let (asked, final_url) = (bare(self.evidence.requested), bare(self.face.final_url));
        if final_url != asked && probe.final_url.as_ref() == Some(&final_url) {
            return Some(format!("and a page that cannot exist leads to the same address, {final_url}"));
        }
        let similarity = probe.similarity(self.evidence.visible, self.evidence.requested);
        (similarity >= self.signatures.soft404.similarity)
            .then(|| format!("and a page that cannot exist reads the same (similarity {similarity:.2})"))
    }

    fn plain(&self, look: Look) -> Judgement {
        let facts =
            vec![format!("status {}, {} visible characters", self.response.status, self.face.visible_len)];
        self.there_as(facts, true, look)
    }

    fn there_as(&self, mut facts: Vec<String>, may_move: bool, look: Look) -> Judgement {
        if look == Look::Shell {
            facts.push("the page is a shell that scripts fill".to_owned());
        }
        let mut judgement = self.there(facts, may_move);
        if look == Look::Shell && judgement.verdict == Verdict::Alive {
            judgement.cause = Some(Cause::JsShell);
        }
        judgement
    }

    /// Alive, or moved where every hop is for good.
    fn there(&self, mut facts: Vec<String>, may_move: bool) -> Judgement {
        let moved = may_move && is_moved(self.evidence.requested, self.evidence.chain);
        facts.extend(self.led());
        if moved {
            facts.push("every redirect is permanent".to_owned());
        }
        Judgement::new(if moved { Verdict::Moved } else { Verdict::Alive }, None, facts)
    }

    fn led(&self) -> Option<String> {
        let hops = self.evidence.chain.len().saturating_sub(1);
        (hops > 0).then(|| format!("{hops} redirect(s) to {}", self.face.final_url))
    }
}

struct Suspicion {
    reason: String,
    /// Whether it is a redirect to somewhere else than the page's new place.
    led_away: bool,
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
