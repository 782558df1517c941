#![allow(clippy::unwrap_used, clippy::panic)]
use super::*;
use crate::frontier::{Politeness, RobotsAccess};

pub(super) const HOUR: Duration = Duration::from_secs(3600);

pub(super) fn polite(change: impl FnOnce(&mut Politeness)) -> HostPoliteness {
    let mut default = Politeness { robots: false, ..Politeness::default() };
    change(&mut default);
    HostPoliteness { default, ..HostPoliteness::default() }
}

pub(super) fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

pub(super) fn push(scheduler: &mut Scheduler<u32>, at: &str, work: u32, priority: u8) {
    scheduler.push(&url(at), work, Priority::unseen(priority), Instant::now());
}

pub(super) fn ask(scheduler: &mut Scheduler<u32>) -> (Ticket, u32) {
    match scheduler.next(Instant::now()) {
        Next::Ask(ticket, _, work) => (ticket, work),
        other => panic!("expected something to ask for, got {other:?}"),
    }
}

pub(super) fn wait(scheduler: &mut Scheduler<u32>) -> Duration {
    match scheduler.next(Instant::now()) {
        Next::Wait(until) => until - Instant::now(),
        other => panic!("expected a wait, got {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn hosts_take_turns_and_the_most_valuable_page_comes_first() {
    let mut scheduler = Scheduler::new(polite(|_| {}));
    push(&mut scheduler, "http://a.example/late", 1, 9);
    push(&mut scheduler, "http://a.example/early", 2, 0);
    push(&mut scheduler, "http://b.example/", 3, 5);
    let (first, work) = ask(&mut scheduler);
    assert_eq!((first.host().as_str(), work), ("a.example", 2));
    let (second, work) = ask(&mut scheduler);
    assert_eq!((second.host().as_str(), work), ("b.example", 3));
    assert!(matches!(scheduler.next(Instant::now()), Next::Busy));
    scheduler.release(first, Feedback::Answered, 0, Instant::now());
    assert_eq!(wait(&mut scheduler), Duration::from_secs(1));
    scheduler.release(second, Feedback::Answered, 0, Instant::now());
    tokio::time::advance(Duration::from_secs(1)).await;
    let (third, work) = ask(&mut scheduler);
    assert_eq!(work, 1);
    scheduler.release(third, Feedback::Answered, 0, Instant::now());
    assert!(matches!(scheduler.next(Instant::now()), Next::Drained));
}

#[tokio::test(start_paused = true)]
async fn robots_are_asked_for_once_and_then_decide() {
    let mut scheduler = Scheduler::new(polite(|own| {
        own.robots = true;
        own.interval = None;
        own.per_host_concurrency = 4;
    }));
    push(&mut scheduler, "http://a.example/open", 1, 0);
    push(&mut scheduler, "http://a.example/private", 2, 1);
    let Next::AskRobots(ticket, _, robots) = scheduler.next(Instant::now()) else { panic!("no robots") };
    assert_eq!(robots.as_str(), "http://a.example/robots.txt");
    assert!(matches!(scheduler.next(Instant::now()), Next::Busy));
    let rules =
        RobotsRules::new(&RobotsAccess::Found(b"User-agent: *\nDisallow: /private".to_vec()), "driftline");
    scheduler.release(ticket, Feedback::Answered, 0, Instant::now());
    scheduler.robots_known(&robots, rules, Instant::now());
    let (ticket, work) = ask(&mut scheduler);
    assert_eq!(work, 1);
    let Next::Refused(_, _, 2, Denial::Robots { rule }) = scheduler.next(Instant::now()) else {
        panic!("the private page was not refused")
    };
    assert_eq!(rule, "Disallow: /private");
    scheduler.release(ticket, Feedback::Answered, 0, Instant::now());
    assert!(matches!(scheduler.next(Instant::now()), Next::Drained));
}

#[tokio::test(start_paused = true)]
async fn pages_wait_for_the_retry_of_their_robots_file() {
    let mut scheduler = Scheduler::new(polite(|own| {
        own.robots = true;
        own.interval = None;
    }));
    push(&mut scheduler, "http://a.example/page", 1, 0);
    let Next::AskRobots(ticket, _, robots) = scheduler.next(Instant::now()) else { panic!("no robots") };
    let now = Instant::now();
    scheduler.release(ticket, Feedback::Unreachable, 0, now);
    scheduler.push_later(&robots, 2, false, now + Duration::from_secs(3), now);
    assert_eq!(wait(&mut scheduler), Duration::from_secs(3));
    tokio::time::advance(Duration::from_secs(3)).await;
    let (ticket, work) = ask(&mut scheduler);
    assert_eq!(work, 2);
    scheduler.release(ticket, Feedback::Unreachable, 0, Instant::now());
    scheduler.give_up(&robots, Instant::now());
    assert!(matches!(scheduler.next(Instant::now()), Next::Refused(_, _, 1, Denial::HostDown)));
    assert!(matches!(scheduler.next(Instant::now()), Next::Drained));
    assert_eq!(scheduler.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_crawl_delay_slows_its_host_down_to_the_cap() {
    let mut scheduler = Scheduler::new(polite(|own| {
        own.robots = true;
        own.crawl_delay_cap = Duration::from_secs(20);
    }));
    push(&mut scheduler, "http://a.example/1", 1, 0);
    let Next::AskRobots(ticket, _, robots) = scheduler.next(Instant::now()) else { panic!("no robots") };
    let rules =
        RobotsRules::new(&RobotsAccess::Found(b"User-agent: *\nCrawl-delay: 90".to_vec()), "driftline");
    scheduler.release(ticket, Feedback::Answered, 0, Instant::now());
    scheduler.robots_known(&robots, rules, Instant::now());
    // First the rest after the first request, then the limiter with the new interval.
    assert_eq!(wait(&mut scheduler), Duration::from_secs(1));
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(wait(&mut scheduler), Duration::from_secs(19));
}

#[tokio::test(start_paused = true)]
async fn a_crawl_delay_holds_where_no_rate_is_set_and_not_where_robots_are_not_obeyed() {
    for (obeyed, expected) in [(true, Some(20)), (false, None)] {
        let mut scheduler = Scheduler::new(polite(|own| {
            (own.robots, own.interval) = (obeyed, None);
            own.crawl_delay_cap = Duration::from_secs(20);
        }));
        let access = RobotsAccess::Found(b"User-agent: *\nCrawl-delay: 90".to_vec());
        let rules = RobotsRules::new(&access, "driftline");
        scheduler.robots_known(&url("http://a.example/robots.txt"), rules, Instant::now());
        push(&mut scheduler, "http://a.example/1", 1, 0);
        push(&mut scheduler, "http://a.example/2", 2, 0);
        let (ticket, _) = ask(&mut scheduler);
        scheduler.release(ticket, Feedback::Answered, 0, Instant::now());
        let until = match scheduler.next(Instant::now()) {
            Next::Wait(until) => Some((until - Instant::now()).as_secs()),
            _ => None,
        };
        assert_eq!(until, expected, "obeyed: {obeyed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_with_and_without_its_last_dot_is_one_host() {
    let mut scheduler = Scheduler::new(polite(|_| {}));
    push(&mut scheduler, "http://a.example/1", 1, 0);
    push(&mut scheduler, "http://a.example./2", 2, 0);
    let (ticket, _) = ask(&mut scheduler);
    assert!(matches!(scheduler.next(Instant::now()), Next::Busy));
    scheduler.release(ticket, Feedback::Answered, 0, Instant::now());
    assert_eq!(wait(&mut scheduler), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn one_origin_that_is_given_up_leaves_the_other_of_its_host() {
    let mut scheduler = Scheduler::new(polite(|own| own.breaker_failures = 1));
    for n in 0..4 {
        push(&mut scheduler, &format!("https://a.example/{n}"), n, 0);
        push(&mut scheduler, &format!("http://a.example/{n}"), 10 + n, 1);
    }
    let (mut asked, mut refused) = (Vec::new(), Vec::new());
    loop {
        match scheduler.next(Instant::now()) {
            Next::Ask(ticket, at, work) => {
                asked.push(work);
                let feedback =
                    if at.starts_with("https") { Feedback::Unreachable } else { Feedback::Answered };
                scheduler.release(ticket, feedback, 0, Instant::now());
            }
            Next::Refused(_, _, work, Denial::HostDown) => refused.push(work),
            Next::Wait(until) => tokio::time::advance(until - Instant::now()).await,
            Next::Drained => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((asked, refused), (vec![0, 1, 10, 11, 12, 13], vec![2, 3]));
    // A name that is gone is gone for all schemes.
    let mut scheduler = Scheduler::new(polite(|_| {}));
    push(&mut scheduler, "https://b.example/", 1, 0);
    push(&mut scheduler, "http://b.example/", 2, 1);
    let (ticket, _) = ask(&mut scheduler);
    scheduler.release(ticket, Feedback::NameGone, 0, Instant::now());
    assert!(matches!(scheduler.next(Instant::now()), Next::Refused(_, _, 2, Denial::HostDown)));
}

#[tokio::test(start_paused = true)]
async fn a_rest_within_patience_is_waited_for_and_one_beyond_it_is_left() {
    let mut scheduler = Scheduler::new(polite(|own| own.wait_cap = Duration::from_secs(120)));
    push(&mut scheduler, "http://a.example/1", 1, 0);
    push(&mut scheduler, "http://a.example/2", 2, 1);
    let (ticket, _) = ask(&mut scheduler);
    let short = Feedback::Refused { retry_after: Some(Duration::from_secs(100)), status: 429 };
    scheduler.release(ticket, short, 0, Instant::now());
    assert_eq!(wait(&mut scheduler), Duration::from_secs(100));
    tokio::time::advance(Duration::from_secs(100)).await;
    push(&mut scheduler, "http://a.example/3", 3, 1);
    let (ticket, _) = ask(&mut scheduler);
    scheduler.release(ticket, Feedback::Refused { retry_after: Some(HOUR), status: 429 }, 0, Instant::now());
    let Next::Refused(_, _, 3, Denial::HostResting { wait, .. }) = scheduler.next(Instant::now()) else {
        panic!("the page was not left")
    };
    assert_eq!(wait, HOUR);
    assert_eq!(scheduler.back_off(&HostKey::from("a.example")).refusals, 2);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_without_a_time_doubles_from_a_minute_and_is_forgiven() {
    let mut scheduler = Scheduler::new(polite(|own| own.wait_cap = HOUR));
    for n in 0..4 {
        push(&mut scheduler, "http://a.example/", n, 0);
    }
    for expected in [60, 120, 240] {
        let (ticket, _) = ask(&mut scheduler);
        scheduler.release(ticket, Feedback::Refused { retry_after: None, status: 429 }, 0, Instant::now());
        assert_eq!(wait(&mut scheduler), Duration::from_secs(expected));
        tokio::time::advance(Duration::from_secs(expected)).await;
    }
    tokio::time::advance(Duration::from_secs(31 * 60)).await;
    let (ticket, _) = ask(&mut scheduler);
    push(&mut scheduler, "http://a.example/", 9, 0);
    scheduler.release(ticket, Feedback::Refused { retry_after: None, status: 429 }, 0, Instant::now());
    assert_eq!(wait(&mut scheduler), Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn the_curve_reaches_a_day_and_goes_no_further() {
    let mut scheduler = Scheduler::new(polite(|own| own.wait_cap = 48 * HOUR));
    let mut waits = Vec::new();
    for n in 0..14 {
        push(&mut scheduler, "http://a.example/", n, 0);
        let (ticket, _) = ask(&mut scheduler);
        scheduler.release(ticket, Feedback::Refused { retry_after: None, status: 429 }, 0, Instant::now());
        push(&mut scheduler, "http://a.example/", n, 0);
        let rest = wait(&mut scheduler);
        waits.push(rest.as_secs() / 60);
        tokio::time::advance(rest).await;
        let _ = scheduler.drop_fresh();
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440, 1440]);
}

#[tokio::test(start_paused = true)]
async fn a_stated_rest_may_be_longer_than_our_own_but_not_for_ever() {
    for (stated, kept) in [(72 * HOUR, 72 * HOUR), (20_000 * HOUR, 30 * 24 * HOUR)] {
        let mut scheduler = Scheduler::new(polite(|_| {}));
        push(&mut scheduler, "http://a.example/1", 1, 0);
        push(&mut scheduler, "http://a.example/2", 2, 0);
        let (ticket, _) = ask(&mut scheduler);
        scheduler.release(
            ticket,
            Feedback::Refused { retry_after: Some(stated), status: 429 },
            0,
            Instant::now(),
        );
        let Next::Refused(_, _, _, Denial::HostResting { wait, .. }) = scheduler.next(Instant::now()) else {
            panic!("not left")
        };
        assert_eq!(wait, kept);
    }
}

#[tokio::test(start_paused = true)]
async fn a_rest_beyond_the_end_of_the_run_is_not_slept_for() {
    let mut scheduler = Scheduler::new(polite(|own| own.wait_cap = HOUR));
    scheduler.end_at(Instant::now() + Duration::from_secs(90));
    push(&mut scheduler, "http://a.example/1", 1, 0);
    push(&mut scheduler, "http://a.example/2", 2, 0);
    let (ticket, _) = ask(&mut scheduler);
    scheduler.release(ticket, Feedback::Refused { retry_after: None, status: 429 }, 0, Instant::now());
    assert_eq!(wait(&mut scheduler), Duration::from_secs(60), "within the run's time");
    tokio::time::advance(Duration::from_secs(60)).await;
    push(&mut scheduler, "http://a.example/3", 3, 0);
    let (ticket, _) = ask(&mut scheduler);
    scheduler.release(ticket, Feedback::Refused { retry_after: None, status: 429 }, 0, Instant::now());
    let Next::Refused(_, _, 3, Denial::HostResting { wait, .. }) = scheduler.next(Instant::now()) else {
        panic!("the page was not left")
    };
    assert_eq!(wait, Duration::from_secs(120));
}

#[tokio::test(start_paused = true)]
async fn a_host_that_hangs_delays_nobody() {
    let mut scheduler = Scheduler::new(polite(|_| {}));
    for n in 0..50 {
        push(&mut scheduler, &format!("http://hung.example/{n}"), n, 0);
        push(&mut scheduler, &format!("http://quick.example/{n}"), 100 + n, 0);
    }
    let start = Instant::now();
    let mut hung = None;
    let mut answered = 0;
    while answered < 50 {
        match scheduler.next(Instant::now()) {
            Next::Ask(ticket, _, work) if work < 100 => {
                assert!(hung.replace(ticket).is_none(), "asked again while the first hangs");
            }
            Next::Ask(ticket, _, _) => {
                answered += 1;
                scheduler.release(ticket, Feedback::Answered, 0, Instant::now());
            }
            Next::Wait(until) => tokio::time::advance(until - Instant::now()).await,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((Instant::now() - start).as_secs(), 49, "one a second, as if it were alone");
    assert_eq!((scheduler.in_flight(), scheduler.waiting()), (1, 49));
}

#[tokio::test(start_paused = true)]
async fn a_dead_host_costs_a_few_tries_and_not_one_a_page() {
    let mut scheduler = Scheduler::new(polite(|_| {}));
    for n in 0..1000 {
        push(&mut scheduler, &format!("http://dead.example/{n}"), n, 0);
    }
    let (mut asked, mut given_up) = (0, 0);
    loop {
        match scheduler.next(Instant::now()) {
            Next::Ask(ticket, _, _) => {
                asked += 1;
                scheduler.release(ticket, Feedback::Unreachable, 0, Instant::now());
            }
            Next::Refused(_, _, _, Denial::HostDown) => given_up += 1,
            Next::Wait(until) => tokio::time::advance(until - Instant::now()).await,
            Next::Drained => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((asked, given_up), (4, 996));
}

#[tokio::test(start_paused = true)]
async fn a_later_retry_leaves_its_host_to_others_until_it_is_due() {
    let mut scheduler = Scheduler::new(polite(|own| own.interval = None));
    let now = Instant::now();
    scheduler.push_later(&url("http://a.example/again"), 1, true, now + Duration::from_secs(5), now);
    push(&mut scheduler, "http://a.example/other", 2, 0);
    let (ticket, work) = ask(&mut scheduler);
    assert_eq!(work, 2);
    scheduler.release(ticket, Feedback::Answered, 0, Instant::now());
    assert_eq!(wait(&mut scheduler), Duration::from_secs(5));
    scheduler.push_first(&url("http://a.example/hop"), 3, true, Instant::now());
    let (ticket, work) = ask(&mut scheduler);
    assert_eq!(work, 3);
    scheduler.release(ticket, Feedback::Answered, 0, Instant::now());
    tokio::time::advance(Duration::from_secs(5)).await;
    let (ticket, work) = ask(&mut scheduler);
    assert_eq!(work, 1);
    scheduler.release(ticket, Feedback::Answered, 0, Instant::now());
}

/// The real archive: 77,667 URLs on 2,648 hosts, 45,573 of them on one, one request a second. The
/// run may last 1.05 times as long as the largest host's own requests need. All other pages are worth
/// more, and no more than 256 requests run at once.
#[tokio::test(start_paused = true)]
async fn the_largest_host_alone_decides_how_long_a_run_takes() {
    const HOSTS: u32 = 2_648;
    const LARGEST: u32 = 45_573;
    const OTHERS: u32 = 77_667 - LARGEST;
    let mut scheduler = Scheduler::new(polite(|_| {}));
    for n in 0..LARGEST {
        push(&mut scheduler, &format!("http://large.example/{n}"), n, 1);
    }
    for n in 0..OTHERS {
        push(&mut scheduler, &format!("http://h{}.example/{n}", n % (HOSTS - 1)), n, 0);
    }
    let start = Instant::now();
    let took = Duration::from_millis(300);
    let mut under_way: std::collections::VecDeque<(Instant, Ticket)> = std::collections::VecDeque::new();
    let (mut last, mut asked) = (HashMap::new(), 0_u32);
    loop {
        let now = Instant::now();
        while under_way.front().is_some_and(|(end, _)| *end <= now) {
            let (_, ticket) = under_way.pop_front().unwrap();
            scheduler.release(ticket, Feedback::Answered, 0, now);
        }
        let next_end = under_way.front().map(|(end, _)| *end);
        if under_way.len() == 256 {
            tokio::time::advance(next_end.unwrap() - now).await;
            continue;
        }
        let until = match scheduler.next(now) {
            Next::Ask(ticket, _, _) => {
                asked += 1;
                if let Some(before) = last.insert(ticket.host().clone(), now) {
                    assert!(now - before >= Duration::from_secs(1), "{} was asked too soon", ticket.host());
                }
                under_way.push_back((now + took, ticket));
                continue;
            }
            Next::Wait(until) => next_end.map_or(until, |end| end.min(until)),
            Next::Busy => next_end.unwrap(),
            Next::Drained => break,
            other => panic!("{other:?}"),
        };
        tokio::time::advance(until - now).await;
    }
    assert_eq!(asked, LARGEST + OTHERS);
    let ratio = (Instant::now() - start).as_secs_f64() / f64::from(LARGEST);
    println!("the run took {ratio:.5} times the largest host's own time");
    assert!(ratio <= 1.05, "the run took {ratio:.4} times the largest host's own time");
}
