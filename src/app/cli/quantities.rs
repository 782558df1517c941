//! Reads durations and sizes of the command line that must not be zero.

use std::time::Duration;

use crate::app::settings::quantity;

/// Reads a duration such as `30m`.
pub fn parse_positive_duration(text: &str) -> Result<Duration, String> {
    quantity::parse_duration(text).and_then(|time| match time {
        Duration::ZERO => Err("must be greater than 0".to_owned()),
        time => Ok(time),
    })
}

/// Reads a size such as `2GB`, in bytes.
pub fn parse_positive_size(text: &str) -> Result<u64, String> {
    quantity::parse_size(text).and_then(|bytes| match bytes {
        0 => Err("must be greater than 0".to_owned()),
        bytes => Ok(bytes),
    })
}
