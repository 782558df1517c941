//! Which snapshots an export takes.

use std::collections::HashSet;

use crate::model::UrlKey;

/// Selects the snapshots to export. All conditions must hold; `Default` takes every snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportFilter {
    /// Only these URLs.
    pub urls: Option<HashSet<UrlKey>>,
    /// Only these hosts and their subdomains; all hosts if empty.
    pub hosts: Vec<String>,
    /// Only snapshots from this time on.
    pub from: Option<jiff::Timestamp>,
    /// Only snapshots up to this time.
    pub to: Option<jiff::Timestamp>,
}

impl ExportFilter {
    pub(super) fn takes_url(&self, key: UrlKey, host: &str) -> bool {
        let covers_host = |wanted: &String| {
            host == wanted || host.strip_suffix(wanted.as_str()).is_some_and(|rest| rest.ends_with('.'))
        };
        self.urls.as_ref().is_none_or(|urls| urls.contains(&key))
            && (self.hosts.is_empty() || self.hosts.iter().any(covers_host))
    }

    pub(super) fn takes_time(&self, at: jiff::Timestamp) -> bool {
        self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at <= to)
    }
}
