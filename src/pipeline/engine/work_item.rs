//! What is under way: a page with its chain of hops, a probe, a robots file.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::fetch::Exchange;
use crate::fetch::cookies::CookieJar;
use crate::fetch::redirect::RedirectFailure;
use crate::store::UrlRecord;
use crate::verdict::{Probe, ProbeKey};

/// What the scheduler gives back with a URL.
#[derive(Debug)]
pub enum Work {
    /// A page of the plan that has not been asked for yet.
    Page(u32),
    /// A page's next hop, or its retry.
    Hop(Box<PageJob>),
    /// A sibling that should not exist, or the home page, on behalf of a page that looks like a
    /// soft-404.
    Probe(Box<ProbeJob>),
    /// The next hop (or a retry) of a robots file.
    Robots(Box<RobotsJob>),
}

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

    fn learns(&mut self, key: &ProbeKey, probe: &Arc<Probe>) {
        let place = if key.is_home() { &mut self.home } else { &mut self.probe };
        *place = Some(Arc::clone(probe));
    }
}

/// A probe under way.
#[derive(Debug)]
pub struct ProbeJob {
    /// What it speaks for.
    pub key: ProbeKey,
    /// Its exchanges.
    pub chain: Vec<Exchange>,
    /// Cookies of this chain.
    pub jar: CookieJar,
}

/// A robots file under way.
#[derive(Debug)]
pub struct RobotsJob {
    /// The robots URL that was asked for first: its origin is what the file speaks for.
    pub robots_url: Url,
    /// Its exchanges.
    pub chain: Vec<Exchange>,
    /// How many times it was tried.
    pub attempts: u32,
    /// Whether the newest exchange is tried again.
    pub retrying: bool,
}

/// The probes of a run: each is made once a host and folder (once a host, of its home page), however
/// many pages ask for it.
#[derive(Debug, Default)]
pub struct Probes(HashMap<ProbeKey, ProbeState>);

#[derive(Debug)]
enum ProbeState {
    #[allow(clippy::vec_box)] // Jobs are boxed everywhere else: they are moved, not copied.
    Asking(Vec<Box<PageJob>>),
    Known(Arc<Probe>),
}

/// What became of a page that asked for a probe.
pub enum ProbeWanted {
    /// It is known: judge the page again.
    Known(Box<PageJob>),
    /// The page is the first to ask: make the probe.
    Make,
    /// Another page asked already.
    Waiting,
}

impl Probes {
    /// A page asks for a probe and is kept until it is known.
    pub fn want(&mut self, key: ProbeKey, mut page: Box<PageJob>) -> ProbeWanted {
        match self.0.get_mut(&key) {
            Some(ProbeState::Known(probe)) => {
                page.learns(&key, probe);
                ProbeWanted::Known(page)
            }
            Some(ProbeState::Asking(pages)) => {
                pages.push(page);
                ProbeWanted::Waiting
            }
            None => {
                self.0.insert(key, ProbeState::Asking(vec![page]));
                ProbeWanted::Make
            }
        }
    }

    /// A probe is known: the pages that waited for it.
    #[allow(clippy::vec_box)]
    pub fn known(&mut self, key: ProbeKey, probe: Probe) -> Vec<Box<PageJob>> {
        let probe = Arc::new(probe);
        let mut pages = match self.0.remove(&key) {
            Some(ProbeState::Asking(pages)) => pages,
            _ => Vec::new(),
        };
        for page in &mut pages {
            page.learns(&key, &probe);
        }
        self.0.insert(key, ProbeState::Known(probe));
        pages
    }
}

/// The wait before a further attempt: doubled at each, with up to half of it as jitter, so that
/// many pages that failed together do not come back together.
pub fn retry_wait(initial: Duration, attempts: u32) -> Duration {
    let base = initial.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1).min(10)));
    base.mul_f64(1.0 + 0.5 * fastrand::f64())
}
