//! Hosts that share a limiter, and the budgets of a host.

use super::*;

#[tokio::test(start_paused = true)]
async fn hosts_of_one_domain_share_a_limiter_but_not_robots_or_breakers() {
    let mut polite = politeness_with(|_| {});
    polite.group_by = GroupBy::Domain;
    let mut scheduler = Scheduler::new(polite);
    for (at, work) in [
        ("http://www.news.example/1", 1),
        ("http://old.news.example/2", 2),
        ("http://old.news.example/3", 3),
        ("http://other.example/4", 4),
    ] {
        push_page(&mut scheduler, at, work, 0);
    }
    let (one, work) = expect_request(&mut scheduler);
    assert_eq!(work, 1);
    let (other, work) = expect_request(&mut scheduler);
    assert_eq!(work, 4, "another domain does not wait");
    assert!(
        matches!(scheduler.next_action(Instant::now()), NextAction::Busy),
        "one request at a time for each domain"
    );
    answer(&mut scheduler, other);
    answer(&mut scheduler, one);
    assert_eq!(expect_wait(&mut scheduler), Duration::from_secs(1));
    tokio::time::advance(Duration::from_secs(1)).await;
    let (two, work) = expect_request(&mut scheduler);
    assert_eq!(work, 2);
    push_page(&mut scheduler, "http://www.news.example/5", 5, 9);
    // One name of the domain does not exist; the other does.
    scheduler.release_ticket(two, HostFeedback::NameGone, 0, Instant::now());
    assert!(matches!(
        scheduler.next_action(Instant::now()),
        NextAction::Reject(_, _, 3, Rejection::HostDown)
    ));
    assert_eq!(expect_wait(&mut scheduler), Duration::from_secs(1));
    tokio::time::advance(Duration::from_secs(1)).await;
    let (five, work) = expect_request(&mut scheduler);
    assert_eq!(work, 5);
    // A refusal of one host pauses the whole domain.
    push_page(&mut scheduler, "http://third.news.example/6", 6, 9);
    refuse(&mut scheduler, five, Some(HOUR));
    let NextAction::Reject(_, _, 6, Rejection::BackingOff { .. }) = scheduler.next_action(Instant::now())
    else {
        panic!("the domain does not back off")
    };
    assert_eq!(scheduler.group_of(&HostKey::from("www.news.example")).as_str(), "news.example");
}

#[tokio::test(start_paused = true)]
async fn two_hosts_at_one_address_share_a_limiter() {
    let mut polite = politeness_with(|_| {});
    polite.group_by = GroupBy::Address;
    polite.hosts.insert("two.example".to_owned(), {
        let default = polite.default.clone();
        Politeness { interval: Some(Duration::from_secs(3)), ..default }
    });
    let mut scheduler = Scheduler::new(polite);
    for (host, address) in
        [("one.example", "192.0.2.1"), ("two.example", "192.0.2.1"), ("three.example", "192.0.2.3")]
    {
        let host = HostKey::from(host);
        assert!(scheduler.needs_address(&host));
        scheduler.set_address(host.clone(), address.parse().ok());
        assert!(!scheduler.needs_address(&host));
    }
    for (n, host) in ["one", "two", "three"].into_iter().enumerate() {
        push_page(&mut scheduler, &format!("http://{host}.example/"), u32::try_from(n).unwrap(), 0);
    }
    let (one, work) = expect_request(&mut scheduler);
    assert_eq!(work, 0);
    assert_eq!(expect_request(&mut scheduler).1, 2);
    answer(&mut scheduler, one);
    assert_eq!(
        expect_wait(&mut scheduler),
        Duration::from_secs(3),
        "the strictest of their settings applies"
    );
    tokio::time::advance(Duration::from_secs(3)).await;
    assert_eq!(expect_request(&mut scheduler).1, 1);
}

/// Runs to the end; returns how many pages were requested, and the budget of each rejected one.
fn run_to_the_end(scheduler: &mut Scheduler<u32>, bytes: u64) -> (u32, Vec<HostBudget>) {
    let (mut asked, mut refused) = (0, Vec::new());
    loop {
        match scheduler.next_action(Instant::now()) {
            NextAction::Ask(ticket, _, _) => {
                asked += 1;
                scheduler.release_ticket(ticket, HostFeedback::Answered, bytes, Instant::now());
            }
            NextAction::Reject(_, _, _, Rejection::OverBudget { budget }) => refused.push(budget),
            _ => return (asked, refused),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_budget_limits_its_own_host_only() {
    let mut polite = politeness_with(|own| own.interval = None);
    let limited = |change: fn(&mut Politeness)| {
        let mut own = polite.default.clone();
        change(&mut own);
        own
    };
    let hosts = [
        ("pages.example".to_owned(), limited(|own| own.max_pages = Some(3))),
        ("bytes.example".to_owned(), limited(|own| own.max_bytes = Some(250))),
    ];
    polite.hosts.extend(hosts);
    for (host, asked, budget) in [
        ("free.example", 10, None),
        ("pages.example", 3, Some(HostBudget::Pages)),
        ("bytes.example", 3, Some(HostBudget::Bytes)),
    ] {
        let mut scheduler = Scheduler::new(polite.clone());
        for n in 0..10 {
            push_page(&mut scheduler, &format!("http://{host}/{n}"), n, 0);
        }
        let (done, refused) = run_to_the_end(&mut scheduler, 100);
        assert_eq!(done, asked, "{host}");
        assert!(refused.iter().all(|found| Some(*found) == budget), "{host}: {refused:?}");
        assert_eq!(refused.len(), 10 - asked as usize);
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_budget_stops_new_pages_but_not_hops() {
    let mut scheduler = Scheduler::new(politeness_with(|own| own.max_time = Some(Duration::from_secs(3))));
    for n in 0..10 {
        push_page(&mut scheduler, &format!("http://a.example/{n}"), n, 0);
    }
    let mut asked = 0;
    let refused = loop {
        match scheduler.next_action(Instant::now()) {
            NextAction::Ask(ticket, _, _) => {
                asked += 1;
                answer(&mut scheduler, ticket);
            }
            NextAction::WaitUntil(until) => tokio::time::advance(until - Instant::now()).await,
            NextAction::Reject(_, _, _, rejection) => break rejection,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((asked, refused), (3, Rejection::OverBudget { budget: HostBudget::Time }));
    scheduler.push_first(&parse_url("http://a.example/hop"), 99, true, Instant::now());
    assert_eq!(expect_request(&mut scheduler).1, 99);
    assert_eq!(scheduler.drop_new_pages(), 6);
    assert_eq!(scheduler.waiting_count(), 0);
}
