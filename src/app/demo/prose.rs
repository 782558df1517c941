//! Reads the embedded markdown articles and plain texts as title and paragraphs.
//!
//! The pages of the demo web are made from the articles of the demo archive, so that the two are equal
//! except where an edit says otherwise. This reader knows only the forms of the bundled files; it is not
//! the reader that the demo shows.

use std::fmt::Write as _;

/// A text with what a page shows of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Prose {
    /// The title.
    pub title: String,
    /// Date and author as in the byline; empty if there is no byline.
    pub byline: String,
    /// The paragraphs, with links still as markdown. One that starts with `- ` is a list item.
    pub paragraphs: Vec<String>,
}

/// A change to a text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Edit {
    /// Replaces words, which the text holds exactly once, by others.
    Replace(&'static str, &'static str),
    /// Removes everything from the paragraph that starts with these words.
    CutFrom(&'static str),
}

impl Prose {
    /// Reads an article of the archive.
    pub(super) fn from_article(markdown: &str) -> Self {
        let mut prose = Self::default();
        let mut lines = markdown.trim_start_matches('\u{feff}').lines().peekable();
        if lines.peek() == Some(&"---") {
            lines.next();
            lines.by_ref().find(|line| *line == "---");
        }
        let mut open = false;
        for line in lines.map(str::trim_end) {
            if line.is_empty() || line.starts_with("###") || line == "---" || is_origin(line) {
                open = false;
            } else if let Some(title) = line.strip_prefix("## ").or_else(|| line.strip_prefix("# ")) {
                prose.title = resolve_wikilinks(title);
            } else if let Some((byline, _)) = line.strip_prefix('`').and_then(|rest| rest.split_once('`')) {
                byline.clone_into(&mut prose.byline);
            } else {
                prose.push_line(&resolve_wikilinks(line), &mut open);
            }
        }
        prose
    }

    /// Reads a plain text: the title, then paragraphs, with empty lines between.
    pub(super) fn from_text(text: &str) -> Self {
        let mut lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
        let title = lines.next().unwrap_or_default().to_owned();
        Self { title, byline: String::new(), paragraphs: lines.map(ToOwned::to_owned).collect() }
    }

    fn push_line(&mut self, line: &str, open: &mut bool) {
        match self.paragraphs.last_mut() {
            // A line without an empty one before it continues the paragraph.
            Some(last) if *open && !line.starts_with("- ") => {
                last.push('\n');
                last.push_str(line);
            }
            _ => self.paragraphs.push(line.to_owned()),
        }
        *open = true;
    }

    /// Applies edits. An edit whose words are not found changes nothing.
    pub(super) fn with_edits(mut self, edits: &[Edit]) -> Self {
        for edit in edits {
            match edit {
                Edit::Replace(old, new) => {
                    for paragraph in &mut self.paragraphs {
                        if paragraph.contains(old) {
                            *paragraph = paragraph.replacen(old, new, 1);
                        }
                    }
                }
                Edit::CutFrom(start) => {
                    if let Some(cut) = self.paragraphs.iter().position(|p| p.starts_with(start)) {
                        self.paragraphs.truncate(cut);
                    }
                }
            }
        }
        self.paragraphs.retain(|paragraph| !paragraph.is_empty());
        self
    }

    /// Formats the paragraphs as HTML, with links to other hosts.
    pub(super) fn to_html(&self) -> String {
        let mut html = String::new();
        let mut listing = false;
        for paragraph in &self.paragraphs {
            let item = paragraph.strip_prefix("- ");
            if item.is_some() != listing {
                html.push_str(if listing { "</ul>\n" } else { "<ul>\n" });
                listing = item.is_some();
            }
            let inner = inline_html(item.unwrap_or(paragraph)).replace('\n', "<br>\n");
            let _ =
                if listing { writeln!(html, "<li>{inner}</li>") } else { writeln!(html, "<p>{inner}</p>") };
        }
        if listing {
            html.push_str("</ul>\n");
        }
        html
    }
}

/// Whether a line only names the article's origin.
fn is_origin(line: &str) -> bool {
    line.starts_with("[轉發自") || line.starts_with("[原文連接]")
}

/// `[[zh:X]]` becomes `X`.
fn resolve_wikilinks(line: &str) -> String {
    line.replace("[[zh:", "").replace("]]", "")
}

/// Escapes text for HTML.
pub(super) fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Formats a line with markdown links as HTML. Of a link to a file of the archive only its text remains,
/// because the web has no such file.
fn inline_html(line: &str) -> String {
    let mut html = String::new();
    let mut rest = line;
    while let Some((before, label, destination, after)) = next_link(rest) {
        html.push_str(&escape_html(before));
        if destination.starts_with("http") {
            let _ = write!(html, "<a href=\"{}\">{}</a>", escape_html(destination), escape_html(label));
        } else {
            html.push_str(&escape_html(label));
        }
        rest = after;
    }
    html.push_str(&escape_html(rest));
    html
}

/// Splits a line at the first `[label](destination)`: the text before, label, destination, the text
/// after.
fn next_link(line: &str) -> Option<(&str, &str, &str, &str)> {
    let (head, tail) = line.split_once("](")?;
    let (before, label) = head.rsplit_once('[')?;
    let (destination, after) = tail.split_once(')')?;
    Some((before, label, destination, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_article_is_read_as_a_page_would_show_it() {
        let markdown = "###  [:house:返回](README.md)\n---\n\n\n## 标[[zh:题]]\n`4/1/2023 甲` [轉載自GNews](https://a.example/1)\n\n\
             第一[[zh:段]]。\n\n来源：[乙](https://b.example/?x=1&y=2)、[丙](c.md)\n\n- [丁](https://d.example/)\n- 戊\n\n末。\n\n[原文連接](https://a.example/1)";
        let prose = Prose::from_article(markdown);
        assert_eq!((prose.title.as_str(), prose.byline.as_str()), ("标题", "4/1/2023 甲"));
        assert_eq!(
            prose.to_html(),
            "<p>第一段。</p>\n<p>来源：<a href=\"https://b.example/?x=1&amp;y=2\">乙</a>、丙</p>\n\
             <ul>\n<li><a href=\"https://d.example/\">丁</a></li>\n<li>戊</li>\n</ul>\n<p>末。</p>\n"
        );
        let edited = prose.with_edits(&[Edit::Replace("第一段", "第二段"), Edit::CutFrom("- [丁]")]);
        assert_eq!(edited.paragraphs, ["第二段。", "来源：[乙](https://b.example/?x=1&y=2)、[丙](c.md)"]);
    }
}
