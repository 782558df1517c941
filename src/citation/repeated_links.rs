//! Links that stand below the text of many articles: a site's footer, not what the article cites.
//!
//! A page that several articles cite stands among other rows in each; a footer is the same link among
//! the same rows. So a link is learnt with a row beside it, or alone where most articles have it.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::archive::{Archive, Article, ReadRules, Row, read_article, rule_phrase};

use super::CitationRules;
use super::roles::{self, Found};
use crate::model::Role;

/// So many articles, spread over the archive, are read to learn its footers.
const SAMPLE: usize = 512;
/// A link is boilerplate if so many of them have it below their text,
const FEWEST_ARTICLES: usize = 5;
/// and at least one in so many.
const ONE_IN: usize = 50;
/// A row with more text of its own than this is prose, in half-width letters.
const PROSE: usize = 80;

/// What a link below the text is recognised by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Mark {
    /// The link with the row above or below it; an account by itself.
    Among(u64),
    /// The link alone.
    Alone(u64),
    /// A link that only follows a list of sources.
    Listed(u64),
}

impl Mark {
    /// Whether so many of the articles have it that it is boilerplate.
    fn is_common(self, count: usize, articles: usize) -> bool {
        let share = match self {
            Self::Among(_) => count * ONE_IN >= articles,
            Self::Alone(_) => count * 2 >= articles,
            // A source that is cited everywhere stays one, unless hardly an article is without it.
            Self::Listed(_) => count * 5 >= articles * 4,
        };
        count >= FEWEST_ARTICLES && share
    }
}

impl CitationRules {
    /// These rules with the archive's own boilerplate learnt from a sample of it: what stands below the
    /// last prose of many articles becomes [`Role::Navigation`].
    ///
    /// Whatever a label names as a source or as the original stays so; what merely follows a list of
    /// sources does not. The sample depends on the list of files only, so that two runs over one
    /// archive agree.
    #[must_use]
    pub fn with_boilerplate_of(mut self, archive: &Archive, read: &ReadRules) -> Self {
        let files = archive.files();
        let step = files.len().div_ceil(SAMPLE).max(1);
        let sampled: Vec<_> = files.iter().step_by(step).collect();
        let footers: Vec<HashSet<Mark>> = sampled
            .into_par_iter()
            .filter_map(|file| read_article(file, read).ok())
            .map(|article| footer(&article, &self))
            .collect();
        let mut counts: HashMap<Mark, usize> = HashMap::new();
        let articles = footers.len();
        for mark in footers.into_iter().flatten() {
            *counts.entry(mark).or_default() += 1;
        }
        let common = counts.into_iter().filter(|(mark, count)| mark.is_common(*count, articles));
        self.boilerplate = common.map(|(mark, _)| mark).collect();
        self
    }
}

/// The marks of an article's links below its last prose.
fn footer(article: &Article, rules: &CitationRules) -> HashSet<Mark> {
    if article.is_index {
        return HashSet::new();
    }
    let found = roles::find(article, rules);
    below_prose(article, rules, &found).into_iter().flat_map(|(_, marks)| marks).collect()
}

/// The links to the web below the last row of prose that may be boilerplate, each with its marks.
pub(super) fn below_prose(
    article: &Article,
    rules: &CitationRules,
    found: &[Found],
) -> Vec<(usize, Vec<Mark>)> {
    let last = article.rows.iter().rposition(|row| row.own_weight() > PROSE);
    let rows = article.rows.get(last.map_or(0, |row| row + 1)..).unwrap_or_default();
    if rows.iter().all(|row| row.link_indexes().next().is_none()) {
        return Vec::new();
    }
    let rows: Vec<(&Row, String)> = rows.iter().map(|row| (row, identity(article, row))).collect();
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
                // Nobody cites an account: it stands in a footer, whatever else does.
                None | Some(Role::Mention) => marks(url, above, below, rules.is_channel(url)),
                Some(Role::Source) if found.listed => vec![Mark::Listed(hash(url, "", ""))],
                _ => continue,
            };
            out.push((index, marks));
        }
    }
    out
}

/// What a row is to the link beside it: where its first link leads, or its text.
fn identity(article: &Article, row: &Row) -> String {
    let first = row.link_indexes().find_map(|index| article.links.get(index));
    first.map_or_else(|| rule_phrase::key(&row.own_text()), |link| link.destination.clone())
}

fn marks(url: &str, above: &str, below: &str, account: bool) -> Vec<Mark> {
    let alone = hash(url, "", "");
    let itself = if account { Mark::Among(alone) } else { Mark::Alone(alone) };
    // Nothing above or below is no row that articles share.
    let sides = [("above", above), ("below", below)].into_iter().filter(|(_, beside)| !beside.is_empty());
    sides.map(|(side, beside)| Mark::Among(hash(url, side, beside))).chain([itself]).collect()
}

fn hash(url: &str, side: &str, beside: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (url, side, beside).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::archive::ArchiveRules;
    use crate::citation::{Citation, Files, cite, read_archive};

    #[test]
    fn a_footer_of_many_articles_is_learnt_and_sources_stay() {
        let dir = tempfile::tempdir().unwrap();
        let prose = "A long paragraph of prose that says what happened, to whom, when, and why it matters to anybody at all.";
        for n in 0..12 {
            let text = format!(
                "# Title {n}\n\n{prose}\n\nSource: [the wire](https://wire.example/feed)\n\n\
                 [Our shop](https://shop.example/) and [one of {n}](https://only.example/{n})\n"
            );
            std::fs::write(dir.path().join(format!("{n:02}.md")), text).unwrap();
        }
        let archive =
            Archive::open(&[dir.path().to_path_buf()], dir.path(), &ArchiveRules::default()).unwrap();
        let read = ReadRules::embedded().unwrap();
        let plain = CitationRules::embedded().unwrap();
        let learnt = plain.clone().with_boilerplate_of(&archive, &read);
        let role_of = |rules: &CitationRules, host: &str| {
            let mut roles = Vec::new();
            read_archive(&archive, &read, rules, |result| {
                let (_, citations): (_, Vec<Citation>) = result.unwrap();
                let of_host =
                    citations.iter().filter(|c| c.target.shown().is_some_and(|url| url.contains(host)));
                roles.extend(of_host.map(|c| c.role));
            });
            assert_eq!(roles.len(), 12);
            assert!(roles.iter().all(|role| *role == roles[0]));
            roles[0]
        };
        assert_eq!(role_of(&plain, "shop.example"), Role::Mention);
        assert_eq!(role_of(&learnt, "shop.example"), Role::Navigation);
        assert_eq!(role_of(&learnt, "only.example"), Role::Mention);
        assert_eq!(role_of(&learnt, "wire.example"), Role::Source);
        let one = read_article(&archive.files()[0], &read).unwrap();
        assert_eq!(cite(&one, &learnt, &Files::below(archive.root())).len(), 3);
    }
    /// How many of the citations of a URL have a role, in an archive of these texts.
    fn count(texts: &[String], url: &str, role: Role) -> usize {
        let dir = tempfile::tempdir().unwrap();
        for (n, text) in texts.iter().enumerate() {
            std::fs::write(dir.path().join(format!("{n:02}.md")), text).unwrap();
        }
        let archive =
            Archive::open(&[dir.path().to_path_buf()], dir.path(), &ArchiveRules::default()).unwrap();
        let read = ReadRules::embedded().unwrap();
        let rules = CitationRules::embedded().unwrap().with_boilerplate_of(&archive, &read);
        let mut all = 0;
        read_archive(&archive, &read, &rules, |result| {
            let (_, citations) = result.unwrap();
            all += citations.iter().filter(|c| c.target.shown() == Some(url) && c.role == role).count();
        });
        all
    }

    #[test]
    fn a_page_that_some_cite_is_no_footer_and_what_follows_all_lists_is_one() {
        let prose = "A long paragraph of prose that says what happened, to whom, when, and why it matters to anybody at all.";
        let url = "https://cited.example/page";
        let cited: Vec<String> = (0..20)
            .map(|n| {
                let end = if n % 3 == 0 { format!("[The page]({url})\n") } else { String::new() };
                format!("# Title {n}\n\n{prose}\n\nSo ended day {n}.\n\n{end}")
            })
            .collect();
        assert_eq!(count(&cited, url, Role::Mention), 7);
        let listed = |every: usize| -> Vec<String> {
            (0..20)
                .map(|n| {
                    let end = if n % every == 0 { format!("[Our channel]({url})\n") } else { String::new() };
                    format!("# Title {n}\n\n{prose}\n\nSources:\n\n[One](https://s.example/{n})\n\n{end}")
                })
                .collect()
        };
        assert_eq!(count(&listed(1), url, Role::Navigation), 20);
        assert_eq!(count(&listed(2), url, Role::Source), 10);
        let first: Vec<String> =
            (0..20).map(|n| format!("# Title {n}\n\n{prose}\n\nSources:\n\n[One]({url})\n")).collect();
        assert_eq!(count(&first, url, Role::Source), 20);
    }
}
