//! Handles the answers for robots.txt.

use tokio::time::Instant;
use url::Url;

use super::crawl_state::{Engine, UnreachableOrigin};
use super::retry::retry_wait;
use super::schedule::Schedule;
use super::work_item::{RobotsJob, Work};
use crate::fetch::{Exchange, FetchFailure, Truncation, redirect};
use crate::frontier::{HostKey, Origin, Rejection, RobotsAccess, RobotsRules, StoredRobots};
use crate::pipeline::error::RunError;

impl Engine<'_> {
    /// Handles the result of a request for robots.txt.
    pub(super) fn handle_robots_answer(
        &mut self,
        mut job: Box<RobotsJob>,
        exchange: Exchange,
    ) -> Result<(), RunError> {
        let url = exchange.url.clone();
        let again = exchange.is_worth_retrying();
        let (failed, connected) = (exchange.outcome.as_ref().err().copied(), exchange.connected);
        if std::mem::take(&mut job.retrying) {
            job.chain.pop();
        }
        job.chain.push(exchange);
        if again && job.attempts <= self.settings.retries {
            let now = Instant::now();
            let wait = retry_wait(self.settings.retry_wait, job.attempts);
            job.attempts += 1;
            job.retrying = true;
            return self.enqueue(
                &url,
                Work::Robots(job),
                Schedule::Later { obeys_robots: false, due: now + wait },
            );
        }
        if let redirect::RedirectStep::Hop { url, .. } =
            redirect::next_step(&job.chain, RobotsAccess::MAX_REDIRECTS)
        {
            return self.enqueue(&url, Work::Robots(job), Schedule::First { obeys_robots: false });
        }
        match failed {
            Some(failure) if Origin::from_url(&url) == Origin::from_url(&job.robots_url) => {
                self.handle_robots_failure(&job, failure, connected);
                Ok(())
            }
            _ => self.accept_robots_file(&job),
        }
    }

    /// Handles a robots.txt without an answer. Without a connection the origin is unreachable, and its
    /// pages are judged by that failure. With a connection only the file is broken: the pages must not
    /// be asked for, and nothing is known about them (RFC 9309, section 2.3.1.4).
    fn handle_robots_failure(&mut self, job: &RobotsJob, failure: FetchFailure, connected: bool) {
        let at = Instant::now();
        let robots_url = job.robots_url.clone();
        let unreached = UnreachableOrigin { robots_url, failure, attempts: job.attempts, at };
        self.unreachable_origins.insert(Origin::from_url(&job.robots_url), unreached);
        if connected {
            self.assume_unreachable_robots(&job.robots_url);
        } else {
            self.scheduler.give_up_origin(&job.robots_url, at);
        }
    }

    fn assume_unreachable_robots(&mut self, robots_url: &Url) {
        let rules = RobotsRules::from_access(&RobotsAccess::Unreachable, &self.settings.robots_agent);
        self.scheduler.set_robots_rules(robots_url, rules, Instant::now());
    }

    fn accept_robots_file(&mut self, job: &RobotsJob) -> Result<(), RunError> {
        let access = match (job.chain.last(), redirect::next_step(&job.chain, RobotsAccess::MAX_REDIRECTS)) {
            // With more redirects than robots.txt may take, it counts as absent (RFC 9309, section
            // 2.3.1.2).
            (_, redirect::RedirectStep::Failed(_)) => RobotsAccess::Unavailable,
            (Some(Exchange { outcome: Ok(response), .. }), _) => {
                let access = RobotsAccess::from_answer(response.status, response.body.expose());
                // The missing part may hold the rule that forbids the page.
                let whole = matches!(response.truncated, None | Some(Truncation::Length));
                if matches!(access, RobotsAccess::Found(_)) && !whole {
                    RobotsAccess::Unreachable
                } else {
                    access
                }
            }
            _ => RobotsAccess::Unreachable,
        };
        let rules = RobotsRules::from_access(&access, &self.settings.robots_agent);
        self.scheduler.set_robots_rules(&job.robots_url, rules, Instant::now());
        let host = HostKey::from_url(&job.robots_url);
        let origin = job.robots_url.origin().ascii_serialization();
        let kept = self.robots_files.entry(host.clone()).or_default();
        kept.retain(|stored| stored.origin != origin);
        // An unreachable file is not stored, so the next run asks again.
        if access != RobotsAccess::Unreachable {
            kept.push(StoredRobots { origin, at_ms: self.analyst.now_ms(), access });
        }
        self.store_host_state(&host)
    }

    pub(super) fn handle_robots_rejection(&mut self, job: &RobotsJob, url: &str, denial: &Rejection) {
        let origin = Origin::from_url(&job.robots_url);
        let own = Url::parse(url).is_ok_and(|url| Origin::from_url(&url) == origin);
        if own && matches!(denial, Rejection::HostDown) {
            let failure = job.chain.last().and_then(|last| last.outcome.as_ref().err().copied());
            let failure = failure
                .or_else(|| self.host_stats.last_failure(&HostKey::from_url(&job.robots_url), &origin));
            self.handle_robots_failure(job, failure.unwrap_or(FetchFailure::Unreachable), false);
        } else if job.chain.is_empty()
            && matches!(denial, Rejection::BackingOff { .. } | Rejection::GivenUp { .. })
        {
            // The file was not asked for, and the pages wait for the host as it does.
            self.scheduler.forget_robots_request(&job.robots_url);
        } else {
            self.assume_unreachable_robots(&job.robots_url);
        }
    }
}
