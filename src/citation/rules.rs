//! The rules by which a label is told: data, not code.

use std::borrow::Cow;
use std::collections::HashSet;

use serde::Deserialize;

use crate::archive::rule_phrase;

use super::CitationError;
use super::repeated_links::Mark;

const EMBEDDED: &str = include_str!("../../config/citation.toml");

/// In a longer key the name of a picture is one of a sentence's words; in characters.
const LONGEST_PICTURE_LABEL: usize = 16;
/// So many ideographs that open related reading are a phrase of their own; fewer begin titles too.
const SURE_PHRASE: usize = 3;
/// The longest unknown word before "链接：", in half-width letters.
const LONGEST_UNKNOWN: usize = 24;
/// Latin heads of so many letters are told with one letter wrong.
const MISSPELT: usize = 6;
/// Numbers that follow or lead a label: "来源一", "二、参考链接".
const ORDINALS: [char; 10] = ['一', '二', '三', '四', '五', '六', '七', '八', '九', '十'];
/// Marks that set a label off from what follows it.
const LABEL_MARKS: &str = ":：︰丨｜|】]」》)）>→↓！!👇";

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
    words: rule_phrase::Words,
    weak: HashSet<String>,
    /// Long heads in Latin letters, which are told when misspelt.
    latin_heads: Vec<String>,
    /// What ends a label of sources whatever stands before it, where a colon follows.
    tails: Vec<String>,
    /// What no such label has before its tail: invitations.
    invitations: Vec<String>,
    /// What a picture's label starts with.
    pictures: rule_phrase::Openings,
    /// Those of more than one character: anywhere in a short label.
    pictures_inside: rule_phrase::Openings,
    /// `words` and `pictures`: what may follow a picture's word in its label.
    picture_words: rule_phrase::Words,
    related: rule_phrase::Openings,
    related_except: rule_phrase::Openings,
    channels: Vec<String>,
    media: Vec<String>,
    tracking: Vec<String>,
    /// What stands below many articles of this archive.
    pub(super) boilerplate: HashSet<Mark>,
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
    tails: Vec<String>,
    invitations: Vec<String>,
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
            if head.len() >= MISSPELT && head.is_ascii() {
                self.latin_heads.push(head.clone());
            }
            self.words.add(head, true);
        }
        self.weak.extend(keys("source.weak", &file.source.weak)?);
        self.tails.extend(keys("source.tails", &file.source.tails)?);
        self.invitations.extend(keys("source.invitations", &file.source.invitations)?);
        for word in keys("picture.words", &file.picture.words)? {
            self.picture_words.add(word.clone(), false);
            if rule_phrase::width(&word) > 1 {
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

    /// What a text is as a label; numbers around it do not count ("3 参考链接", "来源2", "来源一").
    ///
    /// In a list of sources (`listed`) titles stand where labels do: there a word that titles begin
    /// with as well ("加入", "Next") is a label only where it stands alone or a mark sets it off.
    pub(super) fn label(&self, text: &str, listed: bool) -> Option<Label> {
        let whole = rule_phrase::key(text);
        let key = whole.trim_matches(char::is_numeric);
        if key.is_empty() {
            return None;
        }
        if self.is_related(text, &whole, key, listed) {
            return Some(Label::Related);
        }
        if self.is_picture(text, key, listed) {
            return Some(Label::Picture);
        }
        let source = |key: &str| {
            let named = self.words.make_up(key) || self.is_misspelt(key);
            named.then(|| Label::Source { weak: self.weak.contains(key) })
        };
        let counted = key.trim_matches(ORDINALS);
        source(key).or_else(|| if counted.len() < key.len() { source(counted) } else { None })
    }

    fn is_related(&self, text: &str, whole: &str, key: &str, listed: bool) -> bool {
        if !self.related.open(key) || self.related_except.open(key) {
            return false;
        }
        let skipped = whole.find(key).unwrap_or(0);
        self.related.behind(key).any(|rest| {
            let phrase = key.get(..key.len() - rest.len()).unwrap_or_default();
            let until = skipped + phrase.len();
            let Some((head, next)) = whole.get(..until).and_then(|head| rule_phrase::cut_behind(text, head))
            else {
                return true;
            };
            let latin = phrase.ends_with(|c: char| c.is_ascii_alphanumeric());
            if latin && next.is_alphanumeric() {
                return false;
            }
            let sure = if latin { head.contains(' ') } else { rule_phrase::width(phrase) >= SURE_PHRASE };
            !listed || sure || LABEL_MARKS.contains(next)
        })
    }

    fn is_picture(&self, text: &str, key: &str, listed: bool) -> bool {
        let mut rests = self.pictures.behind(key);
        if rests.any(|rest| rest.is_empty() || self.picture_words.make_up(rest)) {
            return true;
        }
        if rule_phrase::width(key) > LONGEST_PICTURE_LABEL
            || (listed && !text.trim_end().ends_with([':', '：']))
        {
            return false;
        }
        // Latin words are whole ones: no "pic" in "Topics".
        let latin = |word: &str| self.pictures_inside.behind(&rule_phrase::key(word)).any(str::is_empty);
        let wide = |end: &str| !end.starts_with(|c: char| c.is_ascii()) && self.pictures_inside.open(end);
        key.char_indices().filter_map(|(at, _)| key.get(at..)).any(wide)
            || text.split(|c: char| !c.is_ascii_alphanumeric()).any(latin)
    }

    /// Whether a key is a long Latin head with one letter wrong; a plural is another word.
    fn is_misspelt(&self, key: &str) -> bool {
        let plural = |a: &str, b: &str| a.strip_suffix('s') == Some(b);
        let near = |head: &String| {
            head.len().abs_diff(key.len()) <= 1
                && head.as_bytes().first() == key.as_bytes().first()
                && !plural(head, key)
                && !plural(key, head)
                && strsim::levenshtein(head, key) == 1
        };
        key.len() >= MISSPELT && key.is_ascii() && self.latin_heads.iter().any(near)
    }

    /// Whether a key before a colon is an unknown word with a label's end: "法案链接", not "报名链接".
    pub(super) fn names_links(&self, key: &str) -> bool {
        let key = key.trim_end_matches(|c: char| c.is_numeric() || ORDINALS.contains(&c));
        let unknown = self.tails.iter().find_map(|tail| key.strip_suffix(tail.as_str()));
        unknown.is_some_and(|word| {
            !word.is_empty()
                && rule_phrase::weight(word) <= LONGEST_UNKNOWN
                && !self.invitations.iter().any(|invitation| word.contains(invitation.as_str()))
        })
    }

    /// Whether a key ends in a label of at least two words, one of them a head.
    pub(super) fn ends_in_label(&self, key: &str) -> bool {
        let mut ends = self.words.endings(key);
        ends.any(|end| rule_phrase::weight(end) >= 8 && end.len() <= 48 && !self.words.contains(end))
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
        let key = rule_phrase::key(written);
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
        CitationRules::embedded().unwrap().label(text, false)
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
            "参考链接一：",
            "参考（一）",
            "视频参看",
            "图文来源",
            "资源链接",
            "数据源",
            "Referencer",
            "Refrence:",
            "Sourse",
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
        for text in [
            "他说",
            "新闻",
            "编辑",
            "",
            "12",
            "Partial lockdown",
            "Nextdoor",
            "Topics of today",
            "Courses",
            "Preference",
            "Credits",
        ] {
            assert_eq!(label(text), None, "{text}");
        }
    }

    #[test]
    fn in_a_list_titles_are_no_labels() {
        let rules = CitationRules::embedded().unwrap();
        for title in [
            "加入北约 总统表态",
            "关注海峡局势",
            "推荐信风波",
            "热门景点关闭",
            "照片显示灾情",
            "Next-generation sequencing",
            "Contact tracing",
            "Share of the market",
            "Image of a comet",
        ] {
            assert_eq!(rules.label(title, true), None, "{title}");
        }
        for label in
            ["上一篇：某文", "延伸阅读", "关注：", "Next: a page", "欢迎订阅我们的频道", "Follow us on X"]
        {
            assert_eq!(rules.label(label, true), Some(Label::Related), "{label}");
        }
        assert_eq!(rules.label("图片来源", true), Some(Label::Picture));
    }

    #[test]
    fn an_unknown_word_with_a_labels_end_names_links_unless_it_invites() {
        let rules = CitationRules::embedded().unwrap();
        for label in ["法案链接", "白宫声明链接", "统计来源", "判决书原文2"] {
            assert!(rules.names_links(&rule_phrase::key(label)), "{label}");
        }
        for label in ["报名链接", "捐款链接", "购买链接", "入群邀请链接", "链接", "法案"]
        {
            assert!(!rules.names_links(&rule_phrase::key(label)), "{label}");
        }
    }
}
