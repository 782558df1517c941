//! A page under way: what was asked and answered for it so far.

use std::sync::Arc;
use std::time::Duration;

use crate::fetch::Exchange;
use crate::fetch::cookies::CookieJar;
use crate::fetch::redirect::RedirectFailure;
use crate::store::UrlRecord;
use crate::verdict::{Probe, ProbeKey};

/// A page under way.
#[derive(Debug)]
pub struct PageJob {
    /// Its place in the plan.
    pub plan: u32,
    /// What the store said of the URL when it was asked for; nothing changes that before it is judged.
    pub previous: Option<Box<UrlRecord>>,
    /// Every exchange of this attempt, the newest last.
    pub chain: Vec<Exchange>,
    /// Cookies of this chain.
    pub jar: CookieJar,
    /// How many times the URL was tried.
    pub attempts: u32,
    /// Whether the newest exchange is tried again: the next one takes its place.
    pub retrying: bool,
    /// Time spent in exchanges, over all attempts.
    pub elapsed: Duration,
    /// Why the chain leads nowhere, where it does: found once, when its last answer came.
    pub dead_end: Option<RedirectFailure>,
    /// What the host answers for a page that cannot exist, where that was asked for.
    pub probe: Option<Arc<Probe>>,
    /// What the host answers for its home page, where that was asked for.
    pub home: Option<Arc<Probe>>,
}

impl PageJob {
    /// A page that is asked for now for the first time.
    pub fn new(plan: u32) -> Self {
        Self {
            plan,
            previous: None,
            chain: Vec::new(),
            jar: CookieJar::new(),
            attempts: 1,
            retrying: false,
            elapsed: Duration::ZERO,
            dead_end: None,
            probe: None,
            home: None,
        }
    }

    /// How many times it was asked for so far: not for a retry that is still to come.
    pub fn asked(&self) -> u32 {
        if self.chain.is_empty() { 0 } else { self.attempts.saturating_sub(u32::from(self.retrying)) }
    }

    pub(in crate::pipeline) fn set_probe(&mut self, key: &ProbeKey, probe: &Arc<Probe>) {
        let place = if key.is_home() { &mut self.home } else { &mut self.probe };
        *place = Some(Arc::clone(probe));
    }
}
