//! Order by worth, hosts that are spared together, budgets, and what is remembered of a back-off.
#![allow(clippy::unwrap_used, clippy::panic)]
use super::tests::{HOUR, ask, polite, push, url, wait};
use super::*;
use crate::frontier::{HostState, HostUnit};

/// Everything that is asked for, in order, where each answer comes at once.
fn asked_in_order(scheduler: &mut Scheduler<u32>) -> Vec<u32> {
    let mut order = Vec::new();
    while let Next::Ask(ticket, _, work) = scheduler.next(Instant::now()) {
        order.push(work);
        scheduler.release(ticket, Feedback::Answered, 0, Instant::now());
    }
    order
}

#[tokio::test(start_paused = true)]
async fn of_ready_hosts_that_with_the_most_due_page_goes_first() {
    let mut scheduler = Scheduler::new(polite(|own| own.interval = None));
    let now = Instant::now();
    let mut push = |at: &str, work, class, due_ms| {
        scheduler.push(&url(at), work, Priority { class, due_ms }, now);
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
    // An original that comes up later moves its host forward.
    push("http://pictures.example/original", 11, 0, 0);
    assert_eq!(asked_in_order(&mut scheduler), [10, 11, 20, 30, 31, 32, 40, 41, 50, 51]);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_must_wait_keeps_the_order_of_its_pages() {
    let mut scheduler = Scheduler::new(polite(|_| {}));
    push(&mut scheduler, "http://a.example/1", 1, 3);
    let (ticket, _) = ask(&mut scheduler);
    push(&mut scheduler, "http://a.example/2", 2, 3);
    scheduler.release(ticket, Feedback::Answered, 0, Instant::now());
    assert_eq!(wait(&mut scheduler), Duration::from_secs(1));
    push(&mut scheduler, "http://a.example/3", 3, 0);
    push(&mut scheduler, "http://b.example/4", 4, 2);
    let (_busy, work) = ask(&mut scheduler);
    assert_eq!(work, 4);
    tokio::time::advance(Duration::from_secs(1)).await;
    push(&mut scheduler, "http://c.example/5", 5, 1);
    let (ticket, work) = ask(&mut scheduler);
    assert_eq!(work, 3, "the best page of all ready hosts");
    let (_other, work) = ask(&mut scheduler);
    assert_eq!(work, 5);
    scheduler.release(ticket, Feedback::Answered, 0, Instant::now());
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(ask(&mut scheduler).1, 2);
}

#[tokio::test(start_paused = true)]
async fn hosts_of_one_domain_share_a_limiter_and_keep_their_own_robots_and_their_own_death() {
    let mut polite = polite(|_| {});
    polite.unit = HostUnit::Domain;
    let mut scheduler = Scheduler::new(polite);
    for (at, work) in [
        ("http://www.news.example/1", 1),
        ("http://old.news.example/2", 2),
        ("http://old.news.example/3", 3),
        ("http://other.example/4", 4),
    ] {
        push(&mut scheduler, at, work, 0);
    }
    let (one, work) = ask(&mut scheduler);
    assert_eq!(work, 1);
    let (other, work) = ask(&mut scheduler);
    assert_eq!(work, 4, "another domain is not held up");
    assert!(matches!(scheduler.next(Instant::now()), Next::Busy), "one request at a time a domain");
    scheduler.release(other, Feedback::Answered, 0, Instant::now());
    scheduler.release(one, Feedback::Answered, 0, Instant::now());
    assert_eq!(wait(&mut scheduler), Duration::from_secs(1));
    tokio::time::advance(Duration::from_secs(1)).await;
    let (two, work) = ask(&mut scheduler);
    assert_eq!(work, 2);
    push(&mut scheduler, "http://www.news.example/5", 5, 9);
    // One name of the domain is gone; the other is not.
    scheduler.release(two, Feedback::NameGone, 0, Instant::now());
    assert!(matches!(scheduler.next(Instant::now()), Next::Refused(_, _, 3, Denial::HostDown)));
    assert_eq!(wait(&mut scheduler), Duration::from_secs(1));
    tokio::time::advance(Duration::from_secs(1)).await;
    let (five, work) = ask(&mut scheduler);
    assert_eq!(work, 5);
    // A wish for rest is the whole domain's.
    push(&mut scheduler, "http://third.news.example/6", 6, 9);
    scheduler.release(five, Feedback::Refused { retry_after: Some(HOUR), status: 429 }, 0, Instant::now());
    let Next::Refused(_, _, 6, Denial::HostResting { .. }) = scheduler.next(Instant::now()) else {
        panic!("the domain rests")
    };
    assert_eq!(scheduler.group(&HostKey::from("www.news.example")).as_str(), "news.example");
}

#[tokio::test(start_paused = true)]
async fn two_hosts_at_one_address_share_a_limiter() {
    let mut polite = polite(|_| {});
    polite.unit = HostUnit::Address;
    polite.hosts.insert("two.example".to_owned(), {
        let default = polite.default.clone();
        crate::frontier::Politeness { interval: Some(Duration::from_secs(3)), ..default }
    });
    let mut scheduler = Scheduler::new(polite);
    for (host, address) in
        [("one.example", "192.0.2.1"), ("two.example", "192.0.2.1"), ("three.example", "192.0.2.3")]
    {
        let host = HostKey::from(host);
        assert!(scheduler.needs_address(&host));
        scheduler.locate(host.clone(), address.parse().ok());
        assert!(!scheduler.needs_address(&host));
    }
    for (n, host) in ["one", "two", "three"].into_iter().enumerate() {
        push(&mut scheduler, &format!("http://{host}.example/"), u32::try_from(n).unwrap(), 0);
    }
    let (one, work) = ask(&mut scheduler);
    assert_eq!(work, 0);
    assert_eq!(ask(&mut scheduler).1, 2);
    scheduler.release(one, Feedback::Answered, 0, Instant::now());
    assert_eq!(wait(&mut scheduler), Duration::from_secs(3), "the most careful of their settings holds");
    tokio::time::advance(Duration::from_secs(3)).await;
    assert_eq!(ask(&mut scheduler).1, 1);
}

/// Runs to the end; gives how many pages were asked for, and which budgets refused how many.
fn spend(scheduler: &mut Scheduler<u32>, bytes: u64) -> (u32, Vec<HostBudget>) {
    let (mut asked, mut refused) = (0, Vec::new());
    loop {
        match scheduler.next(Instant::now()) {
            Next::Ask(ticket, _, _) => {
                asked += 1;
                scheduler.release(ticket, Feedback::Answered, bytes, Instant::now());
            }
            Next::Refused(_, _, _, Denial::OverBudget { budget }) => refused.push(budget),
            _ => return (asked, refused),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_is_held_to_its_budget_and_others_are_not() {
    let mut polite = polite(|own| own.interval = None);
    let limited = |change: fn(&mut crate::frontier::Politeness)| {
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
            push(&mut scheduler, &format!("http://{host}/{n}"), n, 0);
        }
        let (done, refused) = spend(&mut scheduler, 100);
        assert_eq!(done, asked, "{host}");
        assert!(refused.iter().all(|found| Some(*found) == budget), "{host}: {refused:?}");
        assert_eq!(refused.len(), 10 - asked as usize);
    }
}

#[tokio::test(start_paused = true)]
async fn a_hosts_time_ends_but_what_is_begun_goes_on() {
    let mut scheduler = Scheduler::new(polite(|own| own.max_time = Some(Duration::from_secs(3))));
    for n in 0..10 {
        push(&mut scheduler, &format!("http://a.example/{n}"), n, 0);
    }
    let mut asked = 0;
    let refused = loop {
        match scheduler.next(Instant::now()) {
            Next::Ask(ticket, _, _) => {
                asked += 1;
                scheduler.release(ticket, Feedback::Answered, 0, Instant::now());
            }
            Next::Wait(until) => tokio::time::advance(until - Instant::now()).await,
            Next::Refused(_, _, _, denial) => break denial,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((asked, refused), (3, Denial::OverBudget { budget: HostBudget::Time }));
    scheduler.push_first(&url("http://a.example/hop"), 99, true, Instant::now());
    assert_eq!(ask(&mut scheduler).1, 99);
    assert_eq!(scheduler.drop_fresh(), 6);
    assert_eq!(scheduler.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_back_off_is_the_same_in_the_next_process() {
    let quiet = Duration::from_secs(30 * 60);
    let minute = Duration::from_secs(60);
    let host = HostKey::from("a.example");
    // Two refusals without a time: the second rest is two minutes.
    let mut first = Scheduler::new(polite(|own| own.wait_cap = HOUR));
    for rest in [60, 120] {
        push(&mut first, "http://a.example/", 0, 0);
        let (ticket, _) = ask(&mut first);
        first.release(ticket, Feedback::Refused { retry_after: None, status: 429 }, 0, Instant::now());
        push(&mut first, "http://a.example/", 0, 0);
        assert_eq!(wait(&mut first), Duration::from_secs(rest));
        if rest == 60 {
            tokio::time::advance(minute).await;
        }
        let _ = first.drop_fresh();
    }
    let (then, then_ms) = (Instant::now(), 1_700_000_000_000);
    let mut memory = HostState::default();
    memory.remember(first.back_off(&host), quiet, then, then_ms);
    assert_eq!(memory.wait_until_ms, Some(then_ms + 120_000));

    // Minutes after the stop, the next process: how long it waits, and for how long after a further
    // refusal.
    for (later, waits, next) in
        [(0, Some(120), 240), (1, Some(60), 240), (10, None, 240), (31, None, 240), (33, None, 60)]
    {
        let mut scheduler = Scheduler::new(polite(|own| own.wait_cap = HOUR));
        let now_ms = then_ms + later * 60_000;
        scheduler.restore_back_off(&host, memory.back_off(quiet, Instant::now(), now_ms));
        push(&mut scheduler, "http://a.example/", 0, 0);
        if let Some(rest) = waits {
            assert_eq!(wait(&mut scheduler).as_secs(), rest, "{later} minutes later");
            tokio::time::advance(Duration::from_secs(rest)).await;
        }
        let (ticket, _) = ask(&mut scheduler);
        scheduler.release(ticket, Feedback::Refused { retry_after: None, status: 429 }, 0, Instant::now());
        push(&mut scheduler, "http://a.example/", 0, 0);
        assert_eq!(wait(&mut scheduler).as_secs(), next, "{later} minutes later");
    }

    // A clock that was years ahead does not close a host for years.
    memory.wait_until_ms = Some(then_ms * 2);
    let back_off = memory.back_off(quiet, Instant::now(), then_ms);
    assert_eq!(back_off.wait_until, Some(Instant::now() + 30 * 24 * HOUR));
}

#[tokio::test(start_paused = true)]
async fn what_failed_in_an_outage_is_forgiven_and_what_failed_before_is_not() {
    let mut scheduler = Scheduler::new(polite(|_| {}));
    scheduler.give_up(&url("http://before.example/"), Instant::now());
    tokio::time::advance(Duration::from_secs(1)).await;
    let since = Instant::now();
    scheduler.give_up(&url("http://meanwhile.example/"), since);
    scheduler.forgive(since, Instant::now());
    push(&mut scheduler, "http://before.example/", 1, 0);
    push(&mut scheduler, "http://meanwhile.example/", 2, 1);
    assert!(matches!(scheduler.next(Instant::now()), Next::Refused(_, _, 1, Denial::HostDown)));
    assert_eq!(ask(&mut scheduler).1, 2);
}

#[tokio::test(start_paused = true)]
async fn a_ticket_beside_the_queue_takes_its_turn_like_any_request() {
    let mut scheduler = Scheduler::new(polite(|_| {}));
    let host = HostKey::from("a.example");
    push(&mut scheduler, "http://a.example/1", 1, 0);
    let (ticket, _) = ask(&mut scheduler);
    assert!(scheduler.ticket(&host, Instant::now()).is_err(), "one request at a time");
    scheduler.release(ticket, Feedback::Answered, 0, Instant::now());
    let until = scheduler.ticket(&host, Instant::now()).unwrap_err();
    assert_eq!(until - Instant::now(), Duration::from_secs(1));
    tokio::time::advance(Duration::from_secs(1)).await;
    let ticket = scheduler.ticket(&host, Instant::now()).unwrap();
    push(&mut scheduler, "http://a.example/2", 2, 0);
    assert!(matches!(scheduler.next(Instant::now()), Next::Busy));
    scheduler.release(ticket, Feedback::Answered, 0, Instant::now());
    assert_eq!(wait(&mut scheduler), Duration::from_secs(1));
}

/// Asks for the next page, says how long it had to wait for that, and lets the answer come after `took`.
async fn next_after(scheduler: &mut Scheduler<u32>, took: u64) -> u128 {
    let before = Instant::now();
    let ticket = loop {
        match scheduler.next(Instant::now()) {
            Next::Ask(ticket, ..) => break ticket,
            Next::Wait(until) => tokio::time::sleep_until(until).await,
            _ => panic!("there is a page to ask for"),
        }
    };
    let waited = before.elapsed().as_millis();
    tokio::time::advance(Duration::from_millis(took)).await;
    scheduler.release(ticket, Feedback::Answered, 0, Instant::now());
    waited
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_lost_on_the_way_is_added_to_the_next_distance() {
    let mut scheduler = Scheduler::new(polite(|_| {}));
    for work in 0..6 {
        push(&mut scheduler, &format!("http://a.example/{work}"), work, 0);
    }
    assert_eq!(next_after(&mut scheduler, 1).await, 0);
    assert_eq!(next_after(&mut scheduler, 40).await, 1000, "the first one's distance counts from its end");
    assert_eq!(next_after(&mut scheduler, 43).await, 960, "a quick first one makes no other late");
    assert_eq!(next_after(&mut scheduler, 40).await, 960, "three milliseconds late, so three more");
    assert_eq!(next_after(&mut scheduler, 900).await, 960);
    assert_eq!(next_after(&mut scheduler, 40).await, 110, "the server's own time is not the way's");
}

#[tokio::test(start_paused = true)]
async fn beside_a_request_under_way_a_little_more_distance_is_kept() {
    let mut scheduler = Scheduler::new(polite(|own| {
        own.interval = Some(Duration::from_millis(500));
        own.per_host_concurrency = 2;
    }));
    for work in 0..4 {
        push(&mut scheduler, &format!("http://a.example/{work}"), work, 0);
    }
    let (first, _) = ask(&mut scheduler);
    scheduler.release(first, Feedback::Answered, 0, Instant::now());
    assert_eq!(wait(&mut scheduler), Duration::from_millis(500));
    tokio::time::advance(Duration::from_millis(500)).await;
    let (_under_way, _) = ask(&mut scheduler);
    assert_eq!(wait(&mut scheduler), Duration::from_millis(501));
    tokio::time::advance(Duration::from_millis(501)).await;
    let (_beside, _) = ask(&mut scheduler);
    assert!(matches!(scheduler.next(Instant::now()), Next::Busy), "two at once, and never three");
}

/// A crawl of a web that answers, refuses, hangs and dies at random.
struct Wild {
    scheduler: Scheduler<u32>,
    random: fastrand::Rng,
    under_way: Vec<(Instant, Ticket)>,
    /// By group: when its last request was sent, and how many are under way.
    groups: HashMap<HostKey, (Instant, u32)>,
    given: Vec<u32>,
}

const INTERVAL: Duration = Duration::from_millis(500);
const AT_ONCE: u32 = 2;

impl Wild {
    fn new(seed: u64, unit: HostUnit) -> Self {
        let mut polite = polite(|own| {
            own.interval = Some(INTERVAL);
            own.per_host_concurrency = AT_ONCE;
            own.wait_cap = Duration::from_secs(90);
            own.max_pages = Some(30);
        });
        polite.unit = unit;
        let random = fastrand::Rng::with_seed(seed);
        let scheduler = Scheduler::new(polite);
        Self { scheduler, random, under_way: Vec::new(), groups: HashMap::new(), given: Vec::new() }
    }

    fn page(&mut self) -> Url {
        let (host, domain) = (self.random.u8(0..3), self.random.u8(0..4));
        url(&format!("http://h{host}.d{domain}.example/{}", self.random.u16(..)))
    }

    fn asked(&mut self, ticket: Ticket, work: u32, now: Instant) {
        let group = self.scheduler.group(ticket.host());
        let (last, count) = self.groups.get(&group).copied().unwrap_or((now - INTERVAL, 0));
        assert!(now - last >= INTERVAL, "{group} was asked {:?} after the last time", now - last);
        assert!(count < AT_ONCE, "{group}: {} at once", count + 1);
        self.groups.insert(group, (now, count + 1));
        let took = Duration::from_millis(self.random.u64(1..4000));
        self.under_way.push((now + took, ticket));
        self.given.push(work);
    }

    fn answer(&mut self, now: Instant) {
        while let Some(at) = self.under_way.iter().position(|(end, _)| *end <= now) {
            let (_, ticket) = self.under_way.swap_remove(at);
            let group = self.scheduler.group(ticket.host());
            self.groups.entry(group).and_modify(|(_, count)| *count -= 1);
            let feedback = match self.random.u8(0..40) {
                0 => Feedback::Refused { retry_after: None, status: 429 },
                1 => Feedback::Refused {
                    retry_after: Some(Duration::from_secs(self.random.u64(0..200))),
                    status: 429,
                },
                2 | 3 => Feedback::Unreachable,
                4 => Feedback::GivenUp,
                5 if self.random.u8(0..4) == 0 => Feedback::NameGone,
                _ => Feedback::Answered,
            };
            self.scheduler.release(ticket, feedback, 10, now);
        }
    }
}

/// Whatever hosts do: nothing is lost, nothing is given out twice, no host is pressed, and it ends.
#[tokio::test(start_paused = true)]
async fn nothing_is_lost_and_nobody_is_pressed_whatever_hosts_do() {
    for seed in 0..60 {
        let unit = if seed % 2 == 0 { HostUnit::Host } else { HostUnit::Domain };
        let mut wild = Wild::new(seed, unit);
        let mut pushed = 0;
        loop {
            let now = Instant::now();
            wild.answer(now);
            // Pages, hops and retries come up while the crawl goes on.
            if pushed < 300 {
                let at = wild.page();
                match wild.random.u8(0..10) {
                    0 => wild.scheduler.push_first(&at, pushed, true, now),
                    1 => {
                        let due = now + Duration::from_secs(wild.random.u64(0..20));
                        wild.scheduler.push_later(&at, pushed, true, due, now);
                    }
                    class => wild.scheduler.push(&at, pushed, Priority::unseen(class), now),
                }
                pushed += 1;
            }
            let next_end = wild.under_way.iter().map(|(end, _)| *end).min();
            let until = match wild.scheduler.next(now) {
                Next::Ask(ticket, _, work) => {
                    wild.asked(ticket, work, now);
                    continue;
                }
                Next::Refused(_, _, work, _) => {
                    wild.given.push(work);
                    continue;
                }
                Next::Wait(until) => next_end.map_or(until, |end| end.min(until)),
                Next::Busy => next_end.unwrap(),
                Next::Drained if pushed < 300 => continue,
                Next::Drained => break,
                Next::AskRobots(..) => panic!("robots files are not asked for here"),
            };
            tokio::time::advance(until - now).await;
        }
        wild.given.sort_unstable();
        assert_eq!(wild.given, (0..300).collect::<Vec<_>>(), "seed {seed}");
        assert_eq!((wild.scheduler.waiting(), wild.scheduler.in_flight()), (0, 0), "seed {seed}");
    }
}
