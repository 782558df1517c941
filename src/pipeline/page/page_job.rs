//! Holds a page under way: the requests made for it so far and their answers.

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
    /// Its index in the plan.
    pub plan_index: u32,
    /// The store's record of the URL when it was asked for. Nothing changes it before the page is
    /// judged.
    pub previous: Option<Box<UrlRecord>>,
    /// The language in which the page is asked for, as a BCP 47 tag.
    pub language: Option<Arc<str>>,
    /// Every exchange of this attempt, the newest last.
    pub chain: Vec<Exchange>,
    /// Cookies of this chain.
    pub jar: CookieJar,
    /// The number of attempts, with one that is still to come.
    pub attempts: u32,
    /// Whether the newest exchange is tried again, so that the next one replaces it.
    pub retrying: bool,
    /// Whether the page is asked for without a condition, since the server broke on one.
    pub unconditional: bool,
    /// The time spent in exchanges, over all attempts.
    pub elapsed: Duration,
    /// Why the redirects lead nowhere, if they do.
    pub dead_end: Option<RedirectFailure>,
    /// What the judgement adds to its evidence, such as why the page was not tried again.
    pub remark: Option<String>,
    /// The host's answer for a URL that cannot exist, if it was asked for.
    pub probe: Option<Arc<Probe>>,
    /// The host's answer for its home page, if it was asked for.
    pub home: Option<Arc<Probe>>,
}

impl PageJob {
    /// A page that is asked for the first time.
    pub fn new(plan_index: u32) -> Self {
        Self {
            plan_index,
            previous: None,
            language: None,
            chain: Vec::new(),
            jar: CookieJar::new(),
            attempts: 1,
            retrying: false,
            unconditional: false,
            elapsed: Duration::ZERO,
            dead_end: None,
            remark: None,
            probe: None,
            home: None,
        }
    }

    /// The number of requests so far, without a retry that is still to come.
    pub fn asked(&self) -> u32 {
        if self.chain.is_empty() { 0 } else { self.attempts.saturating_sub(u32::from(self.retrying)) }
    }

    pub(in crate::pipeline) fn set_probe(&mut self, key: &ProbeKey, probe: &Arc<Probe>) {
        let place = if key.is_home() { &mut self.home } else { &mut self.probe };
        *place = Some(Arc::clone(probe));
    }
}
