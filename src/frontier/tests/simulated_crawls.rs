//! Whole crawls: one of the size of a real archive, and many of hosts that behave at random.

use std::collections::{HashMap, VecDeque};

use super::*;

/// A crawl of the size of a real archive: 77,667 URLs on 2,648 hosts, 45,573 of them on one, with one
/// request a second. It may last 1.05 times as long as the requests to the largest host alone. All other
/// pages are more urgent, and at most 256 requests run at once.
#[tokio::test(start_paused = true)]
async fn the_largest_host_alone_decides_how_long_a_run_takes() {
    const HOSTS: u32 = 2_648;
    const LARGEST: u32 = 45_573;
    const OTHERS: u32 = 77_667 - LARGEST;
    let mut scheduler = Scheduler::new(politeness_with(|_| {}));
    for n in 0..LARGEST {
        push_page(&mut scheduler, &format!("http://large.example/{n}"), n, 1);
    }
    for n in 0..OTHERS {
        push_page(&mut scheduler, &format!("http://h{}.example/{n}", n % (HOSTS - 1)), n, 0);
    }
    let start = Instant::now();
    let took = Duration::from_millis(300);
    let mut running: VecDeque<(Instant, Ticket)> = VecDeque::new();
    let (mut last, mut asked) = (HashMap::new(), 0_u32);
    loop {
        let now = Instant::now();
        while running.front().is_some_and(|(end, _)| *end <= now) {
            let (_, ticket) = running.pop_front().unwrap();
            scheduler.release_ticket(ticket, HostFeedback::Answered, 0, now);
        }
        let next_end = running.front().map(|(end, _)| *end);
        if running.len() == 256 {
            tokio::time::advance(next_end.unwrap() - now).await;
            continue;
        }
        let until = match scheduler.next_action(now) {
            NextAction::Ask(ticket, _, _) => {
                asked += 1;
                if let Some(before) = last.insert(ticket.host().clone(), now) {
                    assert!(now - before >= Duration::from_secs(1), "{} was asked too soon", ticket.host());
                }
                running.push_back((now + took, ticket));
                continue;
            }
            NextAction::WaitUntil(until) => next_end.map_or(until, |end| end.min(until)),
            NextAction::Busy => next_end.unwrap(),
            NextAction::Finished => break,
            other => panic!("{other:?}"),
        };
        tokio::time::advance(until - now).await;
    }
    assert_eq!(asked, LARGEST + OTHERS);
    let ratio = (Instant::now() - start).as_secs_f64() / f64::from(LARGEST);
    println!("the run took {ratio:.5} times the time of the largest host alone");
    assert!(ratio <= 1.05, "the run took {ratio:.4} times the time of the largest host alone");
}

/// A crawl of hosts that answer, refuse, hang and disappear at random.
struct Simulation {
    scheduler: Scheduler<u32>,
    random: fastrand::Rng,
    running: Vec<(Instant, Ticket)>,
    /// By group: when its last request was sent, and how many run.
    groups: HashMap<HostKey, (Instant, u32)>,
    given_out: Vec<u32>,
}

const CONCURRENCY: u32 = 2;

const INTERVAL: Duration = Duration::from_millis(500);

impl Simulation {
    fn new(seed: u64, unit: GroupBy) -> Self {
        let mut polite = politeness_with(|own| {
            own.interval = Some(INTERVAL);
            own.per_host_concurrency = CONCURRENCY;
            own.retry_after_cap = Duration::from_secs(90);
            own.max_pages = Some(30);
        });
        polite.group_by = unit;
        let random = fastrand::Rng::with_seed(seed);
        let scheduler = Scheduler::new(polite);
        Self { scheduler, random, running: Vec::new(), groups: HashMap::new(), given_out: Vec::new() }
    }

    fn random_url(&mut self) -> Url {
        let (host, domain) = (self.random.u8(0..3), self.random.u8(0..4));
        parse_url(&format!("http://h{host}.d{domain}.example/{}", self.random.u16(..)))
    }

    fn record_request(&mut self, ticket: Ticket, work: u32, now: Instant) {
        let group = self.scheduler.group_of(ticket.host());
        let (last, count) = self.groups.get(&group).copied().unwrap_or((now - INTERVAL, 0));
        assert!(now - last >= INTERVAL, "{group} was asked {:?} after the last time", now - last);
        assert!(count < CONCURRENCY, "{group}: {} at once", count + 1);
        self.groups.insert(group, (now, count + 1));
        let took = Duration::from_millis(self.random.u64(1..4000));
        self.running.push((now + took, ticket));
        self.given_out.push(work);
    }

    fn answer_requests(&mut self, now: Instant) {
        while let Some(at) = self.running.iter().position(|(end, _)| *end <= now) {
            let (_, ticket) = self.running.swap_remove(at);
            let group = self.scheduler.group_of(ticket.host());
            self.groups.entry(group).and_modify(|(_, count)| *count -= 1);
            let feedback = match self.random.u8(0..40) {
                0 => HostFeedback::Refused { retry_after: None, status: 429 },
                1 => HostFeedback::Refused {
                    retry_after: Some(Duration::from_secs(self.random.u64(0..200))),
                    status: 429,
                },
                2 | 3 => HostFeedback::Unreachable,
                4 => HostFeedback::Cancelled,
                5 if self.random.u8(0..4) == 0 => HostFeedback::NameGone,
                _ => HostFeedback::Answered,
            };
            self.scheduler.release_ticket(ticket, feedback, 10, now);
        }
    }
}

/// Each URL is given out exactly once, the limits of each host are kept, and the crawl ends.
#[tokio::test(start_paused = true)]
async fn no_url_is_lost_and_no_host_is_overloaded_whatever_hosts_do() {
    for seed in 0..60 {
        let unit = if seed % 2 == 0 { GroupBy::Host } else { GroupBy::Domain };
        let mut simulation = Simulation::new(seed, unit);
        let mut pushed = 0;
        loop {
            let now = Instant::now();
            simulation.answer_requests(now);
            // Pages, hops and retries are queued while the crawl runs.
            if pushed < 300 {
                let at = simulation.random_url();
                match simulation.random.u8(0..10) {
                    0 => simulation.scheduler.push_first(&at, pushed, true, now),
                    1 => {
                        let due = now + Duration::from_secs(simulation.random.u64(0..20));
                        simulation.scheduler.push_later(&at, pushed, true, due, now);
                    }
                    class => simulation.scheduler.push(&at, pushed, Priority::of_unvisited(class), now),
                }
                pushed += 1;
            }
            let next_end = simulation.running.iter().map(|(end, _)| *end).min();
            let until = match simulation.scheduler.next_action(now) {
                NextAction::Ask(ticket, _, work) => {
                    simulation.record_request(ticket, work, now);
                    continue;
                }
                NextAction::Reject(_, _, work, _) => {
                    simulation.given_out.push(work);
                    continue;
                }
                NextAction::WaitUntil(until) => next_end.map_or(until, |end| end.min(until)),
                NextAction::Busy => next_end.unwrap(),
                NextAction::Finished if pushed < 300 => continue,
                NextAction::Finished => break,
                NextAction::AskRobots(..) => panic!("robots files are not requested here"),
            };
            tokio::time::advance(until - now).await;
        }
        simulation.given_out.sort_unstable();
        assert_eq!(simulation.given_out, (0..300).collect::<Vec<_>>(), "seed {seed}");
        assert_eq!(
            (simulation.scheduler.waiting_count(), simulation.scheduler.in_flight_count()),
            (0, 0),
            "seed {seed}"
        );
    }
}
