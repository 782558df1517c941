//! Classifies each row of an article as title, byline, credit, disclaimer or body.

use std::collections::HashMap;
use std::path::PathBuf;

use super::byline;
use crate::archive::article::Article;
use crate::archive::front_matter::FrontMatter;
use crate::archive::markdown::{MarkdownRow, MarkdownRowKind, RowSpan, ScannedMarkdown};
use crate::archive::raw_link::{LinkForm, RawLink};
use crate::archive::read_rules::ReadRules;
use crate::archive::row_role::RowRole;
use crate::archive::rule_phrase;
use crate::model::ArticleId;
use crate::unicode::character_classes::is_zero_width;

/// The number of first rows in which the title and the byline are looked for.
pub(in crate::archive) const HEAD_ROWS: usize = 12;

/// The number of letters of a row that are compared with the openings of disclaimers.
const LONGEST_OPENING: usize = 48;

/// The most credit lines that may start with the same words.
const MOST_CREDITS: usize = 3;

/// A row of a footer with more letters outside of links is a sentence rather than a name.
const FOOTER_SENTENCE: usize = 40;

/// The most sentences that a footer may have. With more of them, the article continues below the
/// disclaimer.
const MOST_FOOTER_SENTENCES: usize = 6;

/// A footer has at most this part of the letters of the text above it: half.
const LEAST_TEXT_ABOVE: usize = 2;

/// The fewest links of an index page. A page with fewer may be a short note with its sources.
const FEWEST_INDEX_LINKS: usize = 5;

/// The fewest links to the archive's own files that make a page an index page.
const FEWEST_OWN_LINKS: usize = 3;

/// The most letters that a row of an index page has outside of links.
const INDEX_PROSE: usize = 60;

/// Builds the article from its front matter, rows and links.
pub(in crate::archive) fn assemble_article(
    id: ArticleId,
    path: PathBuf,
    front: FrontMatter,
    scanned: ScannedMarkdown,
    rules: &ReadRules,
) -> Article {
    let ScannedMarkdown { rows, links: text_links } = scanned;
    let offset = front.links.len();
    let mut links = front.links;
    links.extend(text_links);
    let rows = if offset == 0 { rows } else { shift_link_indexes(rows, offset) };
    let mut classifier = RowClassifier {
        rows: &rows,
        links: &links,
        rules,
        row_roles: vec![RowRole::Body; rows.len()],
        widths: rows.iter().map(MarkdownRow::own_width).collect(),
    };
    let title_row = classifier.find_title(&front.title);
    let marked = classifier.find_original_link(title_row).or(front.repost);
    let repost = marked.or_else(|| classifier.find_learnt_link()).or_else(|| classifier.find_linked_title());
    let title_row =
        title_row.or_else(|| classifier.row_roles.iter().position(|role| *role == RowRole::Title));
    let stated = classifier.read_byline(repost);
    classifier.mark_header(title_row);
    classifier.mark_disclaimer();
    classifier.mark_credits();
    classifier.mark_empty_rows();
    let is_index =
        repost.is_none() && classifier.is_index(!(front.date.is_empty() && front.author.is_empty()));
    let row_roles = classifier.row_roles;
    let heading = title_row.and_then(|row| rows.get(row)).map(|row| row.plain_text(&links).trim().to_owned());
    let title = if front.title.is_empty() { heading.unwrap_or_default() } else { front.title };
    let date = stated.date.or_else(|| byline::parse_date(&front.date));
    let author = if front.author.is_empty() { stated.author } else { front.author };
    Article { id, path, title, date, author, is_index, links, rows, row_roles, repost }
}

fn shift_link_indexes(mut rows: Vec<MarkdownRow>, by: usize) -> Vec<MarkdownRow> {
    for row in &mut rows {
        for span in &mut row.spans {
            if let RowSpan::Link(index) | RowSpan::Definition(index) = span {
                *index += by;
            }
        }
    }
    rows
}

pub(in crate::archive) struct RowClassifier<'a> {
    pub(in crate::archive) rows: &'a [MarkdownRow],
    pub(in crate::archive) links: &'a [RawLink],
    pub(in crate::archive) rules: &'a ReadRules,
    row_roles: Vec<RowRole>,
    /// The number of letters outside of links, for each row.
    widths: Vec<usize>,
}

impl RowClassifier<'_> {
    pub(in crate::archive) fn own_width(&self, index: usize) -> usize {
        self.widths.get(index).copied().unwrap_or(0)
    }

    pub(in crate::archive) fn mark_row(&mut self, index: usize, role: RowRole) {
        if let Some(known) = self.row_roles.get_mut(index) {
            *known = role;
        }
    }

    /// Finds the title: the first heading near the top that is not navigation, preferably of level 1 or 2.
    /// A section heading is not the title where the front matter states another one (`stated`).
    fn find_title(&mut self, stated: &str) -> Option<usize> {
        let near = self.rows.iter().take(HEAD_ROWS).enumerate();
        let headings = near.filter_map(|(index, row)| match row.kind {
            MarkdownRowKind::Heading(level) => Some((index, level, row)),
            _ => None,
        });
        let mut titles = headings
            .filter(|(_, _, row)| !is_only_links(row) && !row.plain_text(self.links).trim().is_empty());
        let Some(first) = titles.next() else {
            let index = self.find_underlined_title()?;
            self.mark_row(index, RowRole::Title);
            return Some(index);
        };
        let best =
            if first.1 <= 2 { Some(first.0) } else { titles.find(|(_, level, _)| *level <= 2).map(|t| t.0) };
        // A heading of a lower level is the title only if no other text is above it.
        let lead = self.rows.iter().take(first.0).all(|row| is_only_links(row) || row.spans.is_empty());
        let index = best.or(lead.then_some(first.0))?;
        let is_section = self.rows.get(index).is_some_and(|row| {
            row.kind != MarkdownRowKind::Heading(1)
                && !rule_phrase::phrase_key_chars(stated).eq(row.key_chars(self.links))
        });
        if is_section && !stated.is_empty() {
            return None;
        }
        self.mark_row(index, RowRole::Title);
        Some(index)
    }

    /// Reads date and author from a code span near the top, which may share a row with the repost link.
    fn read_byline(&mut self, repost: Option<usize>) -> byline::Byline {
        for (index, row) in self.rows.iter().enumerate().take(HEAD_ROWS) {
            let Some(RowSpan::Code(code)) = row.spans.iter().find(|span| !is_space(span)) else { continue };
            let rest_is_repost = row.link_indexes().all(|link| Some(link) == repost);
            if row.kind == MarkdownRowKind::Code || !rest_is_repost || self.own_width(index) > 120 {
                continue;
            }
            if self.row_roles.get(index) != Some(&RowRole::Repost) {
                self.mark_row(index, RowRole::Byline);
            }
            return byline::parse_byline(code);
        }
        byline::Byline::default()
    }

    /// Marks navigation above the title, or at the very top where there is no title.
    fn mark_header(&mut self, title_row: Option<usize>) {
        let until = title_row.unwrap_or(HEAD_ROWS);
        for (index, row) in self.rows.iter().enumerate().take(until) {
            let navigation = is_only_links(row) && matches!(row.kind, MarkdownRowKind::Heading(_));
            if self.row_roles.get(index) != Some(&RowRole::Body) {
                continue;
            }
            let is_line_of_links =
                title_row.is_some() && is_only_links(row) && !self.is_inside_paragraph(index);
            if navigation || is_line_of_links {
                self.mark_row(index, RowRole::Header);
            } else if title_row.is_none() && !row.spans.is_empty() {
                break;
            }
        }
    }

    /// Whether a row is a line of a paragraph that also has other text.
    fn is_inside_paragraph(&self, index: usize) -> bool {
        let (above, below) = self.rows.split_at(index);
        let is_text = |row: &&MarkdownRow| row.kind == MarkdownRowKind::Text;
        let starts = above.iter().chain(below.first()).rev().take_while(is_text).take(HEAD_ROWS);
        let lines_up_to_start = starts.scan(true, |is_joined, row| {
            let joined = *is_joined;
            *is_joined = !row.after_blank;
            joined.then_some(row)
        });
        let lines_below = below.iter().skip(1).take_while(is_text).take_while(|row| !row.after_blank);
        lines_up_to_start
            .chain(lines_below.take(HEAD_ROWS))
            .any(|row| row.own_width() > 0 && !is_only_links(row))
    }

    /// Marks the disclaimer and the rows below it, if those look like the footer of a site.
    fn mark_disclaimer(&mut self) {
        let opens = |row: &MarkdownRow| {
            let mut letters = row.key_chars(self.links).take(LONGEST_OPENING).peekable();
            letters.peek().is_some_and(|first| self.rules.disclaimers.may_start_with(*first))
                && self.rules.disclaimers.matches_start(&letters.collect::<String>())
        };
        let Some(start) = self.rows.iter().rposition(|row| row.kind != MarkdownRowKind::Code && opens(row))
        else {
            return;
        };
        // A disclaimer with the article's text below it is a paragraph of the article.
        let of_body = |(index, width): (usize, &usize)| {
            (self.row_roles.get(index) == Some(&RowRole::Body)).then_some(*width)
        };
        let above: usize = self.widths.iter().enumerate().take(start).filter_map(of_body).sum();
        let below = || self.widths.iter().skip(start + 1).filter(|width| **width > FOOTER_SENTENCE);
        if below().count() > MOST_FOOTER_SENTENCES || below().sum::<usize>() * LEAST_TEXT_ABOVE > above {
            return;
        }
        // Above the text a disclaimer is a line of its own.
        let end = if above == 0 { start + 1 } else { self.rows.len() };
        for index in start..end {
            if self.row_roles.get(index) == Some(&RowRole::Body) {
                self.mark_row(index, RowRole::Disclaimer);
            }
        }
    }

    /// Marks lines that name people. A prefix that many lines share ("作者：" below each item of a list of
    /// prizes) belongs to the article.
    fn mark_credits(&mut self) {
        let mut heads: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, row) in self.rows.iter().enumerate() {
            if self.row_roles.get(index) == Some(&RowRole::Body)
                && self.own_width(index) <= self.rules.longest_credit
                && is_credit_line(&self.text_before_link(row), self.rules)
                && rule_phrase::text_width(&row.plain_text(self.links)) <= self.rules.longest_credit
            {
                let text = row.own_text();
                let head = text.split([':', '：', '–', '—', '-']).next().map(rule_phrase::phrase_key);
                heads.entry(head.unwrap_or_default()).or_default().push(index);
            }
        }
        for rows in heads.into_values().filter(|rows| rows.len() <= MOST_CREDITS) {
            for index in rows {
                self.mark_row(index, RowRole::Credit);
            }
        }
    }

    /// The text of a row up to its first link, or all of it for a row without links.
    fn text_before_link(&self, row: &MarkdownRow) -> String {
        let is_link = |span: &RowSpan| matches!(span, RowSpan::Link(index) if self.links.get(*index).is_some_and(|link| !link.image));
        let mut out = String::new();
        for span in row.spans.iter().take_while(|span| !is_link(span)) {
            if let RowSpan::Text(text) | RowSpan::Code(text) = span {
                out.push_str(text);
            }
        }
        out
    }

    fn mark_empty_rows(&mut self) {
        for (index, row) in self.rows.iter().enumerate() {
            if self.row_roles.get(index) == Some(&RowRole::Body) && row.spans.iter().all(is_space) {
                self.mark_row(index, RowRole::Empty);
            }
        }
    }

    /// Whether the article is a list of links with little prose around them. Links to the archive's own
    /// files may also be in a table, or in a list with dates and a few words each. An article whose front
    /// matter states an author or a date may be a short note with links to other sites.
    fn is_index(&self, is_signed: bool) -> bool {
        let (mut own_files, mut listed, mut labels, mut own, mut rows, mut link_rows) = (0, 0, 0, 0, 0, 0);
        let mut prose = false;
        for ((row, role), width) in self.rows.iter().zip(&self.row_roles).zip(&self.widths) {
            if !matches!(role, RowRole::Body | RowRole::Header | RowRole::Title) {
                continue;
            }
            own += *width;
            prose |= *width > INDEX_PROSE;
            rows += usize::from(*role == RowRole::Body);
            let mut has_link = false;
            for link in row.link_indexes().filter_map(|index| self.links.get(index)) {
                if !link.image
                    && !matches!(link.form, LinkForm::Bare | LinkForm::Autolink | LinkForm::FrontMatter)
                {
                    listed += usize::from(*role == RowRole::Body);
                    let own_file = !link.destination.contains(':') && !link.destination.starts_with("//");
                    own_files += usize::from(own_file && *role == RowRole::Body);
                    labels += rule_phrase::text_width(&link.label);
                    has_link = *role == RowRole::Body;
                }
            }
            link_rows += usize::from(has_link);
        }
        let enough = (listed >= FEWEST_INDEX_LINKS && !is_signed) || own_files >= FEWEST_OWN_LINKS;
        let described = own_files >= FEWEST_OWN_LINKS && own_files * 2 > listed;
        enough && !prose && link_rows * 2 >= rows && (own <= 40 + labels / 2 || described)
    }
}

/// Whether a row contains links and at most two letters besides.
pub(in crate::archive) fn is_only_links(row: &MarkdownRow) -> bool {
    row.link_indexes().next().is_some() && row.own_width() <= 2
}

fn is_space(span: &RowSpan) -> bool {
    matches!(span, RowSpan::Text(text) if text.chars().all(|c| c.is_whitespace() || is_zero_width(c)))
}

/// Whether a line names people who worked on the article: "翻译/编辑：X", "Edited by Y".
pub(in crate::archive) fn is_credit_line(text: &str, rules: &ReadRules) -> bool {
    let text =
        text.trim_matches(|c: char| c.is_whitespace() || is_zero_width(c) || "()（）【】[]|".contains(c));
    if text.is_empty()
        || rule_phrase::key_width(text) > rules.longest_credit
        || text.contains(['。', '，', '？', '！'])
    {
        return false;
    }
    let named = |marks: &[char]| {
        text.split_once(marks).is_some_and(|(head, names)| rules.credits_people(head, names))
    };
    named(&[':', '：', '︰']) || named(&['–', '—', '-', '－']) || {
        let lower = text.to_ascii_lowercase();
        lower.split_once(" by ").is_some_and(|(head, _)| rules.is_credit(&rule_phrase::phrase_key(head)))
    }
}
