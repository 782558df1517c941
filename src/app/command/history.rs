//! `driftline history`: every visit of a URL, or of an article's links.

use std::io::{self, Write};

use serde::Serialize;

use crate::app::cli::{Format, HistoryArgs};
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::app::run::compare;
use crate::app::run::kept::KeptJudgement;
use crate::app::subject::{self, Subject};
use crate::app::wiring;
use crate::article::ArticleId;
use crate::citation::{CanonicalUrl, Role};
use crate::snapshot::{Hop, SnapshotStore, VisitRecord};
use crate::text_diff::DriftClass;
use crate::verdict::{Cause, State, Verdict};
use crate::view::clean;

/// One visit, as it is shown.
#[derive(Debug, Serialize)]
struct Visit {
    #[serde(rename = "type")]
    kind: &'static str,
    url: String,
    at: jiff::Timestamp,
    run: String,
    verdict: Option<Verdict>,
    cause: Option<Cause>,
    state: State,
    strikes: u32,
    status: Option<u16>,
    hops: Vec<Hop>,
    attempts: u32,
    elapsed_ms: u64,
    unchanged: bool,
    snapshot: Option<String>,
    drift: Option<DriftClass>,
    evidence: Vec<String>,
}

/// Runs the command.
pub fn run(context: &Context, args: &HistoryArgs) -> Result<ExitStatus, AppError> {
    let store = wiring::open_existing_store(&context.settings)?;
    let urls = match Subject::parse(&args.subject, context) {
        Subject::Url(url) => {
            let articles = subject::reposts_of(&store, &url)?;
            vec![(None, url, articles)]
        }
        Subject::Article(article) => {
            let citations = subject::citations_of(&store, &article)?;
            let with_article = |(role, url)| (Some(role), url, vec![article.clone()]);
            subject::urls_of(&citations).into_iter().map(with_article).collect()
        }
    };
    let mut known = Vec::new();
    for (role, url, articles) in urls {
        let visits = visits(&store, &url, &articles)?;
        if !visits.is_empty() {
            known.push((role, url, visits));
        }
    }
    if known.is_empty() {
        return Err(AppError::NotFound {
            what: format!("{}: a visit", args.subject),
            hint: "`driftline run PATH` visits what the archive links to".to_owned(),
        });
    }
    let mut out = context.output()?;
    let evidence = context.global.verbose > 0;
    let written = match args.format {
        Format::Text => write_text(&known, evidence, &mut out),
        Format::Json => {
            let all: Vec<&Visit> = known.iter().flat_map(|(_, _, visits)| visits).collect();
            write_json(&serde_json::json!({ "visits": all }), &mut out)
        }
        Format::Jsonl => {
            known.iter().flat_map(|(_, _, visits)| visits).try_for_each(|visit| write_json(visit, &mut out))
        }
    };
    written.map_err(|error| out.failed(error))?;
    out.finish()?;
    Ok(ExitStatus::Clean)
}

fn visits(
    store: &dyn SnapshotStore,
    url: &CanonicalUrl,
    articles: &[ArticleId],
) -> Result<Vec<Visit>, AppError> {
    let mut comparisons = Vec::new();
    for article in articles {
        comparisons.extend(store.comparisons(url.key(), article)?);
    }
    let drift_at = |visit: &VisitRecord| {
        let at_ms = u64::try_from(visit.at.as_millisecond()).unwrap_or_default();
        visit.snapshot?;
        let upto = comparisons.iter().filter(|record| record.at_ms <= at_ms);
        upto.max_by_key(|record| record.at_ms).and_then(compare::class_of)
    };
    let records = store.visits(url.key())?;
    let shown = records.into_iter().map(|visit| {
        let drift = drift_at(&visit);
        let kept = KeptJudgement::of_value(&visit.judgement);
        let (judgement, over_time) = match kept {
            Some(kept) => (Some(kept.judgement), kept.over_time),
            None => (None, crate::verdict::LinkState::default()),
        };
        Visit {
            kind: "visit",
            url: visit.url.to_string(),
            at: visit.at,
            run: visit.run.to_string(),
            verdict: judgement.as_ref().map(|judgement| judgement.verdict),
            cause: judgement.as_ref().and_then(|judgement| judgement.cause),
            state: over_time.state,
            strikes: over_time.strikes,
            status: visit.hops.last().and_then(|hop| hop.status),
            hops: visit.hops,
            attempts: visit.attempts,
            elapsed_ms: visit.elapsed_ms,
            unchanged: visit.unchanged,
            snapshot: visit.snapshot.map(|id| id.to_string()),
            drift,
            evidence: judgement.map(|judgement| judgement.evidence).unwrap_or_default(),
        }
    });
    Ok(shown.collect())
}

fn write_json<T: Serialize>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    writeln!(out)
}

type Known = (Option<Role>, CanonicalUrl, Vec<Visit>);

fn write_text(known: &[Known], evidence: bool, out: &mut dyn Write) -> io::Result<()> {
    for (place, (role, url, visits)) in known.iter().enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        match role {
            Some(role) => writeln!(out, "{}  ({role})", clean::line(url.as_str()))?,
            None => writeln!(out, "{}", clean::line(url.as_str()))?,
        }
        for visit in visits {
            write_visit(visit, evidence, out)?;
        }
    }
    Ok(())
}

fn write_visit(visit: &Visit, evidence: bool, out: &mut dyn Write) -> io::Result<()> {
    let verdict = visit.verdict.map_or("unknown", Verdict::as_str);
    write!(out, "  {}  {verdict}", visit.at.strftime("%Y-%m-%d %H:%M:%SZ"))?;
    if let Some(cause) = visit.cause {
        write!(out, " ({})", cause.as_str())?;
    } else if let Some(status) = visit.status {
        write!(out, " ({status})")?;
    }
    if let Some(drift) = visit.drift {
        write!(out, ", {}", drift.as_str())?;
    }
    if visit.unchanged {
        write!(out, ", unchanged since the last visit")?;
    }
    if visit.strikes > 0 {
        write!(out, ", {} strike{}", visit.strikes, if visit.strikes == 1 { "" } else { "s" })?;
    }
    writeln!(out)?;
    if evidence {
        for hop in &visit.hops {
            let status = hop.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
            writeln!(out, "      {status}  {}", clean::line(&hop.url))?;
        }
        for fact in &visit.evidence {
            writeln!(out, "      {}", clean::line(fact))?;
        }
        if let Some(snapshot) = &visit.snapshot {
            writeln!(out, "      snapshot {snapshot}")?;
        }
    }
    Ok(())
}
