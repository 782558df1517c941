//! A synthetic archive and its web on loopback, for measuring runs and for trying interruptions.
//!
//! ```text
//! cargo run --release --example synthetic_web -- --archive DIR --articles 2000 --hosts 100 [--status 404] [--log FILE] [--ca FILE]
//! ```
//!
//! Writes the articles, prints the address on which all their originals answer, and serves until its
//! standard input ends. With `--articles 0` nothing is written, and every request gets `--status`.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, BufWriter, Read, Write};
use std::path::PathBuf;
use std::sync::Mutex;

use driftline::app::demo::server::{Reply, Request, Server};

struct Options {
    archive: PathBuf,
    articles: u32,
    hosts: u32,
    status: u16,
    log: Option<PathBuf>,
    ca: Option<PathBuf>,
}

fn options() -> Result<Options, String> {
    let mut given = HashMap::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} takes a value"))?;
        given.insert(name, value);
    }
    let number = |name: &str, otherwise: u32| match given.get(name) {
        Some(value) => value.parse().map_err(|_| format!("{name}: \"{value}\" is not a number")),
        None => Ok(otherwise),
    };
    let status = u16::try_from(number("--status", 200)?).map_err(|_| "--status: not a status".to_owned())?;
    Ok(Options {
        archive: given.get("--archive").map_or_else(|| "synthetic-archive".into(), PathBuf::from),
        articles: number("--articles", 2000)?,
        hosts: number("--hosts", 100)?.max(1),
        status,
        log: given.get("--log").map(PathBuf::from),
        ca: given.get("--ca").map(PathBuf::from),
    })
}

/// An invented text; no two numbers give the same.
fn paragraphs(number: u32) -> Vec<String> {
    const OPENINGS: [&str; 4] =
        ["据本地消息", "记者从现场了解到", "有关部门表示", "一位不愿透露姓名的居民说"];
    (0..8)
        .map(|part| {
            let mut text = String::new();
            for sentence in 0..6_u32 {
                let seed = number.wrapping_mul(31).wrapping_add(part * 7 + sentence);
                let opening = OPENINGS.get(seed as usize % OPENINGS.len()).copied().unwrap_or_default();
                let _ = write!(
                    text,
                    "{opening}，第{number}号渡口在第{part}段工程中完成了{seed}米的修缮，预计在{}年{}月通航。",
                    2020 + seed % 6,
                    1 + seed % 12,
                );
            }
            text
        })
        .collect()
}

fn page(number: u32) -> String {
    let mut html = format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>第{number}号渡口 - 渡口新闻</title></head><body><nav>"
    );
    for link in 0..40 {
        let _ = write!(html, "<a href=\"/nav/{link}\">栏目{link}</a> ");
    }
    let _ = write!(html, "</nav><article><h1>第{number}号渡口</h1>");
    for paragraph in paragraphs(number) {
        let _ = write!(html, "<p>{paragraph}</p>");
    }
    html.push_str("</article><footer>版权所有</footer></body></html>");
    html
}

fn write_archive(options: &Options) -> io::Result<()> {
    if options.articles == 0 {
        return Ok(());
    }
    std::fs::create_dir_all(&options.archive)?;
    std::fs::write(options.archive.join("README.md"), "# 目录\n")?;
    for number in 0..options.articles {
        let host = number % options.hosts;
        let text = format!(
            "###  [:house:返回](README.md)\n---\n\n## 第{number}号渡口\n`4/21/2023 1:39 AM UTC 渡口社` [轉載自GNews](http://h{host}.example/articles/{number})\n\n{}\n",
            paragraphs(number).join("\n\n"),
        );
        std::fs::write(options.archive.join(format!("{number}.md")), text)?;
    }
    Ok(())
}

fn answer(request: &Request, status: u16) -> Reply {
    if request.path == "/robots.txt" {
        return Reply::status(404);
    }
    if status != 200 {
        return Reply::status(status);
    }
    match request.path.strip_prefix("/articles/").and_then(|number| number.parse().ok()) {
        Some(number) => Reply::html(page(number)),
        None => Reply::status(404),
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = options()?;
    write_archive(&options)?;
    let log = match &options.log {
        Some(path) => Some(Mutex::new(BufWriter::new(std::fs::File::create(path)?))),
        None => None,
    };
    let status = options.status;
    let server = Server::start(move |request| {
        if let Some(log) = &log
            && let Ok(mut log) = log.lock()
        {
            // One write a request, so that a reader of the file sees whole lines.
            let _ = writeln!(log, "{} {}", request.host, request.target).and_then(|()| log.flush());
        }
        answer(request, status)
    })?;
    if let Some(path) = &options.ca {
        std::fs::write(path, server.ca_pem())?;
    }
    println!("{}", server.http_addr());
    io::stdout().flush()?;
    // Serves until whoever started it closes the pipe.
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
