#![allow(clippy::unwrap_used)]
use super::*;

fn monitor(canaries: &[&str]) -> NetworkMonitor {
    let canaries = canaries.iter().map(|url| Url::parse(url).unwrap()).collect();
    NetworkMonitor::new(canaries, Duration::from_secs(300))
}

fn answer(monitor: &mut NetworkMonitor, host: &str) -> NetworkNews {
    let url = Url::parse(&format!("http://{host}/page")).unwrap();
    monitor.record_answer(&HostKey::from_url(&url), &url, Instant::now())
}

fn fail(monitor: &mut NetworkMonitor, hosts: &[&str]) {
    for host in hosts {
        monitor.record_failure(&HostKey::from(*host), Instant::now());
    }
}

fn wants(monitor: &NetworkMonitor) -> bool {
    monitor.needs_round(false, Instant::now())
}

#[tokio::test(start_paused = true)]
async fn a_few_dead_hosts_raise_no_suspicion() {
    let mut monitor = monitor(&[]);
    assert_eq!(answer(&mut monitor, "up.example"), NetworkNews::Unchanged);
    fail(&mut monitor, &["a", "b", "c", "a", "a"]);
    assert!(!wants(&monitor), "three hosts, however often");
    assert_eq!(answer(&mut monitor, "up.example"), NetworkNews::Up(Instant::now()));
    fail(&mut monitor, &["d"]);
    assert!(!wants(&monitor), "an answer came in between");
}

#[tokio::test(start_paused = true)]
async fn an_unfounded_suspicion_is_cleared_by_one_answer_and_not_raised_again_at_once() {
    let mut monitor = monitor(&[]);
    answer(&mut monitor, "up.example");
    fail(&mut monitor, &["a", "b", "c", "d"]);
    assert!(wants(&monitor));
    assert_eq!(monitor.reference_hosts()[0].1.as_str(), "http://up.example/robots.txt");
    assert!(monitor.begin_round(1, None, Instant::now()));
    assert!(!monitor.is_up() && !wants(&monitor));
    assert_eq!(answer(&mut monitor, "up.example"), NetworkNews::Up(Instant::now()));
    assert!(monitor.is_up());
    tokio::time::advance(Duration::from_millis(1)).await;
    fail(&mut monitor, &["e", "f", "g", "h"]);
    assert!(!wants(&monitor), "calm");
    assert!(monitor.needs_round(true, Instant::now()), "but at the end nobody else can tell");
    tokio::time::advance(CALM_TIME).await;
    assert!(wants(&monitor));
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_an_earlier_request_proves_nothing() {
    let mut monitor = monitor(&[]);
    answer(&mut monitor, "up.example");
    fail(&mut monitor, &["a", "b"]);
    let begun = Instant::now();
    tokio::time::advance(Duration::from_secs(1)).await;
    fail(&mut monitor, &["c", "d", "e", "f"]);
    let url = Url::parse("http://up.example/").unwrap();
    let host = HostKey::from("up.example");
    assert_eq!(monitor.record_answer(&host, &url, begun), NetworkNews::Up(begun), "a and b were down");
    assert!(!monitor.is_suspect(&HostKey::from("a")) && monitor.is_suspect(&HostKey::from("c")));
    assert!(wants(&monitor), "four are still in doubt");
    assert!(monitor.begin_round(1, None, Instant::now()));
    assert_eq!(monitor.record_answer(&host, &url, begun), NetworkNews::Unchanged);
    assert!(!monitor.is_up());
    assert_eq!(monitor.record_reference_answer(Instant::now()), NetworkNews::Up(Instant::now()));
    assert!(monitor.is_up());
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_waited_out_at_growing_intervals() {
    let mut monitor = monitor(&["http://one.example/", "http://two.example/"]);
    fail(&mut monitor, &["a", "b", "c", "d"]);
    let since = Instant::now();
    assert!(wants(&monitor), "canaries need no earlier answer");
    let mut waits = Vec::new();
    for _ in 0..8 {
        assert!(monitor.begin_round(2, None, Instant::now()));
        assert!(!monitor.record_reference_failure(Instant::now()), "the other canary may answer");
        assert_eq!(monitor.record_reference_failure(Instant::now()), waits.is_empty(), "found once");
        let next = monitor.next_round().unwrap();
        waits.push((next - Instant::now()).as_secs());
        assert!(!wants(&monitor));
        tokio::time::advance(next - Instant::now()).await;
        assert!(wants(&monitor) && monitor.is_down());
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
    assert!(!monitor.is_past_limit(Instant::now()));
    assert_eq!(monitor.record_reference_answer(Instant::now()), NetworkNews::Restored(since));
    assert!(monitor.is_up() && !monitor.is_down());
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_the_network_has_a_limit() {
    let mut monitor = monitor(&["http://one.example/"]);
    fail(&mut monitor, &["a", "b", "c", "d"]);
    assert!(monitor.begin_round(1, None, Instant::now()));
    monitor.record_reference_failure(Instant::now());
    tokio::time::advance(Duration::from_secs(299)).await;
    assert!(!monitor.is_past_limit(Instant::now()));
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(monitor.is_past_limit(Instant::now()));
}

#[tokio::test(start_paused = true)]
async fn a_reference_host_that_must_rest_long_is_not_waited_for() {
    let mut monitor = monitor(&[]);
    answer(&mut monitor, "up.example");
    fail(&mut monitor, &["a", "b", "c", "d"]);
    let now = Instant::now();
    assert!(!monitor.begin_round(0, Some(now + Duration::from_secs(600)), now));
    monitor.dismiss_suspicion(now);
    assert!(monitor.is_up() && !wants(&monitor) && !monitor.is_suspect(&HostKey::from("a")));
    fail(&mut monitor, &["a", "b", "c", "d"]);
    assert!(monitor.begin_round(0, Some(now + Duration::from_secs(1)), now));
    assert_eq!(monitor.next_round(), Some(now + Duration::from_secs(1)));
    assert!(!monitor.is_down(), "nobody was asked");
}

#[test]
fn without_anybody_to_ask_there_is_no_doubt() {
    let mut monitor = monitor(&[]);
    fail(&mut monitor, &["a", "b", "c", "d", "e"]);
    assert!(!monitor.needs_round(true, Instant::now()));
    assert!(!monitor.is_in_doubt(FetchFailure::Timeout));
    answer(&mut monitor, "up.example");
    assert!(monitor.is_in_doubt(FetchFailure::Timeout));
    assert!(!monitor.is_in_doubt(FetchFailure::TlsExpired), "the host answered");
}
