//! Learns an archive's repeated links from a sample of its articles.

use std::collections::{HashMap, HashSet};

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::footer_links::fingerprint_footer_links;
use super::link_fingerprint::LinkFingerprint;
use crate::archive::{Archive, Article, ReadRules, read_article};
use crate::citation::roles::assign_roles;
use crate::citation::rules::CitationRules;

/// The number of articles in the sample, spread evenly over the archive.
const SAMPLE: usize = 512;

impl CitationRules {
    /// Adds the repeated links of an archive to these rules. Links below the last prose of many articles
    /// get [`Role::Navigation`](crate::model::Role::Navigation).
    ///
    /// A link with a label for sources or for the original keeps its role; a link that only follows a list
    /// of sources does not. The sample depends only on the list of files, so that two runs over one archive
    /// agree.
    #[must_use]
    pub fn with_repeated_links_of(mut self, archive: &Archive, read: &ReadRules) -> Self {
        let files = archive.files();
        let step = files.len().div_ceil(SAMPLE).max(1);
        let sampled: Vec<_> = files.iter().step_by(step).collect();
        let footers: Vec<HashSet<LinkFingerprint>> = sampled
            .into_par_iter()
            .filter_map(|file| read_article(file, read).ok())
            .map(|article| footer_fingerprints(&article, &self))
            .collect();
        let mut counts: HashMap<LinkFingerprint, usize> = HashMap::new();
        let articles = footers.len();
        for mark in footers.into_iter().flatten() {
            *counts.entry(mark).or_default() += 1;
        }
        let common = counts.into_iter().filter(|(mark, count)| mark.is_common(*count, articles));
        self.repeated_links = common.map(|(mark, _)| mark).collect();
        self
    }
}

/// The fingerprints of the links below the last prose of an article.
fn footer_fingerprints(article: &Article, rules: &CitationRules) -> HashSet<LinkFingerprint> {
    if article.is_index {
        return HashSet::new();
    }
    let found = assign_roles::assign_roles(article, rules);
    fingerprint_footer_links(article, rules, &found).into_iter().flat_map(|(_, marks)| marks).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::archive::FilePatterns;
    use crate::citation::{Citation, LocalFiles, cite_article, read_archive};
    use crate::model::Role;

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
            Archive::open(&[dir.path().to_path_buf()], dir.path(), &FilePatterns::default()).unwrap();
        let read = ReadRules::embedded().unwrap();
        let plain = CitationRules::embedded().unwrap();
        let learnt = plain.clone().with_repeated_links_of(&archive, &read);
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
        assert_eq!(cite_article(&one, &learnt, &LocalFiles::below(archive.root())).len(), 3);
    }
    /// How many citations of a URL have a role, in an archive of these texts.
    fn count(texts: &[String], url: &str, role: Role) -> usize {
        let dir = tempfile::tempdir().unwrap();
        for (n, text) in texts.iter().enumerate() {
            std::fs::write(dir.path().join(format!("{n:02}.md")), text).unwrap();
        }
        let archive =
            Archive::open(&[dir.path().to_path_buf()], dir.path(), &FilePatterns::default()).unwrap();
        let read = ReadRules::embedded().unwrap();
        let rules = CitationRules::embedded().unwrap().with_repeated_links_of(&archive, &read);
        let mut all = 0;
        read_archive(&archive, &read, &rules, |result| {
            let (_, citations) = result.unwrap();
            all += citations.iter().filter(|c| c.target.shown() == Some(url) && c.role == role).count();
        });
        all
    }

    #[test]
    fn pages_that_some_articles_cite_are_not_footers() {
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
