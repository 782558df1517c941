#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use super::super::prose::Prose;
use super::super::sites::{PageAnswer, SITES};
use super::super::web::REFUSING_HOST;
use super::*;
use crate::app::demo::library;
use crate::archive::Position;
use crate::citation::{Citation, LinkTarget};
use crate::model::Role;
use crate::report::{LinkChange, LinkReport};
use crate::text_diff::DriftClass;
use crate::verdict::{Judgement, Verdict};

/// `(label, destination)` of each link in a bundled article, the way back left out.
fn written_links(markdown: &str) -> Vec<(String, String)> {
    let mut links = Vec::new();
    let mut rest = markdown;
    while let Some((head, tail)) = rest.split_once("](") {
        let label = head.rsplit_once('[').unwrap().1;
        let (destination, after) = tail.split_once(')').unwrap();
        if !label.starts_with(":house:") {
            links.push((label.to_owned(), destination.to_owned()));
        }
        rest = after;
    }
    links
}

#[test]
fn every_link_of_the_archive_has_one_row_and_every_row_a_link() {
    let mut rows: Vec<_> = EXPECTATIONS.iter().map(|row| (row.article, row.label)).collect();
    let mut links = Vec::new();
    for article in library::ARTICLES {
        links.extend(written_links(article.markdown).into_iter().map(|(label, _)| (article.path, label)));
    }
    let mut links: Vec<_> = links.iter().map(|(path, label)| (*path, label.as_str())).collect();
    rows.sort_unstable();
    links.sort_unstable();
    assert_eq!(rows, links);
    let before = rows.len();
    rows.dedup();
    assert_eq!(rows.len(), before, "a label stands twice in one article");
}

#[test]
fn each_url_is_what_is_written_but_for_the_repairs() {
    for article in library::ARTICLES {
        for (label, destination) in written_links(article.markdown) {
            let row =
                EXPECTATIONS.iter().find(|row| row.article == article.path && row.label == label).unwrap();
            if row.url.is_empty() || row.url == destination {
                continue;
            }
            let repaired = destination.replace("https://https://", "https://").replace('）', "");
            assert_eq!(row.url, repaired);
        }
    }
}

#[test]
fn every_host_that_is_cited_is_served_and_every_host_served_is_used() {
    let mut hosts: Vec<&str> = EXPECTATIONS
        .iter()
        .filter_map(|row| row.url.split('/').nth(2))
        .filter(|host| !host.is_empty())
        .collect();
    for site in SITES {
        for row in site.rows {
            if let PageAnswer::Redirect(_, to) | PageAnswer::Refresh(to) = row.page {
                hosts.extend(to.split('/').nth(2).filter(|host| to.contains("://") && !host.is_empty()));
            }
        }
    }
    hosts.sort_unstable();
    hosts.dedup();
    hosts.retain(|host| !["127.0.0.1:9", "balloon-club.invalid", REFUSING_HOST].contains(host));
    let mut served: Vec<&str> = SITES.iter().map(|site| site.host).collect();
    served.sort_unstable();
    assert_eq!(hosts, served);
    assert!(served.len() >= 36, "{}", served.len());
    let reserved = ["example", "test"].map(Some);
    assert!(served.iter().all(|host| reserved.contains(&host.rsplit('.').next())));
}

#[test]
fn the_table_has_every_verdict_every_class_and_every_change() {
    let outcomes: Vec<&Outcome> = EXPECTATIONS.iter().flat_map(|row| &row.eras).collect();
    for verdict in Verdict::ALL.iter().copied() {
        let first = EXPECTATIONS.iter().filter(|row| row.eras[0].verdict == verdict).count();
        assert!(first > 0, "no link is {}", verdict.as_str());
    }
    for class in [
        DriftClass::Identical,
        DriftClass::Cosmetic,
        DriftClass::MinorEdit,
        DriftClass::MajorEdit,
        DriftClass::Truncated,
        DriftClass::Rewritten,
        DriftClass::Different,
        DriftClass::Unverifiable,
    ] {
        assert!(EXPECTATIONS.iter().any(|row| row.eras[0].drift == Some(class)), "no link is {class:?}");
    }
    for change in
        [LinkChange::NewlyDead, LinkChange::NewlySuspect, LinkChange::NewlyDrifted, LinkChange::Recovered]
    {
        assert!(outcomes.iter().any(|outcome| outcome.change == Some(change)), "{change:?} never happens");
    }
    assert!(outcomes.iter().any(|outcome| outcome.noise));
    for row in EXPECTATIONS {
        assert_ne!(
            row.eras[0].change,
            Some(LinkChange::Recovered),
            "nothing can come back before it was gone"
        );
        for outcome in row.eras {
            assert_eq!(outcome.missing_from.is_some(), outcome.drift == Some(DriftClass::Truncated));
            let answered = matches!(outcome.verdict, Verdict::Alive | Verdict::Moved);
            assert!(outcome.verdict != Verdict::Dead || outcome.cause.is_some(), "{row:?}");
            assert!(answered || (outcome.drift.is_none() && outcome.cause.is_some()), "{row:?}");
        }
    }
}

/// Letters and digits only, one class for simplified and traditional.
fn folded(text: &str) -> Vec<char> {
    text.chars().filter(|c| c.is_alphanumeric()).map(crate::unicode::script_folding::fold_char).collect()
}

fn grams(text: &[char]) -> BTreeMap<&[char], usize> {
    let mut grams = BTreeMap::new();
    for gram in text.windows(5) {
        *grams.entry(gram).or_default() += 1;
    }
    grams
}

/// The share of the first text's 5-grams that the second has.
fn contained(inner: &[char], outer: &[char]) -> f64 {
    let (inner, outer) = (grams(inner), grams(outer));
    let all: usize = inner.values().sum();
    let held: usize =
        inner.iter().map(|(gram, count)| (*count).min(outer.get(gram).copied().unwrap_or(0))).sum();
    held as f64 / all as f64
}

/// The body's paragraphs, without the lines that name sources.
fn body(prose: &Prose) -> String {
    let sources = ["信息源", "来源：", "資料來源", "资料来源", "参考链接", "Sources:", "参考リンク", "- ["];
    prose
        .paragraphs
        .iter()
        .filter(|p| !sources.iter().any(|s| p.starts_with(s)))
        .cloned()
        .collect::<Vec<_>>()
        .join("\n")
}

/// The texts themselves lie well inside the band of the class that the table states, so that no
/// fair measure can take one for another.
#[test]
fn the_texts_are_as_far_apart_as_the_table_says() {
    for row in EXPECTATIONS.iter().filter(|row| row.role == Role::Repost) {
        for (era, outcome) in row.eras.iter().enumerate() {
            let Some(class) = outcome.drift.filter(|class| *class != DriftClass::Unverifiable) else {
                continue;
            };
            let article = library::ARTICLES.iter().find(|article| article.path == row.article).unwrap();
            let local = body(&Prose::from_article(article.markdown));
            let served = super::super::web::final_prose(row.url, u32::try_from(era).unwrap()).expect(row.url);
            let served = body(&served);
            let length = local.chars().count();
            assert!((150..=1500).contains(&length), "{}: {length} characters", row.article);
            let (inner, outer) = (folded(&local), folded(&served));
            let (forth, back) = (contained(&inner, &outer), contained(&outer, &inner));
            let told = format!("{} era {era}: {class:?}, {forth:.3} and {back:.3}", row.article);
            println!("{told}");
            match class {
                DriftClass::Identical => assert_eq!(local, served, "{told}"),
                DriftClass::Cosmetic => assert!(local != served && inner == outer, "{told}"),
                DriftClass::MinorEdit => assert!((0.90..0.995).contains(&forth), "{told}"),
                DriftClass::MajorEdit => assert!((0.66..0.84).contains(&forth), "{told}"),
                DriftClass::Truncated => {
                    assert!(inner.starts_with(&outer), "{told}");
                    assert!((0.35..0.65).contains(&forth) && back > 0.99, "{told}");
                }
                DriftClass::Rewritten => assert!((0.25..0.55).contains(&forth) && back > 0.2, "{told}"),
                DriftClass::Different => assert!(forth < 0.05 && back < 0.05, "{told}"),
                DriftClass::Unverifiable => unreachable!(),
            }
        }
    }
}

/// A report in which every link is exactly what the table says, and what the checker says of it.
#[test]
fn the_checker_is_content_with_what_is_right_and_names_what_is_not() {
    let right: Vec<LinkReport> = EXPECTATIONS.iter().map(|row| report(row, 0)).collect();
    assert_eq!(check_report(&right, 0), Vec::<String>::new());
    let mut wrong = right.clone();
    wrong[0].verdict = Verdict::Dead;
    wrong.pop();
    let mut stray = wrong[1].clone();
    stray.label = "no such link".to_owned();
    wrong.push(stray);
    let said = check_report(&wrong, 0);
    assert_eq!(said.len(), 3, "{said:#?}");
    assert!(said[0].contains("verdict is dead, right is alive"), "{said:#?}");
    assert!(said[1].contains("not a link of the archive"), "{said:#?}");
    assert!(said[2].contains("missing from the report"), "{said:#?}");
    assert!(!check_report(&right, 1).is_empty(), "the eras differ");
    let (least, most) = link_counts();
    assert!(least >= EXPECTATIONS.len() && least <= most);
}

fn report(row: &Expectation, era: usize) -> LinkReport {
    let outcome = &row.eras[era];
    let drift = outcome.drift.map(|class| crate::text_diff::Drift {
        class,
        missing_from: outcome.missing_from,
        noise: outcome.noise,
        ..crate::text_diff::Drift::unchanged()
    });
    let citation = Citation {
        position: Position { line: 20, column: 1 },
        role: row.role,
        label: row.label.to_owned(),
        written: None,
        repairs: Vec::new(),
        target: LinkTarget::Invalid { reason: String::new() },
    };
    let judgement = Judgement::new::<String>(outcome.verdict, outcome.cause, []);
    let url = (!row.url.is_empty()).then(|| row.url.to_owned());
    LinkReport {
        attempts: 1,
        drift,
        change: outcome.change,
        ..LinkReport::from_judgement(row.article, citation, url, judgement)
    }
}
