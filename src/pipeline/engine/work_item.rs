//! The kinds of work that the scheduler queues for a host.

use url::Url;

use crate::fetch::Exchange;
use crate::fetch::cookies::CookieJar;
use crate::pipeline::page::PageJob;
use crate::verdict::ProbeKey;

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
