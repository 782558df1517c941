//! The report for people: what needs attention first, then the counts.
//!
//! Links come in as a stream and may be hundreds of thousands; what is kept is what is shown, and a
//! number for each URL that is only counted.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};

use anstyle::{AnsiColor, Style as Ansi};

use super::finding::{Group, detail, groups, target};
use super::sanitize;
use super::{LinkReport, RunReport, Summary};
use crate::verdict::Verdict;

/// Where lines of counts are broken, in columns.
const WIDTH: usize = 100;

/// How many other places of one URL are named before they are only counted.
const PLACES: usize = 2;

/// One finding: a URL (or what is written) with the places that hold it.
struct Finding {
    place: String,
    role: &'static str,
    target: String,
    detail: String,
    others: Vec<String>,
    more_places: usize,
}

/// The findings of a kind: the first ones whole, the rest counted.
#[derive(Default)]
struct Listed {
    findings: Vec<Finding>,
    /// The findings' places in the list, by target.
    by_target: HashMap<String, usize>,
    /// Fingerprints of targets that are only counted.
    unlisted: HashSet<u64>,
}

impl Listed {
    fn add(&mut self, group: Group, link: &LinkReport, most: usize) {
        let target = target(link);
        let place = format!("{}:{}:{}", sanitize::line(&link.article), link.line, link.column);
        if let Some(finding) = self.by_target.get(target).and_then(|&at| self.findings.get_mut(at)) {
            if finding.others.len() < PLACES {
                finding.others.push(place);
            } else {
                finding.more_places += 1;
            }
        } else if self.findings.len() < most {
            self.by_target.insert(target.to_owned(), self.findings.len());
            self.findings.push(Finding {
                place,
                role: link.role.as_str(),
                target: sanitize::line(target).into_owned(),
                detail: detail(group, link),
                others: Vec::new(),
                more_places: 0,
            });
        } else {
            let mut fingerprint = DefaultHasher::new();
            target.hash(&mut fingerprint);
            self.unlisted.insert(fingerprint.finish());
        }
    }

    fn len(&self) -> usize {
        self.findings.len() + self.unlisted.len()
    }
}

/// What a report lists, taken in link by link.
pub struct Listing {
    most: usize,
    groups: BTreeMap<Group, Listed>,
}

impl Listing {
    /// Of each kind so many findings are listed.
    pub fn new(most: usize) -> Self {
        Self { most, groups: BTreeMap::new() }
    }

    /// Takes in a link of the report, in its order.
    pub fn add(&mut self, link: &LinkReport) {
        for group in groups(link) {
            self.groups.entry(group).or_default().add(group, link, self.most);
        }
    }
}

/// Writes the report. Colours are written where they are asked for; what they go to may still strip them.
pub fn render(run: &RunReport, listing: &Listing, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint { color };
    let listed = &listing.groups;
    for (&group, findings) in listed {
        write_group(group, findings, paint, out)?;
    }
    write_unreadable(&run.summary, listing.most, paint, out)?;
    let quiet = listed.keys().all(|group| *group == Group::Chain);
    write_summary(run, quiet, paint, out)?;
    if listed.keys().any(|group| matches!(group, Group::Drifted(_) | Group::NewlyDrifted)) {
        let dim = paint.dim();
        writeln!(out, "{dim}What exactly changed: driftline diff ARTICLE (or URL){dim:#}")?;
    }
    Ok(())
}

fn write_group(group: Group, listed: &Listed, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let (head, dim) = (paint.head(group), paint.dim());
    writeln!(out, "{head}{}{head:#} {dim}({}){dim:#}", group.title(), grouped(listed.len() as u64))?;
    for finding in &listed.findings {
        writeln!(out, "  {}  {dim}{}{dim:#}  {}", finding.place, finding.role, finding.target)?;
        if !finding.detail.is_empty() {
            writeln!(out, "      {}", finding.detail)?;
        }
        if !finding.others.is_empty() {
            let more = match finding.more_places {
                0 => String::new(),
                1 => " and 1 more place".to_owned(),
                more => format!(" and {} more places", grouped(more as u64)),
            };
            writeln!(out, "      {dim}also {}{more}{dim:#}", finding.others.join(", "))?;
        }
    }
    match listed.unlisted.len() {
        0 => {}
        more => writeln!(out, "  {dim}… and {} more (see --format jsonl){dim:#}", grouped(more as u64))?,
    }
    writeln!(out)
}

fn write_unreadable(summary: &Summary, most: usize, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    if summary.unreadable.is_empty() {
        return Ok(());
    }
    let (bad, dim) = (paint.bad(), paint.dim());
    writeln!(out, "{bad}Files that could not be read{bad:#} {dim}({}){dim:#}", summary.unreadable.len())?;
    for reason in summary.unreadable.iter().take(most) {
        writeln!(out, "  {}", sanitize::line(reason))?;
    }
    match summary.unreadable.len().saturating_sub(most) {
        0 => {}
        more => writeln!(out, "  {dim}… and {} more (see --format jsonl){dim:#}", grouped(more as u64))?,
    }
    writeln!(out)
}

fn write_summary(run: &RunReport, quiet: bool, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let summary = &run.summary;
    let (bold, dim, warn) = (paint.bold(), paint.dim(), paint.warn());
    if run.interrupted {
        writeln!(
            out,
            "{warn}Interrupted: {} of {} pages have a verdict.{warn:#} Run the same command again to go on.",
            grouped(summary.judged),
            grouped(summary.urls)
        )?;
    } else if quiet && summary.unreadable.is_empty() {
        writeln!(out, "Nothing needs attention.")?;
    }
    if summary.robots_ignored {
        writeln!(out, "{warn}robots.txt was ignored, as the settings say.{warn:#}")?;
    }
    let took = run.finished.map(|end| format!(" in {}", span(end.duration_since(run.started).as_secs())));
    writeln!(
        out,
        "{bold}{} articles, {} links{bold:#} to {} pages on {} hosts; {} judged{}",
        grouped(summary.articles),
        grouped(summary.links),
        grouped(summary.urls),
        grouped(summary.hosts),
        grouped(summary.judged),
        took.unwrap_or_default()
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
        let forms: Vec<_> = run.normal_forms.iter().map(|name| sanitize::line(name)).collect();
        let forms = if forms.is_empty() { "nothing".to_owned() } else { forms.join(", ") };
        writeln!(out, "  {dim}not counted as a difference:{dim:#} {forms}")?;
    }
    write_counts(
        "since the last run",
        ["newly-dead", "newly-drifted", "recovered"].into_iter(),
        &summary.changes,
        dim,
        out,
    )?;
    let mut causes: Vec<(&str, u64)> =
        summary.causes.iter().map(|(name, &count)| (name.as_str(), count)).collect();
    causes.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    write_counts("causes", causes.iter().map(|(name, _)| *name), &summary.causes, dim, out)
}

/// One line of counts, without those that are nought; no line where all are.
fn write_counts<'a>(
    what: &str,
    names: impl Iterator<Item = &'a str>,
    counts: &BTreeMap<String, u64>,
    dim: Ansi,
    out: &mut dyn Write,
) -> io::Result<()> {
    let parts: Vec<String> = names
        .filter_map(|name| {
            let count = counts.get(name).copied().filter(|&count| count > 0)?;
            Some(format!("{} {}", grouped(count), sanitize::line(name)))
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
        if column + width > WIDTH && number > 0 {
            write!(out, "\n     ")?;
            column = 5;
        }
        write!(out, " {part}{comma}")?;
        column += width;
    }
    writeln!(out)
}

/// A number with its thousands parted: `12,345`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Seconds in two units at most: `48s`, `3m 12s`, `5h 3m`, `2d 4h`.
pub fn span(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m {}s", seconds % 60),
        (0, _, _) => format!("{hours}h {minutes}m"),
        _ => format!("{days}d {hours}h"),
    }
}

/// Colours, where they help: red for what is lost, yellow for what is in doubt.
#[derive(Clone, Copy)]
struct Paint {
    color: bool,
}

impl Paint {
    fn with(self, style: Ansi) -> Ansi {
        if self.color { style } else { Ansi::new() }
    }

    fn bold(self) -> Ansi {
        self.with(Ansi::new().bold())
    }

    fn dim(self) -> Ansi {
        self.with(Ansi::new().dimmed())
    }

    fn bad(self) -> Ansi {
        self.with(Ansi::new().bold().fg_color(Some(AnsiColor::Red.into())))
    }

    fn warn(self) -> Ansi {
        self.with(Ansi::new().bold().fg_color(Some(AnsiColor::Yellow.into())))
    }

    fn head(self, group: Group) -> Ansi {
        match group {
            Group::NewlyDead | Group::Dead | Group::FileMissing | Group::Invalid => self.bad(),
            Group::NewlyDrifted | Group::Drifted(_) | Group::QuoteLost | Group::Failing => self.warn(),
            Group::Recovered => self.with(Ansi::new().bold().fg_color(Some(AnsiColor::Green.into()))),
            Group::Moved | Group::Blocked | Group::Chain => self.bold(),
        }
    }
}
