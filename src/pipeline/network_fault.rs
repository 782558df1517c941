//! Why a run could not do its job: the network here was down, or stood between the run and every host.

use crate::verdict::Outage;

/// Why a run could not do its job, although everything that it found out is stored and reported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkFault {
    /// No host answered.
    #[error("no network: none of {hosts} hosts could be reached (last: {last})")]
    NoNetwork {
        /// The number of hosts that were tried.
        hosts: usize,
        /// The last failure.
        last: String,
    },
    /// Most hosts, or all canaries, could not be reached, and no host gave a proper answer.
    #[error(transparent)]
    Outage(Outage),
    /// The network here went down during the run and stayed down.
    #[error(
        "the network here went down after {judged} pages and did not come back within {waited}; run the same \
         command again for the rest"
    )]
    OutageLasted {
        /// The number of pages that were judged before.
        judged: u64,
        /// For how long the run waited.
        waited: String,
    },
}
