//! One answer on the way through an import.

use crate::fetch::Exchange;

/// An exchange that was read from a record.
#[derive(Clone, Debug)]
pub(super) struct ImportedHop {
    pub exchange: Exchange,
    /// The index of the file that it is in.
    pub file: usize,
    /// What is odd about the record, for the evidence.
    pub remarks: Vec<String>,
}

impl ImportedHop {
    /// The status of the answer.
    pub(super) fn status(&self) -> Option<u16> {
        self.exchange.outcome.as_ref().ok().map(|response| response.status)
    }
}
