//! How long a host is left alone after a 429 or a `Retry-After`, in this run and in the next.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_back_off_within_the_cap_is_waited_for_and_a_longer_one_is_not() {
    let mut scheduler = Scheduler::new(politeness_with(|own| own.retry_after_cap = Duration::from_secs(120)));
    push_page(&mut scheduler, "http://a.example/1", 1, 0);
    push_page(&mut scheduler, "http://a.example/2", 2, 1);
    let (ticket, _) = expect_request(&mut scheduler);
    let short = HostFeedback::Refused { retry_after: Some(Duration::from_secs(100)), status: 429 };
    scheduler.release_ticket(ticket, short, 0, Instant::now());
    assert_eq!(expect_wait(&mut scheduler), Duration::from_secs(100));
    tokio::time::advance(Duration::from_secs(100)).await;
    push_page(&mut scheduler, "http://a.example/3", 3, 1);
    let (ticket, _) = expect_request(&mut scheduler);
    refuse(&mut scheduler, ticket, Some(HOUR));
    let NextAction::Reject(_, _, 3, Rejection::BackingOff { wait, .. }) =
        scheduler.next_action(Instant::now())
    else {
        panic!("the page was not rejected")
    };
    assert_eq!(wait, HOUR);
    assert_eq!(scheduler.back_off(&HostKey::from("a.example")).refusals, 2);
}

#[tokio::test(start_paused = true)]
async fn refusals_without_a_time_double_the_pause_from_a_minute_until_they_are_forgiven() {
    let mut scheduler =
        Scheduler::new(politeness_with(|own| (own.retry_after_cap, own.patience) = (HOUR, HOUR)));
    for n in 0..4 {
        push_page(&mut scheduler, "http://a.example/", n, 0);
    }
    for expected in [60, 120, 240] {
        let (ticket, _) = expect_request(&mut scheduler);
        refuse(&mut scheduler, ticket, None);
        assert_eq!(expect_wait(&mut scheduler), Duration::from_secs(expected));
        tokio::time::advance(Duration::from_secs(expected)).await;
    }
    tokio::time::advance(Duration::from_secs(31 * 60)).await;
    let (ticket, _) = expect_request(&mut scheduler);
    push_page(&mut scheduler, "http://a.example/", 9, 0);
    refuse(&mut scheduler, ticket, None);
    assert_eq!(expect_wait(&mut scheduler), Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn the_doubling_stops_at_a_day() {
    let mut scheduler = Scheduler::new(politeness_with(|own| {
        own.retry_after_cap = 48 * HOUR;
        (own.patience, own.give_up_after) = (1000 * HOUR, 100);
    }));
    let mut waits = Vec::new();
    for n in 0..14 {
        push_page(&mut scheduler, "http://a.example/", n, 0);
        let (ticket, _) = expect_request(&mut scheduler);
        refuse(&mut scheduler, ticket, None);
        push_page(&mut scheduler, "http://a.example/", n, 0);
        let rest = expect_wait(&mut scheduler);
        waits.push(rest.as_secs() / 60);
        tokio::time::advance(rest).await;
        let _ = scheduler.drop_new_pages();
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440, 1440]);
}

#[tokio::test(start_paused = true)]
async fn a_stated_pause_may_exceed_a_day_but_not_thirty_days() {
    for (stated, kept) in [(72 * HOUR, 72 * HOUR), (20_000 * HOUR, 30 * 24 * HOUR)] {
        let mut scheduler = Scheduler::new(politeness_with(|_| {}));
        push_page(&mut scheduler, "http://a.example/1", 1, 0);
        push_page(&mut scheduler, "http://a.example/2", 2, 0);
        let (ticket, _) = expect_request(&mut scheduler);
        refuse(&mut scheduler, ticket, Some(stated));
        let NextAction::Reject(_, _, _, Rejection::BackingOff { wait, .. }) =
            scheduler.next_action(Instant::now())
        else {
            panic!("the page was not rejected")
        };
        assert_eq!(wait, kept);
    }
}

#[tokio::test(start_paused = true)]
async fn a_back_off_beyond_the_end_of_the_run_is_not_waited_for() {
    let mut scheduler =
        Scheduler::new(politeness_with(|own| (own.retry_after_cap, own.patience) = (HOUR, HOUR)));
    scheduler.set_run_end(Instant::now() + Duration::from_secs(90));
    push_page(&mut scheduler, "http://a.example/1", 1, 0);
    push_page(&mut scheduler, "http://a.example/2", 2, 0);
    let (ticket, _) = expect_request(&mut scheduler);
    refuse(&mut scheduler, ticket, None);
    assert_eq!(expect_wait(&mut scheduler), Duration::from_secs(60), "within the time of the run");
    tokio::time::advance(Duration::from_secs(60)).await;
    push_page(&mut scheduler, "http://a.example/3", 3, 0);
    let (ticket, _) = expect_request(&mut scheduler);
    refuse(&mut scheduler, ticket, None);
    let NextAction::Reject(_, _, 3, Rejection::BackingOff { wait, .. }) =
        scheduler.next_action(Instant::now())
    else {
        panic!("the page was not rejected")
    };
    assert_eq!(wait, Duration::from_secs(120));
}

#[tokio::test(start_paused = true)]
async fn a_back_off_is_the_same_in_the_next_process() {
    let quiet = Duration::from_secs(30 * 60);
    let minute = Duration::from_secs(60);
    let host = HostKey::from("a.example");
    // Two refusals without a time: the second pause is two minutes.
    let mut first = Scheduler::new(politeness_with(|own| (own.retry_after_cap, own.patience) = (HOUR, HOUR)));
    for rest in [60, 120] {
        push_page(&mut first, "http://a.example/", 0, 0);
        let (ticket, _) = expect_request(&mut first);
        refuse(&mut first, ticket, None);
        push_page(&mut first, "http://a.example/", 0, 0);
        assert_eq!(expect_wait(&mut first), Duration::from_secs(rest));
        if rest == 60 {
            tokio::time::advance(minute).await;
        }
        let _ = first.drop_new_pages();
    }
    let (then, then_ms) = (Instant::now(), 1_700_000_000_000);
    let mut state = HostState::default();
    state.set_back_off(first.back_off(&host), quiet, then, then_ms);
    assert_eq!(state.wait_until_ms, Some(then_ms + 120_000));

    // The next process starts this many minutes later: how long it waits, and how long after one more
    // refusal.
    for (later, waits, next) in
        [(0, Some(120), 240), (1, Some(60), 240), (10, None, 240), (31, None, 240), (33, None, 60)]
    {
        let mut scheduler =
            Scheduler::new(politeness_with(|own| (own.retry_after_cap, own.patience) = (HOUR, HOUR)));
        let now_ms = then_ms + later * 60_000;
        scheduler.restore_back_off(&host, state.back_off(quiet, Instant::now(), now_ms));
        push_page(&mut scheduler, "http://a.example/", 0, 0);
        if let Some(rest) = waits {
            assert_eq!(expect_wait(&mut scheduler).as_secs(), rest, "{later} minutes later");
            tokio::time::advance(Duration::from_secs(rest)).await;
        }
        let (ticket, _) = expect_request(&mut scheduler);
        refuse(&mut scheduler, ticket, None);
        push_page(&mut scheduler, "http://a.example/", 0, 0);
        assert_eq!(expect_wait(&mut scheduler).as_secs(), next, "{later} minutes later");
    }

    // A clock that was years ahead does not exclude a host for years.
    state.wait_until_ms = Some(then_ms * 2);
    let back_off = state.back_off(quiet, Instant::now(), then_ms);
    assert_eq!(back_off.wait_until, Some(Instant::now() + 30 * 24 * HOUR));
}
