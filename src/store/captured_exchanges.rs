//! Turns a stored snapshot back into the exchanges that it was made of.

use std::time::Duration;

use url::Url;

use super::warc::http_block::content_length;
use super::{Snapshot, StoreError};
use crate::fetch::{Exchange, Protocol, Response, Truncation};
use crate::model::Untrusted;
use crate::store::error::damaged;

impl Snapshot {
    /// The exchanges of the snapshot, as far as the database keeps them: without the requests, the protocol
    /// and the bodies of redirects. `body` is the body of the last one.
    ///
    /// Fails if the URL of a hop cannot be parsed.
    pub(super) fn exchanges(&self, body: &Untrusted) -> Result<Vec<Exchange>, StoreError> {
        let mut exchanges = Vec::with_capacity(self.hops.len());
        for (number, hop) in self.hops.iter().enumerate() {
            let (body, truncated) = if number + 1 == self.hops.len() {
                (body.clone(), self.truncated)
            } else {
                let lacks = content_length(&hop.headers).is_some_and(|length| length > 0);
                (Untrusted::default(), lacks.then_some(Truncation::Decode))
            };
            exchanges.push(Exchange {
                url: Url::parse(&hop.url)
                    .map_err(|error| damaged("snapshot", format!("{}: {error}", hop.url)))?,
                at: hop.at,
                elapsed: Duration::ZERO,
                remote: None,
                connected: true,
                request_headers: Vec::new(),
                outcome: Ok(Response {
                    status: hop.status,
                    status_line: hop.status_line.clone(),
                    protocol: Protocol::Unknown,
                    headers: hop.headers.clone(),
                    body,
                    truncated,
                }),
            });
        }
        Ok(exchanges)
    }
}
