//! The words and classes of boilerplate (`config/boilerplate.toml`): lines among an article's paragraphs
//! that do not belong to it, such as "Read more", credits and calls to subscribe.

use std::collections::HashSet;

use aho_corasick::AhoCorasick;
use serde::Deserialize;

use super::word_list::check_words;
use crate::model::{RuleError, read_rule_table};
use crate::text::prose::{ends_sentence, text_width};
use crate::text::sentence::sentence_ranges;

const BUILT_IN: &str = include_str!("../../../config/boilerplate.toml");

/// A line that begins with a boilerplate word has at most this many characters.
const MAX_START_LINE: usize = 300;
/// A line that holds a boilerplate phrase has at most this many characters.
const MAX_HOLDING_LINE: usize = 200;
/// A caption has at most this many sentences.
const MAX_CAPTION_SENTENCES: usize = 3;
/// What follows the word of a credit is at most this wide; see [`text_width`].
const MAX_CREDIT_WIDTH: usize = 60;
/// What follows a boilerplate word and is a sentence is at least this wide.
const MIN_SENTENCE_WIDTH: usize = 24;

/// How boilerplate is recognised.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BoilerplateRules {
    starts: Vec<String>,
    calls: Vec<String>,
    holds: Vec<String>,
    whole: Vec<String>,
    credits: Vec<String>,
    credit_ends: Vec<String>,
    captions: Vec<String>,
    classes: Vec<String>,
    frame_classes: Vec<String>,
    side_classes: Vec<String>,
    post_classes: Vec<String>,
    consent_names: Vec<String>,
    unseen: Vec<String>,
    /// `classes`, to look up.
    #[serde(skip)]
    box_classes: HashSet<String>,
    /// `frame_classes`, to look up.
    #[serde(skip)]
    frames: HashSet<String>,
    /// `side_classes`, to look up.
    #[serde(skip)]
    sides: HashSet<String>,
    /// `post_classes`, to look up.
    #[serde(skip)]
    posts: HashSet<String>,
    /// `consent_names`, to search for.
    #[serde(skip)]
    consents: Option<AhoCorasick>,
    /// `unseen`, to look up.
    #[serde(skip)]
    hidden_classes: HashSet<String>,
    /// What the attributes of every tag that hides its content hold.
    #[serde(skip)]
    hiding_marks: Option<AhoCorasick>,
}

impl BoilerplateRules {
    /// The rules that come with the program.
    pub fn built_in() -> Self {
        // A test holds that the file can be read.
        toml::from_str::<Self>(BUILT_IN).unwrap_or_default().indexed()
    }

    /// Adds a user's words: a table with the keys of `config/boilerplate.toml`.
    ///
    /// # Errors
    /// An unknown key, a value of the wrong type, an empty word.
    pub fn with_user(mut self, table: &toml::Table) -> Result<Self, RuleError> {
        let added: Self = read_rule_table(table)?;
        let lists = [
            ("starts", &mut self.starts, added.starts),
            ("calls", &mut self.calls, added.calls),
            ("holds", &mut self.holds, added.holds),
            ("whole", &mut self.whole, added.whole),
            ("credits", &mut self.credits, added.credits),
            ("credit_ends", &mut self.credit_ends, added.credit_ends),
            ("captions", &mut self.captions, added.captions),
            ("classes", &mut self.classes, added.classes),
            ("frame_classes", &mut self.frame_classes, added.frame_classes),
            ("side_classes", &mut self.side_classes, added.side_classes),
            ("post_classes", &mut self.post_classes, added.post_classes),
            ("consent_names", &mut self.consent_names, added.consent_names),
        ];
        for (key, words, more) in lists {
            check_words(key, &more)?;
            // Lines are compared in lower case, and so are the words of class names.
            words.extend(more.iter().map(|word| word.to_lowercase()));
        }
        check_words("unseen", &added.unseen)?;
        self.unseen.extend(added.unseen);
        Ok(self.indexed())
    }

    fn indexed(mut self) -> Self {
        self.box_classes = self.classes.iter().cloned().collect();
        self.frames = self.frame_classes.iter().cloned().collect();
        self.sides = self.side_classes.iter().cloned().collect();
        self.posts = self.post_classes.iter().cloned().collect();
        self.consents = AhoCorasick::builder().ascii_case_insensitive(true).build(&self.consent_names).ok();
        self.hidden_classes = self.unseen.iter().cloned().collect();
        let marks = ["hidden", "none"].into_iter().chain(self.unseen.iter().map(String::as_str));
        self.hiding_marks = AhoCorasick::builder().ascii_case_insensitive(true).build(marks).ok();
        self
    }

    /// Whether a class is one of those by which sites hide an element from all but screen readers.
    pub fn is_hidden_class(&self, class: &str) -> bool {
        self.hidden_classes.contains(class)
    }

    /// Whether a tag with these attributes may hide its content: false for nearly every tag, at the
    /// cost of one search.
    pub fn may_hide(&self, attributes: &str) -> bool {
        self.hiding_marks.as_ref().is_some_and(|marks| marks.is_match(attributes))
    }

    /// Whether a word in the name of an element's class says that the element is a box of boilerplate.
    pub fn is_box_class(&self, word: &str) -> bool {
        self.box_classes.contains(word)
    }

    /// Whether a word in the name of an element's class says that the element is frame of its page:
    /// navigation, a notice, a footer.
    pub fn is_frame_class(&self, word: &str) -> bool {
        self.frames.contains(word)
    }

    /// Whether a word in the name of an element's class says that the element is frame of its page if it is
    /// small.
    pub fn is_side_class(&self, word: &str) -> bool {
        self.sides.contains(word)
    }

    /// Whether a word in the name of a class says that its elements are the posts of a thread.
    pub fn is_post_class(&self, word: &str) -> bool {
        self.posts.contains(word)
    }

    /// Whether the class or id of an element says that it asks for consent to cookies.
    pub fn is_consent_name(&self, name: &str) -> bool {
        self.consents.as_ref().is_some_and(|names| names.is_match(name))
    }

    /// Whether a line is boilerplate by its words.
    pub fn is_boilerplate_line(&self, line: &str) -> bool {
        self.matches_line(line, |_, _, _| false)
    }

    /// Whether a line is boilerplate by its words and does not go on as a sentence of the text does.
    pub fn is_boilerplate_label(&self, line: &str) -> bool {
        self.matches_line(line, |line, word, rest| self.continues_as_sentence(line, word, rest))
    }

    /// `is_spared` may except a line that begins with a boilerplate word, given the line, the word and
    /// what follows it.
    fn matches_line(&self, line: &str, is_spared: impl Fn(&str, &str, &str) -> bool) -> bool {
        let chars = line.chars().count();
        if chars > MAX_START_LINE {
            return false;
        }
        let lower = line.to_lowercase().replace('’', "'");
        let start = lower.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '©' && c != '(');
        let without_end = start.trim_end_matches(|c: char| !c.is_alphanumeric());
        self.split_start_word(start).is_some_and(|(word, rest)| !is_spared(line, word, rest))
            || (chars <= MAX_HOLDING_LINE && self.holds.iter().any(|phrase| lower.contains(phrase.as_str())))
            || self.whole.iter().any(|word| without_end == word)
    }

    /// The longest boilerplate word that a line begins with, and what follows it.
    fn split_start_word<'a>(&self, start: &'a str) -> Option<(&str, &'a str)> {
        let bare = start.trim_start_matches('(');
        let found = self.starts.iter().filter_map(|word| {
            Some((word.as_str(), [start, bare].iter().find_map(|text| text.strip_prefix(word.as_str()))?))
        });
        found.max_by_key(|(word, _)| word.len())
    }

    /// Whether a line that begins with a boilerplate word goes on as a sentence of the text does
    /// ("扫码支付系统昨天瘫痪。", "Copyright law does not cover it."): it says something, and it neither
    /// names somebody nor addresses the reader.
    fn continues_as_sentence(&self, line: &str, word: &str, rest: &str) -> bool {
        let wide = word.chars().next_back().is_some_and(|c| u32::from(c) >= 0x2E80);
        let next = rest.trim_start_matches(if wide { &[','][..] } else { &[',', ' '][..] });
        let says = next.starts_with(|c: char| c.is_alphabetic())
            // After an English word a capital begins a name.
            && (wide || !line.contains(&capitalise_first_word(next)));
        let addresses_reader = |call: &String| {
            if call.is_ascii() {
                rest.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == call)
            } else {
                rest.contains(call.as_str())
            }
        };
        says && ends_sentence(line)
            && text_width(rest) >= MIN_SENTENCE_WIDTH
            && !word.ends_with([':', '：'])
            && !self.calls.iter().any(addresses_reader)
    }

    /// Whether a line ends with the maker of a picture, or begins with the mark of a caption. A caption
    /// has few sentences.
    pub fn is_caption(&self, text: &str) -> bool {
        if sentence_ranges(text).count() > MAX_CAPTION_SENTENCES {
            return false;
        }
        let lower = text.to_lowercase();
        let closes = |word: &String| {
            lower.rfind(word.as_str()).is_some_and(|at| {
                let after = lower.get(at + word.len()..).unwrap_or_default();
                text_width(after) <= MAX_CREDIT_WIDTH && !after.contains(['。', '！', '？', '，'])
            })
        };
        let end = lower.trim_end_matches(|c: char| !c.is_alphanumeric());
        let start =
            lower.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '(' | '（' | '[' | '【'));
        self.captions.iter().any(|mark| start.starts_with(mark.as_str()))
            || self.credits.iter().any(closes)
            || self.credit_ends.iter().any(|word| end.ends_with(word.as_str()))
    }
}

/// The first word of a text in lower case, with a capital.
fn capitalise_first_word(text: &str) -> String {
    let word = text.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    let mut chars = word.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_words_are_read() {
        let rules = BoilerplateRules::built_in();
        assert!(rules.starts.len() > 40);
        assert!(rules.is_box_class("newsletter") && !rules.is_box_class("paragraph"));
        assert!(rules.is_hidden_class("sr-only") && rules.may_hide(" style='display: NONE'"));
    }
}
