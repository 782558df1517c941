//! A judgement: a verdict with its cause and the evidence for it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::cause::Cause;
use super::verdict::Verdict;
use crate::model::mask_credentials;

/// The longest fact, in bytes. A fact may quote a header or a title of any length.
const MAX_FACT: usize = 400;

/// A verdict with its cause and the evidence for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Its cause; `None` for a verdict that needs no reason.
    pub cause: Option<Cause>,
    /// The evidence for people, one fact an entry, the strongest first.
    #[serde(default)]
    pub evidence: Vec<String>,
    /// Whether a failure says nothing about the page, although its cause usually does: a handshake that fails
    /// because of what this client's TLS lacks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_inconclusive: bool,
}

impl Judgement {
    /// A judgement from its parts. Names and passwords in URLs are masked, since a fact may quote what a host
    /// answered, and long facts are cut.
    pub fn new<F: Into<String>>(
        verdict: Verdict,
        cause: Option<Cause>,
        evidence: impl IntoIterator<Item = F>,
    ) -> Self {
        Self {
            verdict,
            cause,
            evidence: evidence.into_iter().map(|fact| shorten_fact(fact.into())).collect(),
            is_inconclusive: false,
        }
    }
}

fn shorten_fact(fact: String) -> String {
    let mut fact = match mask_credentials(&fact) {
        Cow::Owned(masked) => masked,
        Cow::Borrowed(_) => fact,
    };
    if fact.len() > MAX_FACT {
        let mut end = MAX_FACT;
        while !fact.is_char_boundary(end) {
            end -= 1;
        }
        fact.truncate(end);
        fact.push('…');
    }
    fact
}

/// A number with its noun, for a fact: `1 redirect`, `2 redirects`.
pub(super) fn count_of(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A status with its reason phrase, for a fact: `status 404 Not Found`.
pub(super) fn describe_status(status: u16) -> String {
    let reason = http::StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason());
    match reason {
        Some(reason) => format!("status {status} {reason}"),
        None => format!("status {status}"),
    }
}
