//! The bundled web: a table of sites in, answers out.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::library;
use super::page;
use super::server::{Conduct, LoggedRequest, Reply, Request, Server};
use super::sites::{Manner, Page, Row, SITES, Site, Text};

/// The web of the demo: one server that answers for every host.
pub struct Web {
    server: Server,
    world: Arc<World>,
}

/// What the answers depend on besides the request.
#[derive(Default)]
struct World {
    era: AtomicU32,
    /// How often a page was asked for that answers only the second time.
    asked: Mutex<HashMap<String, u32>>,
}

impl Web {
    /// Starts the web on a free port of 127.0.0.1, in era 0.
    ///
    /// # Errors
    /// The port cannot be had, or the certificates cannot be made.
    // It awaits nothing today; callers are written so that it may.
    #[expect(clippy::unused_async, reason = "starting may wait for sockets later; callers await it already")]
    pub async fn start() -> io::Result<Self> {
        Self::start_now()
    }

    /// The same without a runtime: the server has threads of its own.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_now() -> io::Result<Self> {
        let world = Arc::new(World::default());
        let answering = Arc::clone(&world);
        let server = Server::start(move |request| answering.answer(request))?;
        Ok(Self { server, world })
    }

    /// Moves time on: in era 1 one site is gone, some texts have changed, one is back.
    pub fn set_era(&self, era: u32) {
        self.world.era.store(era, Ordering::Relaxed);
    }

    /// The entries for `network.resolve`: every host of the web by name, `IP:PORT`. Both schemes
    /// share the port. Names under `.invalid` are not among them, since they must not resolve, and
    /// one host leads to a port where nobody listens.
    pub fn resolve_entries(&self) -> Vec<(String, String)> {
        let here = self.addr().to_string();
        let mut entries: Vec<_> = SITES.iter().map(|site| (site.host.to_owned(), here.clone())).collect();
        entries.push((REFUSING_HOST.to_owned(), NOBODY.to_owned()));
        entries
    }

    /// The certificate authority that the web's good certificates come from, as PEM.
    pub fn ca_pem(&self) -> String {
        self.server.ca_pem().to_owned()
    }

    /// Where the web listens.
    pub fn addr(&self) -> SocketAddr {
        self.server.http_addr()
    }

    /// Every request so far.
    pub fn log(&self) -> Vec<LoggedRequest> {
        self.server.log()
    }

    /// Forgets the requests so far.
    pub fn clear_log(&self) {
        self.server.clear_log();
    }

    /// How many hosts the web has.
    pub fn hosts() -> usize {
        SITES.len() + 1
    }
}

/// The host whose port nobody listens on.
pub(super) const REFUSING_HOST: &str = "field-daily.example";

/// Port 1 (tcpmux) needs a privilege to listen on and has had no users for decades.
const NOBODY: &str = "127.0.0.1:1";

impl World {
    fn answer(&self, request: &Request) -> Reply {
        let Some(site) = SITES.iter().find(|site| site.host == request.host) else {
            return Reply::status(421);
        };
        let era = self.era.load(Ordering::Relaxed);
        match row(site, &request.path, era) {
            Some(row) => self.serve(site, row, request),
            None => beyond(site, request),
        }
    }

    fn serve(&self, site: &Site, row: &Row, request: &Request) -> Reply {
        match row.page {
            Page::Story(text) => story(site, &text, request),
            Page::Slow(text, ms) => story(site, &text, request).after(Duration::from_millis(ms)),
            Page::SecondTime(text) => {
                if self.first_time(&request.target) {
                    Reply::status(503)
                } else {
                    story(site, &text, request)
                }
            }
            Page::Redirect(status, to) => Reply::redirect(status, to),
            Page::Refresh(to) => Reply::html(page::refresh_html(to)),
            Page::Status(status) => Reply::html(page::missing_html()).with_status(status),
            Page::Busy(seconds) => Reply::status(429).with_header("Retry-After", &seconds.to_string()),
            Page::Challenge => Reply::html(page::challenge_html())
                .with_status(403)
                .with_header("Server", "cloudflare")
                .with_header("CF-Mitigated", "challenge"),
            Page::Captcha => Reply::html(page::captcha_html()).with_status(404).with_header("X-DD-B", "1"),
            Page::Login => Reply::html(page::login_html()),
            Page::Paywall(name) => match library::prose(name) {
                Some(prose) => Reply::html(page::paywall_html(&prose)),
                None => Reply::status(500),
            },
            Page::Shell(title) => Reply::html(page::shell_html(title)),
            Page::Garbage => Reply::misbehaving(Conduct::Raw).with_body("\u{1}\u{2}\u{3} 220 ready\r\n\r\n"),
            Page::BadCoding => {
                Reply::html("this was never compressed").with_header("Content-Encoding", "gzip")
            }
            Page::Faulty(text, conduct) => story(site, &text, request).sent(conduct),
        }
    }

    /// Whether this page is asked for the first time.
    fn first_time(&self, target: &str) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let times = asked.entry(target.to_owned()).or_insert(0);
        *times += 1;
        *times == 1
    }
}

/// The row for this path: the newest that is not of a later era.
fn row(site: &Site, path: &str, era: u32) -> Option<&'static Row> {
    site.rows.iter().filter(|row| row.path == path && row.era <= era).max_by_key(|row| row.era)
}

/// What a site answers for paths that its table does not have: the home page, robots.txt, and
/// whatever it does with the unknown.
fn beyond(site: &Site, request: &Request) -> Reply {
    match site.manner {
        Manner::AnyPage => return Reply::html(page::missing_html()),
        Manner::Parked => return Reply::html(page::parked_html(site.host)),
        Manner::SendsHome if request.path != "/" => return Reply::redirect(302, "/"),
        Manner::RobotsDeny if request.path == "/robots.txt" => {
            return Reply::text("User-agent: *\nDisallow: /\n");
        }
        Manner::RobotsDown if request.path == "/robots.txt" => return Reply::status(503),
        Manner::Challenges => {
            return Reply::html(page::challenge_html())
                .with_status(403)
                .with_header("Server", "cloudflare")
                .with_header("CF-Mitigated", "challenge");
        }
        Manner::Counting => {
            if let Some(number) = request.path.strip_prefix('/').and_then(|text| text.parse::<u64>().ok()) {
                return Reply::redirect(302, &format!("/{}", number.saturating_add(1)));
            }
        }
        _ => {}
    }
    match request.path.as_str() {
        "/" => match library::prose("home") {
            Some(prose) => page::article_reply(site.host, &prose, page::Dress::Plain, page::Charset::Utf8),
            None => Reply::status(500),
        },
        _ => Reply::html(page::missing_html()).with_status(404),
    }
}

/// A text as a page, or 304 where the client has it already (RFC 9110, section 13.1).
fn story(site: &Site, text: &Text, request: &Request) -> Reply {
    let Some(prose) = library::prose(text.name) else { return Reply::status(500) };
    let reply = page::article_reply(site.host, &prose.edited(text.edits), text.dress, text.charset);
    if !text.tagged {
        return reply;
    }
    let digest = blake3::hash(&reply.body).to_hex();
    let etag = format!("\"{}\"", digest.chars().take(16).collect::<String>());
    let known =
        request.header("if-none-match").is_some_and(|sent| sent.split(',').any(|one| one.trim() == etag));
    let reply = if known { Reply { status: 304, ..Reply::default() } } else { reply };
    reply.with_header("ETag", &etag)
}

/// The text that a URL leads to in the end, where it leads to one.
#[cfg(test)]
pub(super) fn final_prose(url: &str, era: u32) -> Option<super::prose::Prose> {
    let (_, rest) = url.split_once("://")?;
    let (host, path) = rest.split_at(rest.find('/')?);
    let site = SITES.iter().find(|site| site.host == host)?;
    match row(site, path, era)?.page {
        Page::Story(text) => Some(library::prose(text.name)?.edited(text.edits)),
        Page::Redirect(_, to) | Page::Refresh(to) => final_prose(to, era),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
