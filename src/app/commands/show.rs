//! `driftline show`: shows a stored snapshot.

use std::io::{self, Write};

use url::Url;

use crate::app::cli::ShowArgs;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::app::snapshot_selector::SnapshotSelector;
use crate::app::stage_settings;
use crate::model::CanonicalUrl;
use crate::model::Untrusted;
use crate::pipeline::page::FetchedPage;
use crate::pipeline::page::snapshot_pair::extract_page;
use crate::report::sanitize;
use crate::store::{CapturedHop, Snapshot, SnapshotStore};
use crate::text::{self, TextRules};

/// Runs the command.
pub fn run_command(context: &Context, args: &ShowArgs) -> Result<ExitStatus, AppError> {
    let url = CanonicalUrl::parse(&args.url)
        .ok_or_else(|| AppError::Usage(format!("\"{}\" is not an http or https URL", args.url)))?;
    let moment = args.at.as_deref().map_or(Ok(SnapshotSelector::Latest), SnapshotSelector::parse_at)?;
    let store = stage_settings::open_reader(&context.settings)?;
    let Some(snapshot) = moment.find_snapshot(&store, url.key())? else {
        return Err(moment.explain_missing(&store, &url)?);
    };
    let mut out = context.open_output()?;
    let written = if args.headers {
        write_headers(&snapshot, &mut out)
    } else {
        let body = store.read_body(snapshot.body)?;
        if args.raw {
            out.write_stored_bytes(body.expose())
        } else {
            write_text(context, &snapshot, &body, &mut out)?
        }
    };
    written.map_err(|error| out.write_error(error))?;
    out.finish()?;
    Ok(ExitStatus::Clean)
}

fn write_headers(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "snapshot {}", snapshot.id)?;
    for hop in &snapshot.hops {
        writeln!(out, "\n{}  {}", hop.at.strftime("%Y-%m-%d %H:%M:%SZ"), sanitize::one_line(&hop.url))?;
        writeln!(out, "{}", sanitize::one_line(&hop.describe_status()))?;
        for field in &hop.headers {
            writeln!(out, "{}: {}", sanitize::one_line(&field.name), sanitize::one_line(&field.value))?;
        }
    }
    Ok(())
}

fn write_text(
    context: &Context,
    snapshot: &Snapshot,
    body: &Untrusted,
    out: &mut dyn Write,
) -> Result<io::Result<()>, AppError> {
    let page = read_snapshot(snapshot, body, &stage_settings::text_rules(&context.settings)?)?;
    Ok(write_page(&page, out))
}

fn write_page(page: &text::PageText, out: &mut dyn Write) -> io::Result<()> {
    if !page.title.is_empty() {
        writeln!(out, "{}\n", sanitize::one_line(&page.title))?;
    }
    let byline: Vec<&str> =
        [page.author.as_str(), page.date.as_str()].into_iter().filter(|part| !part.is_empty()).collect();
    if !byline.is_empty() {
        writeln!(out, "{}\n", sanitize::one_line(&byline.join(", ")))?;
    }
    page.article_blocks().try_for_each(|block| writeln!(out, "{}\n", sanitize::one_line(block)))
}

/// Extracts the main text of a snapshot.
fn read_snapshot(
    snapshot: &Snapshot,
    body: &Untrusted,
    rules: &TextRules,
) -> Result<text::PageText, AppError> {
    let unreadable = |source| AppError::Text { path: snapshot.url.as_str().into(), source };
    let media = snapshot.last_hop().and_then(content_type);
    let found_at = snapshot.last_hop().and_then(|hop| Url::parse(&hop.url).ok());
    let found_at = found_at.as_ref().unwrap_or_else(|| snapshot.url.as_url());
    let page = FetchedPage::from_bytes(body.expose(), media, found_at, snapshot.body, rules);
    extract_page(&page, None).map_err(unreadable)
}

fn content_type(hop: &CapturedHop) -> Option<&str> {
    hop.headers.iter().find(|field| field.name == "content-type").map(|field| field.value.as_str())
}
