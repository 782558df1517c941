//! Finds the link that an article names as its original.

use crate::archive::header::row_roles::{HEAD_ROWS, RowClassifier, is_only_links};
use crate::archive::markdown::{MarkdownRow, MarkdownRowKind, RowSpan};
use crate::archive::{RowRole, rule_phrase};
use crate::unicode::character_classes::is_sentence_end;

/// The number of last rows in which a marker counts, whatever else is below it.
const TAIL_ROWS: usize = 3;
/// The number of last rows below the text in which a marker counts. Tags, credits and a footer may follow
/// it there.
const FOOTER_ROWS: usize = 12;
/// A row with more letters outside of links is prose.
const PROSE: usize = 60;
/// A line with fewer half-width letters is a label, even with a full stop.
const SHORTEST_SENTENCE: usize = 16;
/// The longest name of a site between a marker and its link, in bytes of its key.
const LONGEST_SITE: usize = 40;
/// The longest row that only states the origin of the article, in half-width letters.
const LONGEST_NOTE: usize = 40;

impl RowClassifier<'_> {
    /// The link that names the original, if there is one.
    pub(in crate::archive) fn find_original_link(&mut self, title_row: Option<usize>) -> Option<usize> {
        let head_end = title_row.map_or(HEAD_ROWS, |row| row + HEAD_ROWS).min(1 + HEAD_ROWS);
        let last = self.rows.len().saturating_sub(1);
        let last_prose = (0..self.rows.len()).rposition(|index| self.own_width(index) > PROSE);
        // `late` is a marker near the end; `under_title` is a link that counts only because of its place
        // beside the title, above all prose.
        let (mut late, mut under_title) = (None, None);
        // The last row that only states the origin of the article: its link may be on the next row.
        let mut note = None;
        for (index, row) in self.rows.iter().enumerate() {
            // A marker in the middle of a long text cites another page; it does not state the article's
            // origin.
            let head = index < head_end;
            let below_text = last_prose.is_none_or(|prose| index > prose);
            if !(head || index + TAIL_ROWS > last || (below_text && index + FOOTER_ROWS > last)) {
                continue;
            }
            let first = head && self.is_before_prose(index);
            let noted = note.take_if(|_| !row.spans.is_empty());
            let link = match self.find_marked_link(row, first, index == last) {
                Some(link) => Some(link),
                None if noted.is_some() => self.find_lone_link(row),
                None => None,
            };
            if let Some(link) = link {
                if head {
                    self.mark_row(index, RowRole::Repost);
                    return Some(link);
                }
                late = Some((index, link));
            } else if self.is_origin_note(row) {
                if first {
                    self.mark_row(index, RowRole::Repost);
                }
                note = Some(index);
            } else if first && under_title.is_none() {
                under_title = self.find_edge_link(index, row).map(|link| (index, link));
            }
        }
        let (index, link) = late.or(under_title)?;
        self.mark_row(index, RowRole::Repost);
        Some(link)
    }

    /// Whether all prose is below a row.
    fn is_before_prose(&self, index: usize) -> bool {
        let prose = |(at, row): (usize, &MarkdownRow)| {
            !matches!(row.kind, MarkdownRowKind::Heading(_)) && self.own_width(at) > PROSE
        };
        !self.rows.iter().enumerate().take(index).any(prose)
    }

    /// Whether a row above is a sentence: an article of short sentences cites its sources below them.
    fn is_below_sentence(&self, index: usize) -> bool {
        self.rows.iter().take(index).any(|row| {
            !matches!(row.kind, MarkdownRowKind::Heading(_))
                && row.own_weight() > SHORTEST_SENTENCE
                && row.own_text().trim_end().ends_with(|c| c == '.' || is_sentence_end(c))
        })
    }

    fn find_marked_link(&self, row: &MarkdownRow, is_first: bool, is_last: bool) -> Option<usize> {
        let alone = (is_first || is_last) && row.link_indexes().count() == 1 && is_only_links(row);
        let mut before = "";
        for span in &row.spans {
            match span {
                RowSpan::Text(text) => before = text,
                RowSpan::Code(_) | RowSpan::Definition(_) => before = "",
                RowSpan::Link(index) => {
                    let Some(link) = self.links.get(*index).filter(|link| !link.image) else {
                        before = "";
                        continue;
                    };
                    let label = rule_phrase::phrase_key(&link.label);
                    let named = self.rules.repost_markers.iter().any(|mark| label.starts_with(mark.as_str()))
                        || self.rules.repost_endings.iter().any(|mark| label.ends_with(mark.as_str()))
                        || self.text_leads_to_original(before, row.own_weight() <= LONGEST_NOTE)
                        || (alone && self.rules.edge_markers.contains(&label));
                    // A marker before a home page names the site, not the page of this article.
                    if named && names_a_page(&link.destination) {
                        return Some(*index);
                    }
                    before = "";
                }
            }
        }
        None
    }

    /// Whether the text before a link ends in a marker: "转载自[…]", "转载自某站：https://…". In a short row a
    /// name may follow the marker without a colon: "转载自某站 https://…".
    fn text_leads_to_original(&self, before: &str, in_short_row: bool) -> bool {
        if before.is_empty() {
            return false;
        }
        let clause = rule_phrase::last_clause(before);
        let part = clause.rsplit(['，', ',', '；', ';']).next().unwrap_or(clause);
        let open = in_short_row || clause.trim_end().ends_with([':', '：']);
        let leads = |text: &str| {
            let key = rule_phrase::phrase_key(text);
            let ends = |mark: &String| key.ends_with(mark.as_str()) && key.len() <= mark.len() + 24;
            let begins = |mark: &String| {
                open && key.starts_with(mark.as_str()) && key.len() <= mark.len() + LONGEST_SITE
            };
            self.rules.repost_markers.iter().any(|mark| ends(mark) || begins(mark))
        };
        leads(clause) || (part.len() < clause.len() && leads(part))
    }

    /// Whether a row states the origin of the article without a link: "转载自某站".
    fn is_origin_note(&self, row: &MarkdownRow) -> bool {
        if row.kind == MarkdownRowKind::Code || row.own_weight() == 0 || row.own_weight() > LONGEST_NOTE {
            return false;
        }
        let text = row.plain_text(self.links);
        let key = rule_phrase::phrase_key(&text);
        rule_phrase::key_weight(&key) <= LONGEST_NOTE
            && !text.contains(is_sentence_end)
            && self.rules.repost_markers.iter().any(|mark| key.starts_with(mark.as_str()))
    }

    /// The link of a row that contains nothing else.
    fn find_lone_link(&self, row: &MarkdownRow) -> Option<usize> {
        let mut links = row.link_indexes();
        let index = links.next().filter(|_| links.next().is_none() && is_only_links(row))?;
        let link = self.links.get(index)?;
        (!link.image && names_a_page(&link.destination)).then_some(index)
    }

    /// The link of "原文：https://…" or "来源：https://…" when it is alone on its row.
    fn find_edge_link(&self, at: usize, row: &MarkdownRow) -> Option<usize> {
        let mut links = row.link_indexes();
        let index = links.next().filter(|_| links.next().is_none())?;
        let link = self.links.get(index)?;
        let key = rule_phrase::phrase_key(&row.own_text());
        let named = !link.image
            && (self.rules.edge_markers.contains(&key)
                || (self.rules.head_markers.contains(&key) && !self.is_below_sentence(at)));
        (named && names_a_page(&link.destination)).then_some(index)
    }
}

/// Whether a destination is a page rather than the home page of a site.
pub(super) fn names_a_page(destination: &str) -> bool {
    let rest = destination.split_once("://").map_or(destination, |(_, rest)| rest);
    rest.split_once('/').is_some_and(|(_, path)| !path.trim_matches(['/', ' ']).is_empty())
}
