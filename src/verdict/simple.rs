//! Judgements that need no page: failed requests, and links that are not asked for.

use std::path::Path;

use url::Url;

use super::cause::Cause;
use super::judgement::{Judgement, count_of};
use super::verdict::Verdict;
use crate::fetch::redirect::RedirectFailure;
use crate::fetch::{Exchange, FetchFailure};

/// Judges a link without an answer. `url` is the hop that failed.
pub fn judge_failure(failure: FetchFailure, url: &Url) -> Judgement {
    let cause = match failure {
        FetchFailure::Timeout => Cause::Timeout,
        FetchFailure::DnsNxdomain => Cause::DnsNxdomain,
        FetchFailure::DnsFailure => Cause::DnsFailure,
        // A missing route is, like a refusal, a host that cannot be reached.
        FetchFailure::ConnectionRefused | FetchFailure::Unreachable => Cause::ConnectionRefused,
        FetchFailure::ConnectionReset => Cause::ConnectionReset,
        FetchFailure::ConnectionClosed => Cause::ConnectionClosed,
        FetchFailure::TlsExpired => Cause::TlsExpired,
        FetchFailure::TlsHostname => Cause::TlsHostname,
        FetchFailure::TlsUntrusted | FetchFailure::TlsIncompleteChain => Cause::TlsUntrusted,
        FetchFailure::TlsProtocol | FetchFailure::TlsUnsupported => Cause::TlsProtocol,
        FetchFailure::ForbiddenAddress => Cause::ForbiddenAddress,
        FetchFailure::Protocol | FetchFailure::Http2 => Cause::ProtocolError,
    };
    let verdict = if cause == Cause::DnsNxdomain { Verdict::Dead } else { Verdict::Failing };
    let host = url.host_str().unwrap_or_default();
    let mut facts = vec![format!("{host}: {failure}")];
    if cause == Cause::ForbiddenAddress {
        facts.push(
            "private and reserved addresses are not requested; network.allow_private or network.resolve \
             permits them"
                .to_owned(),
        );
    }
    let only_here = match failure {
        FetchFailure::TlsIncompleteChain => {
            Some("no address in its certificate has the missing one; browsers may know it, and show the page")
        }
        FetchFailure::TlsUnsupported => Some("browsers may have one, and show the page"),
        _ => None,
    };
    facts.extend(only_here.map(str::to_owned));
    Judgement { is_inconclusive: only_here.is_some(), ..Judgement::new(verdict, Some(cause), facts) }
}

/// Judges a chain of redirects that does not end at a page.
pub fn judge_redirect_failure(failure: RedirectFailure, chain: &[Exchange]) -> Judgement {
    let cause = match failure {
        RedirectFailure::Loop => Cause::RedirectLoop,
        RedirectFailure::TooMany => Cause::TooManyRedirects,
        RedirectFailure::Bad => Cause::BadRedirect,
    };
    let mut facts = vec![format!("{failure}, after {}", count_of(chain.len(), "request"))];
    if let Some(Exchange { url, outcome: Ok(response), .. }) = chain.last() {
        let target = response.header("location").unwrap_or("nowhere");
        facts.push(format!("{url} answers {} to {target:?}", response.status));
    }
    Judgement::new(Verdict::Failing, Some(cause), facts)
}

impl Judgement {
    /// A URL that the host's robots.txt forbids; `rule` is the line that forbids it.
    pub fn forbidden_by_robots(rule: &str) -> Self {
        let fact = if rule.is_empty() {
            "robots.txt forbids it".to_owned()
        } else {
            format!("robots.txt forbids it: {rule}")
        };
        Self::new(Verdict::Blocked, Some(Cause::Robots), [fact])
    }

    /// A host whose robots.txt could not be read, which forbids everything (RFC 9309, section 2.3.1.4).
    pub fn robots_unreachable(reason: &str) -> Self {
        let meaning = "while robots.txt cannot be read, every page of the host is forbidden (RFC 9309, section 2.3.1.4)";
        Self::new(Verdict::Blocked, Some(Cause::RobotsUnreachable), [reason, meaning])
    }

    /// A scheme that is not fetched.
    pub fn unfetched_scheme(scheme: &str) -> Self {
        Self::new(Verdict::Skipped, Some(Cause::Scheme), [format!("{scheme}: links are not fetched")])
    }

    /// A URL that the configuration excludes; `rule` is the setting that excludes it.
    pub fn excluded_by(rule: &str) -> Self {
        Self::new(Verdict::Skipped, Some(Cause::Excluded), [format!("excluded by {rule}")])
    }

    /// A URL that was not asked for because a budget of the run was used up; `budget` is its name.
    pub fn over_budget(budget: &str) -> Self {
        Self::new(Verdict::Skipped, Some(Cause::OverBudget), [format!("over the budget: {budget}")])
    }

    /// A link whose text is not a URL.
    pub fn malformed_url(reason: &str) -> Self {
        Self::new(Verdict::Invalid, Some(Cause::MalformedUrl), [reason])
    }

    /// A link to a file of the archive.
    pub fn local_file(path: &Path, exists: bool) -> Self {
        let path = path.display();
        if exists {
            Self::new(Verdict::Alive, None, [format!("{path} exists")])
        } else {
            Self::new(Verdict::Dead, Some(Cause::FileMissing), [format!("{path} does not exist")])
        }
    }

    /// A link that was not requested because its host rests or was given up for the run; `reason` says why, and
    /// `status` is that by which the host asked to wait.
    pub fn waiting_for_host(reason: &str, status: Option<u16>) -> Self {
        let meaning = "the page was not requested, and comes first on its host in the next run";
        let (verdict, cause) = match status {
            Some(429) => (Verdict::Failing, Cause::Http429),
            Some(500..=599) => (Verdict::Failing, Cause::Http5xx),
            _ => (Verdict::Skipped, Cause::OverBudget),
        };
        Self::new(verdict, Some(cause), [reason, meaning])
    }
}
