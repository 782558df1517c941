//! What the queue of a host knows about one of the host's origins.

use super::circuit_breaker::CircuitBreaker;
use super::{Origin, RobotsRules};

/// How far the robots file of an origin has come.
pub(super) enum RobotsState {
    /// It is requested, or its retry waits.
    Requested,
    /// Its rules are known.
    Known(RobotsRules),
}

/// One origin of a host. Each has a circuit breaker of its own: a port that refuses connections, or a bad
/// certificate, says nothing about the other scheme.
pub(super) struct OriginState {
    pub origin: Origin,
    /// `None` until the robots file is requested.
    pub robots: Option<RobotsState>,
    pub breaker: CircuitBreaker,
}

impl OriginState {
    pub(super) fn new(origin: Origin) -> Self {
        Self { origin, robots: None, breaker: CircuitBreaker::default() }
    }
}
