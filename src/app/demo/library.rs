//! Holds the embedded files: the articles of the archive, and the texts that only the web has.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use super::prose::Prose;

/// One article of the bundled archive.
#[derive(Clone, Copy, Debug)]
pub struct BundledArticle {
    /// Its path below the archive's root, with `/` between the parts.
    pub path: &'static str,
    /// Its markdown.
    pub markdown: &'static str,
}

macro_rules! bundled {
    ($($path:literal),* $(,)?) => {
        &[$(BundledArticle { path: $path, markdown: include_str!(concat!("archive/", $path)) }),*]
    };
}

/// Every article of the bundled archive. The index pages are written from this list.
pub const ARTICLES: &[BundledArticle] = bundled![
    "gnews/1001.md",
    "gnews/1002.md",
    "gnews/1003.md",
    "gnews/1004.md",
    "gnews/1005.md",
    "gnews/1006.md",
    "gnews/1007.md",
    "gnews/1008.md",
    "gnews/1009.md",
    "gnews/1010.md",
    "gnews/1011.md",
    "gnews/1012.md",
    "gnews/1013.md",
    "gnews/harbor-chart.md",
    "gettr/p1demo01.md",
    "transcript/20240311-2001.md",
    "english/lighthouse.md",
    "english/not-found.md",
    "japanese/tram.md",
];

/// The texts that only the web has, by name.
const TEXTS: &[(&str, &str)] = &[
    ("theatre-simplified", include_str!("pages/theatre-simplified.txt")),
    ("power-station-rewritten", include_str!("pages/power-station-rewritten.txt")),
    ("coast-replacement", include_str!("pages/coast-replacement.txt")),
];

/// Short texts for cited pages, each under a line `= name`.
const NOTES: &str = include_str!("pages/notes.txt");

/// Finds a text by name: an article's path, or the name of a text or a note.
pub(super) fn find_prose(name: &str) -> Option<Prose> {
    if let Some(article) = ARTICLES.iter().find(|article| article.path == name) {
        return Some(Prose::from_article(article.markdown));
    }
    if let Some((_, text)) = TEXTS.iter().find(|(known, _)| *known == name) {
        return Some(Prose::from_text(text));
    }
    let mut notes = NOTES.split("\n= ").map(|note| note.trim_start_matches("= "));
    notes
        .find_map(|note| note.split_once('\n').filter(|(known, _)| *known == name))
        .map(|(_, text)| Prose::from_text(text))
}

/// Makes the index pages, as path and markdown. The root's index lists the folders, and a folder's index
/// its articles.
pub(super) fn index_pages() -> Vec<(String, String)> {
    let mut folders: Vec<&str> = Vec::new();
    for article in ARTICLES {
        let folder = article.path.split('/').next().unwrap_or_default();
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    let mut root = "# 轉載文章存檔\n\n".to_owned();
    let mut pages = Vec::new();
    for folder in folders {
        let _ = writeln!(root, "- [{folder}]({folder}/README.md)");
        let mut page = format!("###  [:house:返回](../README.md)\n---\n\n## {folder}\n\n");
        for article in ARTICLES {
            if let Some(file) = article.path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')) {
                let _ = write!(page, "[{}]({file})\n\n", index_title(article));
            }
        }
        pages.push((format!("{folder}/README.md"), page));
    }
    pages.insert(0, ("README.md".to_owned(), root));
    pages
}

/// The name of an article in an index: its title, or its file name if it has no title.
fn index_title(article: &BundledArticle) -> String {
    let title = Prose::from_article(article.markdown).title;
    if title.is_empty() { article.path.rsplit('/').next().unwrap_or_default().to_owned() } else { title }
}

/// Writes the bundled archive into a folder, which is created if it is missing. Files of the same name
/// are overwritten.
///
/// # Errors
/// A folder or a file cannot be written.
pub fn write_archive(dir: &Path) -> io::Result<()> {
    let articles = ARTICLES.iter().map(|article| (article.path.to_owned(), article.markdown.to_owned()));
    for (path, markdown) in articles.chain(index_pages()) {
        let file = dir.join(path);
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(file, markdown)?;
    }
    Ok(())
}
