//! `driftline demo`: runs the whole job on a bundled archive and a bundled web, offline.
//!
//! It makes two runs over real sockets. Between them a few pages change, and the report of the second
//! run, which says what changed, is printed.

use std::fmt::Write as _;
use std::io::{self, Write};
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
use crate::app::trust::UserTrust;
use crate::archive::Archive;
use crate::pipeline::RunOutcome;
use crate::pipeline::report::RunReporter;
use crate::store::{SledStore, SnapshotStore};
use crate::text_diff::DriftClass;

/// The settings of the demo. Rates and waits are shorter than the defaults, because its hosts are on
/// loopback and somebody waits for the end.
const DEMO_SETTINGS: &str = r#"# Written by `driftline demo`: its hosts are all on loopback.
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
pub fn run_command(context: &Context, args: &DemoArgs) -> Result<ExitStatus, AppError> {
    let started = Instant::now();
    let folder = tempfile::Builder::new()
        .prefix("driftline-demo-")
        .tempdir()
        .map_err(|source| AppError::Write { path: std::env::temp_dir(), source })?
        // The folder is kept, so that the archive, the store and the diffs can be looked at.
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
    run::report_run(&own, &*store, &outcome, args.format)?;
    check_against_expectations(&store, &outcome)?;
    let diffs = write_diffs(&own, &store, &outcome, &folder.join("diffs"))?;
    let store = Arc::into_inner(store);
    store.map_or(Ok(()), SledStore::close)?;

    let ending = Ending { folder: &folder, diffs: &diffs, seconds: started.elapsed().as_secs_f64() };
    // An error of standard error could not be reported anywhere.
    let _ = ending.write(&mut anstream::stderr().lock());
    Ok(ExitStatus::Clean)
}

/// What the demo says last, short enough to be on the screen whole.
struct Ending<'a> {
    folder: &'a Path,
    diffs: &'a [PathBuf],
    seconds: f64,
}

impl Ending<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let folder = self.folder.display();
        writeln!(out)?;
        writeln!(
            out,
            "This was driftline on a bundled archive: two runs over {} hosts on",
            Web::host_count()
        )?;
        writeln!(
            out,
            "loopback in {:.1} s, between which some pages changed. The report above",
            self.seconds
        )?;
        writeln!(out, "says what drifted, died, moved, refused and came back, with the evidence.")?;
        if let Some(first) = self.diffs.first() {
            writeln!(out, "\nWhat exactly changed, as a page for a browser:")?;
            writeln!(out, "  file://{}", first.display())?;
            if self.diffs.len() > 1 {
                writeln!(out, "  and {} more in {folder}/diffs", self.diffs.len() - 1)?;
            }
        }
        writeln!(out, "\nLook around in the archive and its store:")?;
        writeln!(out, "  cd {folder}/archive")?;
        writeln!(out, "  driftline diff gnews/1002.md")?;
        writeln!(out, "  driftline history gnews/1002.md")?;
        writeln!(out, "The folder stays until you delete it: rm -r {folder}")?;
        writeln!(out, "\nThen start with your own archive:")?;
        writeln!(out, "  cd YOUR-ARCHIVE")?;
        writeln!(out, "  driftline init --contact YOU@YOUR-SITE")?;
        writeln!(out, "  driftline run")
    }
}

fn write_note(context: &Context, text: &str) {
    if !context.global.quiet {
        let _ = writeln!(anstream::stderr().lock(), "{text}");
    }
}

/// Writes the archive and its configuration into a folder, and returns the context for it.
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
        // The user's settings do not apply to the demo.
        environment: &[],
        set: &[],
        store: None,
        trust: &UserTrust::default(),
    })?;
    Ok(Context { settings: loaded.settings, root, global: context.global.clone(), untrusted_store: None })
}

/// Compares the demo's report with the table of expected results, so that a demo that shows something
/// wrong fails.
fn check_against_expectations(store: &Arc<SledStore>, outcome: &RunOutcome) -> Result<(), AppError> {
    let Some(record) = store.read_runs()?.into_iter().find(|run| run.id == outcome.id) else { return Ok(()) };
    let mut reporter = RunReporter::new(&**store, record)?;
    let links: Vec<_> = reporter.links().collect();
    reporter.take_error()?;
    let wrong = demo::expect::check_report(&links, 1);
    if wrong.is_empty() {
        return Ok(());
    }
    Err(AppError::Internal(format!("the demo's report is not what it should be:\n{}", wrong.join("\n"))))
}

/// Writes an HTML diff for each article whose original drifted, and returns the paths.
fn write_diffs(
    own: &Context,
    store: &Arc<SledStore>,
    outcome: &RunOutcome,
    folder: &Path,
) -> Result<Vec<PathBuf>, AppError> {
    let Some(record) = store.read_runs()?.into_iter().find(|run| run.id == outcome.id) else {
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
    reporter.take_error()?;
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
