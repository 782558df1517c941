//! What the store keeps of a judgement and of a comparison: JSON of ours inside records of an
//! earlier stage.

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
    /// What was judged at a visit.
    #[serde(flatten)]
    pub judgement: Judgement,
    /// The judgement over time, after that visit.
    #[serde(default)]
    pub over_time: LinkRecord,
    /// What the page names in its turn, as far as that was ever looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leads: Option<UpstreamLinks>,
}

impl StoredJudgement {
    /// Reads it back; none where a later version wrote something that is not understood here.
    pub fn read(stored: &JsonText) -> Option<Self> {
        stored.read().ok()
    }

    /// What is stored.
    pub fn to_json(&self) -> Result<JsonText, RunError> {
        JsonText::of(self).map_err(|error| RunError::Encode(error.to_string()))
    }
}

/// A comparison with what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredDrift {
    /// What was found.
    #[serde(flatten)]
    pub report: Drift,
    /// The normal forms in which it was found; left out where all were on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub forms: NormalForms,
    /// What each article that cites the page quotes from it, and is gone, by the article's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub quotes: BTreeMap<String, Vec<String>>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature.
fn is_default(forms: &NormalForms) -> bool {
    *forms == NormalForms::default()
}

impl StoredDrift {
    /// Reads it back; none where a later version wrote something that is not understood here.
    pub fn of(record: &ComparisonRecord) -> Option<Self> {
        record.result.read().ok()
    }

    /// What is stored.
    pub fn to_json(&self) -> Result<JsonText, RunError> {
        JsonText::of(self).map_err(|error| RunError::Encode(error.to_string()))
    }
}
