//! How well a page is compared with the local copy: articles times layouts times changes.
//!
//! `cargo bench --bench layouts` prints the confusion table and the figures that count: false alarms,
//! missed changes, figures and negations named, classes right. With `../shared/corpus-dev` beside the
//! project its articles are used, else a few made-up ones. Half of the articles (the even ones) may
//! be looked at when a threshold is chosen; the figures of the other half are what is reported.

// Pages are put together from small strings; nothing here is measured but the library.
#![allow(clippy::panic, clippy::format_collect, clippy::format_push_string)]

mod changes;
mod pages;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use changes::{CHANGES, Change};
use driftline::article::{self, ArticleId, ReadRules};
use driftline::fetch::charset;
use driftline::text::{self, NormalForms, PageText};
use driftline::text_diff::{self, Comparison, DriftClass};
use pages::{LAYOUTS, Story};

fn main() {
    let wanted: usize = std::env::var("ARTICLES").ok().and_then(|n| n.parse().ok()).unwrap_or(300);
    let articles = articles(wanted);
    println!("{} articles, {} layouts, {} changes", articles.len(), LAYOUTS.len(), CHANGES.len());
    let others: Vec<(String, Vec<String>)> =
        articles.iter().map(|a| (a.title.clone(), a.blocks.clone())).collect();
    let mut halves = [Tally::default(), Tally::default()];
    for (n, article) in articles.iter().enumerate() {
        for (name, layout) in LAYOUTS {
            for change in CHANGES {
                let mut rng =
                    fastrand::Rng::with_seed((n * 1009 + *change as usize * 31 + name.len()) as u64);
                let foreign = &others[(n + 1 + rng.usize(..others.len() - 1)) % others.len()];
                let Some((blocks, ratio)) = changes::apply(*change, &article.blocks, &foreign.1, &mut rng)
                else {
                    continue;
                };
                let title = if *change == Change::Other { &foreign.0 } else { &article.title };
                let story = Story { title, author: "某甲", blocks: &blocks, others: &others };
                let page = layout(&story, &mut rng);
                let start = Instant::now();
                let (found, quick) = judge(&page, article);
                let tally = &mut halves[n % 2];
                tally.count(*change, name, ratio, &found, quick, start.elapsed());
                if std::env::var_os("SHOW").is_some() && n % 2 == 0 && !change.accepts(found.class, ratio) {
                    println!("{} {name} {change:?} ratio {ratio:.3} -> {found:?}", article.author);
                }
            }
        }
    }
    for (name, tally) in ["fitted", "reported"].iter().zip(&halves) {
        tally.print(name);
    }
}

fn judge(page: &[u8], local: &PageText) -> (Comparison, bool) {
    let html = charset::decode(page, None).text;
    let body = local.text();
    if let Some(found) = text_diff::quick_compare(&text::whole_text(&html).text, local) {
        return (found, true);
    }
    let original = text::extract(&html, None, Some(&body)).unwrap_or_default();
    (text_diff::compare(&original, local, &NormalForms::default()), false)
}

#[derive(Default)]
struct Tally {
    table: BTreeMap<(Change, &'static str), usize>,
    wrong: BTreeMap<(String, Change), usize>,
    total: usize,
    right: usize,
    same: usize,
    alarms: usize,
    drift: usize,
    missed: usize,
    named: usize,
    to_name: usize,
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
    ) {
        self.total += 1;
        self.time += took;
        self.slowest = self.slowest.max(took);
        *self.table.entry((change, found.class.as_str())).or_insert(0) += 1;
        let right = change.accepts(found.class, ratio);
        self.right += usize::from(right);
        if !right {
            *self.wrong.entry((layout.to_owned(), change)).or_insert(0) += 1;
        }
        if change.is_drift() {
            self.drift += 1;
            self.missed += usize::from(!found.class.is_drift());
        } else {
            self.same += 1;
            self.quick += usize::from(quick);
            self.alarms += usize::from(found.class.is_drift() || found.class == DriftClass::Unverifiable);
        }
        let kind: &[&str] = match change {
            Change::Figure => &["number", "date"],
            Change::Negation => &["negation"],
            Change::Correction => &["correction"],
            _ => return,
        };
        self.to_name += 1;
        self.named += usize::from(found.telling.iter().any(|t| kind.contains(&t.kind.as_str())));
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
        println!(
            "  telling ones named   {:6.2} %  (goal 99) of {}",
            share(self.named, self.to_name),
            self.to_name
        );
        println!("  unchanged, short way {:6.2} %", share(self.quick, self.same));
        let mean = self.time.as_secs_f64() * 1000.0 / self.total.max(1) as f64;
        println!("  {mean:.2} ms a comparison, slowest {:.0} ms", self.slowest.as_secs_f64() * 1000.0);
        let mut wrong: Vec<_> = self.wrong.iter().collect();
        wrong.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
        for ((layout, change), n) in wrong.into_iter().take(12) {
            println!("  wrong: {layout} {change:?} {n}");
        }
    }
}

fn articles(wanted: usize) -> Vec<PageText> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus-dev/content");
    let mut files = Vec::new();
    walk(&corpus, &mut files);
    files.sort();
    let rules = ReadRules::embedded().unwrap_or_else(|error| panic!("{error}"));
    let mut found: Vec<PageText> = files
        .into_iter()
        .filter_map(|path| {
            let text = std::fs::read_to_string(&path).ok()?;
            let id = ArticleId::new(path.display().to_string());
            let article = article::parse_article(id, path.clone(), &text, &rules);
            let mut page = text::of_markdown(&article);
            page.author = path.file_stem()?.to_string_lossy().into_owned();
            (!article.is_index && page.text().chars().count() >= 200).then_some(page)
        })
        .take(wanted)
        .collect();
    if found.is_empty() {
        println!("no ../shared/corpus-dev: made-up articles are used");
        found = (0..40).map(made_up).collect();
    }
    found
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

/// An article of sentences that are put together by chance.
fn made_up(n: u64) -> PageText {
    let mut rng = fastrand::Rng::with_seed(n);
    let who = [
        "市政府",
        "发言人",
        "一名教师",
        "当地居民",
        "研究人员",
        "记者",
        "工会代表",
        "医院院长",
        "船长",
        "气象部门",
    ];
    let what = ["表示", "否认", "宣布", "认为", "证实", "会公布", "要求", "担心"];
    let about = [
        "今年的预算",
        "河上的旧桥",
        "新的课程",
        "医院的扩建",
        "港口的罢工",
        "夏天的旱情",
        "图书馆的藏书",
        "铁路的票价",
    ];
    let end = [
        "将在下月完成",
        "比去年增加了一成",
        "影响到许多家庭",
        "还没有最后的结论",
        "已经拖延了很久",
        "会在年底之前解决",
    ];
    let blocks = (0..rng.usize(5..12))
        .map(|_| {
            (0..rng.usize(2..5))
                .map(|_| {
                    format!(
                        "{}{}，{}{}，涉及{}人。",
                        rng.choice(who).unwrap_or_default(),
                        rng.choice(what).unwrap_or_default(),
                        rng.choice(about).unwrap_or_default(),
                        rng.choice(end).unwrap_or_default(),
                        rng.u32(2..90000)
                    )
                })
                .collect()
        })
        .collect();
    PageText {
        title: format!("第{n}号消息：{}", rng.choice(about).unwrap_or_default()),
        blocks,
        ..PageText::default()
    }
}
