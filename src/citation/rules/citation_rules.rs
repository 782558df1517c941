//! Holds the rules that recognise labels, pictures and accounts.

use std::borrow::Cow;
use std::collections::HashSet;

use super::citation_toml::CitationRulesFile;
use super::label::LabelKind;
use crate::archive::rule_phrase;
use crate::citation::repeated_links::link_fingerprint::LinkFingerprint;
use crate::model::{RuleError, read_rule_table, read_rule_text};

const EMBEDDED: &str = include_str!("../../../config/citation.toml");

/// In a longer key, the name of a picture is an ordinary word; in characters.
const LONGEST_PICTURE_LABEL: usize = 16;

/// The fewest ideographs of a phrase for related reading that is never the start of a title.
const SURE_PHRASE: usize = 3;

/// The longest unknown word before "链接：", in half-width letters.
const LONGEST_UNKNOWN: usize = 24;

/// The fewest letters of a Latin head that is recognised with one letter wrong.
const MISSPELT: usize = 6;

/// Numbers before or behind a label: "来源一", "二、参考链接".
const ORDINALS: [char; 10] = ['一', '二', '三', '四', '五', '六', '七', '八', '九', '十'];

/// Marks between a label and what follows it.
const LABEL_MARKS: &str = ":：︰丨｜|】]」》)）>→↓！!👇";

/// Labels and markers in all languages, from `config/citation.toml` and the user's rules.
#[derive(Clone, Debug, Default)]
pub struct CitationRules {
    /// The words of labels; a label needs at least one head.
    words: rule_phrase::PhraseLexicon,
    weak: HashSet<String>,
    /// Long Latin heads, which are recognised when misspelt.
    latin_heads: Vec<String>,
    /// The endings of labels of sources that may have any word before them, if a colon follows.
    tails: Vec<String>,
    /// Words that such a label cannot contain before its ending, because they invite to something.
    invitations: Vec<String>,
    /// The starts of picture labels.
    pictures: rule_phrase::PhrasePrefixes,
    /// Those of more than one character, which may be anywhere in a short label.
    pictures_inside: rule_phrase::PhrasePrefixes,
    /// `words` and `pictures`: what may follow the name of a picture in a label.
    picture_words: rule_phrase::PhraseLexicon,
    related: rule_phrase::PhrasePrefixes,
    related_except: rule_phrase::PhrasePrefixes,
    channels: Vec<String>,
    media: Vec<String>,
    tracking: Vec<String>,
    /// The fingerprints of the links that many articles of this archive have below their text.
    pub(in crate::citation) repeated_links: HashSet<LinkFingerprint>,
}

impl CitationRules {
    /// The built-in rules.
    ///
    /// # Errors
    /// Only if the embedded file is wrong, which a test excludes.
    pub fn embedded() -> Result<Self, RuleError> {
        let mut rules = Self::default();
        rules.add_rules(&read_rule_text(EMBEDDED)?)?;
        Ok(rules)
    }

    /// Adds a user's rules to these. The table has the sections of `config/citation.toml`.
    ///
    /// # Errors
    /// A key is unknown, a value has the wrong type, or a phrase has no letters.
    pub fn with_user(mut self, table: &toml::Table) -> Result<Self, RuleError> {
        self.add_rules(&read_rule_table(table)?)?;
        Ok(self)
    }

    fn add_rules(&mut self, file: &CitationRulesFile) -> Result<(), RuleError> {
        for word in rule_phrase::phrase_keys("source.words", &file.source.words)? {
            self.picture_words.add_word(word.clone(), false);
            self.words.add_word(word, false);
        }
        for head in rule_phrase::phrase_keys("source.heads", &file.source.heads)? {
            self.picture_words.add_word(head.clone(), true);
            if head.len() >= MISSPELT && head.is_ascii() {
                self.latin_heads.push(head.clone());
            }
            self.words.add_word(head, true);
        }
        self.weak.extend(rule_phrase::phrase_keys("source.weak", &file.source.weak)?);
        self.tails.extend(rule_phrase::phrase_keys("source.tails", &file.source.tails)?);
        self.invitations.extend(rule_phrase::phrase_keys("source.invitations", &file.source.invitations)?);
        for word in rule_phrase::phrase_keys("picture.words", &file.picture.words)? {
            self.picture_words.add_word(word.clone(), false);
            if rule_phrase::key_width(&word) > 1 {
                self.pictures_inside.add_prefix(word.clone());
            }
            self.pictures.add_prefix(word);
        }
        self.related.add_prefixes(rule_phrase::phrase_keys("related.starts", &file.related.starts)?);
        self.related_except.add_prefixes(rule_phrase::phrase_keys("related.except", &file.related.except)?);
        self.channels.extend(file.addresses.channels.iter().map(|part| part.to_ascii_lowercase()));
        self.tracking.extend(file.addresses.tracking.iter().cloned());
        self.media.extend(file.addresses.media.iter().map(|end| end.to_ascii_lowercase()));
        Ok(())
    }

    /// Classifies a text as a label. Numbers around it do not count ("3 参考链接", "来源2", "来源一").
    ///
    /// In a list of sources (`listed`), titles are in the places of labels. A word with which titles also
    /// start ("加入", "Next") is a label there only if it is alone or a mark follows it.
    pub(in crate::citation) fn classify_label(&self, text: &str, listed: bool) -> Option<LabelKind> {
        let whole = rule_phrase::phrase_key(text);
        let key = whole.trim_matches(char::is_numeric);
        if key.is_empty() {
            return None;
        }
        if self.is_related(text, &whole, key, listed) {
            return Some(LabelKind::Related);
        }
        if self.is_picture(text, key, listed) {
            return Some(LabelKind::Picture);
        }
        let source = |key: &str| {
            let named = self.words.can_compose(key) || self.is_misspelt(key);
            named.then(|| LabelKind::Source { weak: self.weak.contains(key) })
        };
        let counted = key.trim_matches(ORDINALS);
        source(key).or_else(|| if counted.len() < key.len() { source(counted) } else { None })
    }

    fn is_related(&self, text: &str, whole: &str, key: &str, listed: bool) -> bool {
        if !self.related.matches_start(key) || self.related_except.matches_start(key) {
            return false;
        }
        let skipped = whole.find(key).unwrap_or(0);
        self.related.remainders_of(key).any(|rest| {
            let phrase = key.get(..key.len() - rest.len()).unwrap_or_default();
            let until = skipped + phrase.len();
            let Some((head, next)) =
                whole.get(..until).and_then(|head| rule_phrase::split_behind_key(text, head))
            else {
                return true;
            };
            let latin = phrase.ends_with(|c: char| c.is_ascii_alphanumeric());
            if latin && next.is_alphanumeric() {
                return false;
            }
            let sure = if latin { head.contains(' ') } else { rule_phrase::key_width(phrase) >= SURE_PHRASE };
            !listed || sure || LABEL_MARKS.contains(next)
        })
    }

    fn is_picture(&self, text: &str, key: &str, listed: bool) -> bool {
        let mut rests = self.pictures.remainders_of(key);
        if rests.any(|rest| rest.is_empty() || self.picture_words.can_compose(rest)) {
            return true;
        }
        if rule_phrase::key_width(key) > LONGEST_PICTURE_LABEL
            || (listed && !text.trim_end().ends_with([':', '：']))
        {
            return false;
        }
        // Latin words must match whole, so that "Topics" does not contain "pic".
        let latin = |word: &str| {
            self.pictures_inside.remainders_of(&rule_phrase::phrase_key(word)).any(str::is_empty)
        };
        let wide =
            |end: &str| !end.starts_with(|c: char| c.is_ascii()) && self.pictures_inside.matches_start(end);
        key.char_indices().filter_map(|(at, _)| key.get(at..)).any(wide)
            || text.split(|c: char| !c.is_ascii_alphanumeric()).any(latin)
    }

    /// Whether a key is a long Latin head with one letter wrong. A plural is another word.
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

    /// Whether a key before a colon is an unknown word with the ending of a label: "法案链接", not "报名链接".
    pub(in crate::citation) fn names_links(&self, key: &str) -> bool {
        let key = key.trim_end_matches(|c: char| c.is_numeric() || ORDINALS.contains(&c));
        let unknown = self.tails.iter().find_map(|tail| key.strip_suffix(tail.as_str()));
        unknown.is_some_and(|word| {
            !word.is_empty()
                && rule_phrase::key_weight(word) <= LONGEST_UNKNOWN
                && !self.invitations.iter().any(|invitation| word.contains(invitation.as_str()))
        })
    }

    /// Whether a key ends in a label of at least two words, one of them a head.
    pub(in crate::citation) fn ends_in_label(&self, key: &str) -> bool {
        let mut ends = self.words.composed_endings(key);
        ends.any(|end| rule_phrase::key_weight(end) >= 8 && end.len() <= 48 && !self.words.contains_word(end))
    }

    /// The query parameters that the user wants to leave out of requests.
    pub(in crate::citation) fn tracking_parameters(&self) -> &[String] {
        &self.tracking
    }

    /// Whether a URL is the page of an account or author.
    pub(in crate::citation) fn is_channel(&self, url: &str) -> bool {
        let lower = ascii_lowercase(url);
        self.channels.iter().any(|part| lower.contains(part.as_str()))
    }

    /// Whether a URL is a video or audio file, as an embedded player has it.
    pub(in crate::citation) fn is_media(&self, url: &str) -> bool {
        let path = ascii_lowercase(url.split(['?', '#']).next().unwrap_or_default());
        self.media.iter().any(|end| path.ends_with(end.as_str()))
    }
}

/// Avoids a copy for URLs in lower case, as most are.
fn ascii_lowercase(url: &str) -> Cow<'_, str> {
    if url.bytes().any(|b| b.is_ascii_uppercase()) { url.to_ascii_lowercase().into() } else { url.into() }
}
