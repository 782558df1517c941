#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::numbers::{format_count, format_duration};
use super::summary::LINE_WIDTH;
use super::{FindingListing, write_report};
use crate::report::{LinkChange, LinkReport, RunReport, samples};
use crate::text_diff::DriftClass;
use crate::verdict::{ADDS_NO_STRIKE, Cause, LinkState, Verdict};

fn rendered(run: &RunReport, links: &[LinkReport], max_listed: usize) -> String {
    String::from_utf8(written(run, links, max_listed, false)).unwrap()
}

fn written(run: &RunReport, links: &[LinkReport], max_listed: usize, color: bool) -> Vec<u8> {
    let (mut listing, mut out) = (FindingListing::new(max_listed, true), Vec::new());
    for link in links {
        listing.add_link(link);
    }
    write_report(run, &listing, color, &mut out).unwrap();
    out
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
    (link.chain, link.found) = (Vec::new(), Vec::new());
    let text = rendered(&samples::run(), &[link], 20);
    let expected = "\
Newly suspect (was alive, fails now) (1)
  content/b.md:3:1  repost  http://a.example/1
      http-404 · 2 failures since 2026-01-31 · confirmed as dead if it still fails on 2026-02-06 · archived 2023-09-18 \
                        https://web.archive.org/web/2023/http://a.example/1

3 articles, 5 links to 4 pages on 2 hosts; 4 judged in 3m 12s
  run: 1769828400000, started 2026-01-31 03:00:00Z
  links: 3 alive, 2 dead
  texts: 1 minor-edit
  not counted as a difference: markup, nfkc, white_space
  over time: 1 dead, 1 suspect
  since the last run: 1 newly-dead
  wait for their hosts until the next run: 3 busy.example
  causes: 2 http-404
";
    assert_eq!(text, expected);
}

#[test]
fn a_chain_is_one_line_and_no_cause_for_alarm() {
    let mut link = samples::full_link();
    (link.verdict, link.drift, link.change) = (Verdict::Alive, None, None);
    let text = rendered(&samples::run(), &[link.clone()], 20);
    let expected = "\
Sources of the originals (1)
  content/b.md:3:1  repost  http://a.example/1
      reposted from http://first.example/2 · repost http://first.example/2: dead (http-410)

Nothing needs attention.
";
    assert!(text.starts_with(expected), "{text}");
    link.chain.clear();
    link.found[0].verdict = Some(Verdict::Alive);
    assert!(!rendered(&samples::run(), &[link], 20).contains("Sources of"));
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
    new.change = Some(LinkChange::NewlyDead);
    let mut suspect = link(Verdict::Failing, Some(Cause::Timeout), "https://was-there.example/");
    (suspect.state, suspect.last_ok) = (LinkState::Suspect, Some(samples::at("2026-01-01T03:00:00Z")));
    let mut new_suspect = dead("d.md", "https://was-here.example/");
    new_suspect.change = Some(LinkChange::NewlySuspect);
    let mut drift = drifted(DriftClass::MajorEdit);
    drift.change = Some(LinkChange::NewlyDrifted);
    let mut back = samples::bare_link();
    back.change = Some(LinkChange::Recovered);
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
        suspect,
        new_suspect,
    ];
    let text = rendered(&samples::run(), &links, 20);
    let heads: Vec<&str> =
        text.lines().filter(|line| line.ends_with("(1)")).map(|line| line.trim_end_matches(" (1)")).collect();
    assert_eq!(
        heads,
        [
            "Newly dead",
            "Dead",
            "Newly suspect (was alive, fails now)",
            "Suspect (was alive, not yet confirmed as dead)",
            "Newly drifted",
            "Drifted: a different article is there now",
            "Drifted: truncated",
            "Drifted: minor edit",
            "Moved permanently (update the link)",
            "Could not be checked this time",
            "Blocked (the page itself was not seen)",
            "Not a valid URL",
            "Missing local files",
            "Recovered",
        ]
    );
}

#[test]
fn what_failed_until_it_was_confirmed_is_listed_with_the_dead_and_says_why() {
    let mut link = dead("a.md", "https://slow.example/");
    (link.verdict, link.cause, link.state) = (Verdict::Failing, Some(Cause::Timeout), LinkState::Dead);
    (link.confirmed, link.strikes, link.first_failed) = (true, 3, Some(samples::at("2026-01-01T03:00:00Z")));
    link.evidence =
        vec!["dead: confirmed by 3 failures since 2026-01-01, each days after the one before".to_owned()];
    let text = rendered(&samples::run(), &[link], 20);
    let expected = "\
Dead (1)
  a.md:7:43  mention  https://slow.example/
      timeout · dead: confirmed by 3 failures since 2026-01-01, each days after the one before
";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn that_a_refusal_adds_no_strike_is_told_where_the_heading_does_not_say_so() {
    for (verdict, told) in [(Verdict::Failing, true), (Verdict::Blocked, false)] {
        let mut link = samples::bare_link();
        (link.verdict, link.cause) = (verdict, Some(Cause::Http4xx));
        link.evidence = vec![ADDS_NO_STRIKE.to_owned()];
        let text = rendered(&samples::run(), &[link], 20);
        assert_eq!(text.contains(ADDS_NO_STRIKE), told, "{text}");
    }
}

#[test]
fn the_telling_change_is_shown() {
    let text = rendered(&samples::run(), &[drifted(DriftClass::MinorEdit)], 20);
    assert!(text.contains("number: “15 人” → “16 人” · title changed · 2 sentences"), "{text}");
    let told = "the original changed · the local copy was equal to the original on 2025-12-31";
    assert!(text.contains(told), "{text}");
    assert!(text.contains("driftline diff ARTICLE"), "{text}");
}

#[test]
fn noise_and_cosmetic_changes_are_no_findings() {
    let mut noise = drifted(DriftClass::Identical);
    noise.drift.as_mut().unwrap().noise = true;
    let mut links = vec![noise, drifted(DriftClass::Cosmetic), drifted(DriftClass::Unverifiable)];
    for link in &mut links {
        link.drift.as_mut().unwrap().quotes_lost.clear();
    }
    let text = rendered(&samples::run(), &links, 20);
    assert!(text.starts_with("Nothing needs attention.\n"), "{text}");
}

#[test]
fn a_limited_run_names_its_limit_and_what_it_left() {
    let mut run = samples::run();
    run.summary.causes = [("over-budget".to_owned(), 50)].into();
    run.summary.limits = vec!["max_pages".to_owned()];
    let text = rendered(&run, &[], 20);
    let expected = "\
Nothing needs attention among the links that were checked.
Left for the next run: 50 links, by the limit max_pages.
";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn a_quotation_that_is_gone_is_a_finding_of_its_own() {
    let text = rendered(&samples::run(), &[drifted(DriftClass::Identical)], 20);
    assert!(text.starts_with("Quotations missing from the source (1)\n"), "{text}");
    assert!(text.contains("quoted, but missing: “他说没有人受伤。”"), "{text}");
}

#[test]
fn noise_hides_no_drift() {
    let mut link = drifted(DriftClass::Rewritten);
    link.drift.as_mut().unwrap().noise = true;
    let text = rendered(&samples::run(), &[link], 20);
    assert!(text.starts_with("Drifted: rewritten (1)\n"), "{text}");
}

#[test]
fn one_url_is_one_finding_and_long_lists_are_cut() {
    let mut links: Vec<LinkReport> =
        (0..6).map(|n| dead(&format!("{n}.md"), "https://same.example/")).collect();
    links.extend((0..1500).map(|n| dead("x.md", &format!("https://{}.example/", n / 2))));
    let text = rendered(&samples::run(), &links, 3);
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
    let text = rendered(&run, &[], 20);
    assert!(text.starts_with("Interrupted: 4 of 4 pages have a verdict. Run the same"), "{text}");
    assert!(!text.contains("The reason"), "{text}");
    run.interrupted_by = Some("no room\u{1b}[2J".to_owned());
    let text = rendered(&run, &[], 20);
    assert!(text.contains("\nThe reason: no room") && !text.contains('\u{1b}'), "{text}");
    assert!(!text.contains("Nothing needs attention"), "{text}");
}

#[test]
fn unreadable_files_are_findings() {
    let mut run = samples::run();
    run.summary.unreadable = vec!["a.md: not UTF-8".to_owned()];
    let text = rendered(&run, &[], 20);
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
        drift.key_changes[0].original = "\u{9b}2J1".to_owned();
    }
    let text = rendered(&samples::run(), &[link], 20);
    assert!(!text.chars().any(|c| c != '\n' && crate::report::sanitize::is_hostile(c)), "{text:?}");
    assert!(!text.contains("\nfake"), "{text:?}");
}

#[test]
fn colours_can_be_left_out() {
    let out = written(&samples::run(), &[samples::full_link()], 20, true);
    assert!(out.contains(&0x1b));
    assert!(!rendered(&samples::run(), &[samples::full_link()], 20).contains('\u{1b}'));
}

#[test]
fn long_lists_of_counts_are_broken() {
    let mut run = samples::run();
    run.summary.causes = (0..30).map(|n| (format!("some-cause-{n:02}"), 100 - n)).collect();
    let text = rendered(&run, &[], 20);
    assert!(text.lines().all(|line| line.chars().count() <= LINE_WIDTH), "{text}");
    let causes = text.split("causes:").nth(1).unwrap();
    assert!(causes.starts_with(" 100 some-cause-00, 99 some-cause-01,"), "{text}");
    assert_eq!(causes.lines().count(), 6, "{text}");
    assert!(causes.ends_with(" 72 some-cause-28, 71 some-cause-29\n"), "{text}");
}

#[test]
fn of_many_hosts_that_pages_wait_for_those_with_the_most_are_named() {
    let mut run = samples::run();
    run.summary.waiting = (1..=15).map(|n| (format!("h{n}.example"), n)).collect();
    let text = rendered(&run, &[], 20);
    assert!(text.contains("until the next run: 15 h15.example, 14 h14.example,"), "{text}");
    assert!(text.contains("and those of 5 more hosts"), "{text}");
    assert!(!text.contains("h5.example"), "{text}");
}

#[test]
fn numbers_and_spans_are_short() {
    assert_eq!([0, 999, 1_000, 1_234_567].map(format_count), ["0", "999", "1,000", "1,234,567"]);
    assert_eq!([48, 192, 18_180, 187_200].map(format_duration), ["48s", "3m 12s", "5h 3m", "2d 4h"]);
}

#[test]
fn a_host_that_refuses_is_listed_once_with_the_number_of_its_pages() {
    let waiting = |url: &str, attempts: u32, fact: &str| LinkReport {
        url: Some(url.to_owned()),
        verdict: Verdict::Failing,
        cause: Some(Cause::Http429),
        evidence: vec![fact.to_owned()],
        attempts,
        ..samples::bare_link()
    };
    let reason = "busy.example asked to wait until tomorrow, later than this run waits, as its answer says \
                  (politeness.retry_after_cap)";
    let links = [
        waiting("http://busy.example/1", 1, "status 429"),
        waiting("http://busy.example/2", 0, reason),
        waiting("http://busy.example/3", 0, reason),
        waiting("http://busy.example/4", 0, reason),
        waiting("http://busy.example/4", 0, reason),
        waiting("http://other.example/1", 0, reason),
    ];
    let text = rendered(&samples::run(), &links, 20);
    assert!(text.contains("Could not be checked this time (5)"), "{text}");
    assert_eq!(text.matches("http://busy.example/").count(), 2, "{text}");
    assert_eq!(text.matches("      and 2 more pages of this host\n").count(), 1, "{text}");
    assert!(text.contains("http://other.example/1"), "{text}");
    // A terminal gets long evidence cut, everything else gets it whole.
    assert!(text.contains('…') && !text.contains("(politeness.retry_after_cap)"), "{text}");
    let mut listing = FindingListing::new(20, false);
    for link in &links {
        listing.add_link(link);
    }
    let mut whole = Vec::new();
    write_report(&samples::run(), &listing, false, &mut whole).unwrap();
    let whole = String::from_utf8(whole).unwrap();
    assert!(!whole.contains('…') && whole.contains("(politeness.retry_after_cap)"), "{whole}");
}
