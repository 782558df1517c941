//! Holds the engine to the budget of the run.

use tokio::time::Instant;

use super::crawl_outcome::CrawlEnd;
use super::crawl_state::Engine;
use crate::frontier::{HostBudget, HostKey};

impl Engine<'_> {
    /// Records that pages of a host are left for the next run. `budget` is `None` where the limit of
    /// the run is the reason.
    pub(super) fn record_left_over(&mut self, host: &HostKey, budget: Option<HostBudget>) {
        self.ended = CrawlEnd::OverBudget;
        if let Some(budget) = budget {
            self.spent.hosts.entry(host.to_string()).or_insert_with(|| budget.setting_name().to_owned());
        }
    }

    /// Stops beginning pages once the page or byte limit is reached. Returns true once the time limit
    /// is reached, which ends the crawl.
    pub(super) fn enforce_budget(&mut self, started: Instant, now: Instant) -> bool {
        let budget = self.settings.budget;
        if budget.time.is_some_and(|max| now - started >= max) && self.waiting_count() > 0 {
            self.spent.run = Some("max_time".to_owned());
            self.ended = CrawlEnd::OverBudget;
            return true;
        }
        let key = if budget.pages.is_some_and(|max| self.pages_requested >= max) {
            "max_pages"
        } else if budget.bytes.is_some_and(|max| self.bytes_received >= max) {
            "max_bytes"
        } else {
            return false;
        };
        if !self.is_closed {
            self.is_closed = true;
            if self.scheduler.drop_new_pages() > 0 || self.awaiting_address.len() > 0 {
                self.ended = CrawlEnd::OverBudget;
            }
            self.spent.run = Some(key.to_owned());
        }
        false
    }
}
