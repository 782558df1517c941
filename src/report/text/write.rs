//! Writes the text report: the findings by group, then the summary.

use std::io::{self, Write};

use anstyle::Style;

use super::listing::{FindingListing, GroupFindings};
use super::numbers::format_count;
use super::summary::write_summary;
use crate::report::finding::FindingGroup;
use crate::report::palette::Palette;
use crate::report::{RunReport, RunSummary, sanitize};

/// Writes the report, with colours if asked for. The output stream may still strip them.
pub fn write_report(
    run: &RunReport,
    listing: &FindingListing,
    color: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let palette = Palette::new(color);
    let listed = &listing.groups;
    for (&group, findings) in listed {
        write_group(group, findings, palette, out)?;
    }
    write_unreadable(&run.summary, listing.max_listed, palette, out)?;
    let quiet = listed.keys().all(|group| *group == FindingGroup::Chain);
    write_summary(run, quiet, palette, out)?;
    if listed.keys().any(|group| matches!(group, FindingGroup::Drifted(_) | FindingGroup::NewlyDrifted)) {
        let dim = palette.dimmed();
        writeln!(out, "{dim}To see what changed: driftline diff ARTICLE (or URL){dim:#}")?;
    }
    Ok(())
}

fn write_group(
    group: FindingGroup,
    listed: &GroupFindings,
    palette: Palette,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (head, dim) = (heading_style(group, palette), palette.dimmed());
    writeln!(out, "{head}{}{head:#} {dim}({}){dim:#}", group.heading(), format_count(listed.len() as u64))?;
    for finding in &listed.findings {
        writeln!(out, "  {}  {dim}{}{dim:#}  {}", finding.place, finding.role, finding.target)?;
        if !finding.detail.is_empty() {
            writeln!(out, "      {}", finding.detail)?;
        }
        match finding.more_pages {
            0 => {}
            1 => writeln!(out, "      {dim}and 1 more page of this host{dim:#}")?,
            more => {
                writeln!(out, "      {dim}and {} more pages of this host{dim:#}", format_count(more as u64))?;
            }
        }
        if !finding.others.is_empty() {
            let more = match finding.more_places {
                0 => String::new(),
                1 => " and 1 more place".to_owned(),
                more => format!(" and {} more places", format_count(more as u64)),
            };
            writeln!(out, "      {dim}also {}{more}{dim:#}", finding.others.join(", "))?;
        }
    }
    match listed.unlisted.len() {
        0 => {}
        more => writeln!(out, "  {dim}… and {} more (see --format jsonl){dim:#}", format_count(more as u64))?,
    }
    writeln!(out)
}

fn write_unreadable(
    summary: &RunSummary,
    most: usize,
    palette: Palette,
    out: &mut dyn Write,
) -> io::Result<()> {
    if summary.unreadable.is_empty() {
        return Ok(());
    }
    let (bad, dim) = (palette.loss(), palette.dimmed());
    writeln!(out, "{bad}Files that could not be read{bad:#} {dim}({}){dim:#}", summary.unreadable.len())?;
    for reason in summary.unreadable.iter().take(most) {
        writeln!(out, "  {}", sanitize::one_line(reason))?;
    }
    match summary.unreadable.len().saturating_sub(most) {
        0 => {}
        more => writeln!(out, "  {dim}… and {} more (see --format jsonl){dim:#}", format_count(more as u64))?,
    }
    writeln!(out)
}

fn heading_style(group: FindingGroup, palette: Palette) -> Style {
    match group {
        FindingGroup::NewlyDead | FindingGroup::Dead | FindingGroup::FileMissing | FindingGroup::Invalid => {
            palette.loss()
        }
        FindingGroup::NewlySuspect
        | FindingGroup::Suspect
        | FindingGroup::NewlyDrifted
        | FindingGroup::Drifted(_)
        | FindingGroup::QuoteLost
        | FindingGroup::Failing => palette.doubt(),
        FindingGroup::Recovered => palette.recovery(),
        FindingGroup::Moved | FindingGroup::Blocked | FindingGroup::Chain => palette.bold(),
    }
}
