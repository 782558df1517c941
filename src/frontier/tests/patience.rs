//! Hosts that hang or refuse: what of a host is given up for the run, and whose turn comes first.

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

/// Runs the scheduler to its end. `conduct` says, for each request, what came of it and after how long.
/// Returns the requests in their order, and what was given up.
async fn run_to_end(
    scheduler: &mut Scheduler<u32>,
    mut conduct: impl FnMut(u32) -> (HostFeedback, Duration),
) -> (Vec<u32>, Vec<u32>) {
    let (mut asked, mut given_up) = (Vec::new(), Vec::new());
    loop {
        match scheduler.next_action(Instant::now()) {
            NextAction::Ask(ticket, _, work) => {
                asked.push(work);
                let (feedback, took) = conduct(work);
                tokio::time::advance(took).await;
                scheduler.release_ticket(ticket, feedback, 0, Instant::now());
            }
            NextAction::Reject(_, _, work, Rejection::GivenUp { .. } | Rejection::BackingOff { .. }) => {
                given_up.push(work);
            }
            NextAction::WaitUntil(until) => tokio::time::advance(until - Instant::now()).await,
            NextAction::Finished => return (asked, given_up),
            other => panic!("{other:?}"),
        }
    }
}

fn scheduler_of(count: u32) -> Scheduler<u32> {
    let mut scheduler = Scheduler::new(politeness_with(|_| {}));
    for n in 0..count {
        push_page(&mut scheduler, &format!("http://a.example/{n}"), n, 0);
    }
    scheduler
}

fn unavailable() -> HostFeedback {
    HostFeedback::Refused { retry_after: None, status: 503 }
}

#[tokio::test(start_paused = true)]
async fn one_page_that_is_always_unavailable_pauses_its_host_for_seconds() {
    for bad in [0, 10, 19] {
        let mut scheduler = scheduler_of(20);
        let start = Instant::now();
        let (asked, given_up) = run_to_end(&mut scheduler, |work| {
            let feedback = if work == bad { unavailable() } else { HostFeedback::Answered };
            (feedback, Duration::ZERO)
        })
        .await;
        assert_eq!((asked.len(), given_up.len()), (20, 0));
        assert!(start.elapsed() <= Duration::from_secs(19 + 5), "page {bad}: {:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_page_that_is_unavailable_makes_it_the_trouble_of_the_host() {
    let mut scheduler = scheduler_of(5);
    let mut waits = Vec::new();
    for _ in 0..2 {
        let (ticket, _) = expect_request(&mut scheduler);
        scheduler.release_ticket(ticket, unavailable(), 0, Instant::now());
        let wait = expect_wait(&mut scheduler);
        waits.push(wait.as_secs());
        tokio::time::advance(wait).await;
    }
    assert_eq!(waits, [5, 60]);
}

#[tokio::test(start_paused = true)]
async fn the_only_page_of_a_host_is_tried_again_within_half_a_minute() {
    let mut scheduler = Scheduler::new(politeness_with(|_| {}));
    let url = parse_url("http://a.example/1");
    push_page(&mut scheduler, url.as_str(), 1, 0);
    let start = Instant::now();
    for _ in 0..3 {
        let ticket = loop {
            match scheduler.next_action(Instant::now()) {
                NextAction::Ask(ticket, ..) => break ticket,
                NextAction::WaitUntil(until) => tokio::time::sleep_until(until).await,
                other => panic!("{other:?}"),
            }
        };
        scheduler.release_ticket(ticket, unavailable(), 0, Instant::now());
        scheduler.push_last(&url, 1, Instant::now(), Instant::now());
    }
    assert_eq!(start.elapsed().as_secs(), 5 + 10);
}

#[tokio::test(start_paused = true)]
async fn of_89_hosts_one_page_that_is_always_unavailable_costs_a_run_less_than_a_minute() {
    let mut scheduler = Scheduler::new(politeness_with(|_| {}));
    for n in 0..89 {
        push_page(&mut scheduler, &format!("http://h{n}.example/p"), n, 0);
    }
    let (bad, start) = (40, Instant::now());
    let (mut asked, mut attempts) = (0, 0);
    loop {
        match scheduler.next_action(Instant::now()) {
            NextAction::Ask(ticket, _, work) if work == bad => {
                attempts += 1;
                scheduler.release_ticket(ticket, unavailable(), 0, Instant::now());
                if attempts < 3 {
                    let url = parse_url(&format!("http://h{bad}.example/p"));
                    scheduler.push_last(&url, bad, Instant::now(), Instant::now());
                }
            }
            NextAction::Ask(ticket, ..) => {
                asked += 1;
                scheduler.release_ticket(ticket, HostFeedback::Answered, 0, Instant::now());
            }
            NextAction::WaitUntil(until) => tokio::time::advance(until - Instant::now()).await,
            NextAction::Finished => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((asked, attempts), (88, 3));
    assert!(start.elapsed() < MINUTE, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn retries_of_refused_pages_come_after_pages_that_were_not_requested() {
    let mut scheduler = scheduler_of(3);
    let now = Instant::now();
    scheduler.push_last(&parse_url("http://a.example/again"), 10, now, now);
    scheduler.push_last(&parse_url("http://a.example/later"), 11, now + MINUTE, now);
    let (asked, _) = run_to_end(&mut scheduler, |_| (HostFeedback::Answered, Duration::ZERO)).await;
    assert_eq!(asked, [0, 1, 2, 10, 11]);
    assert_eq!((Instant::now() - now).as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn a_host_whose_pages_all_hang_is_given_up_after_two_minutes() {
    let mut scheduler = scheduler_of(1000);
    let start = Instant::now();
    let hang = (HostFeedback::Hung, Duration::from_secs(30));
    let (asked, given_up) = run_to_end(&mut scheduler, |_| hang).await;
    assert_eq!((asked.len(), given_up.len()), (5, 995));
    assert!(start.elapsed() <= Duration::from_secs(155), "{:?}", start.elapsed());
    // With a short timeout the number of requests is the bound.
    let mut scheduler = scheduler_of(1000);
    let (asked, _) = run_to_end(&mut scheduler, |_| (HostFeedback::Hung, Duration::from_secs(1))).await;
    assert_eq!(asked.len(), 8);
}

#[tokio::test(start_paused = true)]
async fn answers_before_make_a_run_more_patient() {
    let mut scheduler = scheduler_of(1000);
    let conduct = |work| match work {
        0..160 => (HostFeedback::Answered, Duration::ZERO),
        _ => (HostFeedback::Hung, Duration::from_secs(1)),
    };
    let (asked, _) = run_to_end(&mut scheduler, conduct).await;
    assert_eq!(asked.len(), 160 + 8 + 160 / 8);
    // One page of ten hangs: that is lost time, and no reason to give up the others.
    let mut scheduler = scheduler_of(1000);
    let conduct = |work| match work % 10 {
        9 => (HostFeedback::Hung, Duration::from_secs(8)),
        _ => (HostFeedback::Answered, Duration::ZERO),
    };
    let (asked, _) = run_to_end(&mut scheduler, conduct).await;
    assert_eq!(asked.len(), 1000);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_refuses_everything_is_given_up_however_short_the_pauses_are() {
    for (retry_after, requests) in [(2, 8), (50, 3), (119, 2)] {
        let mut scheduler = scheduler_of(1000);
        let start = Instant::now();
        let refusal =
            HostFeedback::Refused { retry_after: Some(Duration::from_secs(retry_after)), status: 429 };
        scheduler.set_run_end(start + HOUR);
        let (asked, given_up) = run_to_end(&mut scheduler, |_| (refusal, Duration::ZERO)).await;
        assert_eq!((asked.len(), given_up.len()), (requests, 1000 - requests), "{retry_after}");
        assert!(start.elapsed() <= Duration::from_secs(120), "{retry_after}: {:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn what_hung_during_an_outage_here_is_not_held_against_a_host() {
    let mut scheduler = scheduler_of(20);
    let since = Instant::now();
    for _ in 0..8 {
        let (ticket, _) = expect_request(&mut scheduler);
        tokio::time::advance(Duration::from_secs(1)).await;
        scheduler.release_ticket(ticket, HostFeedback::Hung, 0, Instant::now());
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    scheduler.forgive_failures(since, Instant::now());
    let (asked, given_up) = run_to_end(&mut scheduler, |_| (HostFeedback::Answered, Duration::ZERO)).await;
    assert_eq!((asked.len(), given_up.len()), (12, 0));
}

#[tokio::test(start_paused = true)]
async fn a_short_patience_ends_a_host_although_a_longer_rest_would_be_kept() {
    for (patience, requests) in [(30, 1), (70, 2), (1000, 4)] {
        let mut scheduler = Scheduler::new(politeness_with(|own| {
            (own.patience, own.retry_after_cap) = (Duration::from_secs(patience), 60 * MINUTE);
        }));
        for n in 0..4 {
            push_page(&mut scheduler, &format!("http://a.example/{n}"), n, 0);
        }
        let refuse = |_| (HostFeedback::Refused { retry_after: Some(MINUTE), status: 429 }, Duration::ZERO);
        let (asked, given_up) = run_to_end(&mut scheduler, refuse).await;
        assert_eq!((asked.len(), given_up.len()), (requests, 4 - requests), "{patience}");
    }
}
