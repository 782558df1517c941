//! The way of work into the scheduler: what is remembered of a host comes first, and where hosts
//! are spared by their address, its lookup.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::{Done, Engine, now_ms};
use crate::frontier::{HostKey, Priority, RobotsRules};
use crate::pipeline::RunError;
use crate::pipeline::engine::work_item::Work;

/// How many hosts are looked up at once.
const LOOKUPS: usize = 32;

/// When something is to be asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Turn {
    /// A page that was not begun, by its worth.
    Fresh(Priority),
    /// Before all others of its host. `gated` is false for a robots file's hop.
    First {
        /// Whether robots.txt has a say.
        gated: bool,
    },
    /// Not before a moment.
    Later {
        /// Whether robots.txt has a say.
        gated: bool,
        /// The moment.
        due: Instant,
    },
}

/// Work for hosts whose address is not known yet. Only used with `host_key = "address"`.
#[derive(Default)]
pub(super) struct Unlocated {
    parked: HashMap<HostKey, Vec<(Url, Work, Turn)>>,
    waiting: VecDeque<(HostKey, Url)>,
    under_way: usize,
    count: usize,
}

impl Unlocated {
    /// How much work is parked.
    pub(super) fn count(&self) -> usize {
        self.count
    }
}

impl Engine<'_> {
    /// Queues work; the first time that a host comes up, what earlier runs learnt of it is put back.
    pub(super) fn enqueue(&mut self, url: &Url, work: Work, turn: Turn) -> Result<(), RunError> {
        let host = HostKey::from_url(url);
        if self.scheduler.needs_address(&host) {
            let parked = self.unlocated.parked.entry(host.clone()).or_default();
            if parked.is_empty() {
                self.unlocated.waiting.push_back((host, url.clone()));
            }
            parked.push((url.clone(), work, turn));
            self.unlocated.count += 1;
            self.look_up();
            return Ok(());
        }
        self.remember_host(&host)?;
        let now = Instant::now();
        match turn {
            Turn::Fresh(_) if self.closed => self.left_over(&host, None),
            Turn::Fresh(priority) => self.scheduler.push(url, work, priority, now),
            Turn::First { gated } => self.scheduler.push_first(url, work, gated, now),
            Turn::Later { gated, due } => self.scheduler.push_later(url, work, gated, due, now),
        }
        Ok(())
    }

    fn look_up(&mut self) {
        while self.unlocated.under_way < LOOKUPS {
            let Some((host, url)) = self.unlocated.waiting.pop_front() else { return };
            self.unlocated.under_way += 1;
            let client = self.client.clone();
            self.tasks.spawn(async move { Done::Located(host, client.locate(&url).await) });
        }
    }

    /// A host's address is known, or cannot be: its work goes into the queue.
    pub(super) fn located(&mut self, host: &HostKey, address: Option<IpAddr>) -> Result<(), RunError> {
        self.unlocated.under_way -= 1;
        self.scheduler.set_address(host.clone(), address);
        let parked = self.unlocated.parked.remove(host).unwrap_or_default();
        self.unlocated.count -= parked.len();
        for (url, work, turn) in parked {
            self.enqueue(&url, work, turn)?;
        }
        self.look_up();
        Ok(())
    }

    /// Puts back what earlier runs learnt of a host, the first time that it comes up: its own robots
    /// files, and its back-off or that of the hosts it is spared with.
    pub(super) fn remember_host(&mut self, host: &HostKey) -> Result<(), RunError> {
        if !self.known_hosts.insert(host.clone()) {
            return Ok(());
        }
        let group = self.scheduler.group_of(host);
        if group != *host
            && let Some(memory) = self.host_states.read_host(&group)?
        {
            self.restore(host, &memory);
        }
        let Some(memory) = self.host_states.read_host(host)? else { return Ok(()) };
        self.restore(host, &memory);
        let ttl = u64::try_from(self.settings.robots_ttl.as_millis()).unwrap_or(u64::MAX);
        for stored in &memory.robots {
            if now_ms().saturating_sub(stored.at_ms) < ttl
                && let Ok(origin) = Url::parse(&stored.origin)
            {
                let rules = RobotsRules::from_access(&stored.access, &self.settings.robots_agent);
                self.scheduler.set_robots_rules(&origin, rules, Instant::now());
            }
        }
        self.robots.insert(host.clone(), memory.robots);
        Ok(())
    }

    fn restore(&mut self, host: &HostKey, memory: &crate::frontier::HostState) {
        let quiet: Duration = self.scheduler.forgiven_after(host);
        let back_off = memory.back_off(quiet, Instant::now(), now_ms());
        if back_off.refusals > 0 || back_off.wait_until.is_some() {
            self.scheduler.restore_back_off(host, back_off);
        }
    }
}
