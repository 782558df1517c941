//! Holds the settings of the engine.

use std::time::Duration;

use url::Url;

use super::budget::Budget;
use super::repost_chains::FollowSettings;
use crate::store::SpaceGuard;

/// The settings of the engine.
pub struct EngineSettings {
    /// The most requests under way at once, over all hosts.
    pub concurrency: usize,
    /// The number of further attempts after a transient failure.
    pub retries: u32,
    /// The wait before the first further attempt.
    pub retry_wait: Duration,
    /// The product token that is looked up in robots.txt.
    pub robots_agent: String,
    /// For how long a stored robots.txt is used.
    pub robots_ttl: Duration,
    /// The most redirects that are followed for a page.
    pub max_redirects: usize,
    /// The limits over all hosts.
    pub budget: Budget,
    /// URLs on hosts that the operator knows to be up.
    pub canaries: Vec<Url>,
    /// For how long an outage of the network here is waited out (`network.outage_patience`).
    pub max_outage: Duration,
    /// The disk that must not become full.
    pub space: Option<SpaceGuard>,
    /// How far upstream links of fetched originals are followed, if at all.
    pub following: Option<FollowSettings>,
    /// For how long requests under way are waited for when the run is stopped.
    pub grace: Duration,
}
