//! Answers requests for the hosts of the bundled web, from the table of sites.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::library;
use super::page;
use super::server::{Conduct, LoggedRequest, Reply, Request, Server};
use super::sites::{PageAnswer, SITES, Site, SitePage, StoryText, UnknownPathAnswer};

/// The web of the demo: one server that answers for every host.
pub struct Web {
    server: Server,
    world: Arc<WebState>,
}

/// The state that answers depend on besides the request.
#[derive(Default)]
struct WebState {
    era: AtomicU32,
    /// The number of requests for each page that answers only the second time.
    asked: Mutex<HashMap<String, u32>>,
}

impl Web {
    /// Starts the web on a free port of 127.0.0.1, in era 0.
    ///
    /// # Errors
    /// The port cannot be had, or the certificates cannot be made.
    #[expect(clippy::unused_async, reason = "starting may wait for sockets later; callers await it already")]
    pub async fn start() -> io::Result<Self> {
        Self::start_now()
    }

    /// The same without a runtime: the server has its own threads.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_now() -> io::Result<Self> {
        let world = Arc::new(WebState::default());
        let answering = Arc::clone(&world);
        let server = Server::start(move |request| answering.answer_request(request))?;
        Ok(Self { server, world })
    }

    /// Sets the era: in era 1 one site is gone, some texts have changed, and one site is back.
    pub fn set_era(&self, era: u32) {
        self.world.era.store(era, Ordering::Relaxed);
    }

    /// The entries for `network.resolve`: each host with `IP:PORT`. Both schemes share the port. Names
    /// under `.invalid` are missing, because they must not resolve, and one host has a port on which
    /// nothing listens.
    pub fn resolve_entries(&self) -> Vec<(String, String)> {
        let here = self.addr().to_string();
        let mut entries: Vec<_> = SITES.iter().map(|site| (site.host.to_owned(), here.clone())).collect();
        entries.push((REFUSING_HOST.to_owned(), NOBODY.to_owned()));
        entries
    }

    /// The authority of the web's valid certificates, as PEM.
    pub fn ca_pem(&self) -> String {
        self.server.ca_pem().to_owned()
    }

    /// The address of the web.
    pub fn addr(&self) -> SocketAddr {
        self.server.http_addr()
    }

    /// Every request so far.
    pub fn log(&self) -> Vec<LoggedRequest> {
        self.server.log()
    }

    /// Clears the log.
    pub fn clear_log(&self) {
        self.server.clear_log();
    }

    /// The number of hosts of the web.
    pub fn host_count() -> usize {
        SITES.len() + 1
    }
}

/// The host on whose port nothing listens.
pub(super) const REFUSING_HOST: &str = "field-daily.example";

/// Port 1 (tcpmux) needs a privilege to listen on and has had no users for decades.
const NOBODY: &str = "127.0.0.1:1";

impl WebState {
    fn answer_request(&self, request: &Request) -> Reply {
        let Some(site) = SITES.iter().find(|site| site.host == request.host) else {
            return Reply::status(421);
        };
        let era = self.era.load(Ordering::Relaxed);
        match find_page(site, &request.path, era) {
            Some(row) => self.page_reply(site, row, request),
            None => answer_unknown_path(site, request),
        }
    }

    fn page_reply(&self, site: &Site, row: &SitePage, request: &Request) -> Reply {
        match row.page {
            PageAnswer::Story(text) => story_reply(site, &text, request),
            PageAnswer::Slow(text, ms) => story_reply(site, &text, request).after(Duration::from_millis(ms)),
            PageAnswer::SecondTime(text) => {
                if self.is_first_request(&request.target) {
                    Reply::status(503)
                } else {
                    story_reply(site, &text, request)
                }
            }
            PageAnswer::Redirect(status, to) => Reply::redirect(status, to),
            PageAnswer::Refresh(to) => Reply::html(page::refresh_html(to)),
            PageAnswer::Status(status) => Reply::html(page::missing_html()).with_status(status),
            PageAnswer::Busy(seconds) => Reply::status(429).with_header("Retry-After", &seconds.to_string()),
            PageAnswer::Challenge => Reply::html(page::challenge_html())
                .with_status(403)
                .with_header("Server", "cloudflare")
                .with_header("CF-Mitigated", "challenge"),
            PageAnswer::Captcha => {
                Reply::html(page::captcha_html()).with_status(404).with_header("X-DD-B", "1")
            }
            PageAnswer::Login => Reply::html(page::login_html()),
            PageAnswer::Paywall(name) => match library::find_prose(name) {
                Some(prose) => Reply::html(page::paywall_html(&prose)),
                None => Reply::status(500),
            },
            PageAnswer::Shell(title) => Reply::html(page::shell_html(title)),
            PageAnswer::Garbage => {
                Reply::misbehaving(Conduct::Raw).with_body("\u{1}\u{2}\u{3} 220 ready\r\n\r\n")
            }
            PageAnswer::BadCoding => {
                Reply::html("this was never compressed").with_header("Content-Encoding", "gzip")
            }
            PageAnswer::Faulty(text, conduct) => story_reply(site, &text, request).sent(conduct),
        }
    }

    /// Whether this is the first request for a page.
    fn is_first_request(&self, target: &str) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let times = asked.entry(target.to_owned()).or_insert(0);
        *times += 1;
        *times == 1
    }
}

/// Finds the page at a path: the newest that is not of a later era.
fn find_page(site: &Site, path: &str, era: u32) -> Option<&'static SitePage> {
    site.rows.iter().filter(|row| row.path == path && row.era <= era).max_by_key(|row| row.era)
}

/// Answers a path that is not in the site's table: the home page, robots.txt, and unknown paths.
fn answer_unknown_path(site: &Site, request: &Request) -> Reply {
    match site.manner {
        UnknownPathAnswer::AnyPage => return Reply::html(page::missing_html()),
        UnknownPathAnswer::Parked => return Reply::html(page::parked_html(site.host)),
        UnknownPathAnswer::SendsHome if request.path != "/" => return Reply::redirect(302, "/"),
        UnknownPathAnswer::RobotsDeny if request.path == "/robots.txt" => {
            return Reply::text("User-agent: *\nDisallow: /\n");
        }
        UnknownPathAnswer::RobotsDown if request.path == "/robots.txt" => return Reply::status(503),
        UnknownPathAnswer::Challenges => {
            return Reply::html(page::challenge_html())
                .with_status(403)
                .with_header("Server", "cloudflare")
                .with_header("CF-Mitigated", "challenge");
        }
        UnknownPathAnswer::Counting => {
            if let Some(number) = request.path.strip_prefix('/').and_then(|text| text.parse::<u64>().ok()) {
                return Reply::redirect(302, &format!("/{}", number.saturating_add(1)));
            }
        }
        _ => {}
    }
    match request.path.as_str() {
        "/" => match library::find_prose("home") {
            Some(prose) => {
                page::article_reply(site.host, &prose, page::PageLayout::Plain, page::PageCharset::Utf8)
            }
            None => Reply::status(500),
        },
        _ => Reply::html(page::missing_html()).with_status(404),
    }
}

/// Makes a page of a text, or answers 304 if the client has it already (RFC 9110, section 13.1).
fn story_reply(site: &Site, text: &StoryText, request: &Request) -> Reply {
    let Some(prose) = library::find_prose(text.name) else { return Reply::status(500) };
    let reply = page::article_reply(site.host, &prose.with_edits(text.edits), text.dress, text.charset);
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

/// Finds the text to which a URL leads after redirects.
#[cfg(test)]
pub(super) fn final_prose(url: &str, era: u32) -> Option<super::prose::Prose> {
    let (_, rest) = url.split_once("://")?;
    let (host, path) = rest.split_at(rest.find('/')?);
    let site = SITES.iter().find(|site| site.host == host)?;
    match find_page(site, path, era)?.page {
        PageAnswer::Story(text) => Some(library::find_prose(text.name)?.with_edits(text.edits)),
        PageAnswer::Redirect(_, to) | PageAnswer::Refresh(to) => final_prose(to, era),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
