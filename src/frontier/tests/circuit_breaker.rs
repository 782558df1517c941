//! Hosts and origins that cannot be reached.

use super::*;

#[tokio::test(start_paused = true)]
async fn giving_up_one_origin_leaves_the_other_of_the_host() {
    let mut scheduler = Scheduler::new(politeness_with(|own| own.breaker_failures = 1));
    for n in 0..4 {
        push_page(&mut scheduler, &format!("https://a.example/{n}"), n, 0);
        push_page(&mut scheduler, &format!("http://a.example/{n}"), 10 + n, 1);
    }
    let (mut asked, mut refused) = (Vec::new(), Vec::new());
    loop {
        match scheduler.next_action(Instant::now()) {
            NextAction::Ask(ticket, at, work) => {
                asked.push(work);
                let feedback =
                    if at.starts_with("https") { HostFeedback::Unreachable } else { HostFeedback::Answered };
                scheduler.release_ticket(ticket, feedback, 0, Instant::now());
            }
            NextAction::Reject(_, _, work, Rejection::HostDown) => refused.push(work),
            NextAction::WaitUntil(until) => tokio::time::advance(until - Instant::now()).await,
            NextAction::Finished => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((asked, refused), (vec![0, 1, 10, 11, 12, 13], vec![2, 3]));
    // A missing name ends the requests of all schemes.
    let mut scheduler = Scheduler::new(politeness_with(|_| {}));
    push_page(&mut scheduler, "https://b.example/", 1, 0);
    push_page(&mut scheduler, "http://b.example/", 2, 1);
    let (ticket, _) = expect_request(&mut scheduler);
    scheduler.release_ticket(ticket, HostFeedback::NameGone, 0, Instant::now());
    assert!(matches!(
        scheduler.next_action(Instant::now()),
        NextAction::Reject(_, _, 2, Rejection::HostDown)
    ));
}

#[tokio::test(start_paused = true)]
async fn a_dead_host_costs_a_few_attempts_and_not_one_for_each_page() {
    let mut scheduler = Scheduler::new(politeness_with(|_| {}));
    for n in 0..1000 {
        push_page(&mut scheduler, &format!("http://dead.example/{n}"), n, 0);
    }
    let (mut asked, mut given_up) = (0, 0);
    loop {
        match scheduler.next_action(Instant::now()) {
            NextAction::Ask(ticket, _, _) => {
                asked += 1;
                scheduler.release_ticket(ticket, HostFeedback::Unreachable, 0, Instant::now());
            }
            NextAction::Reject(_, _, _, Rejection::HostDown) => given_up += 1,
            NextAction::WaitUntil(until) => tokio::time::advance(until - Instant::now()).await,
            NextAction::Finished => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((asked, given_up), (4, 996));
}

#[tokio::test(start_paused = true)]
async fn failures_during_an_outage_are_forgiven_and_earlier_ones_are_not() {
    let mut scheduler = Scheduler::new(politeness_with(|_| {}));
    scheduler.give_up_origin(&parse_url("http://before.example/"), Instant::now());
    tokio::time::advance(Duration::from_secs(1)).await;
    let since = Instant::now();
    scheduler.give_up_origin(&parse_url("http://meanwhile.example/"), since);
    scheduler.forgive_failures(since, Instant::now());
    push_page(&mut scheduler, "http://before.example/", 1, 0);
    push_page(&mut scheduler, "http://meanwhile.example/", 2, 1);
    assert!(matches!(
        scheduler.next_action(Instant::now()),
        NextAction::Reject(_, _, 1, Rejection::HostDown)
    ));
    assert_eq!(expect_request(&mut scheduler).1, 2);
}
