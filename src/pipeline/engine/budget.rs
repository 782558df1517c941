//! Defines what a run may spend, and records which limits it reached.

use std::time::Duration;

use crate::frontier::HostKey;
use crate::store::SpentBudgets;

/// The limits of a run over all hosts. Pages that have been begun are finished even if a limit is
/// reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// The number of pages to ask for.
    pub pages: Option<u64>,
    /// The time after which no request is begun.
    pub time: Option<Duration>,
    /// The number of bytes of bodies after which no page is begun.
    pub bytes: Option<u64>,
}

impl SpentBudgets {
    /// The reason why a page on this host was not asked for.
    pub fn explain_unasked_page(&self, host: &HostKey) -> String {
        match (self.hosts.get(host.as_str()), &self.run) {
            (Some(key), _) => format!("{host} reached {key} before this page's turn"),
            (None, Some(key)) => format!("the run reached {key} before this page's turn"),
            (None, None) => "the run reached a limit before this page's turn".to_owned(),
        }
    }
}
