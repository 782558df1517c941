//! Finds the links below the last prose of an article, each with its fingerprints.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::link_fingerprint::LinkFingerprint;
use crate::archive::{Article, MarkdownRow, rule_phrase};
use crate::citation::roles::labelled_link::LabelledLink;
use crate::citation::rules::CitationRules;
use crate::model::Role;

/// A row with more text outside of links is prose, in half-width letters.
const PROSE: usize = 80;

/// The web links below the last row of prose that may be part of a footer, by index, with their
/// fingerprints.
pub(in crate::citation) fn fingerprint_footer_links(
    article: &Article,
    rules: &CitationRules,
    found: &[LabelledLink],
) -> Vec<(usize, Vec<LinkFingerprint>)> {
    let last = article.rows.iter().rposition(|row| row.own_weight() > PROSE);
    let rows = article.rows.get(last.map_or(0, |row| row + 1)..).unwrap_or_default();
    if rows.iter().all(|row| row.link_indexes().next().is_none()) {
        return Vec::new();
    }
    let rows: Vec<(&MarkdownRow, String)> =
        rows.iter().map(|row| (row, row_identity(article, row))).collect();
    let rows: Vec<_> = rows.into_iter().filter(|(_, identity)| !identity.is_empty()).collect();
    let beside = |at: Option<usize>| at.and_then(|at| rows.get(at)).map_or("", |(_, identity)| identity);
    let mut out = Vec::new();
    for (at, (row, _)) in rows.iter().enumerate() {
        let (above, below) = (beside(at.checked_sub(1)), beside(Some(at + 1)));
        for index in row.link_indexes() {
            let link =
                article.links.get(index).filter(|link| !link.image && link.destination.contains("://"));
            let (Some(link), Some(found)) = (link, found.get(index)) else { continue };
            let url = link.destination.as_str();
            let marks = match found.role {
                // Articles do not cite accounts; a link to one is part of a footer, whatever else is there.
                None | Some(Role::Mention) => link_fingerprints(url, above, below, rules.is_channel(url)),
                Some(Role::Source) if found.listed => vec![LinkFingerprint::Listed(hash_link(url, "", ""))],
                _ => continue,
            };
            out.push((index, marks));
        }
    }
    out
}

/// What identifies a row to the link beside it: the destination of its first link, or its text.
fn row_identity(article: &Article, row: &MarkdownRow) -> String {
    let first = row.link_indexes().find_map(|index| article.links.get(index));
    first.map_or_else(|| rule_phrase::phrase_key(&row.own_text()), |link| link.destination.clone())
}

fn link_fingerprints(url: &str, above: &str, below: &str, account: bool) -> Vec<LinkFingerprint> {
    let alone = hash_link(url, "", "");
    let itself = if account { LinkFingerprint::Among(alone) } else { LinkFingerprint::Alone(alone) };
    // A missing row above or below is not a row that articles share.
    let sides = [("above", above), ("below", below)].into_iter().filter(|(_, beside)| !beside.is_empty());
    sides.map(|(side, beside)| LinkFingerprint::Among(hash_link(url, side, beside))).chain([itself]).collect()
}

fn hash_link(url: &str, side: &str, beside: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (url, side, beside).hash(&mut hasher);
    hasher.finish()
}
