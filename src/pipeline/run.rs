//! Runs the crawl: plans it, asks for the pages, counts failures, and records how the run ended.

use std::sync::Arc;

use super::clock::{set_run_clock, unix_ms};
use super::confirm_failures::{self, FailureTrust};
use super::engine::{CrawlEnd, CrawlOutcome, Engine, EngineSettings};
use super::error::RunError;
use super::host_state_store::HostStateStore;
use super::network_fault::NetworkFault;
use super::observer::RunObserver;
use super::page::{Analyst, SharedBodies, UpstreamRules};
use super::plan::{LastVisit, Plan};
use super::role_set::RoleSet;
use super::shutdown::StopSignal;
use super::url_filter::UrlFilter;
use crate::archive::{Archive, ReadRules};
use crate::citation::CitationRules;
use crate::fetch::{Client, FetchSettings};
use crate::frontier::{HostPoliteness, Scheduler};
use crate::model::Clock;
use crate::report::text::format_duration;
use crate::store::{RunDetails, RunId, RunRecord, SnapshotStore, StoreError};
use crate::text_diff::CompareRules;
use crate::verdict::Signatures;

/// Everything that a run needs.
pub struct RunInputs<'a> {
    /// The name of the command, `run` or `check`.
    pub command: &'static str,
    /// The archive.
    pub archive: &'a Archive,
    /// The rules for reading articles.
    pub read_rules: Arc<ReadRules>,
    /// The rules for the roles of links.
    pub citation_rules: Arc<CitationRules>,
    /// The signatures of bot walls and soft 404s.
    pub signatures: Arc<Signatures>,
    /// Which differences are only form, and which changes are named first.
    pub compare: Arc<CompareRules>,
    /// The client's settings.
    pub fetch: &'a FetchSettings,
    /// The politeness towards hosts.
    pub politeness: HostPoliteness,
    /// The engine's settings.
    pub engine: EngineSettings,
    /// Links in these roles are asked for.
    pub roles: RoleSet,
    /// URLs that are not asked for.
    pub excluded: UrlFilter,
    /// Whether to begin a new run even if the last one was interrupted.
    pub fresh: bool,
    /// For how long an interrupted run may be continued.
    pub continue_within: std::time::Duration,
}

/// How a run ended.
#[derive(Debug)]
pub struct RunOutcome {
    /// The id of the run.
    pub id: RunId,
    /// Whether it was interrupted, by a signal or by an outage that lasted.
    pub interrupted: bool,
    /// Why it was interrupted, if too little of the store's disk was free. What was fetched is stored, unless
    /// the disk was full all the same.
    pub shortage: Option<StoreError>,
    /// Why it could not do its job, if it could not.
    pub network_fault: Option<NetworkFault>,
}

/// Runs the crawl. A run that was interrupted is continued.
pub async fn run(
    inputs: RunInputs<'_>,
    store: Arc<dyn SnapshotStore>,
    host_states: &HostStateStore,
    stop: &mut StopSignal,
    observer: &mut dyn RunObserver,
) -> Result<RunOutcome, RunError> {
    let clock = set_run_clock(&*store)?;
    let client = Client::new(&FetchSettings { clock, ..inputs.fetch.clone() })?;
    let keep = inputs.command == "run";
    let plan = Plan::read(
        inputs.archive,
        &inputs.read_rules,
        &inputs.citation_rules,
        inputs.roles,
        &inputs.excluded,
        inputs.fetch.accept_language.is_none(),
        &*store,
    )?;
    let plan = Arc::new(plan);

    let mut record = begin_run_record(&inputs, &plan, &*store, clock)?;
    let id = record.id;
    // From here on a report can be made, whatever happens to the disk.
    store.flush()?;
    let ahead = store.read_runs()?.into_iter().filter(|run| run.details.clock_was_ahead);
    let analyst = Arc::new(Analyst {
        shared_bodies: SharedBodies::for_plan(&plan),
        plan: Arc::clone(&plan),
        store: Arc::clone(&store),
        signatures: Arc::clone(&inputs.signatures),
        read_rules: Arc::clone(&inputs.read_rules),
        citation_rules: Arc::clone(&inputs.citation_rules),
        compare: Arc::clone(&inputs.compare),
        leads: inputs.engine.following.as_ref().map(|_| UpstreamRules {
            read_rules: Arc::clone(&inputs.read_rules),
            citation_rules: Arc::clone(&inputs.citation_rules),
        }),
        run: id,
        clock,
        runs_with_clock_ahead: ahead.map(|run| run.id).collect(),
        keep,
    });
    let scheduler = Scheduler::new(inputs.politeness.clone());
    let max_outage = inputs.engine.max_outage;
    let mut engine = Engine::new(client, analyst, host_states, scheduler, inputs.engine)?;
    let done = queue_due_pages(&mut engine, &plan, &*store, id)?;
    observer.plan_ready(&plan, done);

    let CrawlOutcome { ended, host_stats, mut shortage, outage, network_proved, spent, judged, failures } =
        engine.run(stop, observer).await?;
    if shortage.as_ref().is_some_and(StoreError::is_disk_full) {
        return Ok(RunOutcome { id, interrupted: true, shortage, network_fault: None });
    }
    if ended == CrawlEnd::Outage {
        // What was judged before the outage is stored. The next run goes on with the rest, and counts
        // failures.
        store.flush()?;
        let waited = format_duration(i64::try_from(max_outage.as_secs()).unwrap_or(i64::MAX));
        let network_fault = Some(NetworkFault::OutageLasted { judged, waited });
        return Ok(RunOutcome { id, interrupted: true, shortage, network_fault });
    }
    let no_network = ended == CrawlEnd::NoNetwork;
    let trust = FailureTrust { no_network, outage: outage.as_ref(), is_clock_wrong: !clock.is_believable() };
    let mut interrupted = matches!(ended, CrawlEnd::Interrupted | CrawlEnd::LowSpace);
    record.details.stopped = shortage.as_ref().map(ToString::to_string);
    if !interrupted {
        record.finished = Some(clock.now());
        record.details.spent = Some(spent);
    }
    let saved = confirm_failures::count_failures(&plan, &failures, &*store, id, trust);
    match saved.and_then(|()| Ok(store.write_run(&record)?)).and_then(|()| Ok(store.flush()?)) {
        // The disk became full at the very end. The next run completes this one.
        Err(RunError::Snapshot(error)) if error.is_disk_full() => {
            (interrupted, shortage) = (true, Some(error));
        }
        other => other?,
    }
    let network_fault = if no_network {
        let last = host_stats.failed.values().next().map(ToString::to_string).unwrap_or_default();
        Some(NetworkFault::NoNetwork { hosts: host_stats.failed.len(), last })
    } else if network_proved {
        if let Some(outage) = outage {
            tracing::warn!("{outage}; other hosts answered properly");
        }
        None
    } else {
        outage.map(NetworkFault::Outage)
    };
    Ok(RunOutcome { id, interrupted, shortage, network_fault })
}

/// Continues the last run if it was interrupted, or begins a new one.
fn begin_run_record(
    inputs: &RunInputs<'_>,
    plan: &Plan,
    store: &dyn SnapshotStore,
    clock: Clock,
) -> Result<RunRecord, RunError> {
    let now = clock.now();
    let last = store.read_runs()?.pop();
    let open = last.as_ref().filter(|last| {
        let age = now.duration_since(last.started).unsigned_abs();
        last.finished.is_none()
            && last.command == inputs.command
            && age <= inputs.continue_within
            && !inputs.fresh
    });
    let details = RunDetails {
        articles: plan.article_count,
        links: plan.link_count,
        urls: plan.urls.len() as u64,
        roles: inputs.roles.to_vec(),
        exclude: inputs.excluded.patterns_as_written().to_vec(),
        robots_ignored: inputs.politeness.ignores_robots(),
        unreadable: plan.unreadable.clone(),
        normal_forms: inputs.compare.forms.enabled_names().into_iter().map(str::to_owned).collect(),
        max_chain: inputs.engine.following.as_ref().map_or(0, |following| u64::from(following.max_chain)),
        spent: None,
        stopped: None,
        clock_was_ahead: false,
    };
    let mut record = if let Some(open) = open {
        open.clone()
    } else {
        // Two runs begun within a millisecond must not share an id.
        let after = last.map_or(0, |last| last.id.0 + 1);
        RunRecord {
            id: RunId(unix_ms(now).max(after)),
            command: inputs.command.to_owned(),
            started: now,
            finished: None,
            link_table: plan.link_table.clone(),
            details: details.clone(),
        }
    };
    // The archive may have changed since the interruption, so the table is replaced.
    record.link_table.clone_from(&plan.link_table);
    record.details = details;
    store.write_run(&record)?;
    Ok(record)
}

/// Queues what has no verdict in this run yet. Returns the number of URLs that have one.
fn queue_due_pages(
    engine: &mut Engine<'_>,
    plan: &Plan,
    store: &dyn SnapshotStore,
    run: RunId,
) -> Result<u64, RunError> {
    let mut done = 0;
    let mut due: Vec<(u32, Option<LastVisit>)> = Vec::with_capacity(plan.urls.len());
    for (index, planned) in (0_u32..).zip(&plan.urls) {
        let record = store.read_url(planned.url.key())?;
        if record.as_ref().is_some_and(|record| record.last_run == run) {
            done += 1;
            if let Some(record) = record {
                engine.restore_judged_page(index, &record.state)?;
            }
        } else {
            due.push((index, record.as_ref().map(LastVisit::from)));
        }
    }
    for (index, visited) in due {
        engine.queue_page(index, visited)?;
    }
    Ok(done)
}
