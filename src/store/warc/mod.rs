//! WARC 1.1 (ISO 28500:2017; the IIPC's text of it): records out to a file, records in from one.
//!
//! Written files have one gzip member a record, so that a reader can start at any record and a torn
//! end costs one record only. Reading takes what others write: plain, gzip by record, or gzip whole.

pub(in crate::store) mod digest;
pub(in crate::store) mod http_block;
pub(in crate::store) mod read;
pub(in crate::store) mod write;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// The first line of every record that is written.
const VERSION_LINE: &str = "WARC/1.1";
/// The profile of a `revisit` whose payload equals an earlier one's (WARC 1.1, section 6.7.2).
pub(in crate::store) const IDENTICAL_PAYLOAD: &str =
    "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";

/// A digest as WARC writes it: `sha256:` and hexadecimal.
pub(in crate::store) fn digest(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    let mut text = "sha256:".to_owned();
    HEXLOWER.encode_append(&hasher.finalize(), &mut text);
    text
}

/// A new record's name: a random UUID of version 4 (RFC 9562, section 5.4).
pub(in crate::store) fn record_id() -> String {
    let random = fastrand::u128(..);
    let uuid = random & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{uuid:032x}");
    let part = |range| hex.get(range).unwrap_or_default();
    format!("<urn:uuid:{}-{}-{}-{}-{}>", part(0..8), part(8..12), part(12..16), part(16..20), part(20..32))
}
