//! Finds the places in which an article may name its original, so that the form which an archive uses can
//! be learnt from many of its articles and then found in each of them.

use super::original_link::names_a_page;
use super::row_roles::{HEAD_ROWS, RowClassifier, is_only_links};
use crate::archive::markdown::{MarkdownRow, MarkdownRowKind, RowSpan};
use crate::archive::{Article, FormPlace, LinkForm, OriginalForm, RawLink, RowRole, rule_phrase};

/// A row with more letters outside of links is prose.
const PROSE: usize = 60;
/// The number of last rows below the prose in which the original may be named.
const TAIL_ROWS: usize = 12;
/// The heaviest label, in half-width letters.
const LONGEST_LABEL: usize = 40;
/// The heaviest text of a link that may be a label, in half-width letters.
const LONGEST_LINK_TEXT: usize = 28;
/// The number of ideographs, or of words in other scripts, that the start of a label has.
const START_IDEOGRAPHS: usize = 4;
const START_WORDS: usize = 2;

/// The forms that occur in an article, each with the index of its link, in the order of the file.
pub fn original_form_places(article: &Article) -> Vec<(OriginalForm, usize)> {
    let front = article.links.iter().enumerate().filter(|(_, link)| link.form == LinkForm::FrontMatter);
    let mut out: Vec<_> = front
        .map(|(index, link)| (OriginalForm::FrontMatter(rule_phrase::phrase_key(&link.label)), index))
        .collect();
    out.extend(places_in_rows(&article.rows, &article.links));
    out
}

impl RowClassifier<'_> {
    /// The link in the most frequent of the learnt forms that the article has.
    pub(in crate::archive) fn find_learnt_link(&mut self) -> Option<usize> {
        if self.rules.learnt_forms.is_empty() {
            return None;
        }
        let places = places_in_rows(self.rows, self.links);
        let found = self.rules.learnt_forms.iter().find_map(|form| places.iter().find(|(at, _)| at == form));
        let (form, link) = found?;
        let row = self.rows.iter().position(|row| row.link_indexes().any(|index| index == *link))?;
        let role = if *form == OriginalForm::FirstRow { RowRole::Title } else { RowRole::Repost };
        self.mark_row(row, role);
        Some(*link)
    }
}

fn places_in_rows(rows: &[MarkdownRow], links: &[RawLink]) -> Vec<(OriginalForm, usize)> {
    let is_prose =
        |row: &MarkdownRow| !matches!(row.kind, MarkdownRowKind::Heading(_)) && row.own_width() > PROSE;
    let head_end = rows.iter().position(is_prose).unwrap_or(rows.len()).min(HEAD_ROWS);
    let last_prose = rows.iter().rposition(is_prose).map_or(0, |row| row + 1);
    let tail_start = last_prose.max(rows.len().saturating_sub(TAIL_ROWS)).max(head_end);
    let first_row = rows.iter().position(|row| !row.spans.is_empty());
    let mut out = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let place = if index < head_end {
            FormPlace::Head
        } else if index >= tail_start {
            FormPlace::Tail
        } else {
            continue;
        };
        if row.kind != MarkdownRowKind::Code {
            let above = rows.get(..index).unwrap_or_default();
            push_row_places(row, above, links, place, first_row == Some(index), &mut out);
        }
    }
    out
}

fn push_row_places(
    row: &MarkdownRow,
    above: &[MarkdownRow],
    links: &[RawLink],
    place: FormPlace,
    is_first_row: bool,
    out: &mut Vec<(OriginalForm, usize)>,
) {
    let alone = is_only_links(row) && row.link_indexes().count() == 1;
    let mut before = "";
    let mut is_first_link = true;
    for span in &row.spans {
        let RowSpan::Link(index) = span else {
            before = if let RowSpan::Text(text) = span { text } else { "" };
            continue;
        };
        let text = std::mem::take(&mut before);
        let at_start = std::mem::take(&mut is_first_link);
        let Some(link) = links.get(*index).filter(|link| !link.image && names_a_page(&link.destination))
        else {
            continue;
        };
        let above = if at_start && is_only_links(row) { label_row_above(above) } else { String::new() };
        let clause = without_names(rule_phrase::last_clause(if above.is_empty() { text } else { &above }));
        let label = rule_phrase::phrase_key(&clause);
        if !label.is_empty() && rule_phrase::key_weight(&label) <= LONGEST_LABEL {
            let start = rule_phrase::phrase_key(start_of_label(&clause));
            if at_start && start.len() < label.len() {
                out.push((OriginalForm::LabelStart(place, start), *index));
            }
            out.push((OriginalForm::Label(place, label), *index));
        }
        let shows_url =
            matches!(link.form, LinkForm::Bare | LinkForm::Autolink) || link.label.contains("://");
        let link_text = rule_phrase::phrase_key(&link.label);
        if alone && shows_url {
            out.push((OriginalForm::LoneUrl(place), *index));
        } else if alone && is_first_row {
            out.push((OriginalForm::FirstRow, *index));
        } else if !shows_url
            && !link_text.is_empty()
            && rule_phrase::key_weight(&link_text) <= LONGEST_LINK_TEXT
        {
            out.push((OriginalForm::LinkText(place, link_text), *index));
        }
    }
}

/// The text of the nearest row above that has any, if it is a label without links before a colon.
fn label_row_above(above: &[MarkdownRow]) -> String {
    let row = above.iter().rev().find(|row| !row.spans.is_empty());
    let text = row.filter(|row| row.link_indexes().next().is_none()).map(MarkdownRow::own_text);
    text.filter(|text| text.trim_end().ends_with([':', '：'])).unwrap_or_default()
}

/// A label without the names in quotation marks and brackets: "原文来自「某报」：" gives "原文来自：".
fn without_names(label: &str) -> String {
    let mut depth = 0_usize;
    let mut out = String::with_capacity(label.len());
    for c in label.chars() {
        match c {
            '「' | '『' | '《' | '“' | '【' | '(' | '（' => depth += 1,
            '」' | '』' | '》' | '”' | '】' | ')' | '）' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

/// The first ideographs or words of a label.
fn start_of_label(label: &str) -> &str {
    let label = label.trim_start();
    let ideographs = label.chars().take_while(|c| crate::unicode::cjk::is_ideograph(*c)).count();
    let end = if ideographs >= START_IDEOGRAPHS {
        label.char_indices().nth(START_IDEOGRAPHS).map(|(at, _)| at)
    } else {
        label.match_indices(' ').nth(START_WORDS - 1).map(|(at, _)| at)
    };
    end.and_then(|end| label.get(..end)).unwrap_or(label)
}
