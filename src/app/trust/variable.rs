//! Reads the variable by which CI trusts everything.

use std::ffi::OsString;

/// The variable that trusts every configuration and every store of this user, for CI.
pub const TRUST_VARIABLE: &str = "DRIFTLINE_TRUST";

/// Whether [`TRUST_VARIABLE`] is set to something other than a word for no.
pub(super) fn trusts_everything(environment: &[(OsString, OsString)]) -> bool {
    let found = environment.iter().find(|(name, _)| name == TRUST_VARIABLE);
    found.is_some_and(|(_, value)| {
        let word = value.to_string_lossy().trim().to_ascii_lowercase();
        !matches!(word.as_str(), "" | "0" | "false" | "no" | "off")
    })
}
