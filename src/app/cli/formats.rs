//! The formats in which commands print.

use clap::ValueEnum;

/// How `run`, `check`, `links`, `history` and `report` print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON object
    Json,
    /// One JSON object a line
    Jsonl,
}

/// How `diff` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For a terminal
    #[default]
    Text,
    /// A self-contained page
    Html,
    /// One JSON object
    Json,
}

/// How `text` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TextFormat {
    /// For people
    #[default]
    Text,
    /// One JSON object a file
    Jsonl,
}

/// How `store` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum StoreFormat {
    /// For people
    #[default]
    Text,
    /// One JSON object
    Json,
}
