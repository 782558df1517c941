//! The three limits on what one run requests from a host.

/// Which limit of a host is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostBudget {
    /// `politeness.max_pages_per_host`.
    Pages,
    /// `politeness.max_time_per_host`.
    Time,
    /// `politeness.max_bytes_per_host`.
    Bytes,
}

impl HostBudget {
    /// The name of the setting under `[politeness]`.
    pub fn setting_name(self) -> &'static str {
        match self {
            Self::Pages => "max_pages_per_host",
            Self::Time => "max_time_per_host",
            Self::Bytes => "max_bytes_per_host",
        }
    }
}
