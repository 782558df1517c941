//! Defines the JSON in which the store keeps judgements and comparisons. The store is an earlier stage,
//! so it holds them as text.
//!
//! Stores written earlier must stay readable: names of fields must not change, and new fields need a
//! default.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::store::{ComparisonRecord, JsonText};
use crate::text::NormalForms;
use crate::text_diff::Drift;
use crate::verdict::{Judgement, LinkRecord};

use super::upstream_links::UpstreamLinks;
use crate::pipeline::error::RunError;

/// A judgement with the state of the link after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredJudgement {
    /// The judgement of a visit.
    #[serde(flatten)]
    pub judgement: Judgement,
    /// The state over time after that visit.
    #[serde(default)]
    pub over_time: LinkRecord,
    /// The upstream links of the page, if they were ever looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leads: Option<UpstreamLinks>,
}

impl StoredJudgement {
    /// Reads stored JSON. `None` if a later version wrote something unknown.
    pub fn from_json(stored: &JsonText) -> Option<Self> {
        stored.read().ok()
    }

    /// The JSON to store.
    pub fn to_json(&self) -> Result<JsonText, RunError> {
        JsonText::of(self).map_err(|error| RunError::Encode(error.to_string()))
    }
}

/// A drift with what it was found by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredDrift {
    /// The drift.
    #[serde(flatten)]
    pub report: Drift,
    /// The normal forms of the comparison; left out if all were on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub forms: NormalForms,
    /// The lost quotations of each article that cites the page, by the article's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub quotes: BTreeMap<String, Vec<String>>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature.
fn is_default(forms: &NormalForms) -> bool {
    *forms == NormalForms::default()
}

impl StoredDrift {
    /// Reads it back; none where a later version wrote something that is not understood here.
    pub fn from_record(record: &ComparisonRecord) -> Option<Self> {
        record.result.read().ok()
    }

    /// What is stored.
    pub fn to_json(&self) -> Result<JsonText, RunError> {
        JsonText::of(self).map_err(|error| RunError::Encode(error.to_string()))
    }
}
