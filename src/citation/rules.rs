//! The rules by which a label is told: data, not code.

use std::borrow::Cow;
use std::collections::HashSet;

use serde::Deserialize;

use crate::article::phrase;

use super::CitationError;

const EMBEDDED: &str = include_str!("../../config/citation.toml");

/// In a longer key the name of a picture is one of a sentence's words; in characters.
const LONGEST_PICTURE_LABEL: usize = 16;

/// What a label says about the links that it stands before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// Sources follow. A weak label says so only where it stands as one: alone, or with a colon.
    Source {
        /// Whether it is made of weak words only.
        weak: bool,
    },
    /// A picture's origin follows.
    Picture,
    /// Related reading, other parts, channels follow.
    Related,
}

/// Labels and markers in all languages, embedded from `config/citation.toml`.
#[derive(Clone, Debug, Default)]
pub struct CitationRules {
    /// The words of labels; heads count.
    words: phrase::Words,
    weak: HashSet<String>,
    /// What a picture's label starts with.
    pictures: phrase::Openings,
    /// Those of more than one character: anywhere in a short label.
    pictures_inside: phrase::Openings,
    /// `words` and `pictures`: what may follow a picture's word in its label.
    picture_words: phrase::Words,
    related: phrase::Openings,
    related_except: phrase::Openings,
    channels: Vec<String>,
    media: Vec<String>,
    tracking: Vec<String>,
    /// Destinations that stand below many articles of this archive.
    pub(super) boilerplate: HashSet<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    addresses: Addresses,
    source: Source,
    picture: Picture,
    related: Related,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Source {
    heads: Vec<String>,
    words: Vec<String>,
    weak: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Addresses {
    channels: Vec<String>,
    media: Vec<String>,
    tracking: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Picture {
    words: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Related {
    starts: Vec<String>,
    except: Vec<String>,
}

impl CitationRules {
    /// The rules that come with the program.
    ///
    /// # Errors
    /// Never with the file that is embedded; a test holds that.
    pub fn embedded() -> Result<Self, CitationError> {
        let mut rules = Self::default();
        rules.add(&toml::from_str(EMBEDDED).map_err(|error| wrong(&error))?)?;
        Ok(rules)
    }

    /// These rules with the user's added: a table with the sections of `config/citation.toml`.
    ///
    /// # Errors
    /// An unknown key, a value of the wrong type, a phrase without letters.
    pub fn with_user(mut self, table: &toml::Table) -> Result<Self, CitationError> {
        self.add(&table.clone().try_into().map_err(|error| wrong(&error))?)?;
        Ok(self)
    }

    fn add(&mut self, file: &File) -> Result<(), CitationError> {
        for word in keys("source.words", &file.source.words)? {
            self.picture_words.add(word.clone(), false);
            self.words.add(word, false);
        }
        for head in keys("source.heads", &file.source.heads)? {
            self.picture_words.add(head.clone(), true);
            self.words.add(head, true);
        }
        self.weak.extend(keys("source.weak", &file.source.weak)?);
        for word in keys("picture.words", &file.picture.words)? {
            self.picture_words.add(word.clone(), false);
            if phrase::width(&word) > 1 {
                self.pictures_inside.add(word.clone());
            }
            self.pictures.add(word);
        }
        self.related.extend(keys("related.starts", &file.related.starts)?);
        self.related_except.extend(keys("related.except", &file.related.except)?);
        self.channels.extend(file.addresses.channels.iter().map(|part| part.to_ascii_lowercase()));
        self.tracking.extend(file.addresses.tracking.iter().cloned());
        self.media.extend(file.addresses.media.iter().map(|end| end.to_ascii_lowercase()));
        Ok(())
    }

    /// What a phrase's key is as a label; numbers around it do not count ("3 参考链接", "来源2").
    pub(super) fn label(&self, key: &str) -> Option<Label> {
        let key = key.trim_matches(|c: char| c.is_numeric());
        if key.is_empty() {
            return None;
        }
        if self.related.open(key) && !self.related_except.open(key) {
            Some(Label::Related)
        } else if self.is_picture(key) {
            Some(Label::Picture)
        } else if self.words.make_up(key) {
            Some(Label::Source { weak: self.weak.contains(key) })
        } else {
            None
        }
    }

    fn is_picture(&self, key: &str) -> bool {
        let mut rests = self.pictures.behind(key);
        rests.any(|rest| rest.is_empty() || self.picture_words.make_up(rest))
            || (phrase::width(key) <= LONGEST_PICTURE_LABEL
                && key
                    .char_indices()
                    .filter_map(|(at, _)| key.get(at..))
                    .any(|end| self.pictures_inside.open(end)))
    }

    /// Whether a key ends in a label of at least two words, one of them a head.
    pub(super) fn ends_in_label(&self, key: &str) -> bool {
        let mut ends = self.words.endings(key);
        ends.any(|end| phrase::weight(end) >= 8 && end.len() <= 48 && !self.words.contains(end))
    }

    /// Names of query parameters that the user wants left out of what is asked for.
    pub(super) fn tracking(&self) -> &[String] {
        &self.tracking
    }

    /// Whether a URL is an account's or an author's page.
    pub(super) fn is_channel(&self, url: &str) -> bool {
        let lower = lower_case(url);
        self.channels.iter().any(|part| lower.contains(part.as_str()))
    }

    /// Whether a URL is a film or a sound itself, as an embedded player has it.
    pub(super) fn is_media(&self, url: &str) -> bool {
        let path = lower_case(url.split(['?', '#']).next().unwrap_or_default());
        self.media.iter().any(|end| path.ends_with(end.as_str()))
    }
}

/// Most URLs are in lower case already.
fn lower_case(url: &str) -> Cow<'_, str> {
    if url.bytes().any(|b| b.is_ascii_uppercase()) { url.to_ascii_lowercase().into() } else { url.into() }
}

fn wrong(error: &toml::de::Error) -> CitationError {
    CitationError::Rule { key: "citation rules".into(), reason: error.message().to_owned() }
}

fn keys(name: &str, phrases: &[String]) -> Result<Vec<String>, CitationError> {
    let mut out = Vec::with_capacity(phrases.len());
    for written in phrases {
        let key = phrase::key(written);
        if key.is_empty() {
            let reason = format!("\"{written}\" has neither letters nor digits");
            return Err(CitationError::Rule { key: name.to_owned(), reason });
        }
        out.push(key);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn label(text: &str) -> Option<Label> {
        CitationRules::embedded().unwrap().label(&phrase::key(text))
    }

    #[test]
    fn labels_of_sources_in_all_languages() {
        for text in [
            "參考資料：",
            "**新闻来源**",
            "原文链接",
            "2. 参考链接",
            "相关新闻链接",
            "消息来源1",
            "文字版原文",
            "Sources:",
            "News source",
            "Original article link",
            "References",
            "参考文献",
            "引用元",
            "视频连接",
            "信息来源及链接",
        ] {
            assert!(matches!(label(text), Some(Label::Source { .. })), "{text}");
        }
    }

    #[test]
    fn other_labels_are_told_apart() {
        for text in ["图片来源", "圖片來源：", "Photo credit", "视频截图来源", "封面图片"]
        {
            assert_eq!(label(text), Some(Label::Picture), "{text}");
        }
        for text in ["延伸閱讀", "相关新闻", "上一篇：某文", "Related articles", "更多资讯，请关注："]
        {
            assert_eq!(label(text), Some(Label::Related), "{text}");
        }
        for text in ["他说", "新闻", "编辑", "", "12"] {
            assert_eq!(label(text), None, "{text}");
        }
    }
}
