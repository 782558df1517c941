//! `driftline run` and `driftline check`: crawl an archive's links and report.

use std::sync::Arc;

use crate::app::cli::{Format, RunArgs};
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::app::progress_observer::RunProgress;
use crate::app::stage_settings;
use crate::archive::Archive;
use crate::pipeline;
use crate::pipeline::engine::FollowSettings;
use crate::pipeline::report::RunReporter;
use crate::pipeline::role_set::RoleSet;
use crate::pipeline::url_filter::UrlFilter;
use crate::pipeline::{RunInputs, RunOutcome, StopSignal};
use crate::report::RunSummary;
use crate::store::{SledStore, SnapshotStore, StoreError, StoreReader};

/// Which of the two commands is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrawlKind {
    /// Keeps bodies and compares texts.
    Run,
    /// Judges links only.
    Check,
}

impl CrawlKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Check => "check",
        }
    }
}

/// Runs the command and reports.
pub fn run_command(context: &Context, args: &RunArgs, kind: CrawlKind) -> Result<ExitStatus, AppError> {
    let settings = &context.settings;
    let archive = Archive::open(&args.paths, &context.root, &stage_settings::archive_rules(settings))?;
    if archive.files().is_empty() {
        let paths: Vec<String> = args.paths.iter().map(|path| path.display().to_string()).collect();
        return Err(AppError::NoArticles { paths: paths.join(", ") });
    }
    stage_settings::space_guard(settings).check(0)?;
    let store = Arc::new(stage_settings::open_store(settings)?);
    let outcome = crawl_archive(context, args, kind, &archive, &store)?;
    if outcome.shortage.as_ref().is_some_and(StoreError::is_disk_full) {
        drop(store);
        report_despite_full_disk(context, &outcome, args.format);
        return outcome.shortage.map_or(Ok(ExitStatus::Failed), |shortage| Err(shortage.into()));
    }
    let summary = report_run(context, &*store, &outcome, args.format)?;
    let closed = Arc::into_inner(store).map_or(Ok(()), SledStore::close);
    if let Some(shortage) = outcome.shortage {
        return Err(shortage.into());
    }
    closed?;
    if let Some(fault) = outcome.network_fault {
        return Err(AppError::NetworkDown(fault));
    }
    if outcome.interrupted {
        return Err(AppError::Interrupted);
    }
    Ok(super::report::exit_status(&settings.report.fail_on, &summary))
}

/// Crawls what is due. On return everything is stored durably and no task is left running.
pub fn crawl_archive(
    context: &Context,
    args: &RunArgs,
    kind: CrawlKind,
    archive: &Archive,
    store: &Arc<SledStore>,
) -> Result<RunOutcome, AppError> {
    let settings = &context.settings;
    let read = stage_settings::read_rules(settings)?;
    let cite = stage_settings::citation_rules(settings)?;
    let read = cite.learn_original_forms(archive, read);
    let cite = cite.with_repeated_links_of(archive, &read);
    let fetch = stage_settings::fetch_settings(settings)?;
    let mut engine = stage_settings::engine_settings(settings);
    let (limits, budget) = (&args.limits, &mut engine.budget);
    budget.pages = limits.max_pages.or(budget.pages);
    budget.time = limits.max_time.or(budget.time);
    budget.bytes = limits.max_bytes.or(budget.bytes);
    let mut politeness = stage_settings::politeness_settings(settings);
    for host in std::iter::once(&mut politeness.default).chain(politeness.hosts.values_mut()) {
        host.max_pages = limits.max_pages_per_host.or(host.max_pages);
        host.max_time = limits.max_time_per_host.or(host.max_time);
        host.max_bytes = limits.max_bytes_per_host.or(host.max_bytes);
    }
    let roles = RoleSet::from_roles(settings.crawl.roles.iter().copied());
    let excluded = UrlFilter::new(&settings.crawl.exclude);
    engine.following = (settings.crawl.depth > 1).then(|| FollowSettings {
        max_chain: settings.crawl.max_chain,
        max_found: settings.crawl.max_found,
        roles,
        excluded: excluded.clone(),
    });
    let inputs = RunInputs {
        command: kind.as_str(),
        archive,
        read_rules: Arc::new(read),
        citation_rules: Arc::new(cite),
        signatures: Arc::new(stage_settings::verdict_signatures(settings)?),
        compare: Arc::new(stage_settings::compare_rules(settings)?),
        fetch: &fetch,
        politeness,
        engine,
        roles,
        excluded,
        fresh: args.fresh,
        continue_within: settings.crawl.continue_within,
    };
    let host_states = pipeline::HostStateStore::open(store)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(AppError::Runtime)?;
    let shared: Arc<dyn SnapshotStore> = Arc::clone(store) as Arc<dyn SnapshotStore>;
    let mut progress = RunProgress::new(context.global.quiet, settings.network.has_contact());
    let outcome = runtime.block_on(async {
        let mut stop = StopSignal::on_signals().map_err(AppError::Runtime)?;
        let outcome = pipeline::run(inputs, shared, &host_states, &mut stop, &mut progress).await;
        outcome.map_err(AppError::from)
    });
    progress.remove_display();
    outcome
}

/// Writes the report of a run whose store could not be written to the end. A database that failed to write can
/// no longer be read, so the store is opened once more, in a temporary copy where its disk has no room for that.
fn report_despite_full_disk(context: &Context, outcome: &RunOutcome, format: Format) {
    let options = stage_settings::store_options(&context.settings);
    let opened = StoreReader::open(&context.settings.store.dir, &options).map_err(AppError::from);
    let reported = opened.and_then(|(store, _)| report_run(context, &store, outcome, format));
    if let Err(error) = reported {
        tracing::debug!("{error}");
        tracing::warn!("no report could be made; `driftline report` makes it when there is room");
    }
}

/// Writes the report of a run and returns its counts.
pub fn report_run(
    context: &Context,
    store: &dyn SnapshotStore,
    outcome: &RunOutcome,
    format: Format,
) -> Result<RunSummary, AppError> {
    let record = store.read_runs()?.into_iter().find(|run| run.id == outcome.id);
    let mut record = record.ok_or_else(|| AppError::NotFound {
        what: format!("run {} in the store", outcome.id),
        hint: "`driftline report` shows the last one".to_owned(),
    })?;
    if let Some(shortage) = &outcome.shortage {
        // A full disk may have kept the record as it was.
        (record.finished, record.details.stopped) = (None, Some(shortage.to_string()));
    }
    let mut reporter = RunReporter::new(store, record)?;
    super::report::write_report(context, &mut reporter, outcome.interrupted, format)
}
