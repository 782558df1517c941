//! Defines a value of the front matter with its key and its position.

use crate::archive::position::Position;

/// Tables in which Hugo and Zola keep a site's own keys.
pub(super) const WRAPPERS: [&str; 2] = ["params", "extra"];

/// A value with its key and its position in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FrontMatterEntry {
    /// The key at the margin, or below a wrapper.
    pub key: String,
    /// The key inside the map that is the key's value; empty for a value without a map.
    pub part: String,
    /// The value as text: quotes, escapes and line folding resolved.
    pub value: String,
    /// Where the value starts, behind an opening quotation mark.
    pub position: Position,
}

/// The line of the file, from 1, for a line of the front matter, from 0. The fence is line 1 of the file.
pub(super) fn file_line(index: usize) -> u32 {
    u32::try_from(index + 2).unwrap_or(u32::MAX)
}

/// The position of `value` in a line of the front matter; `index` counts lines from 0.
pub(super) fn position_in_line(index: usize, line: &str, value: &str) -> Position {
    let before = line.find(value).and_then(|at| line.get(..at)).unwrap_or_default().chars().count();
    Position { line: file_line(index), column: u32::try_from(before + 1).unwrap_or(u32::MAX) }
}

/// Whether a plain YAML value means "no value" (YAML 1.2.2, 10.3.2).
pub(super) fn is_null(value: &str) -> bool {
    matches!(value, "" | "~" | "null" | "Null" | "NULL")
}
