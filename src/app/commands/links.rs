//! `driftline links`: lists every link of the archive with its role, without fetching anything.

use std::fmt::Write as _;
use std::io;

use serde::Serialize;

use crate::app::cli::{Format, LinksArgs};
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::app::{stage_settings, telemetry};
use crate::archive::{Archive, ArchiveError, Article, ReadRules};
use crate::citation::{Citation, CitationRules, LinkTarget, read_archive_as};
use crate::report::{json, sanitize};

/// Counts of a listing, and the files that failed.
#[derive(Debug, Default)]
pub struct LinksOutcome {
    /// Articles that were read.
    pub articles: usize,
    /// Articles that name their original.
    pub originals: usize,
    /// Links that were written.
    pub links: usize,
    /// Files that could not be read; the others were.
    pub errors: Vec<ArchiveError>,
}

/// A link in `--format json` and `jsonl`: the fields that are known without fetching.
#[derive(Serialize)]
struct LinkLine<'a> {
    r#type: &'static str,
    article: &'a str,
    line: u32,
    column: u32,
    role: &'static str,
    label: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    written: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    repairs: &'a [String],
    url: Option<&'a str>,
    verdict: Option<&'static str>,
    cause: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// Runs the command.
pub fn run_command(context: &Context, args: &LinksArgs) -> Result<ExitStatus, AppError> {
    let settings = &context.settings;
    let archive = Archive::open(&args.paths, &context.root, &stage_settings::archive_rules(settings))?;
    let read = stage_settings::read_rules(settings)?;
    let cite = stage_settings::citation_rules(settings)?;
    let read = cite.learn_original_forms(&archive, read);
    let cite = cite.with_repeated_links_of(&archive, &read);
    let mut out = context.open_output()?;
    let outcome =
        write_links(&archive, &read, &cite, args.format, &mut out).map_err(|error| out.write_error(error))?;
    out.finish()?;
    for error in &outcome.errors {
        tracing::warn!("{error}");
    }
    write_originals_named(outcome.originals, outcome.articles, &read, context.global.quiet);
    let nothing = outcome.articles == 0 && !outcome.errors.is_empty();
    Ok(if nothing { ExitStatus::Failed } else { ExitStatus::Clean })
}

/// Writes to standard error how many articles name their original, and the forms that were learnt.
fn write_originals_named(originals: usize, articles: usize, read: &ReadRules, quiet: bool) {
    if quiet {
        return;
    }
    telemetry::write_line(&format!("originals named: {originals} of {articles} articles"));
    for form in read.learnt_forms() {
        telemetry::write_line(&format!("  learnt from the articles: {form}"));
    }
}

/// Writes every link of the archive to `out` as the files are read.
///
/// # Errors
/// Writing to `out` failed. Files that cannot be read do not stop the listing; they are in the
/// outcome.
pub fn write_links(
    archive: &Archive,
    read: &ReadRules,
    cite: &CitationRules,
    format: Format,
    out: &mut dyn io::Write,
) -> io::Result<LinksOutcome> {
    let mut outcome = LinksOutcome::default();
    let mut failed: io::Result<()> = Ok(());
    if format == Format::Json {
        out.write_all(b"{\"links\":[")?;
    }
    let make = |article: Article, citations: Vec<Citation>| {
        let lines = article_lines(article.id.as_str(), &citations, format);
        (lines, citations.len(), article.repost.is_some())
    };
    read_archive_as(archive, read, cite, make, |read| {
        if failed.is_err() {
            return;
        }
        match read {
            Ok((Ok(written), links, names_original)) => {
                outcome.articles += 1;
                outcome.originals += usize::from(names_original);
                // Skips the comma before the first link.
                let skipped = usize::from(format == Format::Json && outcome.links == 0).min(written.len());
                failed = out.write_all(written.get(skipped..).unwrap_or_default());
                outcome.links += links;
            }
            Ok((Err(error), _, _)) => failed = Err(error),
            Err(error) => outcome.errors.push(error),
        }
    });
    failed?;
    if format == Format::Json {
        out.write_all(b"\n]}\n")?;
    }
    out.flush()?;
    Ok(outcome)
}

/// Formats an article's links. In JSON each has a comma before it.
fn article_lines(id: &str, citations: &[Citation], format: Format) -> io::Result<Vec<u8>> {
    let mut buffer = Vec::with_capacity(citations.len() * 256);
    if format == Format::Text && !citations.is_empty() {
        buffer.extend_from_slice(sanitize::one_line(id).as_bytes());
        buffer.push(b'\n');
    }
    for citation in citations {
        match format {
            Format::Text => buffer.extend_from_slice(text_line(id, citation).as_bytes()),
            Format::Json => {
                buffer.extend_from_slice(b",\n");
                json::write_json(&mut buffer, &link_line(id, citation))?;
            }
            Format::Jsonl => {
                json::write_json(&mut buffer, &link_line(id, citation))?;
                buffer.push(b'\n');
            }
        }
    }
    Ok(buffer)
}

fn link_line<'a>(article: &'a str, citation: &'a Citation) -> LinkLine<'a> {
    let (verdict, cause) = known_verdict(&citation.target);
    let reason = match &citation.target {
        LinkTarget::Invalid { reason } => Some(reason.as_str()),
        _ => None,
    };
    LinkLine {
        r#type: "link",
        article,
        line: citation.position.line,
        column: citation.position.column,
        role: citation.role.as_str(),
        label: &citation.label,
        written: citation.written.as_deref(),
        repairs: &citation.repairs,
        url: citation.target.shown(),
        verdict,
        cause,
        reason,
    }
}

/// The verdict and cause that are known without fetching.
fn known_verdict(target: &LinkTarget) -> (Option<&'static str>, Option<&'static str>) {
    match target {
        LinkTarget::Web { .. } => (None, None),
        LinkTarget::Local { exists: true, .. } => (Some("alive"), None),
        LinkTarget::Local { exists: false, .. } => (Some("dead"), Some("file-missing")),
        LinkTarget::Unfetchable { .. } => (Some("skipped"), Some("scheme")),
        LinkTarget::Invalid { .. } => (Some("invalid"), Some("malformed-url")),
    }
}

fn text_line(id: &str, citation: &Citation) -> String {
    let place = format!("{}:{}:{}", sanitize::one_line(id), citation.position.line, citation.position.column);
    let shown = citation.target.shown().or(citation.written.as_deref()).filter(|text| !text.is_empty());
    let shown = shown.map_or(std::borrow::Cow::Borrowed("-"), sanitize::one_line);
    let mut out = format!("  {place}  {:<10}  {shown}", citation.role.as_str());
    if !citation.label.is_empty() {
        let _ = write!(out, "  \"{}\"", sanitize::one_line(&citation.label));
    }
    if let LinkTarget::Invalid { reason } = &citation.target {
        let _ = write!(out, "  invalid: {}", sanitize::one_line(reason));
    }
    if let (Some(verdict), Some(cause)) = known_verdict(&citation.target)
        && verdict == "dead"
    {
        let _ = write!(out, "  {verdict}: {cause}");
    }
    if !citation.repairs.is_empty() {
        let _ = write!(out, "  repaired: {}", citation.repairs.join(", "));
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::archive::FilePatterns;

    fn listed(format: Format) -> (String, LinksOutcome) {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| std::fs::write(dir.path().join(name), bytes).unwrap();
        write("a.md", "# T\n\n转载自[某站](https://a.example/x)\n\n来源：[b\u{1b}c](https://b.example/?p=1&amp;q=2) [无](gone.md)\n".as_bytes());
        write("b.md", b"\xff\xfe broken");
        write("d.md", "[甲\u{2028}乙\u{85}丙](https://a.example/\u{2029}d)\n".as_bytes());
        write(
            "c.md",
            "[信](mailto:x@y.example) [句](这是一句话) [文](a.md) https://a.example:99999/x\n".as_bytes(),
        );
        let archive =
            Archive::open(&[dir.path().to_path_buf()], dir.path(), &FilePatterns::default()).unwrap();
        let (read, cite) = (ReadRules::embedded().unwrap(), CitationRules::embedded().unwrap());
        let mut out = Vec::new();
        let outcome = write_links(&archive, &read, &cite, format, &mut out).unwrap();
        (String::from_utf8(out).unwrap(), outcome)
    }

    #[test]
    fn jsonl_has_the_fields_that_need_no_fetching() {
        let (out, outcome) = listed(Format::Jsonl);
        let lines: Vec<serde_json::Value> =
            out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((outcome.articles, outcome.links, lines.len()), (3, 8, 8));
        assert!(matches!(outcome.errors.as_slice(), [ArchiveError::NotUtf8 { offset: 0, .. }]));
        // What other readers take for a line's end is written as an escape.
        assert!(!out.contains(['\u{2028}', '\u{2029}', '\u{85}']) && out.contains("\\u2029"), "{out}");
        let column = |key: &str| {
            lines.iter().map(|line| line[key].as_str().unwrap_or("-").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(column("type"), ["link"; 8]);
        assert_eq!(
            column("role"),
            ["repost", "source", "local", "mention", "mention", "local", "mention", "mention"]
        );
        assert_eq!(column("verdict"), ["-", "-", "dead", "skipped", "invalid", "alive", "invalid", "-"]);
        assert_eq!(
            column("cause"),
            ["-", "-", "file-missing", "scheme", "malformed-url", "-", "malformed-url", "-"]
        );
        assert_eq!(column("url")[..3], ["https://a.example/x", "https://b.example/?p=1&q=2", "gone.md"]);
        assert_eq!(lines[1]["written"], "https://b.example/?p=1&amp;q=2");
        assert_eq!(lines[1]["repairs"], serde_json::json!(["entity"]));
        assert_eq!(
            (&lines[4]["written"], &lines[6]["written"]),
            (&"这是一句话".into(), &"https://a.example:99999/x".into())
        );
        assert!(lines[0].get("written").is_none());
        assert_eq!((lines[1]["line"].as_u64(), lines[1]["column"].as_u64()), (Some(5), Some(4)));
    }

    #[test]
    fn json_is_one_object_and_text_is_safe_for_a_terminal() {
        let (out, _) = listed(Format::Json);
        let all: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(all["links"].as_array().unwrap().len(), 8);
        let (out, _) = listed(Format::Text);
        assert!(
            !out.contains('\u{1b}')
                && out.contains("a.md:5:4")
                && out.contains("repaired: entity")
                && out.contains("mention     这是一句话"),
            "{out}"
        );
    }
}
