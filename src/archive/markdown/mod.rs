//! The markdown reader: text in, rows and links with their places out.
//!
//! It is a reader of our own, since what a careful human follows is often no link to the standard: a
//! destination with a line break inside, words glued to it, wikilinks that cut it. It reads standard
//! markdown the standard way (code, comments, reference definitions, HTML) and is lenient where the
//! standard gives up. Each pass over the text is linear: a search that failed is never repeated.

mod bare_url;
mod brackets;
mod destination;
pub mod entities;
mod html;
mod inline;
mod line;
mod line_index;
mod tag;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::Range;

use super::rule_phrase;
use super::rule_phrase::Letters;
use super::{LinkForm, RawLink};
use brackets::Brackets;
use line::{Fence, LineKind, Opening};
use line_index::Places;

/// What kind of line a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// A heading with its level, 1 to 6.
    Heading(u8),
    /// A thematic break.
    Rule,
    /// A list item.
    Item,
    /// A table row.
    Table,
    /// Any other line of text.
    Text,
    /// A line of code: its links are nobody's.
    Code,
}

/// A part of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Plain text: markup gone, wikilinks replaced by their text.
    Text(String),
    /// A code span.
    Code(String),
    /// A link, by its index in the article's `links`.
    Link(usize),
    /// The definition of a reference, by the index of the first link that uses it.
    Definition(usize),
}

/// One line of the file, or several where a link runs over their ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line on which it starts, from 1.
    pub line: u32,
    /// What it is.
    pub kind: RowKind,
    /// Whether an empty line stands before it.
    pub after_blank: bool,
    /// Its parts, in order.
    pub spans: Vec<Span>,
    /// The letters and digits of its text outside of links.
    pub letters: Letters,
}

impl Row {
    /// The row as plain text with the labels of its links, pictures left out.
    pub fn text(&self, links: &[RawLink]) -> String {
        let mut out = String::new();
        for span in &self.spans {
            match span {
                Span::Text(text) | Span::Code(text) => out.push_str(text),
                Span::Link(index) => {
                    if let Some(link) = links.get(*index)
                        && !link.image
                        && link.form != LinkForm::Bare
                    {
                        out.push_str(&link.label);
                    }
                }
                Span::Definition(_) => {}
            }
        }
        out
    }

    /// The text outside of links.
    pub fn own_text(&self) -> String {
        let mut out = String::new();
        for span in &self.spans {
            if let Span::Text(text) | Span::Code(text) = span {
                out.push_str(text);
            }
        }
        out
    }

    /// How many letters and digits [`Row::own_text`] has.
    pub fn own_width(&self) -> usize {
        self.letters.width()
    }

    /// The weight of [`Row::own_text`], see [`rule_phrase::weight`].
    pub fn own_weight(&self) -> usize {
        self.letters.weight()
    }

    /// The letters and digits of the row's text, one after another, as a [`rule_phrase::key`] has them.
    pub fn key_chars<'a>(&'a self, links: &'a [RawLink]) -> impl Iterator<Item = char> + 'a {
        let texts = self.spans.iter().filter_map(|span| match span {
            Span::Text(text) | Span::Code(text) => Some(text.as_str()),
            Span::Link(index) => links.get(*index).filter(|link| !link.image).map(|link| link.label.as_str()),
            Span::Definition(_) => None,
        });
        texts.flat_map(rule_phrase::key_chars)
    }

    /// The indexes of its links.
    pub fn link_indexes(&self) -> impl Iterator<Item = usize> + '_ {
        self.spans.iter().filter_map(|span| match span {
            Span::Link(index) => Some(*index),
            _ => None,
        })
    }
}

/// What the reader found.
pub(super) struct Scanned {
    pub rows: Vec<Row>,
    pub links: Vec<RawLink>,
}

/// Reads `text` from the byte `from` on; lines and columns count from the text's start.
pub(super) fn scan(text: &str, from: usize) -> Scanned {
    let mut scanner = Scanner::new(text);
    scanner.collect_definitions(from);
    scanner.run(from);
    scanner.drop_used_definitions();
    Scanned { rows: scanner.rows, links: scanner.links }
}

/// A reference definition.
struct Definition {
    destination: Range<usize>,
    /// The link that stands for it where nothing uses it.
    link: Option<usize>,
    /// The first link that uses it.
    user: Option<usize>,
}

struct Scanner<'a> {
    text: &'a str,
    places: Places<'a>,
    brackets: Brackets,
    rows: Vec<Row>,
    links: Vec<RawLink>,
    definitions: HashMap<String, Definition>,
    /// The row under way.
    spans: Vec<Span>,
    buffer: String,
    /// An open `<a href>`: its link, which takes the text up to `</a>` for its label.
    anchor: Option<usize>,
    /// Wikilinks with a language prefix that are open: where in the buffer each began.
    wikilinks: Vec<usize>,
    /// Where the last link in brackets ended: what stands before is its own.
    behind_link: usize,
    /// Searches that failed: no such closing exists before this offset.
    missing: Missing,
}

#[derive(Default)]
struct Missing {
    comment_end: bool,
    /// No `)` stands before this offset.
    parenthesis: usize,
    /// By length of the run of backticks: the paragraph's end up to which none closes.
    ticks: HashMap<usize, usize>,
    /// Elements without a closing tag in the rest of the file.
    elements: Vec<String>,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            places: Places::new(text),
            brackets: Brackets::default(),
            rows: Vec::new(),
            links: Vec::new(),
            definitions: HashMap::new(),
            spans: Vec::new(),
            buffer: String::new(),
            anchor: None,
            wikilinks: Vec::new(),
            behind_link: 0,
            missing: Missing::default(),
        }
    }

    fn run(&mut self, from: usize) {
        let text = self.text;
        let mut pos = from;
        let mut opening = Opening::default();
        while pos < text.len() {
            let line = line::read(text, pos, opening);
            let row_line = self.places.line_of(pos);
            pos = match line.kind {
                LineKind::Blank => line.next,
                LineKind::Fence(fence) => self.fence(line.next, fence),
                LineKind::Code => {
                    let code = text.get(line.content..line.end).unwrap_or_default().to_owned();
                    self.push_row(row_line, RowKind::Code, opening.blank, vec![Span::Code(code)]);
                    line.next
                }
                LineKind::Rule => {
                    self.push_row(row_line, RowKind::Rule, opening.blank, Vec::new());
                    line.next
                }
                LineKind::Text(kind) => {
                    if self.define(line.content, line.end, opening.blank) {
                        line.next
                    } else {
                        let end = self.inline_line(line.content, line.end);
                        self.close_row(row_line, kind, opening.blank);
                        end
                    }
                }
            };
            opening = line.after(opening);
        }
    }

    /// Skips a fenced block, keeping its lines as code; an open fence runs to the end of what holds
    /// it: a quotation, a list's item, the file (`CommonMark` 0.31, 4.5).
    fn fence(&mut self, mut pos: usize, fence: Fence) -> usize {
        let mut after_blank = false;
        while pos < self.text.len() {
            let (end, next) = line::bounds(self.text, pos);
            let line = self.text.get(pos..end).unwrap_or_default();
            let Some(content) = fence.content(line, after_blank) else { break };
            let row_line = self.places.line_of(pos);
            pos = next;
            let trimmed = content.trim();
            after_blank = trimmed.is_empty();
            if trimmed.len() >= fence.length && trimmed.bytes().all(|b| b == fence.mark) {
                break;
            }
            if !trimmed.is_empty() {
                let code = vec![Span::Code(content.to_owned())];
                self.push_row(row_line, RowKind::Code, false, code);
            }
        }
        pos
    }

    /// Finds the definitions first: a link may stand before its definition.
    fn collect_definitions(&mut self, from: usize) {
        let mut pos = from;
        for at in memchr::memmem::find_iter(self.text.as_bytes(), b"]:") {
            if at < pos {
                continue;
            }
            let line_start = self.places.line_start(at);
            let (end, next) = line::bounds(self.text, line_start);
            pos = next;
            let read = line::read(self.text, line_start, Opening::default());
            if matches!(read.kind, LineKind::Text(_))
                && let Some((id, destination)) = definition(self.text, read.content, end)
            {
                let new = Definition { destination, link: None, user: None };
                self.definitions.entry(id).or_insert(new);
            }
        }
    }

    /// Keeps a definition's line as a row with a link, so that one that nothing uses has a place.
    fn define(&mut self, start: usize, end: usize, after_blank: bool) -> bool {
        if self.definitions.is_empty() {
            return false;
        }
        let Some((id, destination)) = definition(self.text, start, end) else { return false };
        let link = self.add_link(start, id.clone(), destination, false, LinkForm::Reference);
        if let Some(definition) = self.definitions.get_mut(&id) {
            definition.link.get_or_insert(link);
        }
        let row_line = self.places.line_of(start);
        self.push_row(row_line, RowKind::Text, after_blank, vec![Span::Link(link)]);
        true
    }

    fn push_row(&mut self, line: u32, kind: RowKind, after_blank: bool, spans: Vec<Span>) {
        let mut letters = Letters::default();
        for span in &spans {
            if let Span::Text(text) | Span::Code(text) = span {
                letters += Letters::of(text);
            }
        }
        self.rows.push(Row { line, kind, after_blank, spans, letters });
    }

    fn close_row(&mut self, line: u32, kind: RowKind, after_blank: bool) {
        self.flush();
        self.anchor = None;
        self.wikilinks.clear();
        let spans = std::mem::take(&mut self.spans);
        self.push_row(line, kind, after_blank, spans);
    }

    fn flush(&mut self) {
        if !self.buffer.is_empty() {
            self.spans.push(Span::Text(std::mem::take(&mut self.buffer)));
        }
    }

    fn add_link(
        &mut self,
        at: usize,
        label: String,
        destination: Range<usize>,
        image: bool,
        form: LinkForm,
    ) -> usize {
        let destination = self.text.get(destination).unwrap_or_default().to_owned();
        let position = self.places.position(at);
        self.links.push(RawLink { position, label, destination, image, form });
        self.links.len() - 1
    }

    /// A definition that is used is no link of its own: its row points to a link that uses it.
    fn drop_used_definitions(&mut self) {
        // Of each link of a definition, the link that uses it.
        let pairs = self.definitions.values().filter_map(|definition| definition.link.zip(definition.user));
        let users: HashMap<usize, usize> = pairs.collect();
        if users.is_empty() {
            return;
        }
        let mut new_index = Vec::with_capacity(self.links.len());
        let mut kept = 0;
        for index in 0..self.links.len() {
            new_index.push(kept);
            kept += usize::from(!users.contains_key(&index));
        }
        let mut index = 0..;
        self.links.retain(|_| index.next().is_none_or(|index| !users.contains_key(&index)));
        let moved = |old: &usize| new_index.get(*old).copied();
        for span in self.rows.iter_mut().flat_map(|row| &mut row.spans) {
            if let Span::Link(old) = span {
                let renamed = match users.get(old) {
                    Some(user) => moved(user).map(Span::Definition),
                    None => moved(old).map(Span::Link),
                };
                *span = renamed.unwrap_or(Span::Link(*old));
            }
        }
    }
}

/// `[id]: destination "title"` alone on a line: the id, normalised, and where the destination is.
fn definition(text: &str, start: usize, end: usize) -> Option<(String, Range<usize>)> {
    let line = text.get(start..end)?;
    if !line.starts_with('[') || line.starts_with("[^") {
        return None;
    }
    let close = line.find("]:")?;
    let id = line.get(1..close)?;
    if id.trim().is_empty() || id.contains(['[', ']']) {
        return None;
    }
    let rest = line.get(close + 2..)?;
    let at = start + close + 2 + (rest.len() - rest.trim_start().len());
    let rest = rest.trim();
    let (from, length, tail) = if let Some(inner) = rest.strip_prefix('<') {
        let length = inner.find('>')?;
        (at + 1, length, inner.get(length + 1..)?)
    } else {
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        (at, length, rest.get(length..)?)
    };
    let tail = tail.trim();
    let titled = tail.is_empty() || tail.starts_with(['"', '\'', '(']);
    let destination = text.get(from..from + length)?;
    // Anything else after an id and a colon is prose, or a numbered source.
    let leads = destination.contains(['/', '#', '.']) && !destination.starts_with('[');
    (titled && leads).then(|| (normal_id(id), from..from + length))
}

/// Reference ids are compared without case and with white space collapsed (`CommonMark` 0.31, 4.7).
fn normal_id(id: &str) -> String {
    id.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
