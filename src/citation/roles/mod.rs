//! What each link is for, from the evidence around it.
//!
//! The rows are read from top to bottom as a reader does: a label line opens a section of sources,
//! prose, credits or a disclaimer close it; inside a row a label speaks for the links behind it.

#[cfg(test)]
pub(in crate::citation) mod tests;

use crate::archive::{Article, LinkForm, Part, RawLink, Row, RowKind, Span, rule_phrase};

use super::repeated_links;
use super::rules::{CitationRules, Label};
use crate::model::Role;

/// Own text of a row above this weight is prose, not a list's item, in half-width letters.
const LONGEST_ITEM: usize = 200;
/// A text between a label and its link above this weight is prose.
const LONGEST_GAP: usize = 80;
/// A longer text is no label, in bytes.
const LONGEST_LABEL: usize = 160;
/// Lines without a link that a list of sources may hold in a row (titles above their URLs); those
/// with a number are its entries, however many there are.
const MOST_TITLES: usize = 3;
/// An entry with a number may name many authors, but it ends somewhere; in half-width letters.
const LONGEST_ENTRY: usize = 3 * LONGEST_ITEM;
/// The name behind a label, whose link stands on the next line, is no wider; in half-width letters.
const LONGEST_NAME: usize = 40;
/// A lone weak label or picture credit without a colon, or the name behind a weak one, is no wider.
const LONE_LABEL: usize = 16;
/// What sets a label off from what it names.
const COLONS: [char; 5] = [':', '：', '︰', '丨', '｜'];
/// After a label with links on its own line, further rows must be as bare as this.
const BARE_ITEM: usize = 24;

/// What the reader has found for one link.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub role: Option<Role>,
    /// The label that stands before it.
    pub label: Option<String>,
    /// It only follows others in a list of sources.
    pub listed: bool,
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
        /// Nothing stands below the label yet.
        fresh: bool,
        /// A link stands below it.
        linked: bool,
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
        listed: false,
    };
    for (row, part) in article.rows.iter().zip(&article.parts) {
        reader.row(row, *part);
    }
    let mut found = reader.found;
    if !rules.boilerplate.is_empty() {
        for (index, marks) in repeated_links::below_prose(article, rules, &found) {
            let common = marks.iter().any(|mark| rules.boilerplate.contains(mark));
            if let Some(found) = found.get_mut(index).filter(|_| common) {
                found.role = Some(Role::Navigation);
            }
        }
    }
    // A list of links below the label of sources is an article's own, however little it says.
    let cites = |found: &Found| {
        let label = found.label.as_deref().and_then(|label| rules.label(label, false));
        found.role == Some(Role::Source) && label == Some(Label::Source { weak: false })
    };
    let is_index = article.is_index && !found.iter().any(cites);
    for (index, (found, link)) in found.iter_mut().zip(&article.links).enumerate() {
        if link.image {
            found.role = Some(Role::Image);
        } else if article.repost == Some(index) {
            found.role = Some(Role::Repost);
        } else if link.form == LinkForm::FrontMatter {
            found.role = Some(Role::Source);
        } else if is_index {
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
    /// The row under way stands in a list of sources.
    listed: bool,
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
        let fresh = match &mut self.section {
            Section::Sources { fresh, .. } => std::mem::take(fresh),
            _ => false,
        };
        // A rule right below a label underlines it.
        if matches!(row.kind, RowKind::Heading(_)) || (row.kind == RowKind::Rule && !fresh) {
            self.section = Section::None;
        }
        self.listed = matches!(self.section, Section::Sources { .. });
        self.definitions(row);
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

    /// A reference whose definition stands in a list of sources is one, wherever it is used.
    fn definitions(&mut self, row: &Row) {
        let Section::Sources { label, .. } = &self.section else { return };
        for span in &row.spans {
            if let Span::Definition(user) = span
                && let Some(found) = self.found.get_mut(*user)
                && found.role == Some(Role::Mention)
            {
                *found = Found { role: Some(Role::Source), label: Some(label.clone()), listed: false };
            }
        }
    }

    fn label_of(&self, text: &str) -> Option<Label> {
        if text.len() > LONGEST_LABEL {
            return None;
        }
        self.rules.label(text, self.listed)
    }

    fn without_links(&mut self, row: &Row) {
        let width = row.own_weight();
        if width == 0 {
            return;
        }
        let text = row.own_text();
        // A label on its own, or at the end of the line, behind a sentence.
        let clause = last_clause(text.trim_end_matches([':', '：', ' ', '\u{3000}']));
        let ends_open = text.trim_end().ends_with([':', '：']);
        let label = match self.label_of(&text) {
            Some(label) => Some(label),
            None if ends_open => self.label_of(clause).or_else(|| self.label_at_end(clause, true)),
            None => None,
        };
        match label {
            Some(Label::Source { weak }) if !weak || ends_open || width <= LONE_LABEL => {
                self.section = opened(&text, LONGEST_ITEM);
            }
            Some(Label::Picture) if ends_open || width <= LONE_LABEL => self.section = Section::Picture,
            Some(Label::Related) if width <= LONGEST_ITEM => self.section = Section::Related,
            // Most rows are prose, and too long for a label with a name.
            _ => match (width <= LONGEST_GAP).then(|| self.label_with_name(&text)).flatten() {
                Some(label) => self.section = opened(label, BARE_ITEM),
                None => self.title_line(row, width, &text),
            },
        }
    }

    /// The label of "信息来源：路透社", whose link stands on the next line.
    fn label_with_name<'t>(&self, text: &'t str) -> Option<&'t str> {
        let (head, name) = text.split_once(COLONS)?;
        let weight = rule_phrase::text_weight(name);
        if weight > LONGEST_NAME || name.contains(rule_phrase::ends_sentence) {
            return None;
        }
        let Some(Label::Source { weak }) = self.label_of(head) else { return None };
        (!weak || weight <= LONE_LABEL).then_some(head)
    }

    /// A line without links inside a section: an item's title, or the prose that ends it.
    fn title_line(&mut self, row: &Row, width: usize, text: &str) {
        let entry = row.kind == RowKind::Item || is_numbered(text);
        let sentence = width > 80 && text.trim_end().ends_with(['。', '！', '.']);
        let prose = if entry { width > LONGEST_ENTRY } else { width > LONGEST_ITEM || sentence };
        match &mut self.section {
            Section::Sources { widest, titles, .. }
                if !prose && *widest > BARE_ITEM && row.kind != RowKind::Rule =>
            {
                *titles += usize::from(!entry);
                if *titles > MOST_TITLES {
                    self.section = Section::None;
                }
            }
            Section::Related if !prose => {}
            _ => self.section = Section::None,
        }
    }

    fn with_links(&mut self, row: &Row, outside: &[usize]) {
        let own_width = row.own_weight();
        // Below a line with label and links, a further line that stands apart must be a lone link.
        let apart = |widest| widest == BARE_ITEM && row.after_blank && (outside.len() > 1 || own_width > 8);
        let mut follows = false;
        let mut inherited = match std::mem::replace(&mut self.section, Section::None) {
            Section::Sources { label, widest, linked, .. } if own_width <= widest && !apart(widest) => {
                follows = linked;
                self.section = linked_below(label.clone(), widest);
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
                    let label = context.map(|(_, label)| label.clone());
                    let own = self.own_label(*index, own_width);
                    // A label on the same row says more than the link's text.
                    let other = matches!(own, Some(Label::Related | Label::Picture)) && current.is_none();
                    let listed = matches!(context, Some((Label::Source { .. }, _))) && !other;
                    let cited = listed || matches!(own, Some(Label::Source { .. }));
                    let role = if cited { Role::Source } else { Role::Mention };
                    if own == Some(Label::Related) && role == Role::Mention {
                        inherited = None;
                        self.section = Section::Related;
                    }
                    self.set(*index, role, label.as_deref().filter(|label| !label.is_empty()));
                    if let Some(found) = self.found.get_mut(*index) {
                        found.listed = follows && own.is_none() && current.is_none();
                    }
                }
                Span::Link(_) | Span::Code(_) | Span::Definition(_) => {}
            }
            first = first && matches!(span, Span::Text(text) if text.trim().is_empty());
        }
        match opens {
            Some((Label::Source { .. }, label)) => {
                // A label alone before the row's links may go on below; bare rows only.
                self.section = linked_below(label, BARE_ITEM);
            }
            Some((Label::Related, _)) => self.section = Section::Related,
            _ => {}
        }
    }

    /// What a link's own text is as a label: "原文链接", also with a name behind it ("来源：某报",
    /// "【原文链接】某文").
    fn own_label(&self, index: usize, own_width: usize) -> Option<Label> {
        let link = self.links.get(index)?;
        if matches!(link.form, LinkForm::Bare | LinkForm::Autolink) {
            return None;
        }
        let alone = own_width <= 8;
        let head = || {
            let (head, _) = link.label.split_once([':', '：', '︰', '丨', '｜', '】'])?;
            (!head.starts_with("http")).then_some(head)
        };
        self.label_of(&link.label)
            .or_else(|| self.label_of(head()?))
            .or_else(|| self.label_at_end(&link.label, false).filter(|_| alone))
            .filter(|label| alone || *label != Label::Source { weak: true })
    }

    /// A clause that ends in a label of two words or more ("第二段的视频链接"); before a colon, also
    /// in one word behind an unknown one ("法案链接：").
    fn label_at_end(&self, clause: &str, colon: bool) -> Option<Label> {
        if clause.len() > 2 * LONGEST_LABEL {
            return None;
        }
        let key = rule_phrase::key(clause);
        let ends = rule_phrase::weight(&key) <= LONGEST_GAP
            && (self.rules.ends_in_label(&key) || (colon && self.rules.names_links(&key)));
        ends.then_some(Label::Source { weak: false })
    }

    /// The label in the text before a link, if there is one.
    fn label_before(&self, text: &str, first: bool, own_width: usize) -> Option<(Label, String)> {
        let clause = last_clause(text).trim();
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
        if let Some(label) = self.label_of(bare).or_else(at_end) {
            let counts = match label {
                Label::Source { weak } => {
                    open || (!weak && rule_phrase::weight(bare) <= 24) || (first && own_width <= 12)
                }
                Label::Picture | Label::Related => true,
            };
            if counts {
                return Some((label, bare.to_owned()));
            }
        }
        // "来源：某报 [标题](…)": a name between the label and its link.
        let mut rest = clause;
        while let Some((head, tail)) = rest.split_once(COLONS) {
            if tail.len() > 4 * LONGEST_GAP {
                rest = tail;
                continue;
            }
            let gap = rule_phrase::text_weight(tail);
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

/// A section of sources below its label.
fn opened(label: &str, widest: usize) -> Section {
    let label = label.trim().trim_end_matches([':', '：']).trim().to_owned();
    Section::Sources { label, widest, titles: 0, fresh: true, linked: false }
}

/// The same section below a row with links.
fn linked_below(label: String, widest: usize) -> Section {
    Section::Sources { label, widest, titles: 0, fresh: false, linked: true }
}

/// Whether a line starts with a number as a list's entries do: "[1]", "①", "（2）", "3、".
fn is_numbered(text: &str) -> bool {
    let text = text.trim_start();
    let rest = text.trim_start_matches(['[', '(', '（', '【', '［']);
    let behind = rest.trim_start_matches(char::is_numeric);
    let digits = rest.len() - behind.len();
    let circled = rest.starts_with(|c: char| matches!(u32::from(c), 0x2460..=0x249B | 0x2776..=0x2793));
    circled
        || ((1..=3).contains(&digits) && behind.starts_with(['.', '．', '、', ')', '）', ']', '】', '］']))
}

/// Whether the text between two links is prose, not a joint or a name.
fn is_prose(text: &str) -> bool {
    let width = rule_phrase::text_weight(text);
    width > LONGEST_GAP || (width > 16 && text.contains(rule_phrase::ends_sentence))
}

/// Whether a text is so long a sentence that no list's item holds it.
fn is_sentence(text: &str) -> bool {
    let weight = rule_phrase::text_weight(text);
    weight > LONGEST_ITEM || (weight > LONGEST_GAP && text.contains(['。', '！', '？']))
}

fn last_clause(text: &str) -> &str {
    text.trim_end().rsplit(rule_phrase::ends_sentence).next().unwrap_or_default()
}
