//! Decides when a host has cost a run so much time that its other pages are left to a later run.
//!
//! Two things cost time and bring nothing: a request that hangs until its timeout, and a pause after a
//! refusal. A host is given up for the run after `politeness.give_up_after` of them in a row, or once they
//! have cost `politeness.patience` in all. Each proper answer of the host adds to both bounds, so a host that
//! has served hundreds of pages is not given up for a short weakness. Heritrix (`max-retries`) and Nutch
//! (`http.max.delays`) bound the same costs by counts alone.

use std::time::Duration;

use tokio::time::Instant;

use super::{PatienceLimit, Politeness};

/// What each proper answer adds to `politeness.patience`.
const TIME_FOR_EACH_ANSWER: Duration = Duration::from_secs(1);
/// So many proper answers add one to `politeness.give_up_after`.
const ANSWERS_FOR_ONE_MORE: u32 = 8;

/// What a host, or a group of hosts, has cost this run, and what it has given.
#[derive(Default)]
pub(super) struct Patience {
    lost: Duration,
    last_loss: Option<Instant>,
    /// Requests without a proper answer, since the last one with a proper answer.
    fruitless: u32,
    answers: u32,
}

impl Patience {
    /// Records a proper answer.
    pub(super) fn record_answer(&mut self) {
        self.answers = self.answers.saturating_add(1);
        self.fruitless = 0;
    }

    /// Records a request without a proper answer, and the time that it costs: how long it hung, or for how
    /// long the host is paused.
    pub(super) fn record_loss(&mut self, now: Instant, cost: Duration) {
        self.lost = self.lost.saturating_add(cost);
        self.last_loss = Some(now);
        self.fruitless = self.fruitless.saturating_add(1);
    }

    /// The limit for which the host is given up for this run, if it is.
    pub(super) fn exceeded_limit(&self, politeness: &Politeness) -> Option<PatienceLimit> {
        let allowed = politeness.patience.saturating_add(TIME_FOR_EACH_ANSWER.saturating_mul(self.answers));
        let in_a_row = politeness.give_up_after.saturating_add(self.answers / ANSWERS_FOR_ONE_MORE);
        if self.lost > allowed {
            Some(PatienceLimit::Time)
        } else {
            (self.fruitless >= in_a_row).then_some(PatienceLimit::InARow)
        }
    }

    /// Forgets the losses if the last one is no older than `since`, because the local network was down then;
    /// returns whether it did.
    pub(super) fn forgive_since(&mut self, since: Instant) -> bool {
        let recent = self.last_loss.is_some_and(|last| last >= since);
        if recent {
            *self = Self { answers: self.answers, ..Self::default() };
        }
        recent
    }
}
