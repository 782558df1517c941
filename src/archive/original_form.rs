//! Defines the forms in which articles may name their originals.

use std::fmt;

/// The part of an article in which a form occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FormPlace {
    /// Above all prose.
    Head,
    /// Below all prose.
    Tail,
}

/// A form in which articles may name their originals. Labels are stored as their keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OriginalForm {
    /// A label before a link, on its row or alone on the row above.
    Label(FormPlace, String),
    /// The first words of a label at the start of a row, where the rest of it differs.
    LabelStart(FormPlace, String),
    /// The text of a link.
    LinkText(FormPlace, String),
    /// A link with the article's title that is the first row of the file.
    FirstRow,
    /// A URL that is alone on its row.
    LoneUrl(FormPlace),
    /// A key of the front matter.
    FrontMatter(String),
}

impl fmt::Display for OriginalForm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = |place: &FormPlace| match place {
            FormPlace::Head => "above the text",
            FormPlace::Tail => "below the text",
        };
        match self {
            Self::Label(at, label) => write!(out, "the label \"{label}\" {}", place(at)),
            Self::LabelStart(at, label) => write!(out, "labels that start with \"{label}\" {}", place(at)),
            Self::LinkText(at, label) => write!(out, "the link \"{label}\" {}", place(at)),
            Self::FirstRow => out.write_str("a title that is a link"),
            Self::LoneUrl(at) => write!(out, "a URL alone on its line {}", place(at)),
            Self::FrontMatter(key) => write!(out, "the front matter key \"{key}\""),
        }
    }
}
