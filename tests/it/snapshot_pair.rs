//! Measures comparisons of two snapshots of real pages: how often a change around the article is called
//! drift, and how often a changed sentence is missed.

use std::io::Read as _;

use driftline::markup::{Token, Tokens, is_block};
use driftline::model::ContentHash;
use driftline::pipeline::page::FetchedPage;
use driftline::pipeline::page::snapshot_pair::read_snapshots;
use driftline::text::{TextRules, normalize};
use driftline::text_diff::{CompareRules, Comparison, compare};
use serde_json::Value;
use url::Url;

use crate::kit;

fn read(html: &str) -> FetchedPage {
    let url = Url::parse("http://news.example/a").unwrap();
    FetchedPage::from_bytes(
        html.as_bytes(),
        Some("text/html; charset=utf-8"),
        &url,
        ContentHash::of(html.as_bytes()),
        TextRules::built_in(),
    )
}

fn compared(before: &str, after: &str) -> Option<Comparison> {
    let (then, now) = read_snapshots(&read(before), &read(after), None).ok()?;
    Some(compare(&now, &then, &CompareRules::default()))
}

/// Other words of the same length, or other figures only; entities stay.
fn other(text: &str, words: bool) -> String {
    let mut entity = false;
    let turn = |c: char, first: u8, count: u8| {
        let place = (u32::from(c) - u32::from(first) + u32::from(count) / 2) % u32::from(count);
        char::from(first + u8::try_from(place).unwrap())
    };
    text.chars()
        .map(|c| {
            entity = c == '&' || (entity && c != ';' && !c.is_whitespace());
            match c {
                '0'..='9' if !entity => turn(c, b'0', 10),
                _ if entity || !words => c,
                'a'..='z' => turn(c, b'a', 26),
                'A'..='Z' => turn(c, b'A', 26),
                'а'..='я' => {
                    if c == 'я' {
                        'а'
                    } else {
                        char::from_u32(u32::from(c) + 1).unwrap()
                    }
                }
                '\u{4e00}'..='\u{9f00}' => char::from_u32(u32::from(c) + 7).unwrap(),
                _ => c,
            }
        })
        .collect()
}

fn is_counted(text: &str) -> bool {
    text.len() < 40 && text.contains(|c: char| c.is_ascii_digit())
}

/// The page with other words in each text for which `is_other` returns true. Its argument is `true` for a
/// link on a line of its own, as in menus and teasers.
fn with_other_words(html: &str, mut is_other: impl FnMut(&str, bool) -> bool) -> String {
    let mut page = String::with_capacity(html.len());
    let (mut links, mut headings) = (0_i32, 0_i32);
    let mut count = |name: &str, by: i32| {
        links = (links + if name.eq_ignore_ascii_case("a") { by } else { 0 }).max(0);
        headings = (headings + if name.eq_ignore_ascii_case("h1") { by } else { 0 }).max(0);
        (links > 0, headings > 0)
    };
    let (mut link, mut heading, mut sentence) = (false, false, false);
    for token in Tokens::new(html) {
        match token {
            Token::Text(text) => {
                sentence |= !link && !text.trim().is_empty();
                let change = !heading && is_other(text, link && !sentence);
                if change { page.push_str(&other(text, !is_counted(text))) } else { page.push_str(text) }
            }
            Token::Comment(text) | Token::Doctype(text) | Token::CutTag(text) => page.push_str(text),
            Token::StartTag { name, source, .. } => {
                (link, heading) = count(name, 1);
                sentence &= !is_block(name);
                page.push_str(source);
            }
            Token::EndTag { name, source } => {
                (link, heading) = count(name, -1);
                sentence &= !is_block(name);
                page.push_str(source);
            }
            Token::RawText { content, .. } => page.push_str(content),
        }
    }
    page
}

#[test]
#[ignore = "a measurement; DRIFTLINE_TEST_STEP=5 takes every fifth page"]
fn changed_surroundings_of_real_pages() {
    let Some(folder) = kit::shared("article-pages") else { return };
    let truth = std::fs::read_to_string(folder.join("ground-truth.json")).unwrap();
    let truth: serde_json::Map<String, Value> = serde_json::from_str(&truth).unwrap();
    let (mut pages, mut menus, mut all, mut missed, mut unread) = (0, Vec::new(), Vec::new(), Vec::new(), 0);
    let step = std::env::var("DRIFTLINE_TEST_STEP").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    for (id, gold) in truth.iter().step_by(step) {
        let mut html = String::new();
        let file = std::fs::File::open(folder.join(format!("html/{id}.html.gz"))).unwrap();
        if flate2::read::GzDecoder::new(file).read_to_string(&mut html).is_err() {
            continue;
        }
        pages += 1;
        let article = normalize::full_normal_form(gold["articleBody"].as_str().unwrap());
        let beside = |text: &str| {
            let letters = normalize::full_normal_form(text);
            !letters.is_empty() && !article.contains(&letters)
        };
        let drifts = |changed: &str| match compared(&html, changed) {
            Some(found) => found.class.is_drift(),
            None => false,
        };
        if drifts(&with_other_words(&html, |text, link| beside(text) && (link || is_counted(text)))) {
            menus.push(id.as_str());
        }
        if drifts(&with_other_words(&html, |text, _| beside(text))) {
            all.push(id.as_str());
        }
        // One text of the article in the middle of those that are long enough to be sentences.
        let long = |text: &str| normalize::full_normal_form(text).chars().count() >= 40 && !beside(text);
        let mut total = 0;
        with_other_words(&html, |text, _| {
            total += usize::from(long(text));
            false
        });
        if total == 0 {
            unread += 1;
            continue;
        }
        let mut at = 0;
        let edited = with_other_words(&html, |text, link| {
            at += usize::from(long(text));
            (long(text) && at == total / 2 + 1) || (beside(text) && link)
        });
        if !drifts(&edited) {
            missed.push(id.as_str());
        }
    }
    let share = |found: &[&str]| found.len() as f64 / f64::from(pages);
    println!("{pages} pages; called drift where links and counters changed: {:.3} {menus:?}", share(&menus));
    println!("where every word around the article changed: {:.3} {all:?}", share(&all));
    println!("a changed sentence missed: {:.3} {missed:?}; pages without one: {unread}", share(&missed));
    // Bios and captions that the mutation changes are text to any reader, and some pages carry their
    // text twice: neither share can be zero.
    assert!(pages > 0 && share(&menus) <= 0.15 && share(&missed) <= 0.1);
}
