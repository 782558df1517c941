//! The main job: the archive in; visits, snapshots and a report out.
//!
//! [`plan`] reads the archive into a link table and distinct URLs; [`engine`] asks for them, as the
//! scheduler allows; [`analyse`] judges each page, [`compare`] holds it against its local copies and its
//! earlier snapshots, and [`conclude`] hands it to the store; [`settle`] counts failures once the run is over; [`report`]
//! joins the link table with the visits, from the store alone.

pub mod confirm_failures;
pub mod engine;
mod host_state_store;
pub mod page;
pub mod plan;
pub mod report;
mod shutdown;
pub mod url_filter;

pub use host_state_store::HostStateStore;
pub use shutdown::Stop;

use std::sync::Arc;

use jiff::Timestamp;

use crate::archive::{Archive, ReadRules};
use crate::citation::CitationRules;
use crate::fetch::{Client, FetchSettings};
use crate::frontier::{HostPoliteness, Scheduler};
use crate::report::text::format_duration;
use crate::store::{RunId, RunRecord, SnapshotError, SnapshotStore};
use crate::text::normalize::NormalForms;
use crate::verdict::{Outage, Signatures};

use engine::{Crawled, Ended, Engine, EngineSettings};
use page::judge::{Analyst, Judged};
use page::upstream_links::LeadRules;
use plan::{Plan, PlannedUrl, Roles};
use url_filter::Excluded;

/// What can fail in a run as a whole.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The store failed.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The stored state of a host is damaged.
    #[error(transparent)]
    Frontier(#[from] crate::frontier::FrontierError),
    /// The client could not be set up.
    #[error(transparent)]
    Fetch(#[from] crate::fetch::FetchError),
    /// A record could not be written or read.
    #[error("a record could not be encoded or decoded: {0}")]
    Encode(String),
    /// No host answered.
    #[error("no network: none of {hosts} hosts could be reached (last: {last})")]
    NoNetwork {
        /// How many were tried.
        hosts: usize,
        /// The last failure.
        last: String,
    },
    /// Most hosts, or all canaries, could not be reached.
    #[error(transparent)]
    Outage(Outage),
    /// Our own network went down in the middle of the run and stayed away.
    #[error(
        "the network here went down after {judged} pages and did not come back within {patience}: the rest is \
         still due"
    )]
    OutageLasted {
        /// Pages that were judged before.
        judged: u64,
        /// How long it was waited for.
        patience: String,
    },
    /// The report could not be written.
    #[error("the report could not be written: {0}")]
    Output(#[from] std::io::Error),
    /// The threads that judge pages could not be started.
    #[error("the threads that judge pages could not be started: {0}")]
    Workers(#[source] std::io::Error),
    /// A task was lost: a fault of ours.
    #[error("a worker failed: {0}")]
    Worker(String),
    /// A queue entry that is no URL: a fault of ours.
    #[error("not a URL in the queue: {0}")]
    Url(String),
    /// A place that the plan does not have: a fault of ours.
    #[error("the plan has no URL number {0}")]
    Plan(u32),
}

impl From<tokio::task::JoinError> for RunError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Worker(error.to_string())
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default)]
pub struct EngineState {
    /// Pages that have a verdict.
    pub judged: u64,
    /// Pages that were found in fetched ones and added.
    pub found: u64,
    /// Hosts with a request under way.
    pub active_hosts: usize,
    /// Other hosts with something that waits.
    pub waiting_hosts: usize,
}

/// Who watches a run.
pub trait Observer {
    /// The archive was read: so many URLs, so many of them judged already in this run.
    fn planned(&mut self, plan: &Plan, done: u64);
    /// How far it is.
    fn progress(&mut self, state: EngineState);
    /// A page has its verdict.
    fn judged(&mut self, planned: &PlannedUrl, judged: &Judged);
}

/// Everything that a run is made with.
pub struct RunInputs<'a> {
    /// `run` or `check`.
    pub command: &'static str,
    /// The archive.
    pub archive: &'a Archive,
    /// How articles are read.
    pub read: Arc<ReadRules>,
    /// What links mean.
    pub cite: Arc<CitationRules>,
    /// What walls and soft-404s look like.
    pub signatures: Arc<Signatures>,
    /// Which differences of form are none.
    pub forms: Arc<NormalForms>,
    /// The client's settings.
    pub fetch: &'a FetchSettings,
    /// How hosts are treated.
    pub politeness: HostPoliteness,
    /// The engine's settings.
    pub engine: EngineSettings,
    /// Links in these roles are asked for.
    pub roles: Roles,
    /// These URLs are not.
    pub excluded: Excluded,
    /// Whether an interrupted run is left alone and a new one begun.
    pub fresh: bool,
    /// How long an interrupted run may be continued.
    pub continue_within: std::time::Duration,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct RunOutcome {
    /// Its name.
    pub id: RunId,
    /// Whether it was interrupted.
    pub interrupted: bool,
}

/// Runs the main job.
pub async fn run(
    inputs: RunInputs<'_>,
    store: Arc<dyn SnapshotStore>,
    host_states: &HostStateStore,
    stop: &mut Stop,
    observer: &mut dyn Observer,
) -> Result<RunOutcome, RunError> {
    let client = Client::new(inputs.fetch)?;
    let keep = inputs.command == "run";
    let plan =
        Plan::read(inputs.archive, &inputs.read, &inputs.cite, inputs.roles, &inputs.excluded, &*store)?;
    let plan = Arc::new(plan);

    let mut record = begin(&inputs, &plan, &*store)?;
    let id = record.id;
    let analyst = Arc::new(Analyst {
        plan: Arc::clone(&plan),
        store: Arc::clone(&store),
        signatures: Arc::clone(&inputs.signatures),
        read: Arc::clone(&inputs.read),
        forms: Arc::clone(&inputs.forms),
        leads: inputs
            .engine
            .following
            .as_ref()
            .map(|_| LeadRules { read: Arc::clone(&inputs.read), cite: Arc::clone(&inputs.cite) }),
        run: id,
        keep,
    });
    let scheduler = Scheduler::new(inputs.politeness.clone());
    let patience = inputs.engine.outage_patience;
    let mut engine = Engine::new(client, analyst, host_states, scheduler, inputs.engine)?;
    let done = queue(&mut engine, &plan, &*store, id)?;
    observer.planned(&plan, done);

    let Crawled { ended, tally, outage, spent, judged, failures } = engine.run(stop, observer).await?;
    if ended == Ended::Outage {
        // What was judged before the outage stands; the next run goes on with the rest, and counts.
        store.flush()?;
        let patience = format_duration(i64::try_from(patience.as_secs()).unwrap_or(i64::MAX));
        return Err(RunError::OutageLasted { judged, patience });
    }
    let down = ended == Ended::NoNetwork || outage.is_some();
    confirm_failures::count_failures(&plan, &failures, &*store, id, !down, outage.as_ref())?;
    let interrupted = ended == Ended::Interrupted;
    if !interrupted {
        record.finished = Some(Timestamp::now());
        if let (Some(detail), Ok(spent)) = (record.detail.as_object_mut(), serde_json::to_value(&spent)) {
            detail.insert("spent".to_owned(), spent);
        }
    }
    store.put_run(&record)?;
    store.flush()?;
    if ended == Ended::NoNetwork {
        let last = tally.failed.values().next().map(ToString::to_string).unwrap_or_default();
        return Err(RunError::NoNetwork { hosts: tally.failed.len(), last });
    }
    if let Some(outage) = outage {
        return Err(RunError::Outage(outage));
    }
    Ok(RunOutcome { id, interrupted })
}

/// Continues the last run where it was interrupted, or begins a new one.
fn begin(inputs: &RunInputs<'_>, plan: &Plan, store: &dyn SnapshotStore) -> Result<RunRecord, RunError> {
    let now = Timestamp::now();
    let last = store.runs()?.pop();
    let open = last.as_ref().filter(|last| {
        let age = now.duration_since(last.started).unsigned_abs();
        last.finished.is_none()
            && last.command == inputs.command
            && age <= inputs.continue_within
            && !inputs.fresh
    });
    let detail = serde_json::json!({
        "articles": plan.article_count,
        "links": plan.link_count,
        "urls": plan.urls.len(),
        "roles": inputs.roles.list(),
        "exclude": inputs.excluded.written(),
        "robots_ignored": inputs.politeness.ignores_robots(),
        "unreadable": plan.unreadable,
        "normal_forms": inputs.forms.names(),
        // How far the leads of originals are followed; 0 where they are not.
        "max_chain": inputs.engine.following.as_ref().map_or(0, |following| following.max_chain),
    });
    let mut record = if let Some(open) = open {
        open.clone()
    } else {
        // Two runs begun within a millisecond must not share a name.
        let after = last.map_or(0, |last| last.id.0 + 1);
        RunRecord {
            id: RunId(engine::now_ms().max(after)),
            command: inputs.command.to_owned(),
            started: now,
            finished: None,
            link_table: Vec::new(),
            detail: serde_json::Value::Null,
        }
    };
    // The archive may have changed since the interruption: the table is that of now.
    record.link_table.clone_from(&plan.link_table);
    record.detail = detail;
    store.put_run(&record)?;
    Ok(record)
}

/// Queues what has no verdict of this run yet; gives the number of those that have one.
fn queue(
    engine: &mut Engine<'_>,
    plan: &Plan,
    store: &dyn SnapshotStore,
    run: RunId,
) -> Result<u64, RunError> {
    let mut done = 0;
    let mut due: Vec<(u32, Option<u64>)> = Vec::with_capacity(plan.urls.len());
    for (index, planned) in (0_u32..).zip(&plan.urls) {
        let record = store.url(planned.url.key())?;
        if record.as_ref().is_some_and(|record| record.last_run == run) {
            done += 1;
            if let Some(record) = record {
                engine.judged_before(index, &record.state)?;
            }
        } else {
            due.push((index, record.map(|record| record.last_visit_ms)));
        }
    }
    for (index, visited) in due {
        engine.add(index, visited)?;
    }
    Ok(done)
}
