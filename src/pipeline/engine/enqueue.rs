//! Puts work into the scheduler. Where hosts are grouped by address, the address is looked up first.

use std::net::IpAddr;

use tokio::time::Instant;
use url::Url;

use super::crawl_state::Engine;
use super::event::Event;
use super::schedule::Schedule;
use super::work_item::Work;
use crate::frontier::HostKey;
use crate::pipeline::error::RunError;
use crate::pipeline::plan::LastVisit;

/// How many addresses are looked up at once.
const MAX_LOOKUPS: usize = 32;

impl Engine<'_> {
    /// Queues a page of the plan. `last_visit` is `None` for a page that was never visited.
    pub fn queue_page(&mut self, index: u32, last_visit: Option<LastVisit>) -> Result<(), RunError> {
        let url = self.planned_url(index)?.url.as_url().clone();
        if last_visit.is_none() {
            self.never_visited.insert(index);
        }
        let priority = self.analyst.plan.priority_of(index, last_visit);
        self.enqueue(&url, Work::Page(index), Schedule::Fresh(priority))
    }

    /// Queues work. When a host is seen for the first time, its stored state is restored.
    pub(super) fn enqueue(&mut self, url: &Url, work: Work, turn: Schedule) -> Result<(), RunError> {
        let host = HostKey::from_url(url);
        if self.scheduler.needs_address(&host) {
            let parked = self.awaiting_address.parked.entry(host.clone()).or_default();
            if parked.is_empty() {
                self.awaiting_address.waiting.push_back((host, url.clone()));
            }
            parked.push((url.clone(), work, turn));
            self.awaiting_address.count += 1;
            self.look_up_addresses();
            return Ok(());
        }
        self.restore_host_state(&host)?;
        let now = Instant::now();
        match turn {
            Schedule::Fresh(_) if self.is_closed => self.record_left_over(&host, None),
            Schedule::Fresh(priority) => self.scheduler.push(url, work, priority, now),
            Schedule::First { obeys_robots } => self.scheduler.push_first(url, work, obeys_robots, now),
            Schedule::Last { due } => self.scheduler.push_last(url, work, due, now),
            Schedule::Later { obeys_robots, due } => {
                self.scheduler.push_later(url, work, obeys_robots, due, now);
            }
        }
        Ok(())
    }

    fn look_up_addresses(&mut self) {
        while self.awaiting_address.under_way < MAX_LOOKUPS {
            let Some((host, url)) = self.awaiting_address.waiting.pop_front() else { return };
            self.awaiting_address.under_way += 1;
            let client = self.client.clone();
            self.tasks.spawn(async move { Event::HostLocated(host, client.lookup_address(&url).await) });
        }
    }

    /// Queues the work of a host whose address lookup has ended.
    pub(super) fn handle_address(&mut self, host: &HostKey, address: Option<IpAddr>) -> Result<(), RunError> {
        self.awaiting_address.under_way -= 1;
        self.scheduler.set_address(host.clone(), address);
        let parked = self.awaiting_address.parked.remove(host).unwrap_or_default();
        self.awaiting_address.count -= parked.len();
        for (url, work, turn) in parked {
            self.enqueue(&url, work, turn)?;
        }
        self.look_up_addresses();
        Ok(())
    }
}
