//! Keeps the state of each host between runs in the store: it joins [`HostState`] with a tree of the
//! database.

use crate::frontier::{HostKey, HostState};
use crate::store::{KeyValueTree, SledStore, StoreError};

use super::RunError;

/// The states of hosts, by host. Losing the newest ones in a crash is harmless: the next run asks for a
/// robots file once more.
pub struct HostStateStore(KeyValueTree);

impl HostStateStore {
    /// Opens the states that lie in a store.
    pub fn open(store: &SledStore) -> Result<Self, StoreError> {
        store.key_value_tree("hosts").map(Self)
    }

    /// Reads the state of a host; `None` for a host that no run has asked.
    pub(super) fn read_host(&self, host: &HostKey) -> Result<Option<HostState>, RunError> {
        let Some(bytes) = self.0.get(host.as_str().as_bytes())? else { return Ok(None) };
        Ok(Some(HostState::decode_record(host, &bytes)?))
    }

    /// Writes the state of a host, in place of the earlier one.
    pub(super) fn write_host(&self, host: &HostKey, state: &HostState) -> Result<(), RunError> {
        self.0.insert(host.as_str().as_bytes(), &state.encode_record(host)?)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::StoreOptions;

    #[test]
    fn a_host_state_is_read_back_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = SledStore::open(dir.path(), &StoreOptions::default()).unwrap();
        let states = HostStateStore::open(&store).unwrap();
        let host = HostKey::from("a.example");
        assert_eq!(states.read_host(&host).unwrap(), None);
        let state = HostState { refusals: 2, status: Some(503), ..HostState::default() };
        states.write_host(&host, &state).unwrap();
        assert_eq!(states.read_host(&host).unwrap(), Some(state));
    }
}
