//! What the store keeps of a judgement: JSON of ours inside records of an earlier stage.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::verdict::{Judgement, LinkState};

use super::RunError;

/// A judgement with the state of the link after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptJudgement {
    /// What was judged at a visit.
    #[serde(flatten)]
    pub judgement: Judgement,
    /// The judgement over time, after that visit.
    #[serde(default)]
    pub over_time: LinkState,
}

impl KeptJudgement {
    /// Reads it back; none where a later version wrote something that is not understood here.
    pub fn of_value(value: &Value) -> Option<Self> {
        Self::deserialize(value).ok()
    }

    /// What is stored.
    pub fn to_value(&self) -> Result<Value, RunError> {
        serde_json::to_value(self).map_err(|error| RunError::Encode(error.to_string()))
    }
}
