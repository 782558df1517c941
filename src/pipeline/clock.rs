//! Times as the store's records hold them: milliseconds since 1970.

use jiff::Timestamp;

/// A time in milliseconds since 1970; 0 for a time before that.
pub(in crate::pipeline) fn unix_ms(at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond()).unwrap_or_default()
}

/// The current time in milliseconds since 1970.
pub(in crate::pipeline) fn unix_ms_now() -> u64 {
    unix_ms(Timestamp::now())
}
