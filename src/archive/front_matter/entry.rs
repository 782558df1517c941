//! One value of a front matter with its key and its place.

use crate::archive::position::Position;

/// Tables in which Hugo and Zola keep the keys of a site's own.
pub(in crate::archive) const WRAPPERS: [&str; 2] = ["params", "extra"];

/// A value with its key and its place.
pub(in crate::archive) struct FrontMatterEntry {
    pub key: String,
    /// The key inside the map that is the key's value; empty where there is none.
    pub part: String,
    pub value: String,
    pub position: Position,
    /// The value stands on the lines below.
    pub value_follows: bool,
}

pub(in crate::archive) fn position_in_line(index: usize, line: &str, value: &str) -> Position {
    let before = line.find(value).and_then(|at| line.get(..at)).unwrap_or_default().chars().count();
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Position { line: number(index + 2), column: number(before + 1) }
}
