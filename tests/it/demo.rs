//! Runs the whole program over the demo's archive and web, and compares the report with the table of
//! expected results.

use std::fmt::Write as _;
use std::time::Duration;

use driftline::app::demo::expect::{check_report, link_counts};
use driftline::app::demo::{Web, write_archive};
use driftline::text_diff::DriftClass;
use driftline::verdict::Verdict;

use crate::kit::{self, Report};

/// The archive, and a configuration that leads every host to the web.
fn prepare(web: &Web) -> tempfile::TempDir {
    let dir = tempfile::TempDir::with_prefix("driftline-it-demo-").unwrap();
    write_archive(dir.path()).unwrap();
    std::fs::write(dir.path().join("ca.pem"), web.ca_pem()).unwrap();
    let mut config =
        "[politeness]\nrequests_per_second = 50.0\nbackoff = \"200ms\"\nbreaker_pause = \"100ms\"\n\
                      retry_after_cap = \"1s\"\n[network]\ntimeout = \"10s\"\nretry_wait = \"20ms\"\n\
                      ca_certs = [\"ca.pem\"]\n[network.resolve]\n"
            .to_owned();
    for (host, addr) in web.resolve_entries() {
        writeln!(config, "\"{host}\" = \"{addr}\"").unwrap();
    }
    std::fs::write(dir.path().join("driftline.toml"), config).unwrap();
    dir
}

#[track_caller]
fn hold(report: &Report, era: usize) {
    let wrong = check_report(&report.links, era);
    assert!(wrong.is_empty(), "era {era}: {} differences\n{}", wrong.len(), wrong.join("\n"));
    let (least, most) = link_counts();
    assert!((least..=most).contains(&report.links.len()), "{} links", report.links.len());
}

#[test]
fn every_verdict_and_every_drift_class_is_right_in_both_eras() {
    let web = Web::start_now().unwrap();
    let dir = prepare(&web);
    let first = kit::call(dir.path(), &["run", "--format", "jsonl"]).expect_code(2).report();
    hold(&first, 0);
    for verdict in Verdict::ALL.iter().copied() {
        assert!(first.links.iter().any(|link| link.verdict == verdict), "no link is {}", verdict.as_str());
    }
    let classes: std::collections::BTreeSet<&str> =
        first.links.iter().filter_map(|link| link.drift.as_ref()).map(|drift| drift.class.as_str()).collect();
    assert_eq!(classes.len(), 8, "{classes:?}");
    assert!(first.links.iter().filter_map(|link| link.drift.as_ref()).any(|drift| drift.noise));

    web.set_era(1);
    web.clear_log();
    let second = kit::call(dir.path(), &["run", "--format", "jsonl"]).expect_code(2).report();
    hold(&second, 1);
    let moved = |article: &str| second.of(article).iter().find_map(|link| link.drift.clone()).unwrap();
    let drift = moved("gnews/1001.md");
    assert_eq!(
        (drift.class, drift.moved_side),
        (DriftClass::MinorEdit, driftline::text_diff::MovedSide::Original)
    );
    // What had a validator was asked for by it, and what was the same was not stored again.
    let asked = web.log();
    let rules = asked.iter().filter(|entry| entry.path == "/articles/1014").collect::<Vec<_>>();
    assert!(rules.iter().all(|entry| entry.conditional) && rules.len() == 1, "{rules:#?}");
    let unchanged = second.link("gnews/harbor-chart.md", "https://harbor-daily.example/articles/1014");
    assert!(unchanged.unchanged);
    let before = first.link("gnews/harbor-chart.md", "https://harbor-daily.example/articles/1014");
    assert_eq!(unchanged.snapshot, before.snapshot);
}

#[test]
fn the_demo_shows_everything_in_time() {
    let dir = tempfile::tempdir().unwrap();
    let run = kit::call(dir.path(), &["demo", "--format", "jsonl"]).expect_code(0);
    assert!(run.elapsed < Duration::from_secs(20), "{:?}", run.elapsed);
    hold(&run.report(), 1);
    assert_eq!(
        std::fs::read_dir(dir.path()).unwrap().count(),
        0,
        "the demo leaves nothing where it is called"
    );
    // The ending fits on a screen of 24 lines and names the diff page and the next commands.
    let ending = run.stderr.rsplit_once("This was driftline").expect("the ending").1;
    assert!(ending.lines().count() < 24, "{ending}");
    assert!(ending.contains("file://") && ending.contains("driftline diff gnews/1002.md"), "{ending}");
    assert!(ending.contains("The folder stays until you delete it: rm -r /"), "{ending}");
    let archive = ending.lines().find_map(|line| line.strip_prefix("  cd /")).expect("the archive's folder");
    let archive = std::path::PathBuf::from(format!("/{archive}"));
    assert!(archive.starts_with(std::env::temp_dir()), "{}", archive.display());
    std::fs::remove_dir_all(archive.parent().unwrap()).unwrap();
}
