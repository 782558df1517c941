//! The chains of reposts that a run follows beyond the archive's own originals.

use std::collections::HashMap;

use crate::pipeline::page::UpstreamLinks;
use crate::pipeline::role_set::RoleSet;
use crate::pipeline::url_filter::UrlFilter;

/// How far the leads of fetched originals are followed.
#[derive(Clone, Debug)]
pub struct FollowSettings {
    /// How many reposts a chain may have behind the archive's own original.
    pub max_chain: u32,
    /// How many pages one original of the archive may add.
    pub max_found: u32,
    /// Links in these roles are followed.
    pub roles: RoleSet,
    /// These URLs are not.
    pub excluded: UrlFilter,
}

/// Where a page stands in a chain.
#[derive(Clone, Copy)]
pub(super) struct ChainStep {
    /// The original of the archive with which the chain begins.
    pub(super) root: u32,
    /// How many reposts lie between.
    pub(super) far: u32,
}

/// The chains of a run.
pub(super) struct RepostChains {
    pub(super) settings: Option<FollowSettings>,
    pub(super) steps: HashMap<u32, ChainStep>,
    /// Links of pages that were judged before any chain led to them.
    pub(super) known: HashMap<u32, UpstreamLinks>,
    /// How many pages each original has added.
    pub(super) added: HashMap<u32, u32>,
}

impl RepostChains {
    pub(super) fn new(settings: Option<FollowSettings>) -> Self {
        Self { settings, steps: HashMap::new(), known: HashMap::new(), added: HashMap::new() }
    }
}
