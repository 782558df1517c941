//! The scheduler under a paused clock: hours of a crawl in milliseconds.
#![allow(clippy::unwrap_used, clippy::panic)]

mod back_off;
mod circuit_breaker;
mod patience;
mod rate_limit_group;
mod robots;
mod scheduling;
mod simulated_crawls;

use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::*;

const HOUR: Duration = Duration::from_secs(3600);

fn politeness_with(change: impl FnOnce(&mut Politeness)) -> HostPoliteness {
    let mut default = Politeness { robots: false, ..Politeness::default() };
    change(&mut default);
    HostPoliteness { default, ..HostPoliteness::default() }
}

fn parse_url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn push_page(scheduler: &mut Scheduler<u32>, at: &str, work: u32, priority: u8) {
    scheduler.push(&parse_url(at), work, Priority::of_unvisited(priority), Instant::now());
}

fn expect_request(scheduler: &mut Scheduler<u32>) -> (Ticket, u32) {
    match scheduler.next_action(Instant::now()) {
        NextAction::Ask(ticket, _, work) => (ticket, work),
        other => panic!("expected a request, got {other:?}"),
    }
}

fn expect_wait(scheduler: &mut Scheduler<u32>) -> Duration {
    match scheduler.next_action(Instant::now()) {
        NextAction::WaitUntil(until) => until - Instant::now(),
        other => panic!("expected a wait, got {other:?}"),
    }
}

/// Gives the ticket back with an answer of the host.
fn answer(scheduler: &mut Scheduler<u32>, ticket: Ticket) {
    scheduler.release_ticket(ticket, HostFeedback::Answered, 0, Instant::now());
}

/// Gives the ticket back with a 429, and the `Retry-After` that came with it.
fn refuse(scheduler: &mut Scheduler<u32>, ticket: Ticket, retry_after: Option<Duration>) {
    let feedback = HostFeedback::Refused { retry_after, status: 429 };
    scheduler.release_ticket(ticket, feedback, 0, Instant::now());
}
