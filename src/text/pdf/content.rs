//! What the reading process tells of a document.

use serde::{Deserialize, Serialize};

/// A document's facts and the text of its pages, as JSON on the way between the two processes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PdfContent {
    /// The title in its information dictionary; empty where there is none.
    pub title: String,
    /// The author there.
    pub author: String,
    /// The date of its last change there, or of its creation: `YYYY-MM-DD`.
    pub date: String,
    /// The text of each page, as it is laid out.
    pub pages: Vec<String>,
}
