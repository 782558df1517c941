//! Finds the end of a block whose stated length does not lead to the next record.

use std::io::{self, BufRead, Read};

use super::digest::StatedDigest;
use super::http_block::{content_length, parse_response_head};
use super::push_back::PushBackReader;
use super::record::WarcRecord;
use super::record_start::find_record_start;

/// How far behind a block its end is searched, in bytes.
const MAX_BEHIND: u64 = 4 << 20;
/// The most bytes by which the beginning of a record is recognised.
const MAX_START: usize = 4096;

/// Settles where the block of a record ends, and positions `input` behind it. The block holds what was read
/// by the stated length, and `separators` the line breaks behind it. Returns false if the input ends within
/// the block, so that nobody can say whether it is whole.
///
/// A block that its digest or the `Content-Length` of its HTTP answer confirms is taken as it is, whatever
/// follows. Otherwise it ends where the next record begins, inside or behind it.
pub(super) fn settle_block<R: BufRead>(
    input: &mut PushBackReader<R>,
    record: &mut WarcRecord,
    stated: Option<u64>,
    separators: &[u8],
    max_block: u64,
) -> io::Result<bool> {
    let got = record.block.len();
    let is_short = stated.is_some_and(|stated| (got as u64) < stated);
    if stated.is_some() && !is_short && confirms_block(record, &record.block) {
        // What follows is no part of the record. It is reported with the next one.
        return Ok(true);
    }
    let describe = |found: usize| match stated {
        Some(stated) => format!("Content-Length says {stated}, but the block has {found} bytes"),
        None => format!("the Content-Length is missing or no number; the block has {found} bytes"),
    };
    input.push_back(separators);
    if let Some(at) = find_start_in_block(input, &record.block)? {
        let next = record.block.split_off(at);
        input.push_back(&next);
        trim_separators(&mut record.block);
        record.wrong_length = Some(describe(record.block.len()));
        return Ok(true);
    }
    if is_short {
        trim_separators(&mut record.block);
        let is_whole = confirms_block(record, &record.block);
        record.wrong_length = Some(describe(record.block.len()));
        return Ok(is_whole);
    }
    let most = MAX_BEHIND.min(max_block.saturating_sub(got as u64));
    let mut behind = Vec::new();
    input.by_ref().take(most).read_to_end(&mut behind)?;
    let Some(at) = find_record_start(&behind) else {
        input.push_back(&behind);
        return Ok(stated.is_some());
    };
    let (tail, next) = behind.split_at(at);
    input.push_back(next);
    let mut longer = [&record.block, tail].concat();
    trim_separators(&mut longer);
    if stated.is_none() || confirms_block(record, &longer) {
        record.wrong_length = Some(describe(longer.len()));
        record.block = longer;
    } else {
        let count = tail.len().saturating_sub(separators.len());
        record.wrong_length =
            Some(format!("{count} bytes behind the block belong to no record: a wrong Content-Length?"));
    }
    Ok(true)
}

/// The position at which a record begins in a block, though it may end behind it.
fn find_start_in_block<R: BufRead>(input: &mut PushBackReader<R>, block: &[u8]) -> io::Result<Option<usize>> {
    if let Some(at) = find_record_start(block) {
        return Ok(Some(at));
    }
    let tail_at = block.len().saturating_sub(MAX_START);
    let tail = block.get(tail_at..).unwrap_or_default();
    let joined = [tail, &input.peek(MAX_START)?].concat();
    Ok(find_record_start(&joined).filter(|at| *at < tail.len()).map(|at| tail_at + at))
}

/// Removes line breaks from the end of a block that belong to the end of the record, where the digest or the
/// HTTP answer confirms the shorter block and not the longer one.
pub(super) fn drop_separators_in_block(record: &mut WarcRecord) {
    let ends_with_break = |block: &[u8]| matches!(block.last(), Some(b'\r' | b'\n'));
    if !ends_with_break(&record.block) || confirms_block(record, &record.block) {
        return;
    }
    let (stated, mut shorter) = (record.block.len(), record.block.as_slice());
    for _ in 0..4 {
        if !ends_with_break(shorter) {
            return;
        }
        shorter = shorter.get(..shorter.len() - 1).unwrap_or_default();
        if confirms_block(record, shorter) {
            let found = shorter.len();
            record.block.truncate(found);
            record.wrong_length =
                Some(format!("Content-Length says {stated}, but the block has {found} bytes"));
            return;
        }
    }
}

/// Removes the line breaks that separate a block from the next record.
fn trim_separators(block: &mut Vec<u8>) {
    for end in [b"\r\n\r\n".as_slice(), b"\n\n", b"\r\n", b"\n"] {
        if block.ends_with(end) {
            block.truncate(block.len() - end.len());
            return;
        }
    }
}

/// Whether a digest of the record, or the length that the HTTP answer states, is that of this block.
fn confirms_block(record: &WarcRecord, block: &[u8]) -> bool {
    let matches = |name, bytes: &[u8]| {
        record.field(name).is_some_and(|stated| StatedDigest::parse(stated).matches(bytes) == Some(true))
    };
    if matches("warc-block-digest", block) {
        return true;
    }
    let Some(head) = parse_response_head(block) else { return false };
    let body = block.get(head.len..).unwrap_or_default();
    matches("warc-payload-digest", body) || content_length(&head.headers) == Some(body.len() as u64)
}
