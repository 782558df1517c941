//! What every layout is made from: the language, the story, and the smallest pieces of markup.

use fastrand::Rng;

/// The language of a page and of everything around its article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lang {
    #[default]
    Simplified,
    Traditional,
    Japanese,
    English,
}

impl Lang {
    /// One of four wordings: simplified, traditional, Japanese, English.
    pub fn pick<T: Copy>(self, words: [T; 4]) -> T {
        words[self as usize]
    }

    /// The value of `<html lang>`.
    pub fn tag(self) -> &'static str {
        self.pick(["zh-CN", "zh-TW", "ja", "en"])
    }
}

/// One article, with what a layout needs to make a page of it.
pub struct Story<'a> {
    pub lang: Lang,
    pub title: &'a str,
    /// The title of the local copy.
    pub own: &'a str,
    pub author: &'a str,
    pub blocks: &'a [String],
    /// Titles and texts of other stories, for the lists around the article.
    pub others: &'a [(String, Vec<String>)],
}

/// Escapes text for HTML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Each block as a paragraph.
pub fn paragraphs(blocks: &[String]) -> String {
    blocks.iter().map(|block| format!("<p>{}</p>\n", escape(block))).collect()
}

/// Another story, for teasers and lists; never the story itself.
pub fn other<'a>(story: &Story<'a>, rng: &mut Rng) -> &'a (String, Vec<String>) {
    loop {
        // A page that shows a teaser of the very article is another case.
        let other = &story.others[rng.usize(..story.others.len())];
        if other.0 != story.title && other.0 != story.own {
            return other;
        }
    }
}

/// List items that link to other stories.
pub fn links(story: &Story<'_>, rng: &mut Rng, count: usize) -> String {
    (0..count).map(|n| format!("<li><a href=\"/a/{n}\">{}</a></li>", escape(&other(story, rng).0))).collect()
}
