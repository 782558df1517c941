//! Reads the rows of an article from top to bottom and gives each link a role.

use super::labelled_link::LabelledLink;
use super::text_length::{
    LONE_LABEL, LONGEST_ENTRY, LONGEST_GAP, LONGEST_ITEM, is_numbered, is_prose, is_sentence, says_something,
};
use crate::archive::{MarkdownRow, MarkdownRowKind, RawLink, RowRole, RowSpan, rule_phrase::last_clause};
use crate::citation::rules::CitationRules;
use crate::citation::rules::label::LabelKind;
use crate::model::Role;

/// The most consecutive lines without a link in a list of sources, which are titles above their URLs.
/// Numbered lines are entries of the list and are not counted.
const MOST_TITLES: usize = 3;

/// The most text that a further row may have, below a label with links on its own line.
const BARE_ITEM: usize = 24;

/// The section that is open.
#[derive(Clone, Debug)]
pub(super) enum LinkSection {
    None,
    /// Sources follow.
    /// `widest` is the most text that a row may have, `titles` the number of lines without links so far.
    Sources {
        label: String,
        widest: usize,
        titles: usize,
        /// Whether no row is below the label yet.
        fresh: bool,
        /// Whether a link is below the label.
        linked: bool,
    },
    /// The origin of an image follows on the next row.
    Picture,
    /// Related reading follows.
    Related,
}

/// A section of sources below its label.
fn opened_section(label: &str, widest: usize) -> LinkSection {
    let label = label.trim().trim_end_matches([':', '：']).trim().to_owned();
    LinkSection::Sources { label, widest, titles: 0, fresh: true, linked: false }
}

/// The same section below a row with links.
fn linked_section(label: String, widest: usize) -> LinkSection {
    LinkSection::Sources { label, widest, titles: 0, fresh: false, linked: true }
}

pub(super) struct RoleReader<'a> {
    pub(super) links: &'a [RawLink],
    pub(super) rules: &'a CitationRules,
    pub(super) found: Vec<LabelledLink>,
    pub(super) section: LinkSection,
    /// Whether the current row is in a list of sources.
    pub(super) listed: bool,
}

impl RoleReader<'_> {
    fn set_role(&mut self, index: usize, role: Role, label: Option<&str>) {
        if let Some(found) = self.found.get_mut(index) {
            found.role = Some(role);
            found.label = label.map(str::to_owned);
        }
    }

    /// Whether a link of the row is one to follow, and no image.
    fn leads_outside(&self, index: usize) -> bool {
        self.links.get(index).is_some_and(|link| !link.image)
    }

    /// Reads the next row. Returns whether it belongs to a list of sources or of related reading: its label,
    /// a title in it, or its links.
    pub(super) fn read_row(&mut self, row: &MarkdownRow, row_role: RowRole) -> bool {
        let outside: Vec<usize> = row.link_indexes().filter(|&index| self.leads_outside(index)).collect();
        match row_role {
            RowRole::Disclaimer | RowRole::Header => {
                self.section = LinkSection::None;
                for index in outside {
                    self.set_role(index, Role::Navigation, None);
                }
                return false;
            }
            RowRole::Credit if outside.is_empty() => self.close_at_credit(row),
            RowRole::Title | RowRole::Byline | RowRole::Repost | RowRole::Credit => {
                self.section = LinkSection::None;
            }
            RowRole::Body | RowRole::Empty => {}
        }
        let fresh = match &mut self.section {
            LinkSection::Sources { fresh, .. } => std::mem::take(fresh),
            _ => false,
        };
        // A rule right below a label underlines it and does not end its section.
        if matches!(row.kind, MarkdownRowKind::Heading(_)) || (row.kind == MarkdownRowKind::Rule && !fresh) {
            self.section = LinkSection::None;
        }
        self.listed = matches!(self.section, LinkSection::Sources { .. });
        self.mark_definitions(row);
        if outside.is_empty() {
            self.read_row_without_links(row);
            !matches!(self.section, LinkSection::None)
                && row.own_weight() > 0
                && !says_something(&row.own_text())
        } else {
            let in_list = self.read_row_with_links(row, &outside);
            let is_source =
                |index: &usize| self.found.get(*index).is_some_and(|found| found.role == Some(Role::Source));
            let only_sources = row.own_weight() == 0 && outside.iter().all(is_source);
            only_sources || (in_list && !says_something(&row.own_text()))
        }
    }

    /// Closes the section at a credit line, unless the line is also a label ("素材：").
    fn close_at_credit(&mut self, row: &MarkdownRow) {
        if self.label_kind_of(&row.own_text()).is_none() {
            self.section = LinkSection::None;
        }
    }

    /// Gives a reference the role of source, wherever it is used, if its definition is in a list of
    /// sources.
    fn mark_definitions(&mut self, row: &MarkdownRow) {
        let LinkSection::Sources { label, .. } = &self.section else { return };
        for span in &row.spans {
            if let RowSpan::Definition(user) = span
                && let Some(found) = self.found.get_mut(*user)
                && found.role == Some(Role::Mention)
            {
                *found = LabelledLink { role: Some(Role::Source), label: Some(label.clone()), listed: false };
            }
        }
    }

    fn read_row_without_links(&mut self, row: &MarkdownRow) {
        let width = row.own_weight();
        if width == 0 {
            return;
        }
        let text = row.own_text();
        // The label may be alone, or at the end of the line behind a sentence.
        let clause = last_clause(text.trim_end_matches([':', '：', ' ', '\u{3000}']));
        let ends_open = text.trim_end().ends_with([':', '：']);
        let label = match self.label_kind_of(&text) {
            Some(label) => Some(label),
            None if ends_open => self.label_kind_of(clause).or_else(|| self.label_at_end(clause, true)),
            None => None,
        };
        match label {
            Some(LabelKind::Source { weak }) if !weak || ends_open || width <= LONE_LABEL => {
                self.section = opened_section(&text, LONGEST_ITEM);
            }
            Some(LabelKind::Picture) if ends_open || width <= LONE_LABEL => {
                self.section = LinkSection::Picture;
            }
            Some(LabelKind::Related) if width <= LONGEST_ITEM => self.section = LinkSection::Related,
            // Most rows are prose and too long for a label with a name.
            _ => match (width <= LONGEST_GAP).then(|| self.label_with_name(&text)).flatten() {
                Some(label) => self.section = opened_section(label, BARE_ITEM),
                None => self.read_title_line(row, width, &text),
            },
        }
    }

    /// Reads a line without links inside a section: the title of an item, or prose that ends the section.
    fn read_title_line(&mut self, row: &MarkdownRow, width: usize, text: &str) {
        let entry = row.kind == MarkdownRowKind::Item || is_numbered(text);
        let sentence = width > 80 && text.trim_end().ends_with(['。', '！', '.']);
        let prose = if entry { width > LONGEST_ENTRY } else { width > LONGEST_ITEM || sentence };
        match &mut self.section {
            LinkSection::Sources { widest, titles, .. }
                if !prose && *widest > BARE_ITEM && row.kind != MarkdownRowKind::Rule =>
            {
                *titles += usize::from(!entry);
                if *titles > MOST_TITLES {
                    self.section = LinkSection::None;
                }
            }
            LinkSection::Related if !prose => {}
            _ => self.section = LinkSection::None,
        }
    }

    /// Returns whether a label in the row or above it says what its links are.
    fn read_row_with_links(&mut self, row: &MarkdownRow, outside: &[usize]) -> bool {
        let own_width = row.own_weight();
        // Below a line with label and links, a further line after a blank one must be a link alone.
        let apart = |widest| widest == BARE_ITEM && row.after_blank && (outside.len() > 1 || own_width > 8);
        let mut follows = false;
        let mut inherited = match std::mem::replace(&mut self.section, LinkSection::None) {
            LinkSection::Sources { label, widest, linked, .. } if own_width <= widest && !apart(widest) => {
                follows = linked;
                self.section = linked_section(label.clone(), widest);
                Some((LabelKind::Source { weak: false }, label))
            }
            LinkSection::Related if own_width <= LONGEST_ITEM => {
                self.section = LinkSection::Related;
                Some((LabelKind::Related, String::new()))
            }
            LinkSection::Picture => Some((LabelKind::Picture, String::new())),
            _ => None,
        };
        let below_label = matches!(self.section, LinkSection::Sources { widest: BARE_ITEM, .. });
        let mut current: Option<(LabelKind, String)> = None;
        let mut first = true;
        let mut opens = None;
        for span in &row.spans {
            match span {
                RowSpan::Text(text) => match self.label_before(text, first, own_width) {
                    Some(found) => {
                        if first && !matches!(found.0, LabelKind::Picture) {
                            opens = Some(found.clone());
                        }
                        inherited = None;
                        current = Some(found);
                    }
                    None if is_prose(text) => {
                        current = None;
                        if is_sentence(text) {
                            inherited = None;
                        }
                    }
                    None => {}
                },
                RowSpan::Link(index) if self.leads_outside(*index) => {
                    let written = self.links.get(*index).map_or("", |link| link.destination.as_str());
                    if self.rules.is_channel(written) && (current.is_none() || outside.len() > 1) {
                        // The page of an account says who wrote something, not what was written.
                        self.set_role(*index, Role::Mention, None);
                        continue;
                    }
                    let context = current.as_ref().or(inherited.as_ref());
                    // The URL below a labelled link is the video that the link leads to.
                    let film = current.is_none() && below_label && self.rules.is_media(written);
                    let context = context.filter(|_| !film);
                    let label = context.map(|(_, label)| label.clone());
                    let own = self.label_of_own_text(*index, own_width);
                    // A label on the same row says more than the text of the link.
                    let other =
                        matches!(own, Some(LabelKind::Related | LabelKind::Picture)) && current.is_none();
                    let listed = matches!(context, Some((LabelKind::Source { .. }, _))) && !other;
                    let cited = listed || matches!(own, Some(LabelKind::Source { .. }));
                    let role = if cited { Role::Source } else { Role::Mention };
                    if own == Some(LabelKind::Related) && role == Role::Mention {
                        inherited = None;
                        self.section = LinkSection::Related;
                    }
                    self.set_role(*index, role, label.as_deref().filter(|label| !label.is_empty()));
                    if let Some(found) = self.found.get_mut(*index) {
                        found.listed = follows && own.is_none() && current.is_none();
                    }
                }
                RowSpan::Link(_) | RowSpan::Code(_) | RowSpan::Definition(_) => {}
            }
            first = first && matches!(span, RowSpan::Text(text) if text.trim().is_empty());
        }
        let in_list = inherited.is_some() || opens.is_some();
        match opens {
            Some((LabelKind::Source { .. }, label)) => {
                // The list of a label that is alone before the links of its row may continue below, but
                // only in rows with little text.
                self.section = linked_section(label, BARE_ITEM);
            }
            Some((LabelKind::Related, _)) => self.section = LinkSection::Related,
            _ => {}
        }
        in_list
    }
}
