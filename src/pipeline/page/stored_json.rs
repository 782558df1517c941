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
    /// The language in which the page was asked for, if the request named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
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
        JsonText::from_value(self).map_err(|error| RunError::Encode(error.to_string()))
    }
}

/// A drift with what it was found by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredDrift {
    /// The drift.
    #[serde(flatten)]
    pub drift: Drift,
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
        JsonText::from_value(self).map_err(|error| RunError::Encode(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn stored_comparisons_keep_their_bytes() {
        let stored = concat!(
            r#"{"class":"minor-edit","against":"local","moved_side":"original","missing_from":"local","#,
            r#""local_in_original":0.98,"original_in_local":0.93,"changed_sentences":2,"noise":false,"#,
            r#""title_changed":true,"was_equal":null,"equal_at":"2025-12-31T03:00:01Z","#,
            r#""moved_since_first":"both","telling":[{"kind":"number","local":"15","original":"16"}],"#,
            r#""quotes":{"a.md":["Nobody was hurt."]}}"#
        );
        let drift: StoredDrift = serde_json::from_str(stored).unwrap();
        assert_eq!(drift.drift.key_changes.len(), 1);
        assert_eq!(serde_json::to_string(&drift).unwrap(), stored);
    }

    #[test]
    fn stored_judgements_keep_their_bytes() {
        let stored = concat!(
            r#"{"verdict":"dead","cause":"http-404","evidence":["status 404"],"#,
            r#""over_time":{"state":"suspect","strikes":1,"first_failed":"2025-12-31T03:00:01Z","#,
            r#""last_strike":"2025-12-31T03:00:01Z","last_ok":null},"#,
            r#""language":"zh-Hant","leads":{"repost":"http://a.example/","sources":["http://b.example/"]}}"#
        );
        let judgement: StoredJudgement = serde_json::from_str(stored).unwrap();
        assert_eq!(serde_json::to_string(&judgement).unwrap(), stored);
    }
}
