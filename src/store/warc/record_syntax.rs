//! The syntax of records: version line, fields and block of WARC, and the URL records of ARC.
//!
//! No stated length is trusted: a block above the cap is skipped and marked as such. In the files of other
//! tools ([`ReadRules::is_lenient`]) bytes between records are passed over, and a block whose stated length
//! is wrong ends where the next record begins ([`super::wrong_length`]).

use std::io::{self, BufRead, Read};

use super::arc::parse_arc_line;
use super::push_back::PushBackReader;
use super::record::WarcRecord;
use super::record_start::{find_record_start, skip_to_record_start};
use super::wrong_length::{drop_separators_in_block, settle_block};

/// The longest field block that is read, in bytes; real records need far less.
const MAX_FIELDS: u64 = 1 << 20;

/// How a file is read.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct ReadRules {
    /// The longest block that is read, in bytes. Longer ones are skipped.
    pub max_block: u64,
    /// Whether to read on behind what is no record and behind wrong lengths, as in the files of other tools.
    pub is_lenient: bool,
}

pub(super) fn invalid_data(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

fn cut_short(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, format!("{what} cut short"))
}

/// Reads a line with its end, of at most `left` bytes.
fn read_line<R: BufRead>(input: &mut R, left: &mut u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let count = input.by_ref().take(*left).read_until(b'\n', &mut bytes)?;
    *left = left.saturating_sub(count as u64);
    Ok(bytes)
}

/// A line without its end.
fn trim_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Whether a line is the first of a WARC record. Some writers use small letters.
pub(super) fn is_version_line(line: &[u8]) -> bool {
    line.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"WARC/"))
}

/// Reads a record; `None` at the end of the input.
pub(super) fn read_record<R: BufRead>(
    input: &mut PushBackReader<R>,
    rules: ReadRules,
) -> io::Result<Option<WarcRecord>> {
    let mut left = MAX_FIELDS;
    let mut passed_over = 0;
    // Any empty lines here belong to the end of the record before.
    let line = loop {
        let line = read_line(input, &mut left)?;
        if line.is_empty() && left > 0 {
            return Ok(None);
        }
        let trimmed = trim_line_end(&line);
        if line.len() > trimmed.len() && (is_version_line(trimmed) || parse_arc_line(trimmed).is_some()) {
            break line;
        }
        if !line.is_empty() && trimmed.is_empty() {
            continue;
        }
        if !rules.is_lenient {
            return Err(describe_other_start(trimmed));
        }
        left = MAX_FIELDS;
        if find_record_start(&line) == Some(0) {
            // It only looks like the first line of an ARC record.
            passed_over += line.len() as u64;
            continue;
        }
        input.push_back(&line);
        let (is_found, count) = skip_to_record_start(input)?;
        passed_over += count;
        match (is_found, passed_over) {
            (true, _) => {}
            (false, 0) => return Ok(None),
            (false, _) => return Err(describe_other_start(trimmed)),
        }
    };
    let line = trim_line_end(&line);
    let mut record = match parse_arc_line(line) {
        Some(fields) if !is_version_line(line) => WarcRecord { fields, ..WarcRecord::default() },
        _ => read_fields(input, &mut left)?,
    };
    record.passed_over = passed_over;
    read_block(input, &mut record, rules)?;
    Ok(Some(record))
}

fn describe_other_start(line: &[u8]) -> io::Error {
    let text = String::from_utf8_lossy(line);
    let shown: String = text.chars().take(40).filter(|c| !c.is_control()).collect();
    invalid_data(format!("expected a WARC record, found \"{shown}\""))
}

fn read_fields<R: BufRead>(input: &mut R, left: &mut u64) -> io::Result<WarcRecord> {
    let mut record = WarcRecord::default();
    loop {
        let line = read_line(input, left)?;
        if !line.ends_with(b"\n") {
            return Err(cut_short("the record's fields are"));
        }
        let text = String::from_utf8_lossy(trim_line_end(&line));
        if text.is_empty() {
            return Ok(record);
        }
        if text.starts_with([' ', '\t']) {
            if let Some((_, value)) = record.fields.last_mut() {
                let joined = format!("{value} {}", text.trim());
                joined.trim().clone_into(value);
            }
        } else if let Some((name, value)) = text.split_once(':') {
            record.fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
}

fn read_block<R: BufRead>(
    input: &mut PushBackReader<R>,
    record: &mut WarcRecord,
    rules: ReadRules,
) -> io::Result<()> {
    let stated: Option<u64> = record.field("content-length").and_then(|value| value.parse().ok());
    let length = match stated {
        Some(length) => length,
        None if rules.is_lenient => 0,
        None => return Err(invalid_data("the record has no Content-Length")),
    };
    let mut block = input.by_ref().take(length);
    if length > rules.max_block {
        record.oversize = true;
        let count = io::copy(&mut block, &mut io::sink())?;
        if count < length {
            return Err(cut_short("the record's block is"));
        }
    } else {
        block.read_to_end(&mut record.block)?;
    }
    let got = record.block.len() as u64;
    let is_short = !record.oversize && got < length;
    if is_short && !rules.is_lenient {
        return Err(cut_short("the record's block is"));
    }
    // The two line breaks after the block belong to the record.
    let mut separators = Vec::new();
    while separators.len() < 4 {
        match input.fill_buf()?.first() {
            Some(byte @ (b'\r' | b'\n')) => separators.push(*byte),
            _ => break,
        }
        input.consume(1);
    }
    if !rules.is_lenient || record.oversize {
        return Ok(());
    }
    if !is_short && stated.is_some() && is_record_end(input)? {
        if !matches!(separators[..], [b'\r', b'\n', b'\r', b'\n'] | [b'\n', b'\n']) {
            drop_separators_in_block(record);
        }
        return Ok(());
    }
    settle_block(input, record, stated, &separators, rules.max_block)
        .and_then(|is_whole| if is_whole { Ok(()) } else { Err(cut_short("the record's block is")) })
}

/// Whether what follows a block may follow a record: another record, padding, or nothing.
fn is_record_end<R: BufRead>(input: &mut PushBackReader<R>) -> io::Result<bool> {
    let next = input.peek(5)?;
    if next.is_empty() || is_version_line(&next) || next.iter().all(|byte| matches!(byte, 0 | b'\r' | b'\n'))
    {
        return Ok(true);
    }
    // A URL record of an ARC file begins with a scheme. Few blocks are followed by a letter otherwise.
    if !next.first().is_some_and(u8::is_ascii_alphabetic) {
        return Ok(false);
    }
    let next = input.peek(4096)?;
    Ok(find_record_start(&next) == Some(0))
}
