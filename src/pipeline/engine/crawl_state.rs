//! Holds the state of one crawl, which the engine's loop alone owns.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::task::JoinSet;
use tokio::time::Instant;
use url::Url;

use super::analysis_threads::AnalysisThreads;
use super::awaiting_address::AwaitingAddress;
use super::crawl_outcome::CrawlEnd;
use super::deferred_page::DeferredPage;
use super::event::Event;
use super::host_stats::HostStats;
use super::network_monitor::NetworkMonitor;
use super::probe_registry::ProbeRegistry;
use super::repost_chains::RepostChains;
use super::settings::EngineSettings;
use super::space_watch::SpaceWatch;
use super::witnesses::Witnesses;
use super::work_item::Work;
use crate::fetch::{Client, FetchFailure};
use crate::frontier::{HostKey, Origin, Priority, Scheduler, StoredRobots};
use crate::pipeline::error::RunError;
use crate::pipeline::host_state_store::HostStateStore;
use crate::pipeline::page::Analyst;
use crate::pipeline::plan::{LastVisit, Planned};
use crate::store::{SpentBudgets, StoreError};
use crate::verdict::RunHealth;

/// One crawl. The methods are in files named for the work they do.
pub struct Engine<'a> {
    pub(super) client: Client,
    pub(super) analyst: Arc<Analyst>,
    pub(super) host_states: &'a HostStateStore,
    pub(super) settings: EngineSettings,
    pub(super) scheduler: Scheduler<Work>,
    pub(super) probes: ProbeRegistry,
    pub(super) tasks: JoinSet<Event>,
    pub(super) analysis_threads: AnalysisThreads,
    pub(super) analysis_bytes: usize,
    pub(super) pages_requested: u64,
    pub(super) bytes_received: u64,
    /// Whether no further page is begun because the page or byte limit of the run was reached.
    pub(super) is_closed: bool,
    pub(super) ended: CrawlEnd,
    pub(super) spent: SpentBudgets,
    pub(super) known_hosts: HashSet<HostKey>,
    pub(super) awaiting_address: AwaitingAddress,
    pub(super) robots_files: HashMap<HostKey, Vec<StoredRobots>>,
    /// Origins whose robots.txt could not be fetched.
    pub(super) unreachable_origins: HashMap<Origin, UnreachableOrigin>,
    /// Hosts at which HTTP/2 failed, so HTTP/1.1 is used.
    pub(super) http1_hosts: HashSet<HostKey>,
    pub(super) host_stats: HostStats,
    pub(super) health: RunHealth,
    pub(super) witnesses: Witnesses,
    pub(super) network: NetworkMonitor,
    /// Pages whose failure may be due to an outage here, with the time of the failure.
    pub(super) deferred_pages: Vec<(Instant, DeferredPage)>,
    pub(super) chains: RepostChains,
    /// The disk of the store.
    pub(super) space: SpaceWatch,
    /// Why the run ended, if too little of the disk was free.
    pub(super) shortage: Option<StoreError>,
    pub(super) judged: u64,
    /// Pages of which the store holds no visit yet.
    pub(super) never_visited: HashSet<u32>,
    pub(super) failures: Vec<u32>,
    /// Pages that were asked for once more, since another page had the same body.
    pub(super) asked_again: HashSet<u32>,
    pub(super) found: u64,
}

/// An origin whose robots.txt could not be fetched.
pub(super) struct UnreachableOrigin {
    pub(super) robots_url: Url,
    pub(super) failure: FetchFailure,
    pub(super) attempts: u32,
    pub(super) at: Instant,
}

impl<'a> Engine<'a> {
    /// Creates a crawl. Pages are added with [`Engine::queue_page`].
    pub fn new(
        client: Client,
        analyst: Arc<Analyst>,
        host_states: &'a HostStateStore,
        scheduler: Scheduler<Work>,
        settings: EngineSettings,
    ) -> Result<Self, RunError> {
        let chains = RepostChains::new(settings.following.clone());
        let network = NetworkMonitor::new(settings.canaries.clone(), settings.max_outage);
        let space = SpaceWatch::new(settings.space.clone());
        Ok(Self {
            client,
            analyst,
            host_states,
            settings,
            scheduler,
            probes: ProbeRegistry::default(),
            tasks: JoinSet::new(),
            analysis_threads: AnalysisThreads::new().map_err(RunError::AnalysisThreads)?,
            analysis_bytes: 0,
            pages_requested: 0,
            bytes_received: 0,
            is_closed: false,
            ended: CrawlEnd::Done,
            space,
            shortage: None,
            spent: SpentBudgets::default(),
            known_hosts: HashSet::new(),
            awaiting_address: AwaitingAddress::default(),
            robots_files: HashMap::new(),
            unreachable_origins: HashMap::new(),
            http1_hosts: HashSet::new(),
            host_stats: HostStats::default(),
            health: RunHealth::new(),
            witnesses: Witnesses::default(),
            network,
            deferred_pages: Vec::new(),
            chains,
            judged: 0,
            never_visited: HashSet::new(),
            failures: Vec::new(),
            asked_again: HashSet::new(),
            found: 0,
        })
    }

    pub(super) fn planned_url(&self, index: u32) -> Result<Planned<'_>, RunError> {
        self.analyst.plan.get(index).ok_or(RunError::Plan(index))
    }

    /// The priority of a page that is queued again after an outage.
    pub(super) fn page_priority(&self, index: u32) -> Result<Priority, RunError> {
        let record = self.analyst.store.read_url(self.planned_url(index)?.url.key())?;
        Ok(self.analyst.plan.priority_of(index, record.as_ref().map(LastVisit::from)))
    }

    /// The number of work items that have not been sent yet.
    pub(super) fn waiting_count(&self) -> usize {
        self.scheduler.waiting_count() + self.awaiting_address.len()
    }
}
