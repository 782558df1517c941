//! Joins the lines of a document's pages to paragraphs, without what stands at the edge of every page.

use std::collections::HashMap;

use crate::text::prose::{ends_sentence, text_width};
use crate::unicode::cjk::is_cjk;

/// So many lines at the top and at the bottom of a page may be a running header or footer.
const EDGE_LINES: usize = 3;
/// A line below this share of the page's usual width ends its paragraph.
const SHORT_LINE: f64 = 0.7;
/// A running line is on this many pages at least, or on both of two.
const MIN_REPEATS: usize = 3;

/// The paragraphs of all pages, in order, one string each.
pub fn join_paragraphs(pages: &[String]) -> Vec<String> {
    let pages: Vec<Vec<String>> = pages.iter().map(|page| page.lines().map(collapse).collect()).collect();
    let running = find_running_lines(&pages);
    let mut joined = Joined::default();
    for page in &pages {
        let is_running = |line: &str| {
            !line.is_empty() && (is_page_number(line) || running.contains_key(&without_digits(line)))
        };
        let edges = edge_lines(page);
        let kept: Vec<&str> = page
            .iter()
            .enumerate()
            .filter(|(at, line)| !(edges.contains(at) && is_running(line)))
            .map(|(_, line)| line.as_str())
            .collect();
        joined.push_page(&kept);
    }
    joined.paragraphs
}

fn collapse(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The indexes of the first and last lines with text.
fn edge_lines(page: &[String]) -> Vec<usize> {
    let filled: Vec<usize> =
        (0..page.len()).filter(|at| page.get(*at).is_some_and(|line| !line.is_empty())).collect();
    let last = filled.iter().rev().take(EDGE_LINES);
    filled.iter().take(EDGE_LINES).chain(last).copied().collect()
}

/// The lines at the edges of many pages, but for their digits.
fn find_running_lines(pages: &[Vec<String>]) -> HashMap<String, usize> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for page in pages {
        let mut edges = edge_lines(page);
        edges.sort_unstable();
        edges.dedup();
        let mut keys: Vec<String> =
            edges.iter().filter_map(|at| page.get(*at)).map(|line| without_digits(line)).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            *counts.entry(key).or_default() += 1;
        }
    }
    let least = if pages.len() == 2 { 2 } else { MIN_REPEATS.max(pages.len() / 3) };
    counts.retain(|_, count| *count >= least);
    counts
}

fn without_digits(line: &str) -> String {
    line.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

/// Whether a line is the number of its page: `7`, `- 7 -`, `7 / 12`.
fn is_page_number(line: &str) -> bool {
    line.chars().any(|c| c.is_ascii_digit())
        && line.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "-–—/|.[]()".contains(c))
        && line.chars().filter(char::is_ascii_digit).count() <= 8
}

#[derive(Default)]
struct Joined {
    paragraphs: Vec<String>,
    /// Whether the last paragraph may go on.
    open: bool,
}

impl Joined {
    fn push_page(&mut self, lines: &[&str]) {
        let mut widths: Vec<usize> =
            lines.iter().map(|line| text_width(line)).filter(|width| *width > 0).collect();
        widths.sort_unstable();
        let usual = widths.get(widths.len() * 9 / 10).copied().unwrap_or_default();
        // A paragraph goes on across pages where its sentence does.
        self.open = self.paragraphs.last().is_some_and(|last| !ends_sentence(last));
        let mut first = true;
        for line in lines {
            if line.is_empty() {
                self.open &= first;
                continue;
            }
            self.push_line(line, first);
            first = false;
            self.open = text_width(line) as f64 >= SHORT_LINE * usual as f64;
        }
    }

    fn push_line(&mut self, line: &str, starts_page: bool) {
        let goes_on = line.chars().next().is_some_and(|c| c.is_lowercase() || is_cjk(c));
        let open = self.open && (!starts_page || goes_on);
        let Some(last) = self.paragraphs.last_mut().filter(|_| open) else {
            self.paragraphs.push(line.to_owned());
            return;
        };
        let (before, after) = (last.chars().next_back(), line.chars().next());
        let is_split_word = last.ends_with(['-', '\u{ad}'])
            && last.chars().rev().nth(1).is_some_and(char::is_alphabetic)
            && after.is_some_and(char::is_lowercase);
        if is_split_word {
            last.pop();
        } else if !(before.is_some_and(is_cjk) && after.is_some_and(is_cjk)) {
            last.push(' ');
        }
        last.push_str(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(pages: &[&str]) -> Vec<String> {
        join_paragraphs(&pages.iter().map(|page| (*page).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn wrapped_lines_are_one_paragraph() {
        let page = "The report\n\nThe keeper counted ninety ships on the first day of the spring, and no-\n\
                    body remembered so many.\nThe pilots worked through the night to bring them to the quay,\n\
                    and the tide turned.\n\nShips  94\nBoats 12\n";
        assert_eq!(
            join(&[page]),
            [
                "The report",
                "The keeper counted ninety ships on the first day of the spring, and nobody remembered so many.",
                "The pilots worked through the night to bring them to the quay, and the tide turned.",
                "Ships 94",
                "Boats 12",
            ]
        );
    }

    #[test]
    fn chinese_lines_are_joined_without_a_space() {
        let page =
            "灯塔看守人在春天的第一天数到了九十四艘船，这比港口里任何人记得的都要多；领航\n员们整夜工作。\n";
        assert_eq!(join(&[page]).len(), 1);
        assert!(join(&[page])[0].contains("领航员们"));
    }

    #[test]
    fn what_stands_on_every_page_is_left_out() {
        let page = |n: usize, text: &str| format!("Harbour Office · Report 2024\n\n{text}\n\n- {n} -\n");
        let pages = [
            page(1, "The first page says that the ships came in one after the other, and"),
            page(2, "that nobody was surprised."),
            page(3, "The third page is about the boats."),
        ];
        let pages: Vec<&str> = pages.iter().map(String::as_str).collect();
        assert_eq!(
            join(&pages),
            [
                "The first page says that the ships came in one after the other, and that nobody was surprised.",
                "The third page is about the boats."
            ]
        );
    }
}
