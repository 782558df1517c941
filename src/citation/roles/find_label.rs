//! Finds the label that a text is, or that is before a link.

use super::role_reader::RoleReader;
use super::text_length::{COLONS, LONE_LABEL, LONGEST_GAP};
use crate::archive::{LinkForm, rule_phrase};
use crate::citation::rules::label::LabelKind;
use crate::unicode::character_classes::is_sentence_end;

/// The longest label, in bytes.
const LONGEST_LABEL: usize = 160;

/// The longest name behind a label whose link is on the next line, in half-width letters.
const LONGEST_NAME: usize = 40;

impl RoleReader<'_> {
    pub(super) fn label_kind_of(&self, text: &str) -> Option<LabelKind> {
        if text.len() > LONGEST_LABEL {
            return None;
        }
        self.rules.classify_label(text, self.listed)
    }

    /// The label of "信息来源：路透社", whose link is on the next line.
    pub(super) fn label_with_name<'t>(&self, text: &'t str) -> Option<&'t str> {
        let (head, name) = text.split_once(COLONS)?;
        let weight = rule_phrase::text_weight(name);
        if weight > LONGEST_NAME || name.contains(is_sentence_end) {
            return None;
        }
        let Some(LabelKind::Source { weak }) = self.label_kind_of(head) else { return None };
        (!weak || weight <= LONE_LABEL).then_some(head)
    }

    /// The label that a link's own text is: "原文链接", also with a name behind it ("来源：某报", "【原文链接】某文").
    pub(super) fn label_of_own_text(&self, index: usize, own_width: usize) -> Option<LabelKind> {
        let link = self.links.get(index)?;
        if matches!(link.form, LinkForm::Bare | LinkForm::Autolink) {
            return None;
        }
        let alone = own_width <= 8;
        let head = || {
            let (head, _) = link.label.split_once([':', '：', '︰', '丨', '｜', '】'])?;
            (!head.starts_with("http")).then_some(head)
        };
        self.label_kind_of(&link.label)
            .or_else(|| self.label_kind_of(head()?))
            .or_else(|| self.label_at_end(&link.label, false).filter(|_| alone))
            .filter(|label| alone || *label != LabelKind::Source { weak: true })
    }

    /// The label at the end of a clause, if it has two words or more ("第二段的视频链接"). Before a colon, one word
    /// behind an unknown one is enough ("法案链接：").
    pub(super) fn label_at_end(&self, clause: &str, colon: bool) -> Option<LabelKind> {
        if clause.len() > 2 * LONGEST_LABEL {
            return None;
        }
        let key = rule_phrase::phrase_key(clause);
        let ends = rule_phrase::key_weight(&key) <= LONGEST_GAP
            && (self.rules.ends_in_label(&key) || (colon && self.rules.names_links(&key)));
        ends.then_some(LabelKind::Source { weak: false })
    }

    /// The label in the text before a link, if there is one.
    pub(super) fn label_before(
        &self,
        text: &str,
        first: bool,
        own_width: usize,
    ) -> Option<(LabelKind, String)> {
        let clause = rule_phrase::last_clause(text).trim();
        let clause = clause
            .trim_start_matches([
                '-', '—', '–', '*', '•', '·', '(', '（', '[', '【', '>', '|', '/', '，', ',',
            ])
            .trim();
        let open = clause.ends_with(COLONS);
        let bare = clause.trim_end_matches([
            ':', '：', '︰', '丨', '｜', '|', ' ', '\u{3000}', '>', '→', '-', '—', '–', '(', '（',
        ]);
        let at_end = || if open { self.label_at_end(bare, true) } else { None };
        if let Some(label) = self.label_kind_of(bare).or_else(at_end) {
            let counts = match label {
                LabelKind::Source { weak } => {
                    open || (!weak && rule_phrase::key_weight(bare) <= 24) || (first && own_width <= 12)
                }
                LabelKind::Picture | LabelKind::Related => true,
            };
            if counts {
                return Some((label, bare.to_owned()));
            }
        }
        // A name is between the label and its link: "来源：某报 [标题](…)".
        let mut rest = clause;
        while let Some((head, tail)) = rest.split_once(COLONS) {
            if tail.len() > 4 * LONGEST_GAP {
                rest = tail;
                continue;
            }
            let gap = rule_phrase::text_weight(tail);
            let head_clause =
                head.rsplit(['，', ',', '（', '(', '【', ' ', '\u{3000}', '/', '|']).next().unwrap_or(head);
            let label = self.label_kind_of(head).or_else(|| self.label_kind_of(head_clause));
            if let Some(label) = label.filter(|_| gap <= LONGEST_GAP) {
                return Some((label, head.trim().to_owned()));
            }
            rest = tail;
        }
        None
    }
}
