//! Tests what runs over weeks make of a link: suspect, dead, revived. `faketime` sets the clock; without it these
//! tests are skipped.

use driftline::report::{LinkChange, LinkReport};
use driftline::verdict::{LinkState, Verdict};

use crate::clock::{URL, Web, web};

/// Runs the crawl on a day while the page answers in a mode. Returns the link and the exit code.
fn visit(web: &Web, day: u32, mode: &str) -> (LinkReport, Option<i32>) {
    mode.clone_into(&mut web.mode.lock().unwrap());
    let done = web.call(&format!("+{day}d"), &["run", "--format", "jsonl"]);
    let link = done.report().links.into_iter().find(|link| link.url.as_deref() == Some(URL));
    (link.unwrap(), done.code)
}

/// The state, whether it is confirmed, what changed, and the exit code.
type Seen = (LinkState, bool, Option<LinkChange>, Option<i32>);

fn seen(web: &Web, day: u32, mode: &str) -> Seen {
    let (link, code) = visit(web, day, mode);
    (link.state, link.confirmed, link.change, code)
}

#[test]
fn a_living_link_that_fails_is_suspect_until_it_failed_on_several_days() {
    let Some(web) = web() else { return };
    assert_eq!(seen(&web, 0, "ok"), (LinkState::Ok, false, None, Some(0)));
    let (link, code) = visit(&web, 1, "404");
    assert_eq!(
        (link.state, link.change, code),
        (LinkState::Suspect, Some(LinkChange::NewlySuspect), Some(0))
    );
    let days = link.confirmed_from.unwrap().duration_since(link.fetched_at.unwrap()).as_hours() / 24;
    assert_eq!((link.confirmed, days), (false, 6));
    let text = web.call("+1d", &["report"]).stdout;
    assert!(text.starts_with("Newly suspect (was alive, fails now) (1)\n"), "{text}");
    assert!(text.contains("Not Found · confirmed as dead if it still fails on "), "{text}");
    assert_eq!(seen(&web, 5, "404"), (LinkState::Suspect, false, None, Some(0)));
    assert_eq!(seen(&web, 9, "404"), (LinkState::Dead, true, Some(LinkChange::NewlyDead), Some(2)));
    assert_eq!(seen(&web, 10, "404"), (LinkState::Dead, true, None, Some(0)));
    assert_eq!(seen(&web, 11, "ok"), (LinkState::Revived, false, Some(LinkChange::Recovered), Some(0)));
    assert_eq!(seen(&web, 12, "404"), (LinkState::Suspect, false, Some(LinkChange::NewlySuspect), Some(0)));
}

#[test]
fn a_link_that_was_never_alive_is_newly_dead_once() {
    let Some(web) = web() else { return };
    assert_eq!(seen(&web, 0, "404"), (LinkState::Dead, false, Some(LinkChange::NewlyDead), Some(2)));
    let text = web.call("+0", &["report"]).stdout;
    assert!(text.contains("Not Found · unconfirmed"), "{text}");
    assert_eq!(seen(&web, 4, "404"), (LinkState::Dead, false, None, Some(0)));
    assert_eq!(seen(&web, 8, "404"), (LinkState::Dead, true, None, Some(0)));
}

#[test]
fn what_fails_for_weeks_turns_dead_like_the_rest_and_says_why() {
    let Some(mut web) = web() else { return };
    web.bench.set("network.retries=0");
    assert_eq!(seen(&web, 0, "500"), (LinkState::Suspect, false, None, Some(0)));
    assert_eq!(seen(&web, 4, "500"), (LinkState::Suspect, false, None, Some(0)));
    let (link, code) = visit(&web, 8, "500");
    assert_eq!((link.verdict, link.state, link.confirmed), (Verdict::Failing, LinkState::Dead, true));
    assert_eq!((link.change, code), (Some(LinkChange::NewlyDead), Some(2)));
    let why = link.evidence.last().unwrap();
    assert!(why.starts_with("dead: confirmed by 3 failures since "), "{why}");
    let text = web.call("+8d", &["report"]).stdout;
    assert!(text.starts_with("Newly dead (1)\n") && text.contains(why), "{text}");
}

#[test]
fn weeks_of_refusals_add_no_strike_and_the_evidence_says_so() {
    let Some(web) = web() else { return };
    for (day, mode) in [(0, "ok"), (1, "400"), (5, "406"), (9, "412"), (13, "403")] {
        let (link, code) = visit(&web, day, mode);
        assert_eq!(
            (link.state, link.strikes, link.change, code),
            (LinkState::Ok, 0, None, Some(0)),
            "{mode}"
        );
        let says = link.evidence.iter().any(|fact| fact.contains("adds no strike"));
        assert_eq!(says, mode != "ok", "{mode}: {:?}", link.evidence);
    }
}

#[test]
fn each_kind_of_finding_can_make_the_exit_code() {
    for (kind, codes) in [
        ("newly-suspect", [Some(0), Some(2), Some(0)]),
        ("newly-dead", [Some(0), Some(0), Some(0)]),
        ("dead", [Some(0), Some(2), Some(2)]),
    ] {
        let Some(mut web) = web() else { return };
        web.bench.set(&format!("report.fail_on=[\"{kind}\"]"));
        let got = [(0, "ok"), (1, "404"), (5, "404")].map(|(day, mode)| visit(&web, day, mode).1);
        assert_eq!(got, codes, "{kind}");
    }
}
