//! Holds that work grows with the size of its input and not with the square of it. Each input is read at one
//! size and at eight times that size; the processor time of this thread counts, since a busy machine must not
//! fail a bound on work.

// The inputs are made once, so it does not matter how.
#![allow(clippy::format_collect)]

use std::path::Path;
use std::time::{Duration, Instant};

use driftline::archive::{ReadRules, parse_article};
use driftline::citation::{CitationRules, LinkTarget, LocalFiles, cite_article};
use driftline::model::ArticleId;
use driftline::text::PageText;
use driftline::text_diff::{CompareRules, DriftClass, compare_aligned};

/// How much larger the second input is.
const FACTOR: usize = 8;
/// How much longer it may take. Work that grows with the square takes 64 times as long.
const MOST: u32 = 24;
/// What may be added for the noise of short measurements.
const NOISE: Duration = Duration::from_millis(40);

/// Work is repeated until it took this long.
const MEASURED: Duration = Duration::from_millis(30);
/// But not more often than this.
const MOST_ROUNDS: u32 = 200;

/// The processor time of this thread where the system reports it (Linux), else the time since the start.
fn time_spent(start: Instant) -> Duration {
    let used = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = used.and_then(|text| text.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| start.elapsed(), Duration::from_nanos)
}

/// Asserts that the work on `make(FACTOR * size)` takes about [`FACTOR`] times as long as on `make(size)`.
fn assert_grows_evenly<T>(what: &str, size: usize, make: impl Fn(usize) -> T, work: impl Fn(&T)) {
    let start = Instant::now();
    // The system counts in ticks of some milliseconds, so short work is repeated.
    let measure = |input: &T| {
        let before = time_spent(start);
        let mut rounds = 0;
        loop {
            work(input);
            rounds += 1;
            let spent = time_spent(start).saturating_sub(before);
            if spent >= MEASURED || rounds == MOST_ROUNDS {
                return spent / rounds;
            }
        }
    };
    let (small, large) = (make(size), make(FACTOR * size));
    let first = measure(&small).max(Duration::from_micros(100));
    let mut second = measure(&large);
    if second > first * MOST + NOISE {
        second = second.min(measure(&large));
    }
    println!("{what}: {first:?}, {second:?}");
    assert!(second <= first * MOST + NOISE, "{what}: {first:?} for a part, {second:?} for the whole");
}

/// The text of a file, and the name of its kind.
type MarkdownCase = (&'static str, fn(usize) -> String);

#[test]
fn markdown_is_read_in_time_that_grows_evenly() {
    let cases: &[MarkdownCase] = &[
        ("quotation marks in one line", |n| "> ".repeat(20 * n) + "text [a](http://x.test/)"),
        ("list marks in one line", |n| "- ".repeat(20 * n) + "text [a](http://x.test/)"),
        ("numbers of lists in one line", |n| "1. ".repeat(15 * n) + "text"),
        ("two list marks in turn", |n| "* + ".repeat(10 * n) + "text"),
        ("thematic breaks that are none", |n| "- - ".repeat(10 * n) + "text"),
        ("opening brackets", |n| "[".repeat(20 * n) + "a"),
        ("nested brackets", |n| "[".repeat(20 * n) + "a" + &"]".repeat(20 * n) + "(http://x.test/)"),
        ("links in one line", |n| "[x](http://x.test/) ".repeat(4 * n)),
        ("autolinks in one line", |n| "<http://x.test/>".repeat(4 * n)),
        ("bare URLs in one line", |n| "http://x.test/a ".repeat(4 * n)),
        ("open links", |n| "[a](".repeat(10 * n)),
        ("open titles", |n| "[a](u \"".repeat(10 * n)),
        ("runs of backticks", |n| (0..n).map(|at| "`".repeat(at % 70 + 1) + " ").collect()),
        ("emphasis marks", |n| "*a **b* ".repeat(10 * n)),
        ("ampersands", |n| "&".repeat(40 * n)),
        ("open comments", |n| "<!-- ".repeat(10 * n)),
        ("open tags", |n| "<a ".repeat(10 * n)),
        ("wikilinks", |n| "[[zh:字]]".repeat(4 * n)),
        ("open wikilinks", |n| "[[zh:字|".repeat(4 * n)),
        ("open fences", |n| "```\n".repeat(10 * n + 1)),
        ("fences in quotations", |n| "> ```\n".repeat(10 * n + 1)),
        ("a table", |n| "|x|[y](http://x.test/)|\n".repeat(4 * n)),
        ("lines of labelled links", |n| "参考链接：http://x.test/a\n".repeat(2 * n)),
        ("definitions and their uses", |n| {
            let definitions: String = (0..2 * n).map(|at| format!("[l{at}]: http://x.test/{at}\n")).collect();
            definitions + "\n" + &(0..2 * n).map(|at| format!("[t][l{at}] ")).collect::<String>()
        }),
        ("footnotes and their marks", |n| {
            let notes: String = (0..2 * n).map(|at| format!("[^{at}]: note {at}\n\n")).collect();
            notes + &(0..2 * n).map(|at| format!("text[^{at}] ")).collect::<String>()
        }),
        ("keys of front matter", |n| {
            format!("---\n{}---\n\ntext\n", (0..n).map(|at| format!("k{at}: v\n")).collect::<String>())
        }),
        ("brackets in front matter", |n| format!("---\na: {}\n---\n\ntext\n", "[".repeat(10 * n))),
    ];
    let folder = tempfile::tempdir().unwrap();
    let (read, cite) = (ReadRules::embedded().unwrap(), CitationRules::embedded().unwrap());
    for (what, make) in cases {
        assert_grows_evenly(
            what,
            120,
            |size| format!("# Title\n\n{}\n", make(size)),
            |text| {
                let article = parse_article(ArticleId::new("a.md"), folder.path().join("a.md"), text, &read);
                let files = LocalFiles::below(folder.path());
                assert_eq!(cite_article(&article, &cite, &files).len(), article.links.len());
                // The text of the body is made on demand, so it counts, too.
                assert!(article.body_text().len() <= 2 * text.len(), "{what}");
            },
        );
    }
}

/// An archive of one file: a table of contents that leads to headings which are not there, and headings.
fn write_contents(folder: &Path, entries: usize) {
    let list: String = (0..entries).map(|at| format!("- [entry {at}](#missing-{at})\n")).collect();
    let heads: String =
        (0..entries).map(|at| format!("## Heading number {at}\n\nSome text about entry {at}.\n\n")).collect();
    std::fs::write(folder.join("a.md"), format!("# Book\n\n{list}\n{heads}")).unwrap();
}

#[test]
fn links_to_parts_of_a_file_are_checked_in_time_that_grows_evenly() {
    let (read, cite) = (ReadRules::embedded().unwrap(), CitationRules::embedded().unwrap());
    assert_grows_evenly(
        "links to headings of the same file",
        150,
        |entries| {
            let folder = tempfile::tempdir().unwrap();
            write_contents(folder.path(), entries);
            folder
        },
        |folder| {
            let path = folder.path().join("a.md");
            let article = parse_article(
                ArticleId::new("a.md"),
                path.clone(),
                &std::fs::read_to_string(&path).unwrap(),
                &read,
            );
            let citations = cite_article(&article, &cite, &LocalFiles::below(folder.path()));
            let is_missing = |target: &LinkTarget| matches!(target, LinkTarget::Local { exists: false, .. });
            assert!(!citations.is_empty() && citations.iter().all(|citation| is_missing(&citation.target)));
        },
    );
}

/// Two texts, and the name of their kind.
type TextCase = (&'static str, fn(usize) -> (String, String));

/// Sentences of words drawn by a fixed sequence.
fn sentences(seed: u64, count: usize) -> Vec<String> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let words = ["alpha", "beta", "gamma", "delta", "omega", "kappa"];
    let mut some = || (0..8).map(|_| words[rng.usize(..words.len())]).collect::<Vec<_>>().join(" ");
    (0..count).map(|at| format!("Sentence {at} says {} about it.", some())).collect()
}

fn figures(seed: u64, count: usize) -> String {
    let mut rng = fastrand::Rng::with_seed(seed);
    (0..count).map(|_| format!("The figure is {} today.\n", rng.u32(..1_000_000_000))).collect()
}

fn names(seed: u64, count: usize) -> String {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut name = || {
        let rest: String = (0..6).map(|_| rng.lowercase()).collect();
        format!("{}{rest}", rng.uppercase())
    };
    (0..count).map(|_| format!("Mr {} met Mrs {} there.\n", name(), name())).collect()
}

#[test]
fn texts_are_compared_in_time_that_grows_evenly() {
    let cases: &[TextCase] = &[
        ("changed figures", |n| (figures(1, n), figures(2, n))),
        ("changed names", |n| (names(1, n), names(2, n))),
        ("sentences of one letter", |n| ("字。".repeat(8 * n), "子。".repeat(8 * n))),
        ("one sentence again and again", |n| {
            let same = "The very same sentence stands here again.\n".repeat(4 * n);
            (same.clone(), same + "Another one.\n")
        }),
        ("every sentence negated", |n| {
            let all = sentences(7, n);
            let with = |head: &str| all.iter().map(|one| format!("{head} {one}\n")).collect::<String>();
            (with("It is not so that"), with("It is so that"))
        }),
        ("every second sentence new", |n| {
            let (a, b) = (sentences(7, n), sentences(8, n));
            let mixed = a.iter().zip(&b).enumerate().map(|(at, (a, b))| if at % 2 == 0 { a } else { b });
            (a.join("\n"), mixed.map(String::as_str).collect::<Vec<_>>().join("\n"))
        }),
        ("sentences in another order", |n| {
            let mut all = sentences(7, n);
            let text = all.join("\n");
            fastrand::Rng::with_seed(9).shuffle(&mut all);
            (text, all.join("\n"))
        }),
        ("many short sentences against one long one", |n| {
            let words: Vec<String> = (0..4 * n).map(|at| format!("word{at}")).collect();
            (words.join(". "), words.join(" "))
        }),
        ("one long negation", |n| (format!("It is {}so.", "not ".repeat(4 * n)), "It is so.".to_owned())),
        ("figures in one sentence", |n| {
            let list = |step: usize| (0..2 * n).map(|at| format!("{} ", at * step)).collect::<String>();
            (list(3), list(5))
        }),
        ("letters of one line", |n| ("ab".repeat(10 * n), "ba".repeat(10 * n))),
    ];
    let page =
        |text: &str| PageText { blocks: text.lines().map(Into::into).collect(), ..PageText::default() };
    let rules = CompareRules::default();
    for (what, make) in cases {
        assert_grows_evenly(
            what,
            150,
            |size| {
                let (a, b) = make(size);
                (page(&a), page(&b))
            },
            |(a, b)| {
                let (found, alignment) = compare_aligned(a, b, &rules);
                assert!(found.class != DriftClass::Unverifiable && !alignment.rows.is_empty(), "{what}");
            },
        );
    }
}
