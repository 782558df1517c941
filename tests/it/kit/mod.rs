//! Holds what the integration tests share: an archive in a temporary folder, a web on loopback, the
//! program itself, and its parsed report.
//!
//! ```text
//! let bench = Bench::new(|request| match request.path.as_str() {
//!     "/a/1" => kit::page("Title", &["First paragraph.", "Second paragraph."]),
//!     _ => Reply::status(404),
//! });
//! bench.repost("a/1.md", "https://news.test/a/1", "Title", &["First paragraph.", "Second paragraph."]);
//! let run = bench.run(&["run", "--format", "jsonl"]);
//! assert_eq!(run.report().link("a/1.md", "https://news.test/a/1").verdict, Verdict::Alive);
//! ```

// Each test file uses a part of the kit.
#![allow(dead_code)]

mod chromium;
mod process;
mod report;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

pub use driftline::app::demo::server::Reply;
use driftline::app::demo::server::{Request, Server};
use tempfile::TempDir;

pub use chromium::Chromium;
pub use process::{Finished, Running, program, state_home};
pub use report::Report;

/// An archive, a web that answers for all its hosts, and the settings that join the two.
pub struct Bench {
    dir: TempDir,
    server: Server,
    /// `--set` arguments for each call.
    settings: Vec<String>,
}

impl Bench {
    /// An empty archive; every host is answered by `handler`, in plain HTTP and over TLS. Requests
    /// are not held back by the rate, so that tests take no longer than they must.
    pub fn new(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let server = Server::start(handler).expect("the test server starts");
        Self::on(server)
    }

    /// The same on a server that the test started itself.
    pub fn on(server: Server) -> Self {
        let dir = TempDir::with_prefix("driftline-it-").expect("a temporary folder");
        let bench = Self { dir, server, settings: Vec::new() };
        bench.write("../ca.pem", bench.server.ca_pem());
        bench.write(
            "driftline.toml",
            &format!(
                "[network]\nca_certs = [\"../ca.pem\"]\nresolve = {{ \"*\" = \"{}\" }}\ntimeout = \"5s\"\nretries = 0\n\n\
                 [politeness]\nrequests_per_second = 1000.0\nper_host_concurrency = 2\n",
                bench.server.http_addr()
            ),
        );
        bench
    }

    /// The archive's root. The configuration and, by default, the store lie in it.
    pub fn root(&self) -> PathBuf {
        let root = self.dir.path().join("archive");
        std::fs::create_dir_all(&root).expect("the archive's folder");
        root
    }

    /// The web.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// One more setting for each call from now on, as in `network.timeout=1s`.
    pub fn set(&mut self, setting: &str) -> &mut Self {
        self.settings.push(setting.to_owned());
        self
    }

    /// Writes a file below the root.
    pub fn write(&self, path: &str, content: &str) -> PathBuf {
        let file = self.root().join(path);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("the file's folder");
        std::fs::write(&file, content).expect("the file is written");
        file
    }

    /// Writes an article that says where it is reposted from, and the index that it leads back to.
    pub fn repost(&self, path: &str, url: &str, title: &str, paragraphs: &[&str]) -> PathBuf {
        let file = self.write(path, &repost_markdown(url, title, paragraphs));
        let index = file.with_file_name("README.md");
        if !index.exists() {
            std::fs::write(index, "# 目录\n").expect("the index is written");
        }
        file
    }

    /// A call of the program in the archive's root, not started yet.
    pub fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = program(&self.root());
        command.args(args);
        for setting in &self.settings {
            command.args(["--set", setting]);
        }
        command
    }

    /// Calls the program and waits for its end.
    pub fn run(&self, args: &[&str]) -> Finished {
        Finished::of(self.command(args))
    }

    /// Calls the program and does not wait.
    pub fn start(&self, args: &[&str]) -> Running {
        Running::of(self.command(args))
    }

    /// Every path that the web was asked for on this host, robots files left out, in order.
    pub fn asked(&self, host: &str) -> Vec<String> {
        let log = self.server.log();
        let of_host = log.into_iter().filter(|entry| entry.host == host && entry.path != "/robots.txt");
        of_host.map(|entry| entry.path).collect()
    }
}

/// Calls the program in a folder, without a web.
pub fn call(folder: &Path, args: &[&str]) -> Finished {
    let mut command = program(folder);
    command.args(args);
    Finished::of(command)
}

/// Waits until something is so; the test fails where that takes longer than half a minute.
#[track_caller]
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = std::time::Instant::now();
    while !is_so() {
        assert!(started.elapsed().as_secs() < 30, "waited in vain: {what}");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// An article in the commonest form of such archives.
pub fn repost_markdown(url: &str, title: &str, paragraphs: &[&str]) -> String {
    let mut markdown = format!(
        "###  [:house:返回](README.md)\n---\n\n\n## {title}\n`4/21/2023 1:39 AM UTC 作者` [轉載自GNews]({url})\n\n"
    );
    for paragraph in paragraphs {
        let _ = write!(markdown, "{paragraph}\n\n");
    }
    markdown
}

/// A page with a title and paragraphs, in UTF-8.
pub fn page(title: &str, paragraphs: &[&str]) -> Reply {
    Reply::html(page_html(title, paragraphs))
}

/// The HTML of [`page`]. The words are put in as they are: callers write no markup.
pub fn page_html(title: &str, paragraphs: &[&str]) -> String {
    let mut html = format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{title}</title></head>\n<body>\n\
         <nav><a href=\"/\">Home</a></nav>\n<main><article>\n<h1>{title}</h1>\n"
    );
    for paragraph in paragraphs {
        let _ = writeln!(html, "<p>{paragraph}</p>");
    }
    html.push_str("</article></main>\n<footer><a href=\"/about\">About</a></footer>\n</body></html>\n");
    html
}

/// Invented news of `sentences` sentences, the same for the same seed and unlike any other's.
pub fn story(seed: u64, sentences: usize) -> Vec<String> {
    const WHO: [&str; 6] = ["渔民合作社", "图书馆馆长", "县气象台", "电车公司", "茶农代表", "小学校长"];
    const WHAT: [&str; 6] =
        ["修好了旧码头", "公布了新的时间表", "清点了仓库", "增开了晚班", "种下了树苗", "重画了路线图"];
    const WHY: [&str; 6] = [
        "因为春天雨水太多",
        "为了方便老人出行",
        "由于去年的预算剩余",
        "按照居民的投票结果",
        "在专家检查以后",
        "趁着假期人少的时候",
    ];
    let mut random = fastrand_like(seed);
    let mut pick = |from: &[&'static str; 6]| from[usize::try_from(random() % 6).expect("below six")];
    let mut paragraphs: Vec<String> = Vec::new();
    for number in 0..sentences {
        let sentence = format!(
            "{}{}{}，编号为{}。",
            pick(&WHO),
            pick(&WHY),
            pick(&WHAT),
            seed.wrapping_mul(97) % 9973 + number as u64
        );
        match paragraphs.last_mut() {
            Some(last) if number % 3 != 0 => last.push_str(&sentence),
            _ => paragraphs.push(sentence),
        }
    }
    paragraphs
}

/// A page that is long enough not to be suspected of saying "not found".
pub fn story_page(seed: u64) -> Reply {
    let paragraphs = story(seed, 12);
    page(&format!("第{seed}号消息"), &paragraphs.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Numbers that look random and are the same for the same seed (`SplitMix64`, Steele 2014).
fn fastrand_like(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

/// A folder of files from outside the project that some tests read. Where it is missing, the test says so
/// and ends.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: ../shared/{name} is not there");
    None
}
