//! What a run may spend, and which limits it reached.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::frontier::HostKey;

/// What a run may spend over all hosts. Pages that are begun are brought to their end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// No more than this many pages are asked for.
    pub pages: Option<u64>,
    /// No request is begun after this long.
    pub time: Option<Duration>,
    /// No page is begun once so many bytes of bodies have come.
    pub bytes: Option<u64>,
}

/// Which budgets were used up: settings by name. Kept with the run, for its report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SpentBudgets {
    /// The run's own.
    pub run: Option<String>,
    /// Those of single hosts.
    pub hosts: BTreeMap<String, String>,
}

impl SpentBudgets {
    /// Why a page on this host was not asked for.
    pub fn reason(&self, host: &HostKey) -> String {
        match (self.hosts.get(host.as_str()), &self.run) {
            (Some(key), _) => format!("{key} was used up by {host} before its turn"),
            (None, Some(key)) => format!("the run's {key} was used up before its turn"),
            (None, None) => "the run's budget was used up before its turn".to_owned(),
        }
    }
}
