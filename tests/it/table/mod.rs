//! Compares the whole program with the table of verdicts: for every verdict, every cause and every trap it
//! has a host on loopback and the expected result.
//!
//! `cargo test --test it -- table --nocapture` prints it. The bundled web's rows come from the table
//! of the demo; the others are in [`rows`] and [`gates`].

mod dns;
mod gates;
mod rows;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex};

use driftline::app::demo::expect::EXPECTATIONS;
use driftline::app::demo::server::{Reply, Request, Server};
use driftline::app::demo::{Web, write_archive};
use driftline::verdict::{Cause, Verdict};

use crate::kit::{self, Bench, Report};
use dns::NameServer;

/// How a row's host is reached.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// On the test's own server, by a resolve entry.
    Server,
    /// Wherever DNS says, or the URL's own address.
    Dns,
    /// On a port that answers TLS with plain text.
    NotTls,
}

/// The request that a row's host receives.
struct Ask<'a> {
    request: &'a Request,
    path: &'a str,
    /// How often this path was asked for, this time included.
    times: u32,
    /// The port of the test's own server.
    port: u16,
}

impl Ask<'_> {
    /// A page with the text of the article that says it is a repost of it.
    fn article(&self, title: &str) -> Reply {
        let story = local_text(&self.request.host);
        kit::page(title, &story.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

type Serve = fn(&Ask<'_>) -> Reply;

/// One row: a host, its behaviour, and the expected result.
struct Row {
    what: String,
    url: String,
    place: Place,
    repost: bool,
    right: (Verdict, Option<Cause>),
    serve: Serve,
    robots: Serve,
}

impl Row {
    /// The same, with a robots.txt.
    fn robots(self, robots: Serve) -> Self {
        Self { robots, ..self }
    }

    fn host(&self) -> &str {
        let rest = self.url.split_once("://").unwrap().1;
        rest.split(['/', ':']).next().unwrap()
    }
}

fn cited(what: &str, url: &str, right: (Verdict, Option<Cause>), serve: Serve) -> Row {
    let (what, url) = (what.to_owned(), url.to_owned());
    Row { what, url, place: Place::Server, repost: false, right, serve, robots: |_| Reply::status(404) }
}

fn cited_at(place: Place, what: &str, url: &str, right: (Verdict, Option<Cause>)) -> Row {
    Row { place, ..cited(what, url, right, |_| Reply::status(500)) }
}

/// The original of an article of its own, whose text is [`local_text`].
fn repost(what: &str, url: &str, right: (Verdict, Option<Cause>), serve: Serve) -> Row {
    Row { repost: true, ..cited(what, url, right, serve) }
}

/// The text of the article that is a repost from this host.
fn local_text(host: &str) -> Vec<String> {
    kit::story(host.bytes().map(u64::from).sum(), 12)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    coder.write_all(bytes).unwrap();
    coder.finish().unwrap()
}

/// A server for all rows that lie on one.
fn serve(rows: Arc<Vec<Row>>) -> Server {
    let asked: Mutex<HashMap<String, u32>> = Mutex::default();
    let port: Arc<Mutex<u16>> = Arc::default();
    let own_port = Arc::clone(&port);
    let server = Server::start(move |request| {
        let Some(row) = rows.iter().find(|row| row.host() == request.host) else {
            return Reply::status(421);
        };
        let key = format!("{}{}", request.host, request.path);
        let mut asked = asked.lock().unwrap();
        let times = asked.entry(key).and_modify(|times| *times += 1).or_insert(1);
        let ask = Ask { request, path: &request.path, times: *times, port: *port.lock().unwrap() };
        if request.path == "/robots.txt" { (row.robots)(&ask) } else { (row.serve)(&ask) }
    })
    .unwrap();
    *own_port.lock().unwrap() = server.http_addr().port();
    server
}

/// A port that answers every request with plain text instead of TLS.
fn not_tls() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
        }
    });
    addr
}

/// The article that cites all rows but the reposts, which have articles of their own.
const CITING: &str = "rows.md";

impl Row {
    /// Where the row's link stands: the article, and the link's text.
    fn place_of(&self, number: usize) -> (String, String) {
        if self.repost {
            (format!("own-{number}.md"), "轉載自GNews".to_owned())
        } else {
            (CITING.to_owned(), format!("来源{number}"))
        }
    }
}

fn article(url: &str, host: &str) -> String {
    let text = local_text(host);
    kit::repost_markdown(url, "题目", &text.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Writes the archive (the demo's, and the rows') and the settings.
fn prepare(dir: &Path, web: &Web, rows: &[Row], server: &Server, names: &NameServer) {
    write_archive(dir).unwrap();
    std::fs::write(dir.join("ca.pem"), web.ca_pem()).unwrap();
    let mut citing = article("http://original.test/a", "original.test") + "参考链接：\n\n";
    for (number, row) in rows.iter().enumerate() {
        let (file, label) = row.place_of(number);
        if row.repost {
            std::fs::write(dir.join(file), article(&row.url, row.host())).unwrap();
        } else {
            writeln!(citing, "- [{label}]({})", row.url).unwrap();
        }
    }
    std::fs::write(dir.join(CITING), citing).unwrap();
    let mut config = format!(
        "[network]\ntimeout = \"3s\"\nconnect_timeout = \"1s\"\nretries = 1\nretry_wait = \"20ms\"\n\
         nameservers = [\"{}\"]\nca_certs = [\"ca.pem\"]\n\
         [politeness]\nrequests_per_second = 50.0\nbackoff = \"200ms\"\nbreaker_pause = \"100ms\"\n\
         retry_after_cap = \"1s\"\n[crawl]\nexclude = [\"left-out.test\"]\n\
         [rules.verdict.parking]\nhosts = [\"name-seller.test\"]\n[network.resolve]\n",
        names.addr()
    );
    let not_tls = not_tls();
    let own = rows.iter().filter_map(|row| match row.place {
        Place::Server => Some((row.host().to_owned(), server.http_addr().to_string())),
        Place::NotTls => Some((row.host().to_owned(), not_tls.to_string())),
        Place::Dns => None,
    });
    // Several rows may share a host.
    let entries: BTreeMap<_, _> = web.resolve_entries().into_iter().chain(own).collect();
    for (host, addr) in entries {
        writeln!(config, "\"{host}\" = \"{addr}\"").unwrap();
    }
    std::fs::write(dir.join("driftline.toml"), config).unwrap();
}

/// One line of the printed table.
struct Line {
    what: String,
    right: (Verdict, Option<Cause>),
    got: (Verdict, Option<Cause>),
}

impl Line {
    fn is_right(&self) -> bool {
        self.right == self.got
    }
}

fn shown((verdict, cause): (Verdict, Option<Cause>)) -> String {
    cause.map_or_else(|| verdict.to_string(), |cause| format!("{verdict}, {cause}"))
}

fn print(lines: &[Line]) -> String {
    let mut table = format!("{:<64} | {:<28} | {:<28} | right\n", "what", "expected", "got");
    for line in lines {
        let mark = if line.is_right() { "yes" } else { "NO" };
        let _ = writeln!(
            table,
            "{:<64} | {:<28} | {:<28} | {mark}",
            line.what,
            shown(line.right),
            shown(line.got)
        );
    }
    table
}

/// The results for the test's own rows.
fn own_lines(rows: &[Row], report: &Report) -> Vec<Line> {
    let line = |(number, row): (usize, &Row)| {
        let (article, label) = row.place_of(number);
        let found = report.links.iter().find(|link| link.article == article && link.label == label);
        let link = found.unwrap_or_else(|| panic!("{} is not in the report", row.url));
        Line { what: row.what.clone(), right: row.right, got: (link.verdict, link.cause) }
    };
    rows.iter().enumerate().map(line).collect()
}

/// The results for the demo's rows, without the links that a report may leave out.
fn demo_lines(report: &Report) -> Vec<Line> {
    let line = |row: &driftline::app::demo::expect::Expectation| {
        let of_row =
            |link: &&driftline::report::LinkReport| link.article == row.article && link.label == row.label;
        let link = report.links.iter().find(of_row);
        let link = link.unwrap_or_else(|| panic!("{} [{}] is not in the report", row.article, row.label));
        let what = if row.url.is_empty() { row.label } else { row.url };
        let right = (row.eras[0].verdict, row.eras[0].cause);
        Line { what: format!("demo: {what}"), right, got: (link.verdict, link.cause) }
    };
    EXPECTATIONS.iter().filter(|row| !row.optional).map(line).collect()
}

/// A run whose budget is one page: the second is left for later.
fn over_budget_line() -> Line {
    let bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => kit::story_page(1),
    });
    let text = kit::story(1, 12);
    let text: Vec<&str> = text.iter().map(String::as_str).collect();
    bench.repost("a.md", "http://budget.test/1", "第1号消息", &text);
    bench.write("b.md", "## 题目\n\n正文一句。\n\n信息源：[某报](http://budget.test/2)\n");
    let report = bench.run(&["run", "--max-pages", "1", "--format", "jsonl"]).report();
    let link = report.link("b.md", "http://budget.test/2");
    Line {
        what: "beyond the run's budget".to_owned(),
        right: (Verdict::Skipped, Some(Cause::OverBudget)),
        got: (link.verdict, link.cause),
    }
}

#[test]
fn every_verdict_every_cause_and_every_trap_is_right() {
    let (web, names) = (Web::start_now().unwrap(), NameServer::start());
    let rows = Arc::new(rows::rows().into_iter().chain(gates::rows()).collect::<Vec<_>>());
    let server = serve(Arc::clone(&rows));
    let port = server.http_addr().port().to_string();
    let asked = |row: &Row| Row { url: row.url.replace("PORT", &port), what: row.what.clone(), ..*row };
    let rows: Vec<Row> = rows.iter().map(asked).collect();
    let dir = tempfile::TempDir::with_prefix("driftline-it-table-").unwrap();
    prepare(dir.path(), &web, &rows, &server, &names);
    let run = kit::call(dir.path(), &["run", "--format", "jsonl"]).expect_code(2);
    let report = run.report();

    let mut lines = own_lines(&rows, &report);
    lines.push(over_budget_line());
    lines.extend(demo_lines(&report));
    let table = print(&lines);
    println!("{table}\n{} rows, judged in {:.1?}", lines.len(), run.elapsed);
    let wrong = lines.iter().filter(|line| !line.is_right()).count();
    assert_eq!(wrong, 0, "{wrong} of {} rows are wrong:\n{table}", lines.len());

    // A verdict or a cause that is added to the program needs a row here.
    let shown: BTreeSet<_> = lines.iter().map(|line| line.right).collect();
    let lacks_verdict = |verdict: &Verdict| !shown.iter().any(|(shown, _)| shown == verdict);
    let lacks_cause = |cause: &Cause| !shown.iter().any(|(_, shown)| *shown == Some(*cause));
    let verdicts: Vec<_> = Verdict::ALL.iter().copied().filter(lacks_verdict).collect();
    let causes: Vec<_> = Cause::ALL.iter().copied().filter(lacks_cause).collect();
    assert!(verdicts.is_empty() && causes.is_empty(), "without a row: {verdicts:?} {causes:?}");

    // No connection was made to a forbidden address.
    let log = server.log();
    let off_limits = |entry: &&driftline::app::demo::server::LoggedRequest| {
        entry.path.starts_with("/inside")
            || entry.host.ends_with(".gone.test")
            || entry.host == "left-out.test"
    };
    let reached: Vec<_> = log.iter().filter(off_limits).collect();
    assert!(reached.is_empty(), "{reached:#?}");
    evidence_is_kept(dir.path(), &rows);
}

/// Every visit names the evidence for its verdict.
fn evidence_is_kept(dir: &Path, rows: &[Row]) {
    let history = kit::call(dir, &["history", CITING, "--format", "jsonl"]).expect_code(0).stdout;
    let visits: Vec<serde_json::Value> =
        history.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let asked = |row: &&Row| !row.repost && !matches!(row.right.0, Verdict::Skipped | Verdict::Invalid);
    // Two spellings of an address are one URL, and one visit.
    let asked: BTreeSet<_> =
        rows.iter().filter(asked).map(|row| url::Url::parse(&row.url).unwrap()).collect();
    assert_eq!(visits.len(), asked.len() + 1, "and the original of the article itself");
    for visit in &visits {
        let facts = visit["evidence"].as_array().unwrap();
        println!("{} {}: {}", visit["url"], visit["verdict"], visit["evidence"]);
        assert!(
            !facts.is_empty() && facts.iter().all(|fact| fact.as_str().is_some_and(|fact| fact.len() > 8))
        );
    }
}
