//! The settings of the engine.

use std::time::Duration;

use url::Url;

use super::budget::Budget;
use super::repost_chains::FollowSettings;

/// What the engine is told.
pub struct EngineSettings {
    /// Requests under way at once, over all hosts.
    pub concurrency: usize,
    /// Further attempts after a transient failure.
    pub retries: u32,
    /// The wait before the first of them.
    pub retry_wait: Duration,
    /// Our product token in robots files.
    pub robots_agent: String,
    /// How long a robots file is good for.
    pub robots_ttl: Duration,
    /// How many redirects are followed.
    pub max_redirects: usize,
    /// What may be spent over all hosts.
    pub budget: Budget,
    /// Hosts of which the operator knows that they are up.
    pub canaries: Vec<Url>,
    /// How long an outage of our own network is waited out.
    pub max_outage: Duration,
    /// How far the leads of fetched originals are followed; none: not at all.
    pub following: Option<FollowSettings>,
    /// How long requests under way are waited for when the run is stopped.
    pub grace: Duration,
}
