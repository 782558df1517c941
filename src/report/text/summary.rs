//! Writes the end of the text report: how far the run came, and its counts.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anstyle::Style;

use super::numbers::{format_count, format_counted, format_duration};
use crate::report::palette::Palette;
use crate::report::{RunReport, sanitize};
use crate::verdict::Verdict;

/// The width at which lines of counts are broken, in columns.
pub(super) const LINE_WIDTH: usize = 100;
/// How many of the hosts that pages wait for are named.
const MAX_WAITING_HOSTS: usize = 10;
/// The cause of links that were left for the next run, as it is in JSON.
const OVER_BUDGET: &str = "over-budget";

pub(super) fn write_summary(
    run: &RunReport,
    quiet: bool,
    palette: Palette,
    out: &mut dyn Write,
) -> io::Result<()> {
    let summary = &run.summary;
    let left_over = summary.causes.get(OVER_BUDGET).copied().unwrap_or_default();
    let (bold, dim, warn) = (palette.bold(), palette.dimmed(), palette.doubt());
    if run.interrupted {
        writeln!(
            out,
            "{warn}Interrupted: {} of {} pages have a verdict.{warn:#} Run the same command again to continue.",
            format_count(summary.judged),
            format_count(summary.urls)
        )?;
        if let Some(reason) = &run.interrupted_by {
            writeln!(out, "{warn}The reason: {}.{warn:#}", sanitize::one_line(reason))?;
        }
    } else if quiet && summary.unreadable.is_empty() {
        let part = if left_over == 0 { "" } else { " among the links that were checked" };
        writeln!(out, "Nothing needs attention{part}.")?;
    }
    if left_over > 0 {
        let limits: Vec<_> = summary.limits.iter().map(|name| sanitize::one_line(name)).collect();
        let reason =
            if limits.is_empty() { String::new() } else { format!(", by the limit {}", limits.join(", ")) };
        let left = format_counted(left_over, "link");
        writeln!(out, "{warn}Left for the next run: {left}{reason}.{warn:#}")?;
    }
    if summary.robots_ignored {
        writeln!(out, "{warn}robots.txt was ignored, as the settings say.{warn:#}")?;
    }
    let took =
        run.finished.map(|end| format!(" in {}", format_duration(end.duration_since(run.started).as_secs())));
    writeln!(
        out,
        "{bold}{}, {}{bold:#} to {} on {}; {} judged{}",
        format_counted(summary.articles, "article"),
        format_counted(summary.links, "link"),
        format_counted(summary.urls, "page"),
        format_counted(summary.hosts, "host"),
        format_count(summary.judged),
        took.unwrap_or_default()
    )?;
    writeln!(
        out,
        "  {dim}{}:{dim:#} {}, started {}",
        sanitize::one_line(&run.command),
        sanitize::one_line(&run.id),
        run.started.strftime("%Y-%m-%d %H:%M:%SZ")
    )?;
    let verdicts = Verdict::ALL.iter().map(|verdict| verdict.as_str());
    write_counts("links", verdicts, &summary.verdicts, dim, out)?;
    let classes = [
        "identical",
        "cosmetic",
        "minor-edit",
        "major-edit",
        "truncated",
        "rewritten",
        "different",
        "unverifiable",
    ];
    write_counts("texts", classes.into_iter(), &summary.drift, dim, out)?;
    if !summary.drift.is_empty() {
        let forms: Vec<_> = run.normal_forms.iter().map(|name| sanitize::one_line(name)).collect();
        let forms = if forms.is_empty() { "nothing".to_owned() } else { forms.join(", ") };
        writeln!(out, "  {dim}not counted as a difference:{dim:#} {forms}")?;
    }
    write_counts("over time", ["dead", "suspect", "revived"].into_iter(), &summary.states, dim, out)?;
    write_counts(
        "since the last run",
        ["newly-dead", "newly-suspect", "newly-drifted", "recovered"].into_iter(),
        &summary.changes,
        dim,
        out,
    )?;
    let waiting = names_by_count(&summary.waiting);
    let named = waiting.iter().copied().take(MAX_WAITING_HOSTS);
    write_counts("wait for their hosts until the next run", named, &summary.waiting, dim, out)?;
    if let more @ 1.. = waiting.len().saturating_sub(MAX_WAITING_HOSTS) {
        writeln!(
            out,
            "     {dim}and those of {} (see --format jsonl){dim:#}",
            format_counted(more as u64, "more host")
        )?;
    }
    let causes = names_by_count(&summary.causes);
    write_counts("causes", causes.into_iter(), &summary.causes, dim, out)
}

/// The names, the one with the highest count first.
fn names_by_count(counts: &BTreeMap<String, u64>) -> Vec<&str> {
    let mut names: Vec<(&str, u64)> = counts.iter().map(|(name, &count)| (name.as_str(), count)).collect();
    names.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    names.into_iter().map(|(name, _)| name).collect()
}

/// Writes the counts that are not 0 as one wrapped list, or nothing if all are 0.
fn write_counts<'a>(
    what: &str,
    names: impl Iterator<Item = &'a str>,
    counts: &BTreeMap<String, u64>,
    dim: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let parts: Vec<String> = names
        .filter_map(|name| {
            let count = counts.get(name).copied().filter(|&count| count > 0)?;
            Some(format!("{} {}", format_count(count), sanitize::one_line(name)))
        })
        .collect();
    if parts.is_empty() {
        return Ok(());
    }
    write!(out, "  {dim}{what}:{dim:#}")?;
    let mut column = what.len() + 3;
    for (number, part) in parts.iter().enumerate() {
        let comma = if number + 1 < parts.len() { "," } else { "" };
        let width = part.chars().count() + comma.len() + 1;
        if column + width > LINE_WIDTH && number > 0 {
            write!(out, "\n     ")?;
            column = 5;
        }
        write!(out, " {part}{comma}")?;
        column += width;
    }
    writeln!(out)
}
