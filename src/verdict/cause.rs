//! The causes of verdicts.
//!
//! To add a cause: add a variant to [`Cause`], say in `outage::host_was_reached` whether it shows that the host
//! was reached and in `link_state::page_availability` whether it counts as a failure, explain it in
//! `docs/verdicts.md` and add it to the JSON schema. Tests fail where the last two are missing. The code
//! that finds the cause in an answer is in `judge`, `soft_404` and `simple`.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// Why a link has its verdict. The names are those of the JSON output; `docs/verdicts.md` explains each.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
#[allow(missing_docs)] // The names are the contract's, and docs/verdicts.md explains them.
pub enum Cause {
    JsShell,
    #[serde(rename = "http-404")]
    #[strum(serialize = "http-404")]
    Http404,
    #[serde(rename = "http-410")]
    #[strum(serialize = "http-410")]
    Http410,
    #[serde(rename = "soft-404")]
    #[strum(serialize = "soft-404")]
    Soft404,
    Parked,
    DnsNxdomain,
    FileMissing,
    BotWall,
    #[serde(rename = "http-401")]
    #[strum(serialize = "http-401")]
    Http401,
    #[serde(rename = "http-402")]
    #[strum(serialize = "http-402")]
    Http402,
    #[serde(rename = "http-403")]
    #[strum(serialize = "http-403")]
    Http403,
    #[serde(rename = "http-451")]
    #[strum(serialize = "http-451")]
    Http451,
    LoginWall,
    Paywall,
    Robots,
    RobotsUnreachable,
    #[serde(rename = "http-429")]
    #[strum(serialize = "http-429")]
    Http429,
    #[serde(rename = "http-5xx")]
    #[strum(serialize = "http-5xx")]
    Http5xx,
    #[serde(rename = "http-4xx")]
    #[strum(serialize = "http-4xx")]
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
    /// All causes, in the order of the JSON contract.
    pub const ALL: &'static [Self] = <Self as VariantArray>::VARIANTS;

    /// The cause's name in reports.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
