//! How long a host is left alone after it refuses a request: with 429, with 503, or with a `Retry-After`.
//!
//! This file holds the whole rule. The setting `politeness.backoff` is the first pause;
//! `politeness.retry_after_cap` decides, in `host_queue.rs`, whether this run waits for the end of the
//! pause or leaves the host's pages to a later run.
//!
//! A 503 without a `Retry-After` may be the trouble of one page (a broken template, a challenge) or of the
//! host. It counts as the page's until another page of the host is refused too, with no proper answer in
//! between: the host is then paused for a moment only, and the page is asked again after the others.

use std::time::Duration;

use tokio::time::Instant;

use super::Politeness;

/// The longest pause that a `Retry-After` can cause. A longer one is a mistake of the server, and would keep
/// its pages from ever being checked.
pub(super) const MAX_RETRY_AFTER: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The back-off of a host, as far as it outlives a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackOff {
    /// When the pause ends, whether the host stated it or the doubling rule gave it. May be past.
    pub wait_until: Option<Instant>,
    /// The number of refusals in a row.
    pub refusals: u32,
    /// When these refusals are forgotten, unless another one follows.
    pub forgiven_at: Option<Instant>,
    /// The status of the last refusal.
    pub status: Option<u16>,
    /// Whether the host itself stated when the pause ends, in a `Retry-After`.
    pub is_stated: bool,
}

impl BackOff {
    /// Records that one page was refused with 503 while the host itself may be well. The pause is a
    /// twelfth of `backoff_initial` (five seconds), doubled each time that the same page was refused before.
    /// Returns it.
    pub(super) fn record_page_trouble(
        &mut self,
        now: Instant,
        times_before: u32,
        status: u16,
        politeness: &Politeness,
    ) -> Duration {
        let factor = 2_u32.saturating_pow(times_before.min(20));
        let pause = (politeness.backoff_initial / 12).saturating_mul(factor).min(politeness.backoff_initial);
        self.status = Some(status);
        self.pause_until(now + pause, false);
        pause
    }

    /// Records a refusal of the host, and extends the pause, which is returned.
    ///
    /// The pause is what `Retry-After` states, up to [`MAX_RETRY_AFTER`]. Without a stated time it is
    /// `backoff_initial` (a minute), doubled for each earlier refusal, at most `backoff_max` (a day). The
    /// count starts again at zero once the host could be asked for `backoff_forgiven_after` (30 minutes)
    /// without refusing.
    pub(super) fn record_refusal(
        &mut self,
        now: Instant,
        retry_after: Option<Duration>,
        status: u16,
        politeness: &Politeness,
    ) -> Duration {
        if self.forgiven_at.is_some_and(|at| at <= now) {
            self.refusals = 0;
        }
        let pause = if let Some(stated) = retry_after {
            stated.min(MAX_RETRY_AFTER)
        } else {
            let factor = 2_u32.saturating_pow(self.refusals.min(20));
            politeness.backoff_initial.saturating_mul(factor).min(politeness.backoff_max)
        };
        self.refusals = self.refusals.saturating_add(1);
        self.status = Some(status);
        self.pause_until(now + pause, retry_after.is_some());
        self.forgiven_at = self.wait_until.map(|until| until + politeness.backoff_forgiven_after);
        pause
    }

    /// Pauses until then, unless an earlier refusal asked for a longer pause.
    fn pause_until(&mut self, until: Instant, is_stated: bool) {
        if self.wait_until.is_none_or(|own| own < until) {
            (self.wait_until, self.is_stated) = (Some(until), is_stated);
        }
    }

    /// When the pause ends, if it has not ended yet.
    pub(super) fn pause_end(&self, now: Instant) -> Option<Instant> {
        self.wait_until.filter(|until| *until > now)
    }

    /// Takes over a back-off of an earlier run. Where several hosts of one group bring one, the latest times
    /// hold.
    pub(super) fn merge_stored(&mut self, stored: Self) {
        if let Some(until) = stored.wait_until {
            self.pause_until(until, stored.is_stated);
        }
        self.forgiven_at = self.forgiven_at.max(stored.forgiven_at);
        self.refusals = self.refusals.max(stored.refusals);
        self.status = stored.status.or(self.status);
    }
}
