//! What each link is for, from the evidence around it.
//!
//! The rows are read from top to bottom as a reader does: a label line opens a section of sources,
//! prose, credits or a disclaimer close it; inside a row a label speaks for the links behind it.

use crate::article::{Article, LinkForm, Part, RawLink, Row, RowKind, Span, phrase};

use super::Role;
use super::rules::{CitationRules, Label};

/// Own text of a row above this weight is prose, not a list's item, in half-width letters.
const LONGEST_ITEM: usize = 200;
/// A text between a label and its link above this weight is prose.
const LONGEST_GAP: usize = 80;
/// Lines without a link that a list of sources may hold in a row (titles above their URLs).
const MOST_TITLES: usize = 3;
/// After a label with links on its own line, further rows must be as bare as this.
const BARE_ITEM: usize = 24;

/// What the reader has found for one link.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub role: Option<Role>,
    /// The label that stands before it.
    pub label: Option<String>,
}

/// An open section.
#[derive(Clone, Debug)]
enum Section {
    None,
    /// Sources follow; how wide a row's own text may be, and lines without links so far.
    Sources {
        label: String,
        widest: usize,
        titles: usize,
    },
    /// A picture's origin follows on the next row.
    Picture,
    /// Related reading follows.
    Related,
}

/// The role of each of the article's links, by index.
pub(super) fn find(article: &Article, rules: &CitationRules) -> Vec<Found> {
    let mut reader = Reader {
        links: &article.links,
        rules,
        found: vec![Found::default(); article.links.len()],
        section: Section::None,
    };
    for (row, part) in article.rows.iter().zip(&article.parts) {
        reader.row(row, *part);
    }
    let mut found = reader.found;
    if !rules.boilerplate.is_empty() {
        for index in super::boilerplate::below_prose(article) {
            let common =
                article.links.get(index).is_some_and(|link| rules.boilerplate.contains(&link.destination));
            if let Some(found) =
                found.get_mut(index).filter(|found| common && found.role == Some(Role::Mention))
            {
                found.role = Some(Role::Navigation);
            }
        }
    }
    for (index, (found, link)) in found.iter_mut().zip(&article.links).enumerate() {
        if link.image {
            found.role = Some(Role::Image);
        } else if article.repost == Some(index) {
            found.role = Some(Role::Repost);
        } else if link.form == LinkForm::FrontMatter {
            found.role = Some(Role::Source);
        } else if article.is_index {
            found.role = Some(Role::Navigation);
        }
    }
    found
}

struct Reader<'a> {
    links: &'a [RawLink],
    rules: &'a CitationRules,
    found: Vec<Found>,
    section: Section,
}

impl Reader<'_> {
    fn set(&mut self, index: usize, role: Role, label: Option<&str>) {
        if let Some(found) = self.found.get_mut(index) {
            found.role = Some(role);
            found.label = label.map(str::to_owned);
        }
    }

    fn row(&mut self, row: &Row, part: Part) {
        let outside: Vec<usize> = row
            .link_indexes()
            .filter(|&index| self.links.get(index).is_some_and(|link| !link.image))
            .collect();
        match part {
            Part::Disclaimer | Part::Header => {
                self.section = Section::None;
                for index in outside {
                    self.set(index, Role::Navigation, None);
                }
                return;
            }
            Part::Credit if outside.is_empty() => self.close(row),
            Part::Title | Part::Byline | Part::Repost | Part::Credit => self.section = Section::None,
            Part::Body | Part::Empty => {}
        }
        let heading = matches!(row.kind, RowKind::Heading(_));
        if row.kind == RowKind::Rule || heading {
            self.section = Section::None;
        }
        if outside.is_empty() {
            self.without_links(row);
        } else {
            self.with_links(row, &outside);
        }
    }

    /// A credit line ends a section, unless it is a label in disguise ("素材：").
    fn close(&mut self, row: &Row) {
        if self.label_of(&row.own_text()).is_none() {
            self.section = Section::None;
        }
    }

    fn label_of(&self, text: &str) -> Option<Label> {
        self.rules.label(&phrase::key(text))
    }

    fn without_links(&mut self, row: &Row) {
        let text = row.own_text();
        let width = phrase::weight(&phrase::key(&text));
        if width == 0 {
            return;
        }
        // A label on its own, or at the end of the line, behind a sentence.
        let clause = last_clause(text.trim_end_matches([':', '：', ' ', '\u{3000}']));
        let ends_open = text.trim_end().ends_with([':', '：']);
        let label = match self.label_of(&text) {
            Some(label) => Some(label),
            None if ends_open => self.label_of(clause).or_else(|| self.label_at_end(clause, true)),
            None => None,
        };
        match label {
            Some(Label::Source { weak }) if !weak || ends_open || width <= 16 => {
                self.section = Section::Sources {
                    label: text.trim().trim_end_matches([':', '：']).trim().to_owned(),
                    widest: LONGEST_ITEM,
                    titles: 0,
                };
            }
            Some(Label::Picture) if ends_open => self.section = Section::Picture,
            Some(Label::Related) if width <= LONGEST_ITEM => self.section = Section::Related,
            _ => self.title_line(row, width, &text),
        }
    }

    /// A line without links inside a section: an item's title, or the prose that ends it.
    fn title_line(&mut self, row: &Row, width: usize, text: &str) {
        let prose = width > LONGEST_ITEM || (width > 80 && text.trim_end().ends_with(['。', '！', '.']));
        match &mut self.section {
            Section::Sources { widest, titles, .. }
                if !prose && *widest > BARE_ITEM && row.kind != RowKind::Rule =>
            {
                *titles += 1;
                if *titles > MOST_TITLES {
                    self.section = Section::None;
                }
            }
            Section::Related if !prose => {}
            _ => self.section = Section::None,
        }
    }

    fn with_links(&mut self, row: &Row, outside: &[usize]) {
        let own = row.own_text();
        let own_width = phrase::weight(&phrase::key(&own));
        // Below a line with label and links, a further line that stands apart must be a lone link.
        let apart = |widest| widest == BARE_ITEM && row.after_blank && (outside.len() > 1 || own_width > 8);
        let mut inherited = match std::mem::replace(&mut self.section, Section::None) {
            Section::Sources { label, widest, .. } if own_width <= widest && !apart(widest) => {
                self.section = Section::Sources { label: label.clone(), widest, titles: 0 };
                Some((Label::Source { weak: false }, label))
            }
            Section::Related if own_width <= LONGEST_ITEM => {
                self.section = Section::Related;
                Some((Label::Related, String::new()))
            }
            Section::Picture => Some((Label::Picture, String::new())),
            _ => None,
        };
        let below_label = matches!(self.section, Section::Sources { widest: BARE_ITEM, .. });
        let mut current: Option<(Label, String)> = None;
        let mut first = true;
        let mut opens = None;
        for span in &row.spans {
            match span {
                Span::Text(text) => match self.label_before(text, first, own_width) {
                    Some(found) => {
                        if first && !matches!(found.0, Label::Picture) {
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
                Span::Link(index) if outside.contains(index) => {
                    let written = self.links.get(*index).map_or("", |link| link.destination.as_str());
                    if self.rules.is_channel(written) && (current.is_none() || outside.len() > 1) {
                        // An account or a page of its own posts: whose it is, not what was said.
                        self.set(*index, Role::Mention, None);
                        continue;
                    }
                    let context = current.as_ref().or(inherited.as_ref());
                    // Below a labelled link stands the film that the label's link leads to.
                    let film = current.is_none() && below_label && self.rules.is_media(written);
                    let context = context.filter(|_| !film);
                    let (role, label) = self.judge(*index, context, own_width);
                    let label = label.or_else(|| context.map(|(_, label)| label.clone()));
                    self.set(*index, role, label.as_deref().filter(|label| !label.is_empty()));
                }
                Span::Link(_) | Span::Code(_) => {}
            }
            first = first && matches!(span, Span::Text(text) if text.trim().is_empty());
        }
        match opens {
            Some((Label::Source { .. }, label)) => {
                // A label alone before the row's links may go on below; bare rows only.
                self.section = Section::Sources { label, widest: BARE_ITEM, titles: 0 };
            }
            Some((Label::Related, _)) => self.section = Section::Related,
            _ => {}
        }
    }

    /// The role of a link in its context; its own text may be a label.
    fn judge(
        &self,
        index: usize,
        context: Option<&(Label, String)>,
        own_width: usize,
    ) -> (Role, Option<String>) {
        let Some(link) = self.links.get(index) else { return (Role::Mention, None) };
        let from_context = match context {
            Some((Label::Source { .. }, _)) => Role::Source,
            _ => Role::Mention,
        };
        if matches!(link.form, LinkForm::Bare | LinkForm::Autolink) {
            return (from_context, None);
        }
        let own = self
            .label_of(&link.label)
            .or_else(|| self.label_at_end(&link.label, true).filter(|_| own_width <= 8));
        let role = match own {
            Some(Label::Source { weak: false }) => Role::Source,
            Some(Label::Source { weak: true }) if own_width <= 8 => Role::Source,
            Some(Label::Related | Label::Picture) if !matches!(context, Some((Label::Source { .. }, _))) => {
                Role::Mention
            }
            _ => from_context,
        };
        (role, None)
    }

    /// A clause that ends in a label of two words or more: "第二段的视频链接：".
    fn label_at_end(&self, clause: &str, open: bool) -> Option<Label> {
        let key = phrase::key(clause);
        (open && phrase::weight(&key) <= LONGEST_GAP && self.rules.ends_in_label(&key))
            .then_some(Label::Source { weak: false })
    }

    /// The label in the text before a link, if there is one.
    fn label_before(&self, text: &str, first: bool, own_width: usize) -> Option<(Label, String)> {
        let clause = last_clause(text).trim();
        let clause = clause
            .trim_start_matches([
                '-', '—', '–', '*', '•', '·', '(', '（', '[', '【', '>', '|', '/', '，', ',',
            ])
            .trim();
        let open = clause.ends_with([':', '：', '︰']);
        let bare =
            clause.trim_end_matches([':', '：', '︰', ' ', '\u{3000}', '>', '→', '-', '—', '–', '(', '（']);
        if let Some(label) = self.label_of(bare).or_else(|| self.label_at_end(bare, open)) {
            let counts = match label {
                Label::Source { weak } => {
                    open || (!weak && phrase::weight(bare) <= 24) || (first && own_width <= 12)
                }
                Label::Picture | Label::Related => true,
            };
            if counts {
                return Some((label, bare.to_owned()));
            }
        }
        // "来源：某报 [标题](…)": a name between the label and its link.
        let mut rest = clause;
        while let Some((head, tail)) = rest.split_once([':', '：', '︰']) {
            let gap = phrase::weight(&phrase::key(tail));
            let head_clause =
                head.rsplit(['，', ',', '（', '(', '【', ' ', '\u{3000}', '/', '|']).next().unwrap_or(head);
            let label = self.label_of(head).or_else(|| self.label_of(head_clause));
            if let Some(label) = label.filter(|_| gap <= LONGEST_GAP) {
                return Some((label, head.trim().to_owned()));
            }
            rest = tail;
        }
        None
    }
}

/// Whether the text between two links is prose, not a joint or a name.
fn is_prose(text: &str) -> bool {
    let width = phrase::weight(&phrase::key(text));
    width > LONGEST_GAP || (width > 16 && text.contains(phrase::ends_sentence))
}

/// Whether a text is so long a sentence that no list's item holds it.
fn is_sentence(text: &str) -> bool {
    let weight = phrase::weight(&phrase::key(text));
    weight > LONGEST_ITEM || (weight > LONGEST_GAP && text.contains(['。', '！', '？']))
}

fn last_clause(text: &str) -> &str {
    text.trim_end().rsplit(phrase::ends_sentence).next().unwrap_or_default()
}
