//! Robots files: when they are requested, what they forbid, and `Crawl-delay`.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_robots_file_is_requested_once_and_then_decides() {
    let mut scheduler = Scheduler::new(politeness_with(|own| {
        own.robots = true;
        own.interval = None;
        own.per_host_concurrency = 4;
    }));
    push_page(&mut scheduler, "http://a.example/open", 1, 0);
    push_page(&mut scheduler, "http://a.example/private", 2, 1);
    let NextAction::AskRobots(ticket, _, robots) = scheduler.next_action(Instant::now()) else {
        panic!("the robots file was not requested")
    };
    assert_eq!(robots.as_str(), "http://a.example/robots.txt");
    assert!(matches!(scheduler.next_action(Instant::now()), NextAction::Busy));
    let rules = RobotsRules::from_access(
        &RobotsAccess::Found(b"User-agent: *\nDisallow: /private".to_vec()),
        "driftline",
    );
    answer(&mut scheduler, ticket);
    scheduler.set_robots_rules(&robots, rules, Instant::now());
    let (ticket, work) = expect_request(&mut scheduler);
    assert_eq!(work, 1);
    let NextAction::Reject(_, _, 2, Rejection::Robots { rule }) = scheduler.next_action(Instant::now())
    else {
        panic!("the private page was not rejected")
    };
    assert_eq!(rule, "Disallow: /private");
    answer(&mut scheduler, ticket);
    assert!(matches!(scheduler.next_action(Instant::now()), NextAction::Finished));
}

#[tokio::test(start_paused = true)]
async fn pages_wait_for_the_retry_of_their_robots_file() {
    let mut scheduler = Scheduler::new(politeness_with(|own| {
        own.robots = true;
        own.interval = None;
    }));
    push_page(&mut scheduler, "http://a.example/page", 1, 0);
    let NextAction::AskRobots(ticket, _, robots) = scheduler.next_action(Instant::now()) else {
        panic!("the robots file was not requested")
    };
    let now = Instant::now();
    scheduler.release_ticket(ticket, HostFeedback::Unreachable, 0, now);
    scheduler.push_later(&robots, 2, false, now + Duration::from_secs(3), now);
    assert_eq!(expect_wait(&mut scheduler), Duration::from_secs(3));
    tokio::time::advance(Duration::from_secs(3)).await;
    let (ticket, work) = expect_request(&mut scheduler);
    assert_eq!(work, 2);
    scheduler.release_ticket(ticket, HostFeedback::Unreachable, 0, Instant::now());
    scheduler.give_up_origin(&robots, Instant::now());
    assert!(matches!(
        scheduler.next_action(Instant::now()),
        NextAction::Reject(_, _, 1, Rejection::HostDown)
    ));
    assert!(matches!(scheduler.next_action(Instant::now()), NextAction::Finished));
    assert_eq!(scheduler.waiting_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_crawl_delay_raises_the_interval_up_to_the_cap() {
    let mut scheduler = Scheduler::new(politeness_with(|own| {
        own.robots = true;
        own.crawl_delay_cap = Duration::from_secs(20);
    }));
    push_page(&mut scheduler, "http://a.example/1", 1, 0);
    let NextAction::AskRobots(ticket, _, robots) = scheduler.next_action(Instant::now()) else {
        panic!("the robots file was not requested")
    };
    let rules = RobotsRules::from_access(
        &RobotsAccess::Found(b"User-agent: *\nCrawl-delay: 90".to_vec()),
        "driftline",
    );
    answer(&mut scheduler, ticket);
    scheduler.set_robots_rules(&robots, rules, Instant::now());
    // First the interval after the first request, then the limiter with the new interval.
    assert_eq!(expect_wait(&mut scheduler), Duration::from_secs(1));
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(expect_wait(&mut scheduler), Duration::from_secs(19));
}

#[tokio::test(start_paused = true)]
async fn a_crawl_delay_applies_without_a_rate_limit_but_not_where_robots_are_ignored() {
    for (obeyed, expected) in [(true, Some(20)), (false, None)] {
        let mut scheduler = Scheduler::new(politeness_with(|own| {
            (own.robots, own.interval) = (obeyed, None);
            own.crawl_delay_cap = Duration::from_secs(20);
        }));
        let access = RobotsAccess::Found(b"User-agent: *\nCrawl-delay: 90".to_vec());
        let rules = RobotsRules::from_access(&access, "driftline");
        scheduler.set_robots_rules(&parse_url("http://a.example/robots.txt"), rules, Instant::now());
        push_page(&mut scheduler, "http://a.example/1", 1, 0);
        push_page(&mut scheduler, "http://a.example/2", 2, 0);
        let (ticket, _) = expect_request(&mut scheduler);
        answer(&mut scheduler, ticket);
        let until = match scheduler.next_action(Instant::now()) {
            NextAction::WaitUntil(until) => Some((until - Instant::now()).as_secs()),
            _ => None,
        };
        assert_eq!(until, expected, "obeyed: {obeyed}");
    }
}
