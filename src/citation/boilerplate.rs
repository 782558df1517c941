//! Links that stand below the text of many articles: a site's footer, not what the article cites.

use std::collections::{HashMap, HashSet};

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::article::{Archive, Article, ReadRules, Row, read_article};

use super::{CitationRules, Role, roles};

/// So many articles, spread over the archive, are read to learn its footers.
const SAMPLE: usize = 512;
/// A link is boilerplate if so many of them have it below their text,
const FEWEST_ARTICLES: usize = 5;
/// and at least one in so many.
const ONE_IN: usize = 50;
/// A row with more text of its own than this is prose, in half-width letters.
const PROSE: usize = 80;

impl CitationRules {
    /// These rules with the archive's own boilerplate learnt from a sample of it: plain mentions that
    /// stand below the last prose of many articles become [`Role::Navigation`].
    ///
    /// Whatever a label names as a source or as the original stays so. The sample depends on the
    /// list of files only, so that two runs over one archive agree.
    #[must_use]
    pub fn with_boilerplate_of(mut self, archive: &Archive, read: &ReadRules) -> Self {
        let files = archive.files();
        let step = files.len().div_ceil(SAMPLE).max(1);
        let sampled: Vec<_> = files.iter().step_by(step).collect();
        let footers: Vec<HashSet<String>> = sampled
            .into_par_iter()
            .filter_map(|file| read_article(file, read).ok())
            .map(|article| footer(&article, &self))
            .collect();
        let mut counts: HashMap<String, usize> = HashMap::new();
        let articles = footers.len();
        for destination in footers.into_iter().flatten() {
            *counts.entry(destination).or_default() += 1;
        }
        let common = |count: &usize| *count >= FEWEST_ARTICLES && *count * ONE_IN >= articles;
        self.boilerplate =
            counts.into_iter().filter(|(_, count)| common(count)).map(|(url, _)| url).collect();
        self
    }
}

/// The destinations of the mentions below an article's last prose.
fn footer(article: &Article, rules: &CitationRules) -> HashSet<String> {
    if article.is_index {
        return HashSet::new();
    }
    let found = roles::find(article, rules);
    below_prose(article)
        .filter(|&index| matches!(found.get(index).and_then(|found| found.role), None | Some(Role::Mention)))
        .filter_map(|index| article.links.get(index))
        .filter(|link| !link.image && link.destination.contains("://"))
        .map(|link| link.destination.clone())
        .collect()
}

/// The links of the rows below the last row of prose.
pub(super) fn below_prose(article: &Article) -> impl Iterator<Item = usize> + '_ {
    let last = article.rows.iter().rposition(|row| row.own_weight() > PROSE);
    article.rows.iter().skip(last.map_or(0, |row| row + 1)).flat_map(Row::link_indexes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::article::ArchiveRules;
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
}
