//! Remembers hosts that can be asked whether it was really they who answered, before the failures of most
//! other hosts are believed.
//!
//! A page over TLS proves by its certificate that it came from its host. Over plain HTTP a captive portal may
//! have sent it. A portal gives one answer for every address: its own page, or a redirect to it. So a host
//! whose page has text is asked for its robots.txt once more; a plain "not found", or a text file, is an
//! answer of its own.

use url::Url;

use crate::fetch::Exchange;
use crate::frontier::HostKey;

/// How many hosts are asked.
const MAX_WITNESSES: usize = 3;

/// Whether this answer for a robots.txt is the host's own: a text file, or an error that no portal sends.
pub(super) fn is_own_robots_file(exchange: &Exchange) -> bool {
    let Ok(response) = &exchange.outcome else { return false };
    match response.status {
        200..300 => response.media_type().as_deref() == Some("text/plain"),
        404 | 410 => true,
        _ => false,
    }
}

/// Addresses of pages with text that came over plain HTTP, one for each of a few hosts.
#[derive(Default)]
pub(super) struct Witnesses(Vec<Url>);

impl Witnesses {
    /// Remembers the address of a page with text that came from a host of its own.
    pub(super) fn note_page(&mut self, url: &Url) {
        let host = HostKey::from_url(url);
        let is_known = self.0.iter().any(|known| HostKey::from_url(known) == host);
        if url.scheme() == "http" && self.0.len() < MAX_WITNESSES && !is_known {
            self.0.push(url.clone());
        }
    }
}

impl IntoIterator for Witnesses {
    type Item = Url;
    type IntoIter = std::vec::IntoIter<Url>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
