//! Measures how well a page is compared with the local copy: articles × layouts × changes.
//!
//! `cargo bench --bench layouts` prints the confusion table and the figures that count: false alarms,
//! missed changes, figures and negations named, classes right. With `../shared/corpus-dev` beside the
//! project its articles are used, and always made-up ones in four languages. Half of the articles
//! (the even ones) may be looked at when a rule or a threshold is chosen; the figures of the other
//! half are what is reported.
//!
//! `ARTICLES` says how many articles of the archive are taken (300), `EVERY` that only one in N
//! combinations is tried (3), `LAYOUT` names a single layout. `SHOW=1` lists what was judged wrong in
//! the fitted half, and `DUMP=folder` keeps those pages.

// Pages are put together from small strings; nothing here is measured but the library.
#![allow(clippy::panic, clippy::format_collect, clippy::format_push_string)]
#![allow(clippy::too_many_lines, clippy::many_single_char_names)]

mod boilerplate;
mod changes;
mod model;
mod pages;
mod sites;
mod stories;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use changes::{CHANGES, Change, Text};
use driftline::archive;
use driftline::archive::ReadRules;
use driftline::fetch::body::charset;
use driftline::model::ArticleId;
use driftline::text::{self, PageText, TextRules};
use driftline::text_diff::{self, CompareRules, Comparison, DriftClass};
use model::{Lang, Story};
use pages::LAYOUTS;

/// An article with what it is drawn with.
struct Subject {
    lang: Lang,
    text: PageText,
    made_up: bool,
}

fn main() {
    let number =
        |name: &str, default: usize| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default);
    let subjects = subjects(number("ARTICLES", 300));
    let every = number("EVERY", 3).max(1);
    println!(
        "{} articles, {} layouts, {} changes, one in {every} of all",
        subjects.len(),
        LAYOUTS.len(),
        CHANGES.len()
    );
    // Stories of the same language stand around an article, and replace it.
    let others: Vec<Vec<(String, Vec<String>)>> =
        [Lang::Simplified, Lang::Traditional, Lang::Japanese, Lang::English]
            .into_iter()
            .map(|lang| {
                let same = subjects.iter().filter(|s| s.lang == lang);
                same.map(|s| (s.text.title.clone(), own_blocks(&s.text))).collect()
            })
            .collect();
    let only = std::env::var("LAYOUT").ok();
    let mut halves = [Tally::default(), Tally::default()];
    for (n, subject) in subjects.iter().enumerate() {
        let others = &others[subject.lang as usize];
        let article = &subject.text;
        let article_blocks = own_blocks(article);
        for (l, (name, layout)) in LAYOUTS.iter().enumerate() {
            if only.as_deref().is_some_and(|only| only != *name) {
                continue;
            }
            for change in CHANGES {
                let mut rng = fastrand::Rng::with_seed((n * 100_003 + *change as usize * 1009 + l) as u64);
                if only.is_none() && !(n / 2 + l + *change as usize).is_multiple_of(every) {
                    continue;
                }
                let foreign = loop {
                    let other = &others[rng.usize(..others.len())];
                    if other.0 != article.title {
                        break other;
                    }
                };
                // Made-up stories are too like each other for one to take another's place.
                if subject.made_up && matches!(change, Change::Other | Change::Rewritten) {
                    continue;
                }
                let before = Text { title: &article.title, blocks: &article_blocks, lang: subject.lang };
                let Some(after) = changes::apply(*change, &before, foreign, &mut rng) else { continue };
                let story = Story {
                    lang: subject.lang,
                    title: &after.title,
                    own: &article.title,
                    author: subject.lang.pick(["某甲", "某甲", "某甲", "A. Body"]),
                    blocks: &after.blocks,
                    others,
                };
                let page = layout(&story, &mut rng);
                let start = Instant::now();
                let (found, quick) = judge(&page, article);
                let tally = &mut halves[n % 2];
                let right = tally.count(*change, name, after.ratio, &found, quick, start.elapsed());
                if std::env::var_os("SHOW").is_some() && n % 2 == 0 && !right {
                    println!("{} {name} {change:?} ratio {:.3} -> {found:?}", article.author, after.ratio);
                    if let Some(folder) = std::env::var_os("DUMP") {
                        let file = Path::new(&folder).join(format!("{}-{name}-{change:?}", article.author));
                        let _ = std::fs::write(file.with_extension("html"), &page);
                        let copy = format!("## {}\n\n{}\n", article.title, article_blocks.join("\n\n"));
                        let _ = std::fs::write(file.with_extension("md"), copy);
                    }
                }
            }
        }
    }
    for (name, tally) in ["fitted", "reported"].iter().zip(&halves) {
        tally.print(name);
    }
    short_way();
}

/// How long the short way takes on whole pages of news sites: `../shared/article-pages`, where present.
/// A page's own main text stands for its local copy.
fn short_way() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/article-pages/html");
    let (mut pages, mut bytes, mut known, mut time) = (0_u32, 0_usize, 0_u32, Duration::ZERO);
    let rules = CompareRules::default();
    for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
        let mut body = Vec::new();
        let Ok(file) = std::fs::File::open(entry.path()) else { continue };
        if flate2::read::GzDecoder::new(file).read_to_end(&mut body).is_err() {
            continue;
        }
        let html = charset::decode_text(&body, None).text;
        let Ok(copy) = text::extract_page(&html, None, None, TextRules::built_in()) else { continue };
        let start = Instant::now();
        let found = text_diff::compare_verbatim(
            &text::visible_text(&html, TextRules::built_in()).text,
            &copy,
            &rules,
        );
        time += start.elapsed();
        known += u32::from(found.is_some());
        bytes += html.len();
        pages += 1;
    }
    if pages == 0 {
        println!("\nno ../shared/article-pages: the short way was not measured on whole pages");
        return;
    }
    let mean = time.as_secs_f64() * 1000.0 / f64::from(pages);
    println!(
        "\nshort way on {pages} news pages of {} KB: {mean:.2} ms a page; {known} recognised by it",
        bytes / 1024 / pages as usize
    );
}

/// The blocks of an article without its frame.
fn own_blocks(text: &PageText) -> Vec<String> {
    text.article_blocks().map(str::to_owned).collect()
}

fn judge(page: &[u8], local: &PageText) -> (Comparison, bool) {
    let html = charset::decode_text(page, None).text;
    let body = local.text();
    if let Some(found) = text_diff::compare_verbatim(
        &text::visible_text(&html, TextRules::built_in()).text,
        local,
        &CompareRules::default(),
    ) {
        return (found, true);
    }
    let original = text::extract_page(&html, None, Some(&body), TextRules::built_in()).unwrap_or_default();
    (text_diff::compare(&original, local, &CompareRules::default()), false)
}

#[derive(Default)]
struct Tally {
    table: BTreeMap<(Change, &'static str), usize>,
    wrong: BTreeMap<(String, Change), (usize, usize)>,
    named_of: BTreeMap<Change, (usize, usize)>,
    total: usize,
    right: usize,
    same: usize,
    alarms: usize,
    drift: usize,
    missed: usize,
    quick: usize,
    time: Duration,
    slowest: Duration,
}

impl Tally {
    fn count(
        &mut self,
        change: Change,
        layout: &str,
        ratio: f64,
        found: &Comparison,
        quick: bool,
        took: Duration,
    ) -> bool {
        self.total += 1;
        self.time += took;
        self.slowest = self.slowest.max(took);
        *self.table.entry((change, found.class.as_str())).or_insert(0) += 1;
        let right = change.accepts(found.class, ratio);
        self.right += usize::from(right);
        let place = self.wrong.entry((layout.to_owned(), change)).or_insert((0, 0));
        place.0 += usize::from(!right);
        place.1 += 1;
        if change.is_drift() {
            self.drift += 1;
            self.missed += usize::from(!found.class.is_drift());
        } else {
            self.same += 1;
            self.quick += usize::from(quick);
            self.alarms += usize::from(found.class.is_drift() || found.class == DriftClass::Unverifiable);
        }
        let kind: &[&str] = match change {
            Change::Figure | Change::MovedFigure => &["number", "date"],
            Change::Negation => &["negation"],
            Change::Correction => &["correction"],
            Change::Name => &["name"],
            _ => return right,
        };
        let named = found.key_changes.iter().any(|t| kind.contains(&t.kind.as_str()));
        let place = self.named_of.entry(change).or_insert((0, 0));
        place.0 += usize::from(named);
        place.1 += 1;
        right && named
    }

    fn print(&self, name: &str) {
        let share = |n: usize, of: usize| 100.0 * n as f64 / of.max(1) as f64;
        println!("\n{name} half: {} comparisons", self.total);
        for ((change, class), n) in &self.table {
            println!("  {:12} -> {class:12} {n}", format!("{change:?}"));
        }
        println!("  classes right        {:6.2} %  (goal 93)", share(self.right, self.total));
        println!(
            "  false alarms         {:6.2} %  (goal 0.5 at most) of {}",
            share(self.alarms, self.same),
            self.same
        );
        println!(
            "  changes missed       {:6.2} %  (goal 1 at most) of {}",
            share(self.missed, self.drift),
            self.drift
        );
        for (change, (named, of)) in &self.named_of {
            println!("  {:20} {:6.2} % named (goal 99) of {of}", format!("{change:?}"), share(*named, *of));
        }
        println!("  unchanged, short way {:6.2} %", share(self.quick, self.same));
        let mean = self.time.as_secs_f64() * 1000.0 / self.total.max(1) as f64;
        println!("  {mean:.2} ms a comparison, slowest {:.0} ms", self.slowest.as_secs_f64() * 1000.0);
        let mut wrong: Vec<_> = self.wrong.iter().filter(|(_, (n, _))| *n > 0).collect();
        wrong.sort_by_key(|(_, (n, _))| std::cmp::Reverse(*n));
        for ((layout, change), (n, of)) in wrong.into_iter().take(24) {
            println!("  wrong: {layout} {change:?} {n} of {of}");
        }
    }
}

/// Articles of the archive, and made-up ones in each language.
fn subjects(wanted: usize) -> Vec<Subject> {
    let mut found: Vec<Subject> = articles(wanted)
        .into_iter()
        .map(|text| Subject { lang: stories::language(&text.text()), text, made_up: false })
        .collect();
    for lang in [Lang::Simplified, Lang::Traditional, Lang::Japanese, Lang::English] {
        for n in 0..wanted.div_ceil(10).max(4) as u64 {
            let mut text = stories::made_up(lang, n);
            text.author = format!("made-up-{lang:?}-{n}");
            found.push(Subject { lang, text, made_up: true });
        }
    }
    found
}

fn articles(wanted: usize) -> Vec<PageText> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus-dev/content");
    let mut files = Vec::new();
    walk(&corpus, &mut files);
    files.sort();
    let rules = ReadRules::embedded().unwrap_or_else(|error| panic!("{error}"));
    files
        .into_iter()
        .filter_map(|path| {
            let text = std::fs::read_to_string(&path).ok()?;
            let id = ArticleId::new(path.display().to_string());
            let article = archive::parse_article(id, path.clone(), &text, &rules);
            let mut page = PageText::from_article(&article, &[]);
            page.author = path.file_stem()?.to_string_lossy().into_owned();
            (!article.is_index && page.text().chars().count() >= 200).then_some(page)
        })
        .take(wanted)
        .collect()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|e| e == "md") {
            files.push(path);
        }
    }
}
