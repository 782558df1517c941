//! [`PageWrite`]: what a finished URL adds to the store.

use super::json_text::JsonText;
use super::records::{ComparisonRecord, VisitRecord};
use crate::fetch::Exchange;
use crate::model::ContentHash;

/// Everything that one finished URL adds to the store. All of it is stored, or nothing.
#[derive(Clone, Debug)]
pub struct PageWrite {
    /// The exchanges in order; the final response is the last one. Only exchanges with a response are stored.
    /// If `visit.snapshot` is `None`, no content is stored (a failure, or the command `check`).
    pub exchanges: Vec<Exchange>,
    /// Whether the final response is stored as a new snapshot.
    pub keep_body: bool,
    /// The hash of the body of the final response, if it is known.
    pub body_hash: Option<ContentHash>,
    /// The visit.
    pub visit: VisitRecord,
    /// The link state after this visit, as JSON of the verdict stage.
    pub state: JsonText,
    /// The comparisons made at this visit.
    pub comparisons: Vec<ComparisonRecord>,
}

impl PageWrite {
    /// A visit without exchanges, whose verdict is also the state after it.
    pub fn of_visit(visit: VisitRecord) -> Self {
        Self {
            exchanges: Vec::new(),
            keep_body: false,
            body_hash: None,
            state: visit.judgement.clone(),
            visit,
            comparisons: Vec::new(),
        }
    }
}
