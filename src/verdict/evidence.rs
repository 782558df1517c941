//! The evidence about an answered link, and the two outcomes of judging it.

use std::cell::OnceCell;

use url::Url;

use super::control_page::ControlPage;
use super::judgement::Judgement;
use super::probe::Probe;
use crate::fetch::{Exchange, Response};
use crate::text::TextRules;

/// A local copy with this many letters or fewer cannot identify a page.
const MIN_COPY: usize = 20;

/// All that is known of an answered link.
#[derive(Clone, Copy, Debug)]
pub struct PageEvidence<'a> {
    /// The URL that the archive links to.
    pub requested: &'a Url,
    /// Every exchange, the final answer last.
    pub chain: &'a [Exchange],
    /// The final body, decoded, where it is HTML.
    pub html: Option<&'a str>,
    /// The page's title, from its `<title>`.
    pub title: &'a str,
    /// All visible text.
    pub visible: &'a str,
    /// How much of the local copy the page holds.
    pub local: &'a LocalCopyShare<'a>,
    /// The probe of the page's host and folder, where it has been made.
    pub probe: Option<&'a Probe>,
    /// The answer for the host's home page, where it was asked for.
    pub home: Option<&'a Probe>,
    /// Why the page is doubted if it looks like the front of a site: another address of its host has the same body, or it was
    /// a soft 404 before.
    pub doubt: Option<&'a str>,
    /// Whether only the beginning of the body was asked for, since the rest decides nothing (a picture).
    pub only_beginning: bool,
    /// The rules by which the page's main text is found.
    pub text_rules: &'a TextRules,
}

/// The share of the local copy that is found in the page, 0 to 1; `None` where there is no local copy.
///
/// It is computed when it is first asked for. For a page without anything suspicious it is never asked for.
pub struct LocalCopyShare<'a> {
    compute: &'a dyn Fn() -> Option<f64>,
    share: OnceCell<Option<f64>>,
}

impl<'a> LocalCopyShare<'a> {
    /// A share that `compute` finds.
    pub fn new(compute: &'a dyn Fn() -> Option<f64>) -> Self {
        Self { compute, share: OnceCell::new() }
    }

    /// The share.
    pub(super) fn share(&self) -> Option<f64> {
        *self.share.get_or_init(self.compute)
    }
}

impl std::fmt::Debug for LocalCopyShare<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("LocalCopyShare").field(&self.share.get()).finish()
    }
}

/// The result of judging a page: a judgement, or the request that is needed first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assessment {
    /// A judgement.
    Judged(Judgement),
    /// The page is suspicious, and only the answer to another request can decide. Never asks for what the
    /// evidence holds already.
    NeedsProbe {
        /// What is suspicious.
        reason: String,
        /// What to ask for.
        control: ControlPage,
    },
}

/// Whether a local copy is long enough to identify a page. A few words (a video's caption) are on many
/// pages.
pub fn is_long_enough_copy(local: &str) -> bool {
    local.chars().filter(|c| c.is_alphanumeric()).nth(MIN_COPY).is_some()
}

/// Whether a 304 can be valid: as the answer to a conditional request (RFC 9110, section 15.4.5). An
/// exchange without any request header does not show what was sent, and passes.
pub fn may_be_unmodified(exchange: &Exchange) -> bool {
    exchange.request_headers.is_empty() || is_conditional(exchange)
}

/// Whether a request was conditional (RFC 9110, section 13.1).
pub fn is_conditional(exchange: &Exchange) -> bool {
    let mut sent = exchange.request_headers.iter().map(|field| field.name.as_str());
    sent.any(|name| ["if-none-match", "if-modified-since"].contains(&name))
}

/// Whether an answer holds less than the whole page: it was cut, or the server sent a range without being
/// asked. A range that covers the whole page is complete (RFC 9110, section 15.3.7).
pub fn is_partial_response(response: &Response) -> bool {
    response.truncated.is_some()
        || (response.status == 206 && !is_whole_range(response.header("content-range")))
}

fn is_whole_range(content_range: Option<&str>) -> bool {
    let is_whole = || {
        let (unit, range) = content_range?.trim().split_once(' ')?;
        let (range, length) = range.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let last: u64 = last.trim().parse().ok()?;
        let length: u64 = length.trim().parse().ok()?;
        Some(unit.eq_ignore_ascii_case("bytes") && first.trim() == "0" && last.checked_add(1)? == length)
    };
    is_whole().unwrap_or(false)
}
