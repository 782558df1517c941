//! What a run may spend, and what was left over because it was spent.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{Ended, Engine};
use crate::frontier::{HostBudget, HostKey};

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

impl Engine<'_> {
    /// Notes that pages of a host were left for a later run; none where it was the run's budget.
    pub(super) fn left_over(&mut self, host: &HostKey, budget: Option<HostBudget>) {
        self.ended = Ended::OverBudget;
        if let Some(budget) = budget {
            self.spent.hosts.entry(host.to_string()).or_insert_with(|| budget.setting_name().to_owned());
        }
    }

    /// Begins no further page once the pages or bytes are spent. True where the time is over, and
    /// with it everything.
    pub(super) fn hold_to_budget(&mut self, started: Instant, now: Instant) -> bool {
        let budget = self.settings.budget;
        if budget.time.is_some_and(|max| now - started >= max) && self.waiting() > 0 {
            self.spent.run = Some("max_time".to_owned());
            self.ended = Ended::OverBudget;
            return true;
        }
        let key = if budget.pages.is_some_and(|max| self.asked >= max) {
            "max_pages"
        } else if budget.bytes.is_some_and(|max| self.bytes >= max) {
            "max_bytes"
        } else {
            return false;
        };
        if !self.closed {
            self.closed = true;
            if self.scheduler.drop_new_pages() > 0 || self.unlocated.count() > 0 {
                self.ended = Ended::OverBudget;
            }
            self.spent.run = Some(key.to_owned());
        }
        false
    }
}
