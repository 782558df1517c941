//! Reads markdown line by line into rows and links.

use std::collections::HashMap;
use std::ops::Range;

use super::brackets::BracketPairs;
use super::definition::{LinkDefinition, parse_definition, used_labels};
use super::line;
use super::line::{CodeFence, LineContext, LineKind};
use super::row::{MarkdownRow, MarkdownRowKind, RowSpan};
use crate::archive::line_index::LineIndex;
use crate::archive::raw_link::{LinkForm, RawLink};
use crate::archive::rule_phrase::LetterCount;

/// The rows and links of a file.
pub(in crate::archive) struct ScannedMarkdown {
    pub rows: Vec<MarkdownRow>,
    pub links: Vec<RawLink>,
}

/// Reads `text` from the byte `from` on. Lines and columns count from the start of the text.
pub(in crate::archive) fn scan_markdown(text: &str, from: usize) -> ScannedMarkdown {
    let mut scanner = MarkdownScanner::new(text);
    scanner.collect_definitions(from);
    scanner.scan_lines(from);
    scanner.drop_used_definitions();
    ScannedMarkdown { rows: scanner.rows, links: scanner.links }
}

pub(super) struct MarkdownScanner<'a> {
    pub text: &'a str,
    pub places: LineIndex<'a>,
    pub brackets: BracketPairs,
    pub rows: Vec<MarkdownRow>,
    pub links: Vec<RawLink>,
    pub definitions: HashMap<String, LinkDefinition>,
    /// The parts of the row that is being read.
    pub spans: Vec<RowSpan>,
    pub buffer: String,
    /// The link of an open `<a href>`, whose label is the text up to `</a>`.
    pub anchor: Option<usize>,
    /// The open wikilinks with a language prefix, as the offsets in `buffer` at which they began.
    pub wikilinks: Vec<usize>,
    /// The offset behind the last link in brackets: emphasis marks before it are not part of a URL behind
    /// it.
    pub behind_link: usize,
    /// Searches that failed and need not be repeated.
    pub missing: FailedSearches,
}

#[derive(Default)]
pub(super) struct FailedSearches {
    /// For each kind of hidden text, whether its closing mark is missing from the rest of the file.
    pub hidden_ends: [bool; 3],
    /// There is no `)` before this offset.
    pub parenthesis: usize,
    /// For each length of a run of backticks, the end of the paragraph in which no other run closes it.
    pub ticks: HashMap<usize, usize>,
    /// Elements without a closing tag in the rest of the file.
    pub elements: Vec<String>,
}

impl<'a> MarkdownScanner<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            places: LineIndex::new(text),
            brackets: BracketPairs::default(),
            rows: Vec::new(),
            links: Vec::new(),
            definitions: HashMap::new(),
            spans: Vec::new(),
            buffer: String::new(),
            anchor: None,
            wikilinks: Vec::new(),
            behind_link: 0,
            missing: FailedSearches::default(),
        }
    }

    fn scan_lines(&mut self, from: usize) {
        let text = self.text;
        let mut pos = from;
        let mut opening = LineContext::default();
        while pos < text.len() {
            let line = line::parse_line(text, pos, opening);
            let row_line = self.places.line_number(pos);
            pos = match line.kind {
                LineKind::Blank => line.next,
                LineKind::Fence(fence) => self.read_fenced_block(line.next, fence),
                LineKind::Code => {
                    let code = text.get(line.content..line.end).unwrap_or_default().to_owned();
                    self.push_row(row_line, MarkdownRowKind::Code, opening.blank, vec![RowSpan::Code(code)]);
                    line.next
                }
                LineKind::Rule => {
                    self.push_row(row_line, MarkdownRowKind::Rule, opening.blank, Vec::new());
                    line.next
                }
                LineKind::Text(kind) => {
                    self.read_definition(line.content, opening.blank).unwrap_or_else(|| {
                        let end = self.read_inline_line(line.content, line.end);
                        self.close_row(row_line, kind, opening.blank);
                        end
                    })
                }
            };
            opening = line.context_after();
        }
    }

    /// Reads a fenced block and keeps its lines as code. A fence that is never closed extends to the end of
    /// the quotation, list item or file that contains it (`CommonMark` 0.31, 4.5).
    fn read_fenced_block(&mut self, mut pos: usize, fence: CodeFence) -> usize {
        let mut after_blank = false;
        while let Some(line) = fence.read_line(self.text, pos, after_blank) {
            let row_line = self.places.line_number(pos);
            pos = line.next;
            after_blank = line.content.trim().is_empty();
            if line.is_closing {
                break;
            }
            if !after_blank {
                let code = vec![RowSpan::Code(line.content.to_owned())];
                self.push_row(row_line, MarkdownRowKind::Code, false, code);
            }
        }
        pos
    }

    /// Finds all definitions before anything else is read, because a link may be above its definition.
    fn collect_definitions(&mut self, from: usize) {
        let text = self.text;
        if memchr::memmem::find(text.as_bytes().get(from..).unwrap_or_default(), b"]:").is_none() {
            return;
        }
        let (mut labels, mut is_fence_open) = (None, false);
        let mut pos = from;
        let mut context = LineContext::default();
        while pos < text.len() {
            let line = line::parse_line(text, pos, context);
            pos = line.next;
            match line.kind {
                // A fence that is never closed hides no definition, so that no link is lost to it.
                LineKind::Fence(fence) if !is_fence_open => match fence.skip_closed_block(text, pos) {
                    Some(next) => pos = next,
                    None => is_fence_open = true,
                },
                LineKind::Text(_) => {
                    if let Some(found) = parse_definition(text, line.content)
                        && (found.is_address
                            || labels.get_or_insert_with(|| used_labels(text)).contains(&found.label))
                    {
                        pos = found.next;
                        let new = LinkDefinition { destination: found.destination, link: None, user: None };
                        self.definitions.entry(found.label).or_insert(new);
                    }
                }
                _ => {}
            }
            context = line.context_after();
        }
    }

    /// Adds a definition as a row with a link, so that an unused definition has a position. Returns where
    /// the next line starts.
    fn read_definition(&mut self, start: usize, after_blank: bool) -> Option<usize> {
        if self.definitions.is_empty() {
            return None;
        }
        let found = parse_definition(self.text, start)?;
        // A single word behind a label is prose unless a link uses it as a definition.
        let is_used = |known: &LinkDefinition| known.destination == found.destination;
        if !found.is_address && !self.definitions.get(&found.label).is_some_and(is_used) {
            return None;
        }
        let label = found.label.to_lowercase();
        let link = self.add_link(start, label, found.destination, false, LinkForm::Reference);
        if let Some(definition) = self.definitions.get_mut(&found.label) {
            definition.link.get_or_insert(link);
        }
        let row_line = self.places.line_number(start);
        self.push_row(row_line, MarkdownRowKind::Text, after_blank, vec![RowSpan::Link(link)]);
        Some(found.next)
    }

    pub(super) fn push_row(
        &mut self,
        line: u32,
        kind: MarkdownRowKind,
        after_blank: bool,
        spans: Vec<RowSpan>,
    ) {
        let mut letters = LetterCount::default();
        for span in &spans {
            if let RowSpan::Text(text) | RowSpan::Code(text) = span {
                letters += LetterCount::count_in(text);
            }
        }
        self.rows.push(MarkdownRow { line, kind, after_blank, spans, letters });
    }

    pub(super) fn close_row(&mut self, line: u32, kind: MarkdownRowKind, after_blank: bool) {
        self.flush_text();
        self.anchor = None;
        self.wikilinks.clear();
        // A new list takes what it holds and no more: a file may have millions of rows of one part.
        let spans = self.spans.drain(..).collect();
        self.push_row(line, kind, after_blank, spans);
    }

    pub(super) fn flush_text(&mut self) {
        if !self.buffer.is_empty() {
            self.spans.push(RowSpan::Text(self.buffer.as_str().to_owned()));
            self.buffer.clear();
        }
    }

    pub(super) fn add_link(
        &mut self,
        at: usize,
        label: String,
        destination: Range<usize>,
        image: bool,
        form: LinkForm,
    ) -> usize {
        let destination = self.text.get(destination).unwrap_or_default().to_owned();
        let position = self.places.position_of(at);
        self.links.push(RawLink { position, label, destination, image, form });
        self.links.len() - 1
    }

    /// Removes the links of definitions that are used: their rows refer to the first link that uses them.
    fn drop_used_definitions(&mut self) {
        // Maps the link of each definition to the link that uses it.
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
            if let RowSpan::Link(old) = span {
                let renamed = match users.get(old) {
                    Some(user) => moved(user).map(RowSpan::Definition),
                    None => moved(old).map(RowSpan::Link),
                };
                *span = renamed.unwrap_or(RowSpan::Link(*old));
            }
        }
    }
}
