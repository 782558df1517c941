//! Compares a report with the table of expectations.

use std::collections::BTreeSet;

use super::expectation::Outcome;
use super::rows::EXPECTATIONS;
use crate::app::demo::library;
use crate::model::Role;
use crate::report::LinkReport;
use crate::text_diff::DriftClass;
use crate::verdict::Verdict;

/// The outcome of links to index pages and articles, which are existing files of the archive.
const LOCAL: Outcome = Outcome {
    verdict: Verdict::Alive,
    cause: None,
    drift: None,
    missing_from: None,
    noise: false,
    change: None,
};

/// Compares a report with the table and returns one sentence for each difference.
pub fn check_report(links: &[LinkReport], era: usize) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for link in links {
        let place = format!("{}:{} [{}]", link.article, link.line, link.label);
        if is_index(&link.article) || is_index_link(link) {
            compare_link(&place, link, Role::Local, LOCAL, &mut wrong);
            continue;
        }
        let found =
            EXPECTATIONS.iter().position(|row| row.article == link.article && row.label == link.label);
        let Some((row, index)) = found.and_then(|index| Some((EXPECTATIONS.get(index)?, index))) else {
            wrong.push(format!("{place}: not a link of the archive"));
            continue;
        };
        if !seen.insert(index) {
            wrong.push(format!("{place}: reported twice"));
        }
        if !row.url.is_empty() && link.url.as_deref() != Some(row.url) {
            wrong.push(format!("{place}: url is {:?}, right is {:?}", link.url, row.url));
        }
        let Some(outcome) = row.eras.get(era) else { continue };
        compare_link(&place, link, row.role, *outcome, &mut wrong);
    }
    for (index, row) in EXPECTATIONS.iter().enumerate() {
        if !row.optional && !seen.contains(&index) {
            wrong.push(format!("{} [{}]: missing from the report", row.article, row.label));
        }
    }
    wrong
}

fn compare_link(place: &str, link: &LinkReport, role: Role, right: Outcome, wrong: &mut Vec<String>) {
    let mut differs = |what: &str, said: String, right: String| {
        if said != right {
            wrong.push(format!("{place}: {what} is {said}, right is {right}"));
        }
    };
    differs("role", link.role.to_string(), role.to_string());
    differs("verdict", link.verdict.as_str().to_owned(), right.verdict.as_str().to_owned());
    differs("cause", format!("{:?}", link.cause), format!("{:?}", right.cause));
    differs("change", format!("{:?}", link.change), format!("{:?}", right.change));
    let said = link.drift.as_ref();
    differs("drift", format!("{:?}", said.map(|drift| drift.class)), format!("{:?}", right.drift));
    let missing_from = said.and_then(|drift| drift.missing_from);
    differs("missing_from", format!("{missing_from:?}"), format!("{:?}", right.missing_from));
    // The extraction may or may not keep boilerplate around an unchanged text, so `noise` is free there.
    // A drifted text must not be noise, or the drift would be missed.
    if right.noise || right.drift.is_some_and(DriftClass::is_drift) {
        differs("noise", said.is_some_and(|drift| drift.noise).to_string(), right.noise.to_string());
    }
}

/// Whether the article is one of the index pages.
fn is_index(article: &str) -> bool {
    article.rsplit('/').next() == Some("README.md")
}

/// Whether a link is the one to the index at the top of each article.
fn is_index_link(link: &LinkReport) -> bool {
    link.line <= 8 && link.label.starts_with(":house:")
}

/// The least and the greatest number of links of a complete report.
pub fn link_counts() -> (usize, usize) {
    let indexes: usize = library::index_pages().iter().map(|(_, page)| page.matches("](").count()).sum();
    let backs = library::ARTICLES.len();
    let optional = EXPECTATIONS.iter().filter(|row| row.optional).count();
    let most = indexes + backs + EXPECTATIONS.len();
    (most - optional, most)
}
