//! The judgement of an answer.
//!
//! The order is the argument: walls first, since a wall may wear any status, then the status, and
//! only then what the page looks like. Whoever finds anything but a plain page has to ask the
//! strongest witness, the local copy: where its text stands, the page is there.

use std::cell::OnceCell;

use url::Url;

use super::page_features;
use super::page_features::Look;
use super::probe::{Control, Probe};
use super::signatures::Signatures;
use super::signatures::rule::Face;
use super::simple::{counted, judge_failure, status_words};
use super::unmodified::is_moved;
use super::{Cause, Judgement, Verdict};
use crate::fetch::{Exchange, Response, Truncation};

/// From this share of the local copy, the page is the article, whatever else it looks like.
const HOLDS_LOCAL: f64 = 0.5;

/// A local copy with fewer letters is no witness.
const WITNESS: usize = 20;

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
    /// What the local copy says of the page.
    pub local: &'a LocalWitness<'a>,
    /// The probe of the page's host and folder, where it has been made.
    pub probe: Option<&'a Probe>,
    /// What the host answered for its home page, where that was asked for.
    pub home: Option<&'a Probe>,
    /// Whether only the beginning was asked for, since more tells nothing (of a picture).
    pub beginning: bool,
}

/// The share of the local copy that is found in the page, 0 to 1; none where there is no local copy.
///
/// It is found out when it is first asked for: of a page that looks like nothing but a page, nobody
/// asks.
pub struct LocalWitness<'a> {
    ask: &'a dyn Fn() -> Option<f64>,
    told: OnceCell<Option<f64>>,
}

impl<'a> LocalWitness<'a> {
    /// A witness who finds out by `ask`.
    pub fn new(ask: &'a dyn Fn() -> Option<f64>) -> Self {
        Self { ask, told: OnceCell::new() }
    }

    pub(super) fn share(&self) -> Option<f64> {
        *self.told.get_or_init(self.ask)
    }
}

impl std::fmt::Debug for LocalWitness<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("LocalWitness").field(&self.told.get()).finish()
    }
}

/// What [`judge`] comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A judgement.
    Judged(Judgement),
    /// The looks of the page alone prove nothing; what this answers would tell. Never what the
    /// evidence holds.
    NeedsProbe {
        /// What is suspicious.
        reason: String,
        /// What to ask for.
        control: Control,
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
        visible_len: page_features::visible_len(evidence.visible),
    };
    let case = Case { evidence, signatures, face, response };
    let told = case.refused().or_else(|| case.status()).or_else(|| case.cut_short()).or_else(|| case.gated());
    let finding = told.map_or_else(|| case.soft_404(), Finding::Judged);
    let plain =
        matches!(&finding, Finding::Judged(found) if found.verdict.is_fine() && found.cause.is_none());
    if plain && evidence.local.told.get().is_none() {
        return finding;
    }
    // Whatever else it looks like: where the local copy's text stands, the page is there.
    case.local_copy().map_or(finding, Finding::Judged)
}

/// Whether a local copy is long enough to speak for a page: a few words (a video's caption) stand on
/// many.
pub fn is_witness(local: &str) -> bool {
    local.chars().filter(|c| c.is_alphanumeric()).nth(WITNESS).is_some()
}

/// Whether a 304 can be what it says: an answer to a condition (RFC 9110, section 15.4.5). Of an
/// exchange without any header field it is not known what was asked.
pub fn may_be_unmodified(exchange: &Exchange) -> bool {
    let mut sent = exchange.request_headers.iter().map(|field| field.name.as_str());
    exchange.request_headers.is_empty()
        || sent.any(|name| ["if-none-match", "if-modified-since"].contains(&name))
}

/// Whether an answer holds less than the whole page: it was cut, or the server sent a range of its own
/// accord, which only a range that is the whole excuses (RFC 9110, section 15.3.7).
pub fn is_partial(response: &Response) -> bool {
    response.truncated.is_some() || (response.status == 206 && !is_whole(response.header("content-range")))
}

fn is_whole(range: Option<&str>) -> bool {
    let whole = || {
        let (unit, range) = range?.trim().split_once(' ')?;
        let (range, length) = range.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let last: u64 = last.trim().parse().ok()?;
        let length: u64 = length.trim().parse().ok()?;
        Some(unit.eq_ignore_ascii_case("bytes") && first.trim() == "0" && last.checked_add(1)? == length)
    };
    whole().unwrap_or(false)
}

pub(super) struct Case<'a> {
    pub(super) evidence: &'a PageEvidence<'a>,
    pub(super) signatures: &'a Signatures,
    pub(super) face: Face<'a>,
    response: &'a Response,
}

impl Case<'_> {
    /// The strongest witness: the text is there.
    fn local_copy(&self) -> Option<Judgement> {
        let share = self.evidence.local.share().filter(|share| *share >= HOLDS_LOCAL)?;
        let mut facts = vec![format!("the page holds {:.0} % of the local copy", share * 100.0)];
        if is_partial(self.response) {
            facts.push("only a part of the page came: nothing is compared".to_owned());
        }
        if self.response.status != 200 {
            facts.push(format!("although it came with {}", status_words(self.response.status)));
        }
        Some(self.there(facts, true))
    }

    /// Walls and logins, whatever the status.
    fn refused(&self) -> Option<Judgement> {
        for wall in &self.signatures.walls {
            if let Some(told) = wall.found(&self.face) {
                let facts = [format!("{}: {told}", wall.name), status_words(self.response.status)];
                return Some(Judgement::new(Verdict::Blocked, Some(Cause::BotWall), facts));
            }
        }
        if self.evidence.chain.len() > 1 && self.response.status < 500 && self.response.status != 429 {
            let login = &self.signatures.login;
            let led = page_features::login_redirect(login, self.evidence.requested, self.face.final_url);
            let form = || {
                page_features::password_field(login, self.face.source())
                    .then(|| "a password field".to_owned())
            };
            let fact = match led {
                Some(page_features::LoginRedirect::Returns(parameter)) => {
                    format!("and would return by {parameter:?}")
                }
                Some(page_features::LoginRedirect::PathOnly) => format!("with {}", form()?),
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
            304 if self.evidence.chain.last().is_none_or(may_be_unmodified) => {
                return Some(self.there(vec!["status 304: not modified".to_owned()], true));
            }
            304 => (Verdict::Failing, Cause::ProtocolError),
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
        let mut facts = vec![status_words(status)];
        if status == 304 {
            facts.push("nothing was asked that this could answer: no validator was sent".to_owned());
        }
        facts.extend(self.response.header("retry-after").map(|value| format!("retry-after: {value}")));
        facts.extend(self.led());
        Some(Judgement::new(verdict, Some(cause), facts))
    }

    fn cut_short(&self) -> Option<Judgement> {
        let (cause, fact) = match self.response.truncated {
            Some(Truncation::Length) if self.evidence.beginning => return None,
            Some(Truncation::Length) => (Cause::BodyTooLarge, "the body is larger than network.max_body"),
            Some(Truncation::Time) => (Cause::Timeout, "the body did not end within network.timeout"),
            Some(Truncation::Disconnect) => {
                (Cause::BodyIncomplete, "the connection ended before the body did")
            }
            Some(Truncation::Decode) => (Cause::DecodeError, "the content coding could not be decoded"),
            None if is_partial(self.response) => {
                (Cause::BodyIncomplete, "a part was sent, where the whole was asked for")
            }
            None => return None,
        };
        let range = self.response.header("content-range").filter(|_| self.response.status == 206);
        let mut facts = vec![
            fact.to_owned(),
            format!("{}, {} bytes kept", status_words(self.response.status), self.response.body.len()),
        ];
        facts.extend(range.map(|range| format!("content-range: {range}")));
        Some(Judgement::new(Verdict::Failing, Some(cause), facts))
    }

    /// Whether the status says that there is nothing to read (RFC 9110, sections 15.3.5 and 15.3.6).
    pub(super) fn has_no_content(&self) -> bool {
        matches!(self.response.status, 204 | 205)
    }

    /// Known notices, parking, pay walls, login forms: a page stands there, but not this one.
    fn gated(&self) -> Option<Judgement> {
        for notice in &self.signatures.notices {
            if let Some(told) = notice.found(&self.face) {
                let facts = [format!("{}: {told}", notice.name)];
                return Some(Judgement::new(Verdict::Dead, Some(Cause::Soft404), facts));
            }
        }
        if let Some(told) = page_features::parked(&self.signatures.parking, &self.face) {
            return Some(Judgement::new(Verdict::Dead, Some(Cause::Parked), [told]));
        }
        if page_features::not_free(self.face.html)
            && !page_features::is_given(self.face.html, self.face.final_url)
        {
            let facts = ["the page states isAccessibleForFree: false, and holds no whole text".to_owned()];
            return Some(Judgement::new(Verdict::Blocked, Some(Cause::Paywall), facts));
        }
        let login = &self.signatures.login;
        if login.paths.iter().any(|path| path.is_match(self.evidence.requested.path())) {
            return None;
        }
        if page_features::holds_prose(self.face.visible) {
            return None;
        }
        let told = if self.face.visible_len <= login.max_text
            && page_features::password_field(login, self.face.source())
        {
            format!("a password field, and only {} visible characters", self.face.visible_len)
        } else if self.face.visible_len <= login.max_phrase_text {
            format!("a short page that says {:?}", login.phrases.first(self.face.visible)?)
        } else {
            return None;
        };
        Some(Judgement::new(Verdict::Blocked, Some(Cause::LoginWall), [told]))
    }

    pub(super) fn plain(&self, look: Look) -> Judgement {
        let facts = vec![format!(
            "{}, {} visible characters",
            status_words(self.response.status),
            self.face.visible_len
        )];
        self.there_as(facts, true, look)
    }

    pub(super) fn there_as(&self, mut facts: Vec<String>, may_move: bool, look: Look) -> Judgement {
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
        (hops > 0).then(|| format!("{} to {}", counted(hops, "redirect"), self.face.final_url))
    }
}
