//! Work for hosts whose address is not known yet.

use std::collections::{HashMap, VecDeque};

use url::Url;

use super::schedule::Schedule;
use super::work_item::Work;
use crate::frontier::HostKey;

/// Work that waits for the address of its host. It is used only with `host_key = "address"`.
#[derive(Default)]
pub(super) struct AwaitingAddress {
    pub(super) parked: HashMap<HostKey, Vec<(Url, Work, Schedule)>>,
    pub(super) waiting: VecDeque<(HostKey, Url)>,
    pub(super) under_way: usize,
    pub(super) count: usize,
}

impl AwaitingAddress {
    /// The number of waiting work items.
    pub(super) fn len(&self) -> usize {
        self.count
    }
}
