//! Runs the whole program against hostile servers, all at once: they cost no more memory than the caps and
//! no more time than the timeout.

use std::fmt::Write as _;
use std::io::{Read as _, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use driftline::app::demo::server::Reply;
use driftline::verdict::{Cause, Verdict};

use crate::kit::{self, Bench, Running};

/// `network.timeout` in these tests.
const TIMEOUT: Duration = Duration::from_secs(2);
/// The time that the program needs besides: to start, to read bodies as large as the cap, to report; on a
/// busy machine, and many times as long in a build without optimisation.
const BESIDES: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 4 });
/// How late the end of the timeout may be noticed on a busy machine.
const LATE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 2000 } else { 700 });
/// The most that the program may ever have had in memory.
const MOST_MEMORY: u64 = 300 << 20;

/// What a server does after a request; an error means that the client has gone.
type Harm = fn(&mut TcpStream) -> std::io::Result<()>;

/// The kinds of harm, by the name of the host, with the causes that each may get.
const HARMS: &[(&str, Harm, &[Cause])] = &[
    ("bomb", bomb, &[Cause::BodyTooLarge]),
    // Where this machine is too slow for 16 MiB in time.
    ("endless", endless, &[Cause::BodyTooLarge, Cause::Timeout]),
    ("endless-chunks", endless_chunks, &[Cause::BodyTooLarge, Cause::Timeout]),
    ("drip", drip, &[Cause::Timeout]),
    ("dripping-head", dripping_head, &[Cause::Timeout]),
    ("long-field", long_field, &[Cause::ProtocolError]),
    ("many-fields", many_fields, &[Cause::ProtocolError]),
    ("early-hints", early_hints, &[Cause::Timeout, Cause::ProtocolError]),
    ("noise", noise, &[Cause::ProtocolError]),
    ("ssh", ssh, &[Cause::ProtocolError]),
    ("bad-length", bad_length, &[Cause::ProtocolError]),
    ("bad-chunks", bad_chunks, &[Cause::BodyIncomplete]),
    ("half-a-head", half_a_head, &[Cause::ConnectionClosed]),
    ("tags", tags, &[]),
];

/// 1 GiB of zeros in one gzip stream: a block of 1 MiB that leaves no trace for the next (a full
/// flush), again and again.
fn bomb(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut coder = flate2::Compress::new(flate2::Compression::best(), false);
    let zeros = vec![0; 1 << 20];
    let mut block = Vec::with_capacity(64 << 10);
    coder.compress_vec(&zeros, &mut block, flate2::FlushCompress::Full).map_err(std::io::Error::other)?;
    assert_eq!(coder.total_in(), 1 << 20, "the block is whole");
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n")?;
    // RFC 1952, section 2.3: magic, deflate, no flags, no time, no system.
    stream.write_all(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])?;
    (0..1024).try_for_each(|_| stream.write_all(&block))
}

fn endless(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")?;
    forever(stream, &"<p>and on it goes ".repeat(4096).into_bytes())
}

fn endless_chunks(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")?;
    forever(stream, b"10\r\n0123456789abcdef\r\n".repeat(1024).as_slice())
}

fn forever(stream: &mut TcpStream, piece: &[u8]) -> std::io::Result<()> {
    loop {
        stream.write_all(piece)?;
    }
}

fn slowly(stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    for byte in bytes {
        stream.write_all(&[*byte])?;
        stream.flush()?;
        std::thread::sleep(Duration::from_secs(1));
    }
    Ok(())
}

fn drip(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")?;
    slowly(stream, &[b'x'; 10])
}

fn dripping_head(stream: &mut TcpStream) -> std::io::Result<()> {
    slowly(stream, b"HTTP/1.1 2")
}

/// 4 MiB of header in one field.
fn long_field(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nX-Long: ")?;
    stream.write_all(&vec![b'x'; 4 << 20])?;
    stream.write_all(b"\r\nContent-Length: 2\r\n\r\nok")
}

/// 4 MiB of header in many fields.
fn many_fields(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
    stream.write_all("Set-Cookie: a=0123456789012345678901234567890\r\n".repeat(90_000).as_bytes())?;
    stream.write_all(b"Content-Length: 2\r\n\r\nok")
}

/// Interim answers without end (RFC 9110, section 15.2, allows any number of them).
fn early_hints(stream: &mut TcpStream) -> std::io::Result<()> {
    forever(stream, b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n")
}

fn noise(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut state = 7_u32;
    let bytes: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0] | 0x80
    })
    .take(1 << 16)
    .collect();
    stream.write_all(&bytes)
}

fn ssh(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n")
}

fn bad_length(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5, 99999999999999999999\r\n\r\nhello")
}

fn bad_chunks(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nffffffffffffffffff\r\n",
    )
}

fn half_a_head(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Ty")
}

/// A page of 1 MiB that is nothing but opened elements: what it costs is in reading it.
fn tags(stream: &mut TcpStream) -> std::io::Result<()> {
    let body = "<div class=a><b>".repeat((1 << 20) / 16);
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())
}

/// A server that does harm: to every request where `robots_too`, else to all but the robots file's.
fn serve(harm: Harm, robots_too: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut head = Vec::new();
                let mut piece = [0; 4096];
                while !head.ends_with(b"\r\n\r\n") {
                    match stream.read(&mut piece) {
                        Ok(read @ 1..) => head.extend_from_slice(&piece[..read]),
                        _ => return,
                    }
                }
                let robots = head.starts_with(b"GET /robots.txt ");
                // The client is expected to disconnect in the middle.
                let _ = if robots && !robots_too {
                    stream.write_all(
                        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                    )
                } else {
                    harm(&mut stream)
                };
            });
        }
    });
    addr
}

/// The peak memory of a process so far, in bytes; `None` where this system does not report it.
fn peak_memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes << 10)
}

/// Waits for the end; the most memory that was seen.
fn watch(run: &mut Running) -> Option<u64> {
    let mut peak = None;
    while !run.has_ended() {
        peak = peak.max(peak_memory(run.id()));
        std::thread::sleep(Duration::from_millis(2));
    }
    peak
}

/// What the report said of one kind of harm.
struct Judged {
    name: &'static str,
    verdict: Verdict,
    cause: Option<Cause>,
    /// On a machine that is too busy, anything may take the whole timeout.
    timed_out: bool,
}

/// Runs the program against all harms at once.
fn suffer(robots_too: bool) -> Vec<Judged> {
    let bench = Bench::new(|_| Reply::status(404));
    let mut config = format!(
        "[network]\ntimeout = \"{}s\"\nretries = 0\n[politeness]\nrequests_per_second = 0\n[network.resolve]\n",
        TIMEOUT.as_secs()
    );
    let text = kit::story(1, 12);
    let text: Vec<&str> = text.iter().map(String::as_str).collect();
    let mut markdown = kit::repost_markdown("http://bomb.test/own", "题目", &text) + "参考链接：\n\n";
    for (name, harm, _) in HARMS {
        let addr = serve(*harm, robots_too);
        writeln!(config, "\"{name}.test\" = \"{addr}\"").unwrap();
        writeln!(markdown, "- [{name}](http://{name}.test/page)").unwrap();
    }
    // Where most hosts are not reached, and on a machine that is too busy that may be most of the harms,
    // the run takes its own network to be down. That is not tested here, so most hosts are sound.
    for number in 0..2 * HARMS.len() {
        writeln!(config, "\"sound{number}.test\" = \"{}\"", bench.server().http_addr()).unwrap();
        writeln!(markdown, "- [甲{number}](http://sound{number}.test/page)").unwrap();
    }
    bench.write("driftline.toml", &config);
    bench.write("a.md", &markdown);
    let mut run = bench.start(&["run", "--format", "jsonl"]);
    let peak = watch(&mut run);
    let run = run.wait();
    let report = run.report();
    match peak {
        Some(peak) => {
            println!("{} MB at most, {:.1?} in all", peak >> 20, run.elapsed);
            assert!(peak < MOST_MEMORY, "{} MB", peak >> 20);
        }
        None => println!("skipped: this system does not say how much memory a process had"),
    }
    // The robots file and the page; they are asked for one after the other.
    assert!(run.elapsed < TIMEOUT * 2 + BESIDES, "{:?}\n{}", run.elapsed, run.stderr);
    let judged = |(name, _, _): &(&'static str, Harm, &[Cause])| {
        let link = report.link("a.md", &format!("http://{name}.test/page"));
        let took = Duration::from_millis(link.elapsed_ms.unwrap_or_default());
        println!("{name}: {}, {:?}, {took:?}", link.verdict, link.cause);
        assert!(took < TIMEOUT + LATE, "{name} took {took:?}");
        let timed_out = link.cause == Some(Cause::Timeout) && took >= TIMEOUT;
        Judged { name, verdict: link.verdict, cause: link.cause, timed_out }
    };
    HARMS.iter().map(judged).collect()
}

#[test]
fn hostile_pages_cost_the_cap_and_the_timeout() {
    let judged = suffer(false);
    for (Judged { name, verdict, cause, timed_out }, (_, _, causes)) in judged.iter().zip(HARMS) {
        if *timed_out {
            continue;
        }
        if causes.is_empty() {
            assert_eq!((*verdict, *cause), (Verdict::Alive, None), "{name}");
        } else {
            assert_eq!(*verdict, Verdict::Failing, "{name}");
            assert!(cause.is_some_and(|cause| causes.contains(&cause)), "{name}: {cause:?}");
        }
    }
    let in_time = judged.iter().filter(|judged| !judged.timed_out).count();
    assert!(in_time * 3 >= judged.len(), "only {in_time} of {} were judged by what they are", judged.len());
}

#[test]
fn hostile_robots_files_cost_no_more() {
    // The robots rules decide the verdict of a page whose robots file is a bomb. Here it counts that the
    // page gets a verdict in time, and that nothing is called dead.
    for Judged { name, verdict, .. } in suffer(true) {
        assert_ne!(verdict, Verdict::Dead, "{name}");
    }
}

#[test]
fn many_bombs_at_once_cost_no_more_than_a_few() {
    const BOMBS: usize = 16;
    // When nothing bounded the sum of their bodies, the program took 401 MB.
    const MOST: u64 = 330 << 20;
    let bench = Bench::new(|_| Reply::status(404));
    let mut config = "[network]\ntimeout = \"60s\"\nretries = 0\n[politeness]\nrequests_per_second = 0\n\
                      robots = false\n[network.resolve]\n"
        .to_owned();
    let mut markdown = "## 题目\n\n正文一句。\n\n参考链接：\n\n".to_owned();
    for number in 0..BOMBS {
        let harm = if number % 2 == 0 { bomb } else { endless };
        writeln!(config, "\"bomb{number}.test\" = \"{}\"", serve(harm, true)).unwrap();
        writeln!(markdown, "- [来源{number}](http://bomb{number}.test/page)").unwrap();
    }
    let text = kit::story(1, 12);
    let text: Vec<&str> = text.iter().map(String::as_str).collect();
    let markdown = kit::repost_markdown("http://bomb0.test/own", "题目", &text) + &markdown;
    bench.write("driftline.toml", &config);
    bench.write("a.md", &markdown);
    let mut run = bench.start(&["run", "--format", "jsonl"]);
    let peak = watch(&mut run);
    let run = run.wait();
    let too_large = |link: &&driftline::report::LinkReport| link.cause == Some(Cause::BodyTooLarge);
    // And the original of the article; the way back to the index leads to no file.
    assert_eq!(run.report().links.iter().filter(too_large).count(), BOMBS + 1);
    let Some(peak) = peak else { return println!("skipped: this system does not say") };
    println!("{BOMBS} bombs: {} MB at most, {:.1?} in all", peak >> 20, run.elapsed);
    assert!(peak < MOST, "{} MB", peak >> 20);
}
