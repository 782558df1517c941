//! The order of requests, and the distance between those to one host.

use super::*;

#[tokio::test(start_paused = true)]
async fn hosts_take_turns_and_the_most_valuable_page_comes_first() {
    let mut scheduler = Scheduler::new(politeness_with(|_| {}));
    push_page(&mut scheduler, "http://a.example/late", 1, 9);
    push_page(&mut scheduler, "http://a.example/early", 2, 0);
    push_page(&mut scheduler, "http://b.example/", 3, 5);
    let (first, work) = expect_request(&mut scheduler);
    assert_eq!((first.host().as_str(), work), ("a.example", 2));
    let (second, work) = expect_request(&mut scheduler);
    assert_eq!((second.host().as_str(), work), ("b.example", 3));
    assert!(matches!(scheduler.next_action(Instant::now()), NextAction::Busy));
    answer(&mut scheduler, first);
    assert_eq!(expect_wait(&mut scheduler), Duration::from_secs(1));
    answer(&mut scheduler, second);
    tokio::time::advance(Duration::from_secs(1)).await;
    let (third, work) = expect_request(&mut scheduler);
    assert_eq!(work, 1);
    answer(&mut scheduler, third);
    assert!(matches!(scheduler.next_action(Instant::now()), NextAction::Finished));
}

/// All requests in their order, where each answer comes at once.
fn asked_in_order(scheduler: &mut Scheduler<u32>) -> Vec<u32> {
    let mut order = Vec::new();
    while let NextAction::Ask(ticket, _, work) = scheduler.next_action(Instant::now()) {
        order.push(work);
        answer(scheduler, ticket);
    }
    order
}

#[tokio::test(start_paused = true)]
async fn of_the_ready_hosts_the_one_with_the_most_urgent_page_goes_first() {
    let mut scheduler = Scheduler::new(politeness_with(|own| own.interval = None));
    let now = Instant::now();
    let mut push = |at: &str, work, class, due_ms| {
        scheduler.push(&parse_url(at), work, Priority { last_run: 0, class, due_ms }, now);
    };
    push("http://pictures.example/1", 50, 4, 0);
    push("http://mentions.example/1", 40, 3, 0);
    push("http://mentions.example/2", 41, 3, 500);
    push("http://seen.example/new", 32, 2, 900);
    push("http://seen.example/old", 30, 2, 100);
    push("http://other.example/old", 31, 2, 200);
    push("http://sources.example/1", 20, 1, 0);
    push("http://pictures.example/2", 51, 4, 0);
    push("http://originals.example/1", 10, 0, 0);
    // An original that is queued later moves its host forward.
    push("http://pictures.example/original", 11, 0, 0);
    assert_eq!(asked_in_order(&mut scheduler), [10, 11, 20, 30, 31, 32, 40, 41, 50, 51]);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_must_wait_keeps_the_order_of_its_pages() {
    let mut scheduler = Scheduler::new(politeness_with(|_| {}));
    push_page(&mut scheduler, "http://a.example/1", 1, 3);
    let (ticket, _) = expect_request(&mut scheduler);
    push_page(&mut scheduler, "http://a.example/2", 2, 3);
    answer(&mut scheduler, ticket);
    assert_eq!(expect_wait(&mut scheduler), Duration::from_secs(1));
    push_page(&mut scheduler, "http://a.example/3", 3, 0);
    push_page(&mut scheduler, "http://b.example/4", 4, 2);
    let (_busy, work) = expect_request(&mut scheduler);
    assert_eq!(work, 4);
    tokio::time::advance(Duration::from_secs(1)).await;
    push_page(&mut scheduler, "http://c.example/5", 5, 1);
    let (ticket, work) = expect_request(&mut scheduler);
    assert_eq!(work, 3, "the most urgent page of all ready hosts");
    let (_other, work) = expect_request(&mut scheduler);
    assert_eq!(work, 5);
    answer(&mut scheduler, ticket);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(expect_request(&mut scheduler).1, 2);
}

#[tokio::test(start_paused = true)]
async fn a_name_with_and_without_its_final_dot_is_one_host() {
    let mut scheduler = Scheduler::new(politeness_with(|_| {}));
    push_page(&mut scheduler, "http://a.example/1", 1, 0);
    push_page(&mut scheduler, "http://a.example./2", 2, 0);
    let (ticket, _) = expect_request(&mut scheduler);
    assert!(matches!(scheduler.next_action(Instant::now()), NextAction::Busy));
    answer(&mut scheduler, ticket);
    assert_eq!(expect_wait(&mut scheduler), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_host_that_hangs_delays_no_other_host() {
    let mut scheduler = Scheduler::new(politeness_with(|_| {}));
    for n in 0..50 {
        push_page(&mut scheduler, &format!("http://hung.example/{n}"), n, 0);
        push_page(&mut scheduler, &format!("http://quick.example/{n}"), 100 + n, 0);
    }
    let start = Instant::now();
    let mut hung = None;
    let mut answered = 0;
    while answered < 50 {
        match scheduler.next_action(Instant::now()) {
            NextAction::Ask(ticket, _, work) if work < 100 => {
                assert!(hung.replace(ticket).is_none(), "requested again while the first request hangs");
            }
            NextAction::Ask(ticket, _, _) => {
                answered += 1;
                answer(&mut scheduler, ticket);
            }
            NextAction::WaitUntil(until) => tokio::time::advance(until - Instant::now()).await,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((Instant::now() - start).as_secs(), 49, "one request a second, as without the other host");
    assert_eq!((scheduler.in_flight_count(), scheduler.waiting_count()), (1, 49));
}

#[tokio::test(start_paused = true)]
async fn a_retry_lets_other_pages_of_its_host_pass_until_it_is_due() {
    let mut scheduler = Scheduler::new(politeness_with(|own| own.interval = None));
    let now = Instant::now();
    scheduler.push_later(&parse_url("http://a.example/again"), 1, true, now + Duration::from_secs(5), now);
    push_page(&mut scheduler, "http://a.example/other", 2, 0);
    let (ticket, work) = expect_request(&mut scheduler);
    assert_eq!(work, 2);
    answer(&mut scheduler, ticket);
    assert_eq!(expect_wait(&mut scheduler), Duration::from_secs(5));
    scheduler.push_first(&parse_url("http://a.example/hop"), 3, true, Instant::now());
    let (ticket, work) = expect_request(&mut scheduler);
    assert_eq!(work, 3);
    answer(&mut scheduler, ticket);
    tokio::time::advance(Duration::from_secs(5)).await;
    let (ticket, work) = expect_request(&mut scheduler);
    assert_eq!(work, 1);
    answer(&mut scheduler, ticket);
}

#[tokio::test(start_paused = true)]
async fn a_ticket_outside_the_queue_obeys_the_limits_of_its_host() {
    let mut scheduler = Scheduler::new(politeness_with(|_| {}));
    let host = HostKey::from("a.example");
    push_page(&mut scheduler, "http://a.example/1", 1, 0);
    let (ticket, _) = expect_request(&mut scheduler);
    assert!(scheduler.take_ticket(&host, Instant::now()).is_err(), "one request at a time");
    answer(&mut scheduler, ticket);
    let until = scheduler.take_ticket(&host, Instant::now()).unwrap_err();
    assert_eq!(until - Instant::now(), Duration::from_secs(1));
    tokio::time::advance(Duration::from_secs(1)).await;
    let ticket = scheduler.take_ticket(&host, Instant::now()).unwrap();
    push_page(&mut scheduler, "http://a.example/2", 2, 0);
    assert!(matches!(scheduler.next_action(Instant::now()), NextAction::Busy));
    answer(&mut scheduler, ticket);
    assert_eq!(expect_wait(&mut scheduler), Duration::from_secs(1));
}

/// Requests the next page, and lets the answer come after `took` milliseconds. Returns the milliseconds
/// that it waited before the request.
async fn wait_for_next(scheduler: &mut Scheduler<u32>, took: u64) -> u128 {
    let before = Instant::now();
    let ticket = loop {
        match scheduler.next_action(Instant::now()) {
            NextAction::Ask(ticket, ..) => break ticket,
            NextAction::WaitUntil(until) => tokio::time::sleep_until(until).await,
            _ => panic!("no page was left"),
        }
    };
    let waited = before.elapsed().as_millis();
    tokio::time::advance(Duration::from_millis(took)).await;
    answer(scheduler, ticket);
    waited
}

#[tokio::test(start_paused = true)]
async fn a_delay_on_the_way_is_added_to_the_next_interval() {
    let mut scheduler = Scheduler::new(politeness_with(|_| {}));
    for work in 0..6 {
        push_page(&mut scheduler, &format!("http://a.example/{work}"), work, 0);
    }
    assert_eq!(wait_for_next(&mut scheduler, 1).await, 0);
    assert_eq!(
        wait_for_next(&mut scheduler, 40).await,
        1000,
        "the interval of the first request counts from its end"
    );
    assert_eq!(
        wait_for_next(&mut scheduler, 43).await,
        960,
        "a fast first request makes no other seem delayed"
    );
    assert_eq!(wait_for_next(&mut scheduler, 40).await, 960, "delayed by three milliseconds");
    assert_eq!(wait_for_next(&mut scheduler, 900).await, 960);
    assert_eq!(wait_for_next(&mut scheduler, 40).await, 110, "the delay is limited");
}

#[tokio::test(start_paused = true)]
async fn a_concurrent_request_keeps_a_little_more_distance() {
    let mut scheduler = Scheduler::new(politeness_with(|own| {
        own.interval = Some(Duration::from_millis(500));
        own.per_host_concurrency = 2;
    }));
    for work in 0..4 {
        push_page(&mut scheduler, &format!("http://a.example/{work}"), work, 0);
    }
    let (first, _) = expect_request(&mut scheduler);
    answer(&mut scheduler, first);
    assert_eq!(expect_wait(&mut scheduler), Duration::from_millis(500));
    tokio::time::advance(Duration::from_millis(500)).await;
    let (_under_way, _) = expect_request(&mut scheduler);
    assert_eq!(expect_wait(&mut scheduler), Duration::from_millis(501));
    tokio::time::advance(Duration::from_millis(501)).await;
    let (_beside, _) = expect_request(&mut scheduler);
    assert!(
        matches!(scheduler.next_action(Instant::now()), NextAction::Busy),
        "two requests at once, never three"
    );
}
