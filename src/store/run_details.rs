//! [`RunDetails`]: the settings and counts of a run that its report needs later.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::Role;

/// The settings and counts of a run, stored with its record as JSON. The names of the fields are part of
/// the stored form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunDetails {
    /// The number of articles that were read.
    pub articles: u64,
    /// The number of links in them.
    pub links: u64,
    /// The number of distinct URLs among the links.
    pub urls: u64,
    /// The link roles whose URLs are requested.
    pub roles: Vec<Role>,
    /// The patterns of URLs that are not requested, as they are written in the settings.
    pub exclude: Vec<String>,
    /// Whether robots.txt is ignored.
    pub robots_ignored: bool,
    /// Files of the archive that could not be read, each with the reason.
    pub unreadable: Vec<String>,
    /// The names of the normal forms in which texts are compared.
    pub normal_forms: Vec<String>,
    /// The most reposts that are followed in a chain; 0 if chains are not followed.
    pub max_chain: u64,
    /// The limits that were reached; `None` until the run is finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<SpentBudgets>,
    /// Why the run ended early, in words, if that was not the user's wish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// Whether the clock of the run was ahead, so that its times were moved and its failures do not count.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clock_was_ahead: bool,
}

/// The limits of a run that were reached, by the names of their settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SpentBudgets {
    /// The limit of the run that was reached.
    pub run: Option<String>,
    /// The limits of single hosts, by host.
    pub hosts: BTreeMap<String, String>,
    /// The hosts with pages that were not requested because a host rests or was given up, by host.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub waiting: BTreeMap<String, WaitingPages>,
}

/// The pages of a host that were left to the next run because a host rests or was given up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingPages {
    /// How many pages.
    pub pages: u64,
    /// Why, in words for people.
    pub reason: String,
    /// The status by which the host asked to wait, where it answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}
