//! Decides whether a request is tried again, and after which wait.

use std::time::Duration;

use crate::fetch::{Exchange, FetchFailure};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Retry {
    No,
    /// After a wait, before the pages of the host that were not requested yet.
    Later,
    /// After the other pages of the host, which would otherwise never have their turn beside a page that
    /// always hangs or is always refused. The back-off of the host may delay it further.
    AfterOthers,
}

/// Decides about a retry. Transient failures are retried, and of 4xx only 408, 425 and 429.
pub(super) fn retry_decision(exchange: &Exchange) -> Retry {
    match &exchange.outcome {
        Ok(response) if matches!(response.status, 429 | 503) => Retry::AfterOthers,
        Err(FetchFailure::Timeout) if exchange.connected => Retry::AfterOthers,
        _ if exchange.is_worth_retrying() => Retry::Later,
        _ => Retry::No,
    }
}

/// The wait before the next attempt. It doubles with each attempt and has up to half of it added as
/// jitter, so that pages that failed together do not come back together.
pub fn retry_wait(initial: Duration, attempts: u32) -> Duration {
    let base = initial.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1).min(10)));
    base.mul_f64(1.0 + 0.5 * fastrand::f64())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use url::Url;

    use super::*;
    use crate::fetch::{FetchFailure, Protocol, Response, Truncation};
    use crate::model::Untrusted;

    fn exchange(outcome: Result<(u16, Option<Truncation>), FetchFailure>) -> Exchange {
        let response = |(status, truncated)| Response {
            status,
            status_line: None,
            protocol: Protocol::Http11,
            headers: Vec::new(),
            body: Untrusted::default(),
            truncated,
        };
        Exchange {
            url: Url::parse("http://a.example/").unwrap(),
            at: jiff::Timestamp::UNIX_EPOCH,
            elapsed: Duration::ZERO,
            remote: None,
            connected: true,
            request_headers: Vec::new(),
            outcome: outcome.map(response),
        }
    }

    #[test]
    fn of_statuses_only_those_that_may_pass_are_tried_again() {
        for status in 100..600 {
            let expected = match status {
                429 | 503 => Retry::AfterOthers,
                408 | 425 | 500..=599 => Retry::Later,
                _ => Retry::No,
            };
            assert!(retry_decision(&exchange(Ok((status, None)))) == expected, "{status}");
        }
        assert!(retry_decision(&exchange(Ok((200, Some(Truncation::Disconnect))))) == Retry::Later);
        assert!(retry_decision(&exchange(Ok((200, Some(Truncation::Length))))) == Retry::No);
    }

    #[test]
    fn of_failures_only_those_of_connections_and_of_dns_are() {
        for (failure, again) in [
            (FetchFailure::DnsFailure, true),
            (FetchFailure::ConnectionRefused, true),
            (FetchFailure::ConnectionReset, true),
            (FetchFailure::ConnectionClosed, true),
            (FetchFailure::Unreachable, true),
            (FetchFailure::DnsNxdomain, false),
            (FetchFailure::TlsExpired, false),
            (FetchFailure::TlsHostname, false),
            (FetchFailure::TlsUntrusted, false),
            (FetchFailure::TlsProtocol, false),
            (FetchFailure::ForbiddenAddress, false),
            (FetchFailure::Protocol, false),
        ] {
            assert!((retry_decision(&exchange(Err(failure))) == Retry::Later) == again, "{failure}");
        }
        let mut hanging = exchange(Err(FetchFailure::Timeout));
        assert!(retry_decision(&hanging) == Retry::AfterOthers);
        hanging.connected = false;
        assert!(retry_decision(&hanging) == Retry::Later, "it is the host that does not answer");
    }

    #[test]
    fn waits_double_and_are_spread() {
        let second = Duration::from_secs(1);
        for (attempts, least) in [(1, 1), (2, 2), (3, 4), (4, 8)] {
            let waits: Vec<Duration> = (0..50).map(|_| retry_wait(second, attempts)).collect();
            let (shortest, longest) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
            assert!(*shortest >= second * least && *longest <= second * least * 3 / 2, "{waits:?}");
            assert!(*longest > *shortest + second * least / 10, "all come back at once: {waits:?}");
        }
    }
}
