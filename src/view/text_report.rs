//! The report for people: what needs attention first, then the counts.
//!
//! Links come in as a stream and may be hundreds of thousands; what is kept is what is shown, and a
//! number for each URL that is only counted.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};

use anstyle::{AnsiColor, Style as Ansi};

use super::clean;
use super::finding::{Group, detail, groups, target};
use super::{LinkReport, RunReport, Summary};
use crate::verdict::Verdict;

/// How a report looks.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether colours are written; what they go to may still strip them.
    pub color: bool,
    /// How many findings of a kind are listed.
    pub max_listed: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: true, max_listed: 20 }
    }
}

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
        let place = format!("{}:{}:{}", clean::line(&link.article), link.line, link.column);
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
                target: clean::line(target).into_owned(),
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

/// Writes the report.
pub fn render(
    run: &RunReport,
    links: &mut dyn Iterator<Item = LinkReport>,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut listed: BTreeMap<Group, Listed> = BTreeMap::new();
    for link in links {
        for group in groups(&link) {
            listed.entry(group).or_default().add(group, &link, style.max_listed);
        }
    }
    let paint = Paint { color: style.color };
    for (&group, findings) in &listed {
        write_group(group, findings, paint, out)?;
    }
    write_unreadable(&run.summary, style.max_listed, paint, out)?;
    write_summary(run, listed.is_empty(), paint, out)?;
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
        writeln!(out, "  {}", clean::line(reason))?;
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
            Some(format!("{} {}", grouped(count), clean::line(name)))
        })
        .collect();
    if parts.is_empty() {
        return Ok(());
    }
    writeln!(out, "  {dim}{what}:{dim:#} {}", parts.join(", "))
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
            Group::NewlyDrifted | Group::Drifted(_) | Group::Failing => self.warn(),
            Group::Recovered => self.with(Ansi::new().bold().fg_color(Some(AnsiColor::Green.into()))),
            Group::Moved | Group::Blocked => self.bold(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::text_diff::DriftClass;
    use crate::verdict::Cause;
    use crate::view::{Change, samples};

    fn rendered(run: &RunReport, links: Vec<LinkReport>, max_listed: usize) -> String {
        let mut out = Vec::new();
        render(run, &mut links.into_iter(), &Style { color: false, max_listed }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn dead(article: &str, url: &str) -> LinkReport {
        LinkReport {
            article: article.to_owned(),
            url: Some(url.to_owned()),
            verdict: Verdict::Dead,
            cause: Some(Cause::Http404),
            ..samples::bare_link()
        }
    }

    fn drifted(class: DriftClass) -> LinkReport {
        let url = Some(format!("https://{}.example/", class.as_str()));
        LinkReport { url, drift: Some(samples::drift(class)), ..samples::bare_link() }
    }

    #[test]
    fn a_finding_says_where_what_and_why() {
        let mut link = samples::full_link();
        link.drift = None;
        link.strikes = 2;
        let text = rendered(&samples::run(), vec![link], 20);
        let expected = "\
Newly dead (1)
  content/b.md:3:1  repost  http://a.example/1
      http-404 · status 404 · 2 failures since 2026-01-31 · archived 2023-09-18 \
                        https://web.archive.org/web/2023/http://a.example/1

3 articles, 5 links to 4 pages on 2 hosts; 4 judged in 3m 12s
  links: 3 alive, 2 dead
  texts: 1 minor-edit
  since the last run: 1 newly-dead
  causes: 2 http-404
";
        assert_eq!(text, expected);
    }

    #[test]
    fn what_needs_attention_first_stands_first() {
        let link = |verdict, cause, url: &str| LinkReport {
            verdict,
            cause,
            url: Some(url.to_owned()),
            ..samples::bare_link()
        };
        let mut new = dead("c.md", "https://new.example/");
        new.change = Some(Change::NewlyDead);
        let mut drift = drifted(DriftClass::MajorEdit);
        drift.change = Some(Change::NewlyDrifted);
        let mut back = samples::bare_link();
        back.change = Some(Change::Recovered);
        let links = vec![
            back,
            link(Verdict::Dead, Some(Cause::FileMissing), "images/x.png"),
            link(Verdict::Invalid, Some(Cause::MalformedUrl), "x"),
            link(Verdict::Blocked, Some(Cause::BotWall), "https://wall.example/"),
            link(Verdict::Failing, Some(Cause::Timeout), "https://slow.example/"),
            link(Verdict::Moved, None, "https://old.example/"),
            drifted(DriftClass::MinorEdit),
            drifted(DriftClass::Different),
            drifted(DriftClass::Truncated),
            dead("a.md", "https://gone.example/"),
            drift,
            new,
        ];
        let text = rendered(&samples::run(), links, 20);
        let heads: Vec<&str> = text
            .lines()
            .filter(|line| line.ends_with("(1)"))
            .map(|line| line.trim_end_matches(" (1)"))
            .collect();
        assert_eq!(
            heads,
            [
                "Newly dead",
                "Dead",
                "Newly drifted",
                "Drifted: another article stands there",
                "Drifted: truncated",
                "Drifted: minor edit",
                "Moved for good (update the link)",
                "Could not be judged this time",
                "Blocked (says nothing about the page)",
                "No URL can be made of it",
                "Missing files of the archive",
                "Recovered",
            ]
        );
    }

    #[test]
    fn the_telling_change_is_shown() {
        let text = rendered(&samples::run(), vec![drifted(DriftClass::MinorEdit)], 20);
        assert!(text.contains("number: “15 人” → “16 人” · title changed · 2 sentences"), "{text}");
        assert!(text.contains("driftline diff ARTICLE"), "{text}");
    }

    #[test]
    fn noise_and_cosmetic_changes_are_no_findings() {
        let mut noise = drifted(DriftClass::MinorEdit);
        noise.drift.as_mut().unwrap().noise = true;
        let links = vec![
            noise,
            drifted(DriftClass::Cosmetic),
            drifted(DriftClass::Identical),
            drifted(DriftClass::Unverifiable),
        ];
        let text = rendered(&samples::run(), links, 20);
        assert!(text.starts_with("Nothing needs attention.\n"), "{text}");
    }

    #[test]
    fn one_url_is_one_finding_and_long_lists_are_cut() {
        let mut links: Vec<LinkReport> =
            (0..6).map(|n| dead(&format!("{n}.md"), "https://same.example/")).collect();
        links.extend((0..1500).map(|n| dead("x.md", &format!("https://{}.example/", n / 2))));
        let text = rendered(&samples::run(), links, 3);
        assert!(text.starts_with("Dead (751)\n"), "{text}");
        assert!(text.contains("also 1.md:7:43, 2.md:7:43 and 3 more places\n"), "{text}");
        assert!(text.contains("… and 748 more (see --format jsonl)\n"), "{text}");
        assert_eq!(text.matches("same.example").count(), 1);
    }

    #[test]
    fn an_interrupted_run_says_how_to_go_on() {
        let mut run = samples::run();
        run.interrupted = true;
        run.finished = None;
        let text = rendered(&run, Vec::new(), 20);
        assert!(text.starts_with("Interrupted: 4 of 4 pages have a verdict. Run the same"), "{text}");
        assert!(!text.contains("Nothing needs attention"), "{text}");
    }

    #[test]
    fn unreadable_files_are_findings() {
        let mut run = samples::run();
        run.summary.unreadable = vec!["a.md: not UTF-8".to_owned()];
        let text = rendered(&run, Vec::new(), 20);
        assert!(text.starts_with("Files that could not be read (1)\n  a.md: not UTF-8\n"), "{text}");
        assert!(!text.contains("Nothing needs attention"), "{text}");
    }

    #[test]
    fn hostile_text_reaches_no_terminal() {
        let mut link = samples::full_link();
        link.article = "a\u{1b}[2J.md".to_owned();
        link.url = Some("https://a.example/\u{202e}\u{1b}]0;x\u{7}".to_owned());
        link.evidence = vec!["title \u{1b}[31m\nfake line".to_owned()];
        if let Some(drift) = &mut link.drift {
            drift.telling[0].original = "\u{9b}2J1".to_owned();
        }
        let text = rendered(&samples::run(), vec![link], 20);
        assert!(!text.chars().any(|c| c != '\n' && clean::is_hostile(c)), "{text:?}");
        assert!(!text.contains("\nfake"), "{text:?}");
    }

    #[test]
    fn colours_can_be_left_out() {
        let mut out = Vec::new();
        let links = vec![samples::full_link()];
        render(&samples::run(), &mut links.into_iter(), &Style::default(), &mut out).unwrap();
        assert!(out.contains(&0x1b));
        assert!(!rendered(&samples::run(), vec![samples::full_link()], 20).contains('\u{1b}'));
    }

    #[test]
    fn numbers_and_spans_are_short() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([48, 192, 18_180, 187_200].map(span), ["48s", "3m 12s", "5h 3m", "2d 4h"]);
    }
}
