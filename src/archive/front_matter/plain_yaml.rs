//! Reads front matter of plain `key: value` lines and short lists without a YAML parser.
//!
//! Most front matter has this form, and nearly every file has front matter, so this saves time. A line that
//! YAML might read differently is rejected; a property test compares the results with those of the parser.

use super::entry::{FrontMatterEntry, file_line, is_null};
use crate::archive::position::Position;

/// A longer key, in bytes, is left to the YAML parser, which has a limit of its own.
const LONGEST_KEY: usize = 128;
/// A longer list on one line, in bytes, is left to the other readers, because the column of each item is
/// counted from the start of the line.
const LONGEST_LIST: usize = 1024;
/// Characters with which no plain value starts (YAML 1.2.2, 5.3 and 7.3.3).
const INDICATORS: &[char] =
    &['-', '?', ':', ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`'];

/// Returns the entries of a front matter of this form, or `None` for any other form.
pub(super) fn parse_plain_yaml(body: &str) -> Option<Vec<FrontMatterEntry>> {
    let mut reader = PlainReader::default();
    for (index, line) in body.split('\n').enumerate() {
        reader.read_line(index, line.strip_suffix('\r').unwrap_or(line))?;
    }
    (!reader.key.is_empty()).then_some(reader.entries)
}

#[derive(Default)]
struct PlainReader {
    entries: Vec<FrontMatterEntry>,
    /// The last key.
    key: String,
    /// The last key has no value on its own line: a list may follow.
    is_list_possible: bool,
    /// The indentation of the list under the last key.
    list_indent: Option<usize>,
}

impl PlainReader {
    fn read_line(&mut self, index: usize, line: &str) -> Option<()> {
        if line.bytes().any(|byte| byte < b' ' || byte == 0x7f) || line.contains('\u{feff}') {
            return None;
        }
        let content = line.trim_start_matches(' ');
        if content.is_empty() || line.starts_with('#') {
            return Some(());
        }
        let indent = line.len() - content.len();
        if let Some(item) = content.strip_prefix("- ") {
            if !self.is_list_possible || *self.list_indent.get_or_insert(indent) != indent {
                return None;
            }
            return self.push_value(index, line, item, false);
        }
        let (key, value) = content.split_once(':')?;
        if indent > 0 || !is_plain_key(key) || !(value.is_empty() || value.starts_with(' ')) {
            return None;
        }
        key.clone_into(&mut self.key);
        let value = value.trim_matches(' ');
        self.is_list_possible = value.is_empty();
        self.list_indent = None;
        match value.strip_prefix('[') {
            _ if value.is_empty() => Some(()),
            Some("]") => Some(()),
            Some(list) => {
                let list = list.strip_suffix(']').filter(|list| list.len() <= LONGEST_LIST)?;
                list.split(',').try_for_each(|item| self.push_value(index, line, item, true))
            }
            None => self.push_value(index, line, value, false),
        }
    }

    /// Adds a value, which must be a slice of `line`, unless it is null.
    fn push_value(&mut self, index: usize, line: &str, written: &str, in_list: bool) -> Option<()> {
        let written = written.trim_matches(' ');
        let quoted = |quote: char| {
            let inner = written.strip_prefix(quote)?.strip_suffix(quote)?;
            (!inner.contains([quote, '\\'])).then_some(inner)
        };
        let value = match written.chars().next()? {
            quote @ ('"' | '\'') => quoted(quote)?,
            _ if is_plain_value(written, in_list) => written,
            _ => return None,
        };
        if value == written && is_null(value) {
            return Some(());
        }
        // The offset of the slice `value` in `line`.
        let offset = (value.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
        let column = line.get(..offset)?.chars().count() + 1;
        self.entries.push(FrontMatterEntry {
            key: self.key.clone(),
            part: String::new(),
            value: value.to_owned(),
            position: Position { line: file_line(index), column: u32::try_from(column).ok()? },
        });
        Some(())
    }
}

fn is_plain_key(key: &str) -> bool {
    !key.is_empty()
        && key.len() <= LONGEST_KEY
        && !key.starts_with('-')
        && !is_null(key)
        && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

/// Whether YAML reads a value without quotes as it is written.
fn is_plain_value(value: &str, in_list: bool) -> bool {
    let is_other = value.starts_with(INDICATORS)
        || value.ends_with(':')
        || value.contains(": ")
        || value.contains(" #")
        || (in_list && value.contains([',', '[', ']', '{', '}']));
    !is_other
}
