//! Checks the digests that a record states of itself, and decides whether to take the record.
//!
//! A digest is only wrong where no reading of it is right: tools disagree on whether chunks and codings
//! belong to a payload, and some state the digest of the payload for that of the block, or the other way
//! round.

use super::import_report::ImportLog;
use crate::store::warc::digest::StatedDigest;
use crate::store::warc::record::WarcRecord;

/// What was found out about the digests of a record.
#[derive(Debug, Default)]
pub(super) struct CheckedDigests {
    /// The stated digest of the payload, and whether it was checked and matched.
    pub payload: Option<(StatedDigest, bool)>,
    /// What is odd about the digests, though the record can be taken.
    pub remark: Option<&'static str>,
    /// What is wrong: the fault, and the reason to skip the record.
    pub wrong: Option<(&'static str, &'static str)>,
}

/// Checks the digests of a record. `forms` are the forms of its payload: as it is in the record, without
/// chunks, and without codings.
pub(super) fn check_digests(record: &WarcRecord, forms: &[&[u8]], log: &mut ImportLog) -> CheckedDigests {
    let stated = |name| record.field(name).map(StatedDigest::parse);
    let (block, payload) = (stated("warc-block-digest"), stated("warc-payload-digest"));
    let mut check = |stated: &StatedDigest, forms: &[&[u8]]| {
        let matches = matches_any(stated, forms);
        log.report.unchecked += u64::from(matches.is_none());
        matches
    };
    let block_matches = block.as_ref().and_then(|block| check(block, &[&record.block]));
    let mut payload_matches = payload.as_ref().and_then(|payload| check(payload, forms));
    let mut checked = CheckedDigests::default();
    if payload_matches == Some(false)
        && payload.as_ref().is_some_and(|payload| payload.matches(&record.block) == Some(true))
    {
        payload_matches = Some(true);
        checked.remark = Some("a WARC-Payload-Digest that is the digest of the whole block");
    }
    if payload_matches == Some(false) {
        checked.wrong = Some((
            "the payload is not what its WARC-Payload-Digest says",
            "a payload that is not what its WARC-Payload-Digest says",
        ));
    } else if block_matches == Some(false) {
        let is_of_payload = block.as_ref().is_some_and(|block| matches_any(block, forms) == Some(true));
        match payload_matches {
            _ if is_of_payload => {
                checked.remark = Some("a WARC-Block-Digest that is the digest of the payload");
            }
            Some(true) => {
                checked.remark = Some("a wrong WARC-Block-Digest; the WARC-Payload-Digest is right");
            }
            _ => {
                checked.wrong = Some((
                    "the block is not what its WARC-Block-Digest says",
                    "a block that is not what its WARC-Block-Digest says",
                ));
            }
        }
    }
    checked.payload = payload.map(|payload| (payload, payload_matches == Some(true)));
    checked
}

/// Whether a stated digest is that of one of these forms of the data. `None` if the algorithm is not
/// supported.
fn matches_any(stated: &StatedDigest, forms: &[&[u8]]) -> Option<bool> {
    let mut matches = None;
    for (number, form) in forms.iter().enumerate() {
        if forms.iter().take(number).any(|before| before == form) {
            continue;
        }
        matches = stated.matches(form);
        if matches != Some(false) {
            break;
        }
    }
    matches
}
