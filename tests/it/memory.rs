//! Tests that what is read takes memory in proportion to it, whatever it holds.
#![cfg(target_os = "linux")]

use crate::kit::{self, Bench, Running};

/// The peak memory of a process so far, in bytes.
fn peak_memory(process: u32) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: usize = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes << 10)
}

/// Calls the program, which must succeed, and returns the most memory that was seen, in bytes.
fn measure_peak(bench: &Bench, args: &[&str]) -> usize {
    let mut run = Running::of(bench.command(args));
    let mut peak = None;
    while !run.has_ended() {
        peak = peak.max(peak_memory(run.id()));
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    run.wait().expect_code(0);
    peak.expect("the system says how much memory a process takes")
}

fn empty_bench() -> Bench {
    Bench::new(|_| kit::Reply::status(404))
}

/// How many times the input a comparison of two markdown files takes, beyond what the program takes for two
/// words.
fn memory_of_diff(a: &str, b: &str) -> usize {
    let bench = empty_bench();
    for (name, text) in [("a.md", a), ("b.md", b), ("c.md", "甲。"), ("d.md", "乙。")] {
        bench.write(name, text);
    }
    let own = measure_peak(&bench, &["diff", "-o", "out", "c.md", "d.md"]);
    let peak = measure_peak(&bench, &["diff", "-o", "out", "a.md", "b.md"]);
    peak.saturating_sub(own) / (a.len() + b.len())
}

#[test]
fn a_record_of_a_million_header_fields_is_named_and_does_not_end_an_import() {
    let record = |path: &str, head: &str| {
        let block = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{head}\r\nhello");
        format!(
            "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.test/{path}\r\n\
             WARC-Date: 2020-01-02T03:04:05Z\r\nContent-Type: application/http; msgtype=response\r\n\
             Content-Length: {}\r\n\r\n{block}\r\n\r\n",
            block.len()
        )
    };
    let many = "x: y\r\n".repeat(1_000_000);
    let bench = empty_bench();
    bench.write("plain.warc", &record("1", ""));
    let file = [record("1", ""), record("2", &many), record("3", "")].concat();
    bench.write("many.warc", &file);
    let own = measure_peak(&bench, &["import", "plain.warc", "--store", "one"]);
    let peak = measure_peak(&bench, &["import", "many.warc", "--store", "other"]);
    let times = peak.saturating_sub(own) / file.len();
    assert!(times < 8, "{times} times the file");
    let said = bench.run(&["import", "many.warc", "--store", "third"]).expect_code(0).stdout;
    assert!(said.contains("3 records, 2 new snapshots"), "{said}");
    assert!(said.contains("above 1 MiB"), "{said}");
}

#[test]
fn links_takes_memory_in_proportion_to_a_file() {
    // A row costs the more bytes the shorter it is.
    let files = [
        ("headings of one letter", "A\n=\n".repeat(200_000), 110),
        ("brackets", "[".repeat(2_000_000), 20),
        ("brackets in a front matter", format!("---\n{}\n---\n", "[".repeat(2_000_000)), 20),
    ];
    let bench = empty_bench();
    bench.write("small.md", "# T\n");
    let own = measure_peak(&bench, &["links", "small.md"]);
    for (what, text, most) in files {
        bench.write("large.md", &text);
        let times = measure_peak(&bench, &["links", "large.md"]).saturating_sub(own) / text.len();
        println!("{what}: {times} times the file");
        assert!(times < most, "{what}: {times} times the file");
    }
}

#[test]
fn a_diff_takes_memory_in_proportion_to_its_files() {
    let texts = |make: &dyn Fn(usize) -> String, count| (0..count).map(make).collect::<String>();
    let letters = |first: u32| {
        let make = move |n: usize| {
            format!("{}。", char::from_u32(first + u32::try_from(n).unwrap() % 3_000).unwrap())
        };
        texts(&make, 150_000)
    };
    let figures = |factor: usize| {
        let make = move |n: usize| format!("第{n}年有{}人来到这个村。\n\n", n * factor % 99_991);
        texts(&make, 25_000)
    };
    for (what, a, b) in [
        ("one-letter sentences", letters(0x4E00), letters(0x5E00)),
        ("changed figures", figures(7_919), figures(6_101)),
    ] {
        let times = memory_of_diff(&a, &b);
        println!("{what}: {times} times the input");
        assert!(times < 20, "{what}: {times} times the input");
    }
}
