//! Judgements that need no page.

use std::path::Path;

use url::Url;

use super::{Cause, Judgement, Verdict};
use crate::fetch::redirect::RedirectFailure;
use crate::fetch::{Exchange, FetchFailure};

/// Judges a link without an answer. `url` is the hop that failed.
pub fn judge_failure(failure: FetchFailure, url: &Url) -> Judgement {
    let cause = match failure {
        FetchFailure::Timeout => Cause::Timeout,
        FetchFailure::DnsNxdomain => Cause::DnsNxdomain,
        FetchFailure::DnsFailure => Cause::DnsFailure,
        // No route is, like a refusal, "nobody can be reached there".
        FetchFailure::ConnectionRefused | FetchFailure::Unreachable => Cause::ConnectionRefused,
        FetchFailure::ConnectionReset => Cause::ConnectionReset,
        FetchFailure::ConnectionClosed => Cause::ConnectionClosed,
        FetchFailure::TlsExpired => Cause::TlsExpired,
        FetchFailure::TlsHostname => Cause::TlsHostname,
        FetchFailure::TlsUntrusted => Cause::TlsUntrusted,
        FetchFailure::TlsProtocol => Cause::TlsProtocol,
        FetchFailure::ForbiddenAddress => Cause::ForbiddenAddress,
        FetchFailure::Protocol | FetchFailure::Http2 => Cause::ProtocolError,
    };
    let verdict = if cause == Cause::DnsNxdomain { Verdict::Dead } else { Verdict::Failing };
    let host = url.host_str().unwrap_or_default();
    let mut facts = vec![format!("{host}: {failure}")];
    if cause == Cause::ForbiddenAddress {
        facts.push(
            "such addresses are not asked, unless network.allow_private or network.resolve says so"
                .to_owned(),
        );
    }
    Judgement::new(verdict, Some(cause), facts)
}

/// So many of something.
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A status as it is told to people.
pub(super) fn status_words(status: u16) -> String {
    let reason = http::StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason());
    match reason {
        Some(reason) => format!("status {status} {reason}"),
        None => format!("status {status}"),
    }
}

/// Judges a chain of redirects that leads nowhere.
pub fn judge_redirect_failure(failure: RedirectFailure, chain: &[Exchange]) -> Judgement {
    let cause = match failure {
        RedirectFailure::Loop => Cause::RedirectLoop,
        RedirectFailure::TooMany => Cause::TooManyRedirects,
        RedirectFailure::Bad => Cause::BadRedirect,
    };
    let mut facts = vec![format!("{failure}, after {}", counted(chain.len(), "request"))];
    if let Some(Exchange { url, outcome: Ok(response), .. }) = chain.last() {
        let target = response.header("location").unwrap_or("nowhere");
        facts.push(format!("{url} answers {} to {target:?}", response.status));
    }
    Judgement::new(Verdict::Failing, Some(cause), facts)
}

/// The longest fact, in bytes: it may quote a header or a title of any length.
const LONGEST_FACT: usize = 400;

fn shortened(mut fact: String) -> String {
    if fact.len() > LONGEST_FACT {
        let mut end = LONGEST_FACT;
        while !fact.is_char_boundary(end) {
            end -= 1;
        }
        fact.truncate(end);
        fact.push('…');
    }
    fact
}

impl Judgement {
    /// A judgement from its parts.
    pub fn new<F: Into<String>>(
        verdict: Verdict,
        cause: Option<Cause>,
        evidence: impl IntoIterator<Item = F>,
    ) -> Self {
        Self { verdict, cause, evidence: evidence.into_iter().map(|fact| shortened(fact.into())).collect() }
    }

    /// The host's robots.txt forbids it; `rule` is the line that does.
    pub fn robots(rule: &str) -> Self {
        let fact = if rule.is_empty() {
            "robots.txt forbids it".to_owned()
        } else {
            format!("robots.txt forbids it: {rule}")
        };
        Self::new(Verdict::Blocked, Some(Cause::Robots), [fact])
    }

    /// The host's robots.txt could not be read, which forbids everything (RFC 9309, section 2.3.1.4).
    pub fn robots_unreachable(reason: &str) -> Self {
        let meaning = "until robots.txt can be read, nothing may be asked for (RFC 9309, section 2.3.1.4)";
        Self::new(Verdict::Blocked, Some(Cause::RobotsUnreachable), [reason, meaning])
    }

    /// A scheme that is not fetched.
    pub fn scheme(scheme: &str) -> Self {
        Self::new(Verdict::Skipped, Some(Cause::Scheme), [format!("{scheme}: links are not fetched")])
    }

    /// The configuration leaves it out; `rule` is what says so.
    pub fn excluded(rule: &str) -> Self {
        Self::new(Verdict::Skipped, Some(Cause::Excluded), [format!("excluded by {rule}")])
    }

    /// The run's budget was used up before its turn; `budget` is which.
    pub fn over_budget(budget: &str) -> Self {
        Self::new(Verdict::Skipped, Some(Cause::OverBudget), [format!("over the budget: {budget}")])
    }

    /// No URL can be made of what is written.
    pub fn malformed(reason: &str) -> Self {
        Self::new(Verdict::Invalid, Some(Cause::MalformedUrl), [reason])
    }

    /// A link to a file of the archive.
    pub fn local_file(path: &Path, exists: bool) -> Self {
        if exists {
            Self::new(Verdict::Alive, None, [format!("{} is there", path.display())])
        } else {
            Self::new(Verdict::Dead, Some(Cause::FileMissing), [format!("{} is not there", path.display())])
        }
    }

    /// The host asked to wait longer than the run can: judged when it is due.
    pub fn waiting(cause: Cause, reason: &str) -> Self {
        Self::new(Verdict::Failing, Some(cause), [reason])
    }
}
