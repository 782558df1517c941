//! Learns the form in which an archive names its originals, where its articles use no known marker.
//!
//! It is the mirror image of a repeated footer: one label or place in many articles with a different URL in
//! each, most of them on few hosts. Authors (whose URLs return), permalinks into a repository, share buttons
//! and downloads have other signs and are left out.

use std::collections::{BTreeMap, HashSet};

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::rules::CitationRules;
use crate::archive::{Archive, FormPlace, OriginalForm, ReadRules, original_form_places, read_article};

/// The number of articles in the sample, spread evenly over the archive.
const SAMPLE: usize = 400;
/// The fewest articles without a known original that can teach a form.
const FEWEST_ARTICLES: usize = 5;
/// A form with a label must be in at least one of this many articles; one without a label in half of them.
const LABELLED_SHARE: usize = 8;
const UNLABELLED_SHARE: usize = 2;

/// Parts of URLs that lead into a repository, to a share button or to a file rather than to an article.
const NO_ARTICLE: [&str; 12] = [
    "/blob/",
    "/tree/",
    "/edit/",
    "/raw/",
    "/commit/",
    "/issues/",
    "/pull/",
    "=http",
    "%3a%2f%2f",
    "intent/tweet",
    "/releases/",
    "/tags/",
];
/// Endings of the URLs of such files.
const NO_ARTICLE_ENDINGS: [&str; 14] = [
    ".md",
    ".markdown",
    ".zip",
    ".gz",
    ".xz",
    ".bz2",
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".webp",
    ".svg",
    ".mp3",
    ".mp4",
];

impl CitationRules {
    /// Adds to the rules of reading the forms in which the archive names its originals.
    ///
    /// Nothing is learnt where a known marker names the original in half of the articles or more, or where
    /// the rules say `repost.learn = false`. The sample depends only on the list of files.
    #[must_use]
    pub fn learn_original_forms(&self, archive: &Archive, read: ReadRules) -> ReadRules {
        let files = archive.files();
        if !read.learns_forms() || files.len() < FEWEST_ARTICLES {
            return read;
        }
        let sampling = read.clone().keeping_all_front_links();
        let step = files.len().div_ceil(SAMPLE).max(1);
        let sampled: Vec<_> = files.iter().step_by(step).collect();
        let articles: Vec<_> = sampled
            .into_par_iter()
            .filter_map(|file| read_article(file, &sampling).ok())
            .filter(|article| !article.is_index)
            .map(|article| {
                let mut seen = HashSet::new();
                let first =
                    original_form_places(&article).into_iter().filter(|(form, _)| seen.insert(form.clone()));
                let linked = first.filter_map(|(form, link)| {
                    Some((form, article.links.get(link)?.destination.to_lowercase()))
                });
                (article.repost.is_some(), linked.collect::<Vec<_>>())
            })
            .collect();
        let all = articles.len();
        let unknown: Vec<_> =
            articles.into_iter().filter(|(is_known, _)| !is_known).map(|(_, forms)| forms).collect();
        if unknown.len() < FEWEST_ARTICLES || unknown.len() * 2 <= all {
            return read;
        }
        let mut by_form: BTreeMap<OriginalForm, Vec<String>> = BTreeMap::new();
        for (form, url) in unknown.into_iter().flatten() {
            by_form.entry(form).or_default().push(url);
        }
        by_form.retain(|form, urls| self.names_originals(form, urls, all));
        read.with_learnt_forms(choose_forms(by_form))
    }

    /// Whether the URLs of a form are those of originals.
    fn names_originals(&self, form: &OriginalForm, urls: &[String], articles: usize) -> bool {
        let share = match form {
            OriginalForm::Label(place, label)
            | OriginalForm::LabelStart(place, label)
            | OriginalForm::LinkText(place, label) => {
                // Below the text, a label for sources names just that.
                if *place == FormPlace::Tail && self.classify_label(label, false).is_some() {
                    return false;
                }
                LABELLED_SHARE
            }
            OriginalForm::FrontMatter(_) => LABELLED_SHARE,
            OriginalForm::FirstRow | OriginalForm::LoneUrl(_) => UNLABELLED_SHARE,
        };
        let count = urls.len();
        let distinct = urls.iter().collect::<HashSet<_>>().len();
        let hosts = hosts_of(urls).len();
        let pages = urls.iter().filter(|url| is_article_url(url)).count();
        count >= FEWEST_ARTICLES
            && count * share >= articles
            && distinct * 10 >= count * 9
            && hosts * 10 <= count * 7
            && pages * 10 >= count * 7
    }
}

/// The most frequent form, and the other labels that lead to the same hosts, the most frequent first.
fn choose_forms(by_form: BTreeMap<OriginalForm, Vec<String>>) -> Vec<OriginalForm> {
    let mut forms: Vec<_> = by_form.into_iter().collect();
    forms.sort_by_key(|(_, urls)| std::cmp::Reverse(urls.len()));
    let Some((_, best)) = forms.first() else { return Vec::new() };
    let hosts: HashSet<String> = hosts_of(best).into_iter().map(str::to_owned).collect();
    let is_alike =
        |urls: &[String]| urls.iter().filter(|url| hosts.contains(host_of(url))).count() * 2 >= urls.len();
    forms.into_iter().filter(|(_, urls)| is_alike(urls)).map(|(form, _)| form).collect()
}

fn hosts_of(urls: &[String]) -> HashSet<&str> {
    urls.iter().map(|url| host_of(url)).collect()
}

fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default().trim_start_matches("www.")
}

/// Whether a URL looks like that of an article: its path is more than one short word, which would be an
/// account or a section.
fn is_article_url(url: &str) -> bool {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let Some((_, path)) = rest.split_once('/') else { return false };
    let (path, query) = path.split_once('?').map_or((path, ""), |(path, query)| (path, query));
    let path = path.trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    let is_account = last.starts_with('@') || path.starts_with("author/") || path.contains("/author/");
    let says_more =
        path.contains('/') || last.contains(['-', '_', '.', '%']) || last.contains(char::is_numeric);
    (says_more || query.contains('=')) && !is_account && {
        !NO_ARTICLE.iter().any(|part| url.contains(part))
            && !NO_ARTICLE_ENDINGS.iter().any(|end| path.ends_with(end))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::archive::FilePatterns;

    const PROSE: &str = "A long paragraph of prose that says what happened, to whom, when, and why it matters to anybody at all.";

    /// What is learnt from twelve articles, and the originals that are then found.
    fn learn_from(text: impl Fn(usize) -> String) -> (Vec<OriginalForm>, Vec<Option<String>>) {
        learn_by(&ReadRules::embedded().unwrap(), text)
    }

    fn learn_by(
        read: &ReadRules,
        text: impl Fn(usize) -> String,
    ) -> (Vec<OriginalForm>, Vec<Option<String>>) {
        let dir = tempfile::tempdir().unwrap();
        for n in 0..12 {
            std::fs::write(dir.path().join(format!("{n:02}.md")), text(n)).unwrap();
        }
        let archive =
            Archive::open(&[dir.path().to_path_buf()], dir.path(), &FilePatterns::default()).unwrap();
        let read = CitationRules::embedded().unwrap().learn_original_forms(&archive, read.clone());
        let originals = archive.files().iter().map(|file| {
            let article = read_article(file, &read).unwrap();
            article.repost.map(|index| article.links[index].destination.clone())
        });
        (read.learnt_forms().to_vec(), originals.collect())
    }

    fn expected(url: &str) -> Vec<Option<String>> {
        (0..12).map(|n| Some(format!("{url}{n}"))).collect()
    }

    #[test]
    fn an_unknown_label_is_learnt_beside_authors_and_permalinks() {
        let (forms, found) = learn_from(|n| {
            format!(
                "> * Skribita de: [Ann](https://site{m}.example/@ann)\n> * Unue legebla: [T](https://site{m}.example/news/story-{n})\n\
                 > * Projekto: [P](https://forge.example/group/p)\n\
                 > * Konstante: https://forge.example/group/p/blob/main/{n}.md\n\n# Title {n}\n\n{PROSE}\n",
                m = n % 2
            )
        });
        assert!(forms.contains(&OriginalForm::Label(FormPlace::Head, "unuelegebla".into())), "{forms:?}");
        let right = |(n, url): (usize, &Option<String>)| {
            url.as_deref() == Some(format!("https://site{}.example/news/story-{n}", n % 2).as_str())
        };
        assert!(found.iter().enumerate().all(right), "{found:?}");
    }

    #[test]
    fn places_and_keys_are_learnt_without_any_label() {
        let (_, found) =
            learn_from(|n| format!("[Title {n}](https://a.example/2020/{n})\n------\n\n{PROSE}\n"));
        assert_eq!(found, expected("https://a.example/2020/"));
        let (forms, found) = learn_from(|n| {
            format!(
                "---\ntitle: T {n}\ntitolloko: https://a.example/2020/{n}\nkovrilo: https://a.example/i/{n}.jpg\n---\n\n{PROSE}\n"
            )
        });
        assert_eq!(forms, [OriginalForm::FrontMatter("titolloko".into())]);
        assert_eq!(found, expected("https://a.example/2020/"));
        let (_, found) = learn_from(|n| format!("# Title {n}\n\n{PROSE}\n\nhttps://a.example/2020/{n}\n"));
        assert_eq!(found, expected("https://a.example/2020/"));
        let (_, found) = learn_from(|n| {
            format!(
                "# Title {n}\n\nLegu ĉe gazeto «Nomo {n}» - [T {n}](https://a.example/2020/{n})\n\n{PROSE}\n"
            )
        });
        assert_eq!(found, expected("https://a.example/2020/"));
    }

    #[test]
    fn what_is_no_original_is_not_learnt() {
        let none = vec![None; 12];
        // Sources below the text, one site each; an author's page; a share button; downloads.
        for line in [
            "Source: https://a.example/2020/{n}",
            "Far: [Ann](https://a.example/team/ann)",
            "Dividu: [X](https://x.example/share/a?u=https://b.example/{n})",
            "Elŝutu: https://a.example/files/{n}.zip",
            "Pri: https://host-{n}.example/2020/{n}",
        ] {
            let (forms, found) = learn_from(|n| {
                format!("# Title {n}\n\n{PROSE}\n\n{}\n", line.replace("{n}", &n.to_string()))
            });
            assert_eq!((forms, found), (Vec::new(), none.clone()), "{line}");
        }
    }

    #[test]
    fn a_known_marker_wins_and_learning_can_be_switched_off() {
        let text = |n| format!("# Title {n}\n\nTroviĝas: https://b.example/2020/{n}\n\n{PROSE}\n");
        let off = toml::from_str("[repost]\nlearn = false").unwrap();
        let off = ReadRules::embedded().unwrap().with_user(&off).unwrap();
        assert_eq!(learn_by(&off, text).0, []);
        assert_eq!(learn_from(text).1, expected("https://b.example/2020/"));
        let (forms, found) =
            learn_from(|n| format!("{}\nReposted from [a](https://a.example/2020/{n})\n", text(n)));
        assert_eq!((forms, found), (Vec::new(), expected("https://a.example/2020/")));
    }
}
