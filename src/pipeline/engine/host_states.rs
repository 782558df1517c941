//! Restores what earlier runs learnt of a host, and stores what this run learns.

use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::crawl_state::Engine;
use crate::frontier::{HostKey, HostState, RobotsAccess, RobotsRules, StoredRobots};
use crate::pipeline::error::RunError;

/// The longest robots.txt, in bytes, that is stored between runs.
const MAX_STORED_ROBOTS_BYTES: usize = 3 << 10;

impl Engine<'_> {
    /// Restores the stored state of a host when it is seen for the first time: its robots.txt, and the
    /// back-off of its rate-limit group.
    pub(super) fn restore_host_state(&mut self, host: &HostKey) -> Result<(), RunError> {
        if !self.known_hosts.insert(host.clone()) {
            return Ok(());
        }
        let group = self.scheduler.group_of(host);
        if group != *host
            && let Some(memory) = self.host_states.read_host(&group)?
        {
            self.restore_back_off(host, &memory);
        }
        let Some(memory) = self.host_states.read_host(host)? else { return Ok(()) };
        self.restore_back_off(host, &memory);
        let now_ms = self.analyst.now_ms();
        for stored in &memory.robots {
            if stored.is_fresh(self.settings.robots_ttl, now_ms)
                && let Ok(origin) = Url::parse(&stored.origin)
            {
                let rules = RobotsRules::from_access(&stored.access, &self.settings.robots_agent);
                self.scheduler.set_robots_rules(&origin, rules, Instant::now());
            }
        }
        self.robots_files.insert(host.clone(), memory.robots);
        Ok(())
    }

    fn restore_back_off(&mut self, host: &HostKey, memory: &HostState) {
        let quiet: Duration = self.scheduler.forgiven_after(host);
        let back_off = memory.back_off(quiet, Instant::now(), self.analyst.now_ms());
        if back_off.refusals > 0 || back_off.wait_until.is_some() {
            self.scheduler.restore_back_off(host, back_off);
        }
    }

    /// Stores the state of a host: its robots.txt under its own name, the back-off under the name of
    /// its rate-limit group.
    pub(super) fn store_host_state(&mut self, host: &HostKey) -> Result<(), RunError> {
        let group = self.scheduler.group_of(host);
        let back_off = self.scheduler.back_off(host);
        let quiet = self.scheduler.forgiven_after(host);
        let mut memory = self.robots_to_store(&group);
        memory.set_back_off(back_off, quiet, Instant::now(), self.analyst.now_ms());
        self.host_states.write_host(&group, &memory)?;
        if group != *host {
            let own = self.robots_to_store(host);
            self.host_states.write_host(host, &own)?;
        }
        Ok(())
    }

    fn robots_to_store(&self, host: &HostKey) -> HostState {
        // A page of the database holds about this much. A larger robots.txt is fetched again in the
        // next run.
        let fits = |stored: &&StoredRobots| match &stored.access {
            RobotsAccess::Found(text) => text.len() <= MAX_STORED_ROBOTS_BYTES,
            _ => true,
        };
        let robots =
            self.robots_files.get(host).into_iter().flatten().filter(fits).take(2).cloned().collect();
        HostState { robots, ..HostState::default() }
    }
}
