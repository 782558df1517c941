//! `driftline export`: writes snapshots to a WARC or WACZ file.

use std::collections::HashSet;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use jiff::Timestamp;
use jiff::civil;

use crate::app::cli::ExportArgs;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::app::stage_settings;
use crate::app::target;
use crate::app::target::CommandTarget;
use crate::fetch::body::charset;
use crate::report::sanitize;
use crate::store::{ExportFilter, ExportedPage, PageDescription};
use crate::text::{self, TextRules};

/// Runs the command.
pub fn run_command(context: &Context, args: &ExportArgs) -> Result<ExitStatus, AppError> {
    let from = args.from.as_deref().map(|text| parse_time_bound(text, false)).transpose()?;
    let to = args.to.as_deref().map(|text| parse_time_bound(text, true)).transpose()?;
    let store = stage_settings::open_existing_store(&context.settings)?;
    let mut urls = HashSet::new();
    for text in &args.targets {
        match CommandTarget::parse_text(text, context) {
            CommandTarget::Url(url) => drop(urls.insert(url.key())),
            CommandTarget::Article(article) => {
                let citations = target::citations_of_article(&store, &article)?;
                urls.extend(target::distinct_urls(&citations).into_iter().map(|(_, url)| url.key()));
            }
        }
    }
    let urls = (!args.targets.is_empty()).then_some(urls);
    let hosts = args.hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
    let filter = ExportFilter { urls, hosts, from, to };
    let text_rules = stage_settings::text_rules(&context.settings)?;
    let mut describe = |page: &ExportedPage<'_>| describe_page(page, &text_rules);
    let (path, report) = match (&args.format.warc, &args.format.wacz) {
        (Some(path), _) if is_stdout(path) => (path, store.export_warc_into(&filter, stdout_stream()?)?),
        (Some(path), _) => (path, store.export_warc(&filter, path)?),
        (None, Some(path)) if is_stdout(path) => {
            (path, store.export_wacz_into(&filter, stdout_stream()?, &mut describe)?)
        }
        (None, Some(path)) => (path, store.export_wacz(&filter, path, &mut describe)?),
        (None, None) => return Err(AppError::Usage("export needs --warc FILE or --wacz FILE".to_owned())),
    };
    let write = |out: &mut dyn Write| {
        for fault in &report.faults {
            writeln!(out, "skipped: {}", sanitize::one_line(fault))?;
        }
        let name = path.display().to_string();
        let (snapshots, bytes) = (report.snapshots, report.bytes);
        writeln!(out, "{}: {snapshots} snapshots, {bytes} bytes", sanitize::one_line(&name))
    };
    if report.snapshots == 0 && report.faults.is_empty() {
        // An empty file could be mistaken for a backup.
        return Err(AppError::NotFound {
            what: "snapshot matches the filters".to_owned(),
            hint: "`driftline store stats` shows what the store has".to_owned(),
        });
    }
    if is_stdout(path) && context.global.output.is_none() {
        // Standard output holds the export, so the summary goes to standard error.
        write(&mut anstream::stderr().lock()).map_err(AppError::Output)?;
    } else {
        let mut out = context.open_output()?;
        write(&mut out).map_err(|error| AppError::write_failed(context.global.output.as_deref(), error))?;
        out.finish()?;
    }
    // A damaged record is missing from the file, which is not a success.
    Ok(if report.faults.is_empty() { ExitStatus::Clean } else { ExitStatus::Failed })
}

/// The title and the visible text of an HTML page; `None` for anything else.
fn describe_page(page: &ExportedPage<'_>, rules: &TextRules) -> Option<PageDescription> {
    let content_type = page.headers.iter().find(|field| field.name == "content-type");
    let content_type = content_type.map(|field| field.value.as_str());
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let is_html = match media_type.to_ascii_lowercase().as_str() {
        "text/html" | "application/xhtml+xml" => true,
        "" => page.body.trim_ascii_start().starts_with(b"<"),
        _ => false,
    };
    if !is_html {
        return None;
    }
    let html = charset::decode_text(page.body, content_type).text;
    let visible = text::visible_text(&html, rules);
    Some(PageDescription { title: visible.title.clone(), text: visible.text.clone() })
}

/// Whether a path stands for standard output.
fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

fn stdout_stream() -> Result<impl Write, AppError> {
    if io::stdout().is_terminal() {
        return Err(AppError::Usage(
            "standard output is a terminal; name a file, or pipe the export to another program".to_owned(),
        ));
    }
    Ok(BufWriter::new(io::stdout().lock()))
}

/// Reads an RFC 3339 time, or a date, which means the first or the last moment of that day in UTC.
fn parse_time_bound(text: &str, end: bool) -> Result<Timestamp, AppError> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let (hour, minute, second, nanosecond) = if end { (23, 59, 59, 999_999_999) } else { (0, 0, 0, 0) };
    text.parse::<civil::Date>()
        .and_then(|day| jiff::tz::TimeZone::UTC.to_timestamp(day.at(hour, minute, second, nanosecond)))
        .map_err(|_| {
            AppError::Usage(format!("invalid time \"{text}\"; expected a date such as 2026-01-31 or a time such as 2026-01-31T03:00:00Z"))
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::fetch::HeaderField;

    #[test]
    fn only_html_is_a_page() {
        let rules = TextRules::default();
        let described = |media_type: &str, body: &str| {
            let headers = [HeaderField { name: "content-type".to_owned(), value: media_type.to_owned() }];
            let headers = if media_type.is_empty() { &[] } else { &headers[..] };
            let page = ExportedPage { url: "http://a.example/", headers, body: body.as_bytes() };
            describe_page(&page, &rules)
        };
        let html = "<html><head><title>The ferry</title></head><body><p>It sails again.</p></body></html>";
        for media_type in ["text/html", "Text/HTML; charset=utf-8", "application/xhtml+xml", ""] {
            let page = described(media_type, html).unwrap();
            assert_eq!(
                (page.title.as_str(), page.text.trim()),
                ("The ferry", "It sails again."),
                "{media_type}"
            );
        }
        for media_type in ["text/css", "image/svg+xml", "application/json", "text/plain"] {
            assert_eq!(described(media_type, html), None, "{media_type}");
        }
        assert_eq!(described("", "p { color: red }"), None);
    }

    #[test]
    fn a_day_is_taken_whole() {
        assert_eq!(parse_time_bound("2026-01-31", false).unwrap().to_string(), "2026-01-31T00:00:00Z");
        assert_eq!(
            parse_time_bound("2026-01-31", true).unwrap().to_string(),
            "2026-01-31T23:59:59.999999999Z"
        );
        assert_eq!(
            parse_time_bound("2026-01-31T03:00:00Z", true).unwrap().to_string(),
            "2026-01-31T03:00:00Z"
        );
        assert!(parse_time_bound("yesterday", false).is_err());
    }
}
