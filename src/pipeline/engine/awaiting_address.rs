//! Work for hosts whose address is not known yet.

use std::collections::{HashMap, VecDeque};

use url::Url;

use super::schedule::Schedule;
use super::work_item::Work;
use crate::frontier::HostKey;

/// Work for hosts whose address is not known yet. Only used with `host_key = "address"`.
#[derive(Default)]
pub(super) struct AwaitingAddress {
    pub(super) parked: HashMap<HostKey, Vec<(Url, Work, Schedule)>>,
    pub(super) waiting: VecDeque<(HostKey, Url)>,
    pub(super) under_way: usize,
    pub(super) count: usize,
}

impl AwaitingAddress {
    /// How much work is parked.
    pub(super) fn len(&self) -> usize {
        self.count
    }
}
