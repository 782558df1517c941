//! Measures the worst inputs of `driftline diff A B`: each takes under a second and 300 MB, in an
//! optimised build on a quiet machine. `cargo test --release --test it -- --ignored extremes --test-threads 1`.
//!
//! The unit tests of `text_diff` hold in any build that the time is bounded at all.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const TIME: Duration = Duration::from_secs(1);
const MEMORY_KB: u64 = 300 * 1024;

/// Sentences of characters drawn by a fixed sequence, a few a paragraph.
fn letters(seed: u64, sentences: usize) -> String {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut text = String::new();
    for n in 0..sentences {
        text.extend((0..rng.usize(8..32)).map(|_| char::from_u32(rng.u32(0x4E00..0x5E00)).unwrap_or('一')));
        text.push_str(if n % 6 == 5 { "。\n\n" } else { "。" });
    }
    text
}

fn page(text: &str) -> String {
    let body = text.replace("\n\n", "</p>\n<p>");
    format!("<title>一个题目</title><h1>一个题目</h1><p>{body}</p>")
}

/// Compares two files, and returns the class. The peak of the memory is what Linux says it was shortly
/// before the end.
fn diff(what: &str, a: (&str, &str), b: (&str, &str)) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [a, b] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_driftline"))
        .args(["diff", "--format", "json", "-o", "out.json", a.0, b.0])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let code = loop {
        peak = peak.max(high_water(Path::new(&status)));
        if let Some(code) = child.try_wait().unwrap() {
            break code;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let took = start.elapsed();
    println!("{what}: {} ms, {} MB", took.as_millis(), peak / 1024);
    assert!(code.success(), "{what}: {code}");
    let out = std::fs::read_to_string(folder.path().join("out.json")).unwrap();
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    let class = found["drift"]["class"].as_str().unwrap_or_default().to_owned();
    if !cfg!(debug_assertions) {
        assert!(took < TIME, "{what} took {took:?}");
        assert!(peak < MEMORY_KB, "{what} took {} MB", peak / 1024);
    }
    class
}

/// `VmHWM` in kB; 0 where the system does not say.
fn high_water(status: &Path) -> u64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[test]
#[ignore = "measures: run alone, in an optimised build"]
fn extremes() {
    let ten = letters(1, 170_000);
    assert!(ten.len() > 10_000_000);
    let edited = ten.replacen('一', "二", 1);
    assert_eq!(diff("10 MB, two files", ("a.md", &ten), ("b.md", &edited)), "minor-edit");
    assert_eq!(diff("10 MB, a page", ("a.html", &page(&edited)), ("b.md", &ten)), "minor-edit");
    let text = letters(2, 10_000);
    let mut rng = fastrand::Rng::with_seed(3);
    let other: String = text
        .chars()
        .map(|c| {
            let change = c != '。' && c != '\n' && rng.u32(..100) < 60;
            if change { char::from_u32(rng.u32(0x4E00..0x5E00)).unwrap_or('一') } else { c }
        })
        .collect();
    assert!(text.chars().count() > 200_000);
    let class = diff("200,000 characters, 60 % changed", ("a.md", &text), ("b.md", &other));
    assert!(["rewritten", "different"].contains(&class.as_str()), "{class}");
    let same = "同一句话说了一遍又一遍。".repeat(20_000);
    let fewer = "同一句话说了一遍又一遍。".repeat(19_000) + &"另一句话也说了一遍又一遍。".repeat(500);
    let class = diff("one sentence 20,000 times", ("a.md", &same), ("b.md", &fewer));
    assert!(["minor-edit", "major-edit"].contains(&class.as_str()), "{class}");
    let inside = "里面的一句话也在这里说了很多，说的是同一件事情。";
    let outside = "外面的一句话在这里说了很多，说的是一件事情。";
    let nested = format!("<p>{outside}</p>{}{inside}{}", "<div>".repeat(20_000), "</div>".repeat(20_000));
    let copy = format!("{outside}\n\n{inside}\n");
    assert_eq!(diff("20,000 nested tags", ("a.html", &nested), ("b.md", &copy)), "identical");
    let open = format!("<p>{outside}<p>{inside}{}", "<b><i><font size=2>".repeat(20_000));
    assert_eq!(diff("60,000 open tags", ("a.html", &open), ("b.md", &copy)), "identical");
}
