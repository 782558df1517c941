//! A lean web on 64 loopback addresses and the archive that cites it, for measuring how many pages a
//! second are asked for, judged and stored. It does as little as it can, so that what is measured is
//! the client.
//!
//! ```text
//! cargo run --release --example throughput_web -- DIR 20000
//! ```
//!
//! Writes the articles to DIR, prints the port, and serves until its standard input ends. Then, with
//! the limits off:
//!
//! ```text
//! driftline check DIR --set network.allow_private=true --set politeness.requests_per_second=1000000 \
//!     --set politeness.per_host_concurrency=64
//! ```

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const ADDRESSES: u32 = 64;
const PAGE_BYTES: usize = 20 * 1024;
/// Stands for the page's number, in as many digits.
const NUMBER: &str = "@@@@@@";

fn paragraphs() -> Vec<String> {
    let sentence = |part: usize, at: usize| {
        format!(
            "据本地消息，第{NUMBER}号渡口在第{part}段工程中完成了第{at}项修缮，居民说水位比去年低了{}厘米。",
            part * 7 + at
        )
    };
    (1..=12).map(|part| (1..=6).map(|at| sentence(part, at)).collect()).collect()
}

fn page() -> String {
    let mut html = format!(
        "<!DOCTYPE html><html lang=\"zh\"><head><meta charset=\"utf-8\"><title>第{NUMBER}号渡口 - 渡口新闻</title></head><body><nav>"
    );
    for link in 0..40 {
        let _ = write!(html, "<a href=\"/nav/{link}\">栏目{link}</a> ");
    }
    let _ = write!(html, "</nav><article><h1>第{NUMBER}号渡口</h1>");
    for paragraph in paragraphs() {
        let _ = write!(html, "<p>{paragraph}</p>");
    }
    html.push_str("</article><footer>版权所有</footer><script>");
    while html.len() + 32 < PAGE_BYTES {
        html.push_str("window.q=window.q||[];");
    }
    html.push_str("</script></body></html>");
    html
}

fn write_archive(folder: &Path, pages: u32, port: u16) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let body = paragraphs().join("\n\n");
    for number in 0..pages {
        let host = 1 + number % ADDRESSES;
        let text = format!(
            "## 第{number:06}号渡口\n`4/21/2023 1:39 AM UTC 渡口社` [轉載自渡口](http://127.0.0.{host}:{port}/p/{number:06})\n\n{}\n",
            body.replace(NUMBER, &format!("{number:06}")),
        );
        std::fs::write(folder.join(format!("{number}.md")), text)?;
    }
    Ok(())
}

/// Answers one connection's requests, one after another.
async fn serve(mut stream: TcpStream, page: Arc<str>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut received = Vec::with_capacity(4096);
    let mut answer = Vec::with_capacity(PAGE_BYTES + 512);
    loop {
        let end = loop {
            if let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
        };
        let number = received.strip_prefix(b"GET /p/").and_then(|rest| rest.get(..NUMBER.len()));
        answer.clear();
        match number.and_then(|digits| std::str::from_utf8(digits).ok()) {
            Some(digits) => {
                let length = page.len();
                write!(
                    answer,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\n\r\n"
                )?;
                for (at, part) in page.split(NUMBER).enumerate() {
                    if at > 0 {
                        answer.extend_from_slice(digits.as_bytes());
                    }
                    answer.extend_from_slice(part.as_bytes());
                }
            }
            None => answer.extend_from_slice(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
        }
        received.drain(..end);
        stream.write_all(&answer).await?;
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("first the archive's folder")?;
    let pages: u32 = arguments.next().ok_or("then the number of pages")?.parse()?;
    let page: Arc<str> = page().into();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_io().build()?;
    let port = runtime.block_on(async {
        let first = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = first.local_addr()?.port();
        let mut listeners = vec![first];
        for host in 2..=ADDRESSES {
            listeners.push(TcpListener::bind((format!("127.0.0.{host}"), port)).await?);
        }
        for listener in listeners {
            let page = Arc::clone(&page);
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, Arc::clone(&page)));
                }
            });
        }
        io::Result::Ok(port)
    })?;
    write_archive(Path::new(&folder), pages, port)?;
    println!("{port}");
    io::stdout().flush()?;
    // Serves until whoever started it closes the pipe.
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
