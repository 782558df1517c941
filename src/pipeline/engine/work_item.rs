//! Defines the kinds of work that the scheduler queues for a host.

use std::sync::Arc;

use url::Url;

use crate::fetch::Exchange;
use crate::fetch::cookies::CookieJar;
use crate::pipeline::page::PageJob;
use crate::verdict::ProbeKey;

/// Work that the scheduler returns with a URL.
#[derive(Debug)]
pub enum Work {
    /// A page of the plan that has not been asked for yet.
    Page(u32),
    /// The next hop of a page, or its retry.
    Hop(Box<PageJob>),
    /// A URL that should not exist, or the home page, asked for because a page looks like a soft 404.
    Probe(Box<ProbeJob>),
    /// The next hop of a robots.txt, or its retry.
    Robots(Box<RobotsJob>),
}

/// A probe under way.
#[derive(Debug)]
pub struct ProbeJob {
    /// The host and folder that the probe stands for.
    pub key: ProbeKey,
    /// The language of the pages that it stands for.
    pub language: Option<Arc<str>>,
    /// Its exchanges.
    pub chain: Vec<Exchange>,
    /// Cookies of this chain.
    pub jar: CookieJar,
}

/// A robots file under way.
#[derive(Debug)]
pub struct RobotsJob {
    /// The URL of robots.txt that was asked for first. Its origin is the one that the file applies to.
    pub robots_url: Url,
    /// Its exchanges.
    pub chain: Vec<Exchange>,
    /// The number of attempts.
    pub attempts: u32,
    /// Whether the newest exchange is tried again.
    pub retrying: bool,
}
