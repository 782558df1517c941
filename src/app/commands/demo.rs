//! `driftline demo`: the whole job on a bundled archive and a bundled web, offline.
//!
//! Two runs over real sockets: the first meets the pages as they are, then a few of them change,
//! and the second says what has changed since. Its report is what is printed.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::app::cli::{DemoArgs, DiffFormat, LimitArgs, RunArgs};
use crate::app::commands::{diff, run};
use crate::app::context::Context;
use crate::app::demo::{self, Web};
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::app::settings::{CONFIG_NAME, SettingSources, Settings};
use crate::app::stage_settings;
use crate::archive::Archive;
use crate::pipeline::RunOutcome;
use crate::pipeline::report::RunReporter;
use crate::store::{SledStore, SnapshotStore};
use crate::text_diff::DriftClass;

/// The settings under which the demo runs: as polite as always, only with less patience, since
/// nobody is bothered and somebody waits.
const DEMO_SETTINGS: &str = r#"# Written by `driftline demo`: its hosts are all on loopback.
[store]
dir = "../store"
[report]
max_listed = 40
[politeness]
requests_per_second = 25.0
backoff = "200ms"
breaker_pause = "100ms"
retry_after_cap = "1s"
[network]
timeout = "2s"
connect_timeout = "1s"
retry_wait = "50ms"
ca_certs = ["../ca.pem"]
[network.resolve]
"#;

/// Runs the command.
pub fn run(context: &Context, args: &DemoArgs) -> Result<ExitStatus, AppError> {
    let started = Instant::now();
    let folder = tempfile::Builder::new()
        .prefix("driftline-demo-")
        .tempdir()
        .map_err(|source| AppError::Write { path: std::env::temp_dir(), source })?
        // What it made is for looking at: it stays.
        .keep();
    let web = Web::start_now().map_err(AppError::Runtime)?;
    let own = prepare_archive(context, &folder, &web)?;
    let paths = RunArgs {
        paths: vec![own.root.clone()],
        format: args.format,
        fresh: false,
        limits: LimitArgs::default(),
    };
    let archive = Archive::open(&paths.paths, &own.root, &stage_settings::archive_rules(&own.settings))?;
    let store = Arc::new(stage_settings::open_store(&own.settings)?);
    write_note(context, "first run: the pages as they are");
    run::crawl_archive(&own, &paths, run::CrawlKind::Run, &archive, &store)?;
    web.set_era(1);
    write_note(context, "some pages change; second run");
    let outcome = run::crawl_archive(&own, &paths, run::CrawlKind::Run, &archive, &store)?;
    run::report_run(&own, &store, &outcome, args.format)?;
    check_against_expectations(&store, &outcome)?;
    let diffs = write_diffs(&own, &store, &outcome, &folder.join("diffs"))?;
    let store = Arc::into_inner(store);
    store.map_or(Ok(()), SledStore::close)?;

    let mut told = anstream::stderr().lock();
    let tell = |told: &mut dyn Write| {
        writeln!(told)?;
        writeln!(told, "The archive and the store: {}", folder.display())?;
        for path in &diffs {
            writeln!(told, "What exactly changed: file://{}", path.display())?;
        }
        writeln!(told, "{} hosts on {}, {:.1} s", Web::hosts(), web.addr(), started.elapsed().as_secs_f64())
    };
    // That nobody reads the remarks is no failure.
    let _ = tell(&mut told);
    Ok(ExitStatus::Clean)
}

fn write_note(context: &Context, text: &str) {
    if !context.global.quiet {
        let _ = writeln!(anstream::stderr().lock(), "{text}");
    }
}

/// Writes the archive and what a configuration would say.
fn prepare_archive(context: &Context, folder: &Path, web: &Web) -> Result<Context, AppError> {
    let written = |path: &Path| {
        let path = path.to_owned();
        move |source| AppError::Write { path, source }
    };
    let root = folder.join("archive");
    std::fs::create_dir_all(&root).map_err(written(&root))?;
    demo::write_archive(&root).map_err(written(&root))?;
    let ca = folder.join("ca.pem");
    std::fs::write(&ca, web.ca_pem()).map_err(written(&ca))?;
    let mut config = DEMO_SETTINGS.to_owned();
    for (host, to) in web.resolve_entries() {
        // Writing to a string cannot fail.
        let _ = writeln!(config, "\"{host}\" = \"{to}\"");
    }
    let config_path = root.join(CONFIG_NAME);
    std::fs::write(&config_path, config).map_err(written(&config_path))?;
    let loaded = Settings::load(&SettingSources {
        config: Some(&config_path),
        search_from: &root,
        // The user's own settings have no say here.
        environment: &[],
        set: &[],
        store: None,
    })?;
    Ok(Context { settings: loaded.settings, root, global: context.global.clone() })
}

/// The demo's own report is held against the table of what is right: a demo that shows something
/// wrong must not look well.
fn check_against_expectations(store: &Arc<SledStore>, outcome: &RunOutcome) -> Result<(), AppError> {
    let Some(record) = store.runs()?.into_iter().find(|run| run.id == outcome.id) else { return Ok(()) };
    let mut reporter = RunReporter::new(&**store, record)?;
    let links: Vec<_> = reporter.links().collect();
    reporter.finish()?;
    let wrong = demo::expect::check_report(&links, 1);
    if wrong.is_empty() {
        return Ok(());
    }
    Err(AppError::Internal(format!("the demo's report is not what it should be:\n{}", wrong.join("\n"))))
}

/// An HTML diff for each article whose original drifted.
fn write_diffs(
    own: &Context,
    store: &Arc<SledStore>,
    outcome: &RunOutcome,
    folder: &Path,
) -> Result<Vec<PathBuf>, AppError> {
    let Some(record) = store.runs()?.into_iter().find(|run| run.id == outcome.id) else {
        return Ok(Vec::new());
    };
    std::fs::create_dir_all(folder).map_err(|source| AppError::Write { path: folder.to_owned(), source })?;
    let mut reporter = RunReporter::new(&**store, record)?;
    let drifted: Vec<String> = reporter
        .links()
        .filter(|link| {
            link.drift.as_ref().is_some_and(|drift| drift.against == "local" && is_worth_showing(drift.class))
        })
        .map(|link| link.article)
        .collect();
    reporter.finish()?;
    let mut paths = Vec::new();
    for article in drifted {
        let name = article.replace(['/', '\\'], "-");
        let path = folder.join(format!("{}.html", name.trim_end_matches(".md")));
        let pair = diff::compare_article(own, &**store, &article, None, None)?;
        let mut file =
            std::fs::File::create(&path).map_err(|source| AppError::Write { path: path.clone(), source })?;
        diff::write_pair(&pair, DiffFormat::Html, false, &mut file)
            .map_err(|source| AppError::Write { path: path.clone(), source })?;
        paths.push(path);
    }
    Ok(paths)
}

fn is_worth_showing(class: DriftClass) -> bool {
    class.is_drift() || class == DriftClass::Cosmetic
}
