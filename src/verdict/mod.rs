//! Evidence in, a judgement out; and the state of a link over time.
//!
//! Walls are looked for before status codes, and a page that holds the local copy's text is alive,
//! whatever else it looks like. Every judgement names its evidence.

mod judge;
mod link_state;
mod outage;
mod page_features;
mod probe;
mod signatures;
mod simple;
mod soft_404;
mod unmodified;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use judge::{Finding, LocalWitness, PageEvidence, is_partial, is_witness, judge, may_be_unmodified};
pub use outage::{End, Outage, RunHealth, stands_for_all};
pub use probe::{Control, Probe, ProbeKey, random_name};
pub use signatures::{SignatureError, Signatures};
pub use simple::{judge_failure, judge_redirect_failure};
pub use unmodified::judge_known;

/// What is said of a link. The names are those of the JSON output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The page answers with its content, or the local file exists.
    Alive,
    /// Alive behind permanent redirects only.
    Moved,
    /// Evidence that the page is gone for good.
    Dead,
    /// The server is there and refuses this client.
    Blocked,
    /// Could not be judged this time.
    Failing,
    /// Not for fetching.
    Skipped,
    /// No URL can be made of what is written.
    Invalid,
}

impl Verdict {
    /// All verdicts, in the order in which summaries list them.
    pub const ALL: [Self; 7] =
        [Self::Alive, Self::Moved, Self::Dead, Self::Blocked, Self::Failing, Self::Skipped, Self::Invalid];

    /// Whether the page is there: alive or moved.
    pub fn is_fine(self) -> bool {
        matches!(self, Self::Alive | Self::Moved)
    }

    /// The verdict's name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alive => "alive",
            Self::Moved => "moved",
            Self::Dead => "dead",
            Self::Blocked => "blocked",
            Self::Failing => "failing",
            Self::Skipped => "skipped",
            Self::Invalid => "invalid",
        }
    }
}

/// Why. The names are those of the JSON output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // The names are the contract's; `docs/verdicts.md` explains each.
pub enum Cause {
    JsShell,
    #[serde(rename = "http-404")]
    Http404,
    #[serde(rename = "http-410")]
    Http410,
    #[serde(rename = "soft-404")]
    Soft404,
    Parked,
    DnsNxdomain,
    FileMissing,
    BotWall,
    #[serde(rename = "http-401")]
    Http401,
    #[serde(rename = "http-402")]
    Http402,
    #[serde(rename = "http-403")]
    Http403,
    #[serde(rename = "http-451")]
    Http451,
    LoginWall,
    Paywall,
    Robots,
    RobotsUnreachable,
    #[serde(rename = "http-429")]
    Http429,
    #[serde(rename = "http-5xx")]
    Http5xx,
    #[serde(rename = "http-4xx")]
    Http4xx,
    Timeout,
    DnsFailure,
    ConnectionRefused,
    ConnectionReset,
    ConnectionClosed,
    TlsExpired,
    TlsHostname,
    TlsUntrusted,
    TlsProtocol,
    RedirectLoop,
    TooManyRedirects,
    BadRedirect,
    ForbiddenAddress,
    BodyTooLarge,
    BodyIncomplete,
    ProtocolError,
    DecodeError,
    Scheme,
    Excluded,
    OverBudget,
    MalformedUrl,
}

impl Cause {
    /// All causes, in the contract's order.
    pub const ALL: [Self; 40] = [
        Self::JsShell,
        Self::Http404,
        Self::Http410,
        Self::Soft404,
        Self::Parked,
        Self::DnsNxdomain,
        Self::FileMissing,
        Self::BotWall,
        Self::Http401,
        Self::Http402,
        Self::Http403,
        Self::Http451,
        Self::LoginWall,
        Self::Paywall,
        Self::Robots,
        Self::RobotsUnreachable,
        Self::Http429,
        Self::Http5xx,
        Self::Http4xx,
        Self::Timeout,
        Self::DnsFailure,
        Self::ConnectionRefused,
        Self::ConnectionReset,
        Self::ConnectionClosed,
        Self::TlsExpired,
        Self::TlsHostname,
        Self::TlsUntrusted,
        Self::TlsProtocol,
        Self::RedirectLoop,
        Self::TooManyRedirects,
        Self::BadRedirect,
        Self::ForbiddenAddress,
        Self::BodyTooLarge,
        Self::BodyIncomplete,
        Self::ProtocolError,
        Self::DecodeError,
        Self::Scheme,
        Self::Excluded,
        Self::OverBudget,
        Self::MalformedUrl,
    ];

    /// The cause's name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JsShell => "js-shell",
            Self::Http404 => "http-404",
            Self::Http410 => "http-410",
            Self::Soft404 => "soft-404",
            Self::Parked => "parked",
            Self::DnsNxdomain => "dns-nxdomain",
            Self::FileMissing => "file-missing",
            Self::BotWall => "bot-wall",
            Self::Http401 => "http-401",
            Self::Http402 => "http-402",
            Self::Http403 => "http-403",
            Self::Http451 => "http-451",
            Self::LoginWall => "login-wall",
            Self::Paywall => "paywall",
            Self::Robots => "robots",
            Self::RobotsUnreachable => "robots-unreachable",
            Self::Http429 => "http-429",
            Self::Http5xx => "http-5xx",
            Self::Http4xx => "http-4xx",
            Self::Timeout => "timeout",
            Self::DnsFailure => "dns-failure",
            Self::ConnectionRefused => "connection-refused",
            Self::ConnectionReset => "connection-reset",
            Self::ConnectionClosed => "connection-closed",
            Self::TlsExpired => "tls-expired",
            Self::TlsHostname => "tls-hostname",
            Self::TlsUntrusted => "tls-untrusted",
            Self::TlsProtocol => "tls-protocol",
            Self::RedirectLoop => "redirect-loop",
            Self::TooManyRedirects => "too-many-redirects",
            Self::BadRedirect => "bad-redirect",
            Self::ForbiddenAddress => "forbidden-address",
            Self::BodyTooLarge => "body-too-large",
            Self::BodyIncomplete => "body-incomplete",
            Self::ProtocolError => "protocol-error",
            Self::DecodeError => "decode-error",
            Self::Scheme => "scheme",
            Self::Excluded => "excluded",
            Self::OverBudget => "over-budget",
            Self::MalformedUrl => "malformed-url",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A verdict with its cause and the evidence for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Its cause, where the verdict has any.
    pub cause: Option<Cause>,
    /// What it rests on, for people: one fact a line.
    #[serde(default)]
    pub evidence: Vec<String>,
}

/// The judgement over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nothing is wrong.
    #[default]
    Ok,
    /// Failed, not yet confirmed.
    Suspect,
    /// Confirmed by several failures days apart.
    Dead,
    /// Was suspect or dead, and is back.
    Revived,
}

/// What is remembered of a link between visits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LinkState {
    /// The judgement over time.
    pub state: State,
    /// Failures that count, since the last success.
    pub strikes: u32,
    /// The first of them.
    pub first_failed: Option<jiff::Timestamp>,
    /// The last that counted.
    pub last_strike: Option<jiff::Timestamp>,
    /// The last success.
    pub last_ok: Option<jiff::Timestamp>,
}
