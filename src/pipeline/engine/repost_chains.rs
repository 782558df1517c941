//! Holds the chains of reposts that a run follows beyond the archive's own originals.

use std::collections::HashMap;

use crate::pipeline::page::UpstreamLinks;
use crate::pipeline::role_set::RoleSet;
use crate::pipeline::url_filter::UrlFilter;

/// How far the upstream links of fetched originals are followed.
#[derive(Clone, Debug)]
pub struct FollowSettings {
    /// The most reposts that a chain may have behind the archive's original.
    pub max_chain: u32,
    /// The most pages that one original of the archive may add.
    pub max_found: u32,
    /// Links in these roles are followed.
    pub roles: RoleSet,
    /// URLs that are not followed.
    pub excluded: UrlFilter,
}

/// The position of a page in a chain.
#[derive(Clone, Copy)]
pub(super) struct ChainStep {
    /// The original of the archive with which the chain begins.
    pub(super) root: u32,
    /// The number of reposts between the root and this page.
    pub(super) far: u32,
}

/// The chains of a run.
pub(super) struct RepostChains {
    pub(super) settings: Option<FollowSettings>,
    pub(super) steps: HashMap<u32, ChainStep>,
    /// Upstream links of pages that were judged before any chain reached them.
    pub(super) known: HashMap<u32, UpstreamLinks>,
    /// The number of pages that each original has added.
    pub(super) added: HashMap<u32, u32>,
}

impl RepostChains {
    pub(super) fn new(settings: Option<FollowSettings>) -> Self {
        Self { settings, steps: HashMap::new(), known: HashMap::new(), added: HashMap::new() }
    }
}
