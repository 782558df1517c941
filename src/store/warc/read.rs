//! Records in, from any file that claims to be WARC.
//!
//! The reader trusts no length: a block that is longer than the cap is skipped and said to be, and
//! what follows a damaged record is reported, not guessed.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;

/// A record's fields take far less.
const MAX_FIELDS: u64 = 1 << 20;

/// A record, read.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct WarcRecord {
    /// Field names in lower case, with their values.
    pub fields: Vec<(String, String)>,
    /// The block, unless it was longer than the cap.
    pub block: Vec<u8>,
    /// Whether the block was longer than the cap, and was skipped.
    pub oversize: bool,
    /// Where the record (or the gzip member that holds it) starts in the file.
    pub offset: u64,
}

impl WarcRecord {
    /// A field's value (name in lower case).
    pub(in crate::store) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// `WARC-Type`, or nothing.
    pub(in crate::store) fn kind(&self) -> &str {
        self.field("warc-type").unwrap_or_default()
    }

    /// `WARC-Target-URI`; some writers put it in angle brackets, as WARC 1.0 was read to ask for.
    pub(in crate::store) fn target(&self) -> Option<&str> {
        self.uri("warc-target-uri")
    }

    /// A field that holds an address, without such brackets.
    pub(in crate::store) fn uri(&self, name: &str) -> Option<&str> {
        let uri = self.field(name)?;
        Some(uri.strip_prefix('<').and_then(|uri| uri.strip_suffix('>')).unwrap_or(uri))
    }

    /// `WARC-Date`.
    pub(in crate::store) fn date(&self) -> Option<jiff::Timestamp> {
        self.field("warc-date")?.parse().ok()
    }
}

/// Counts the bytes that are consumed.
struct Counted<R> {
    inner: R,
    at: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.at += count as u64;
        self.inner.consume(count);
    }
}

enum Source<R: BufRead> {
    Plain(Counted<R>),
    /// Between two members.
    Packed(Counted<R>),
    /// Inside a member that starts at the offset.
    Member(Box<BufReader<GzDecoder<Counted<R>>>>, u64),
    /// At the end, or past a fault.
    Ended(u64),
}

/// Reads one record after the other.
pub(in crate::store) struct WarcReader<R: BufRead> {
    source: Source<R>,
    max_block: u64,
}

impl<R: BufRead> WarcReader<R> {
    /// Reads from `input`, which stands at `offset` of its file. Blocks of more than `max_block`
    /// bytes are skipped.
    pub(in crate::store) fn new(mut input: R, offset: u64, max_block: u64) -> io::Result<Self> {
        let packed = input.fill_buf()?.starts_with(&[0x1f, 0x8b]);
        let counted = Counted { inner: input, at: offset };
        let source = if packed { Source::Packed(counted) } else { Source::Plain(counted) };
        Ok(Self { source, max_block })
    }

    /// How far the file has been read: the end of the last whole record, between two calls.
    pub(in crate::store) fn offset(&self) -> u64 {
        match &self.source {
            Source::Plain(input) | Source::Packed(input) => input.at,
            Source::Member(_, start) => *start,
            Source::Ended(at) => *at,
        }
    }

    /// The next record; none at the end. After an error the reader stands at the start of the record
    /// that could not be read, and has ended.
    pub(in crate::store) fn next_record(&mut self) -> io::Result<Option<WarcRecord>> {
        let start = self.offset();
        let result = self.step();
        if !matches!(result, Ok(Some(_))) {
            let at = if result.is_err() { start } else { self.offset() };
            self.source = Source::Ended(at);
        }
        result
    }

    fn step(&mut self) -> io::Result<Option<WarcRecord>> {
        loop {
            let at = self.offset();
            match std::mem::replace(&mut self.source, Source::Ended(at)) {
                Source::Ended(at) => {
                    self.source = Source::Ended(at);
                    return Ok(None);
                }
                Source::Plain(mut input) => {
                    let at = input.at;
                    let record = read_record(&mut input, self.max_block)?;
                    self.source = Source::Plain(input);
                    return Ok(record.map(|record| WarcRecord { offset: at, ..record }));
                }
                Source::Packed(mut input) => {
                    let at = input.at;
                    if input.fill_buf()?.is_empty() {
                        self.source = Source::Ended(at);
                        return Ok(None);
                    }
                    self.source = Source::Member(Box::new(BufReader::new(GzDecoder::new(input))), at);
                }
                Source::Member(mut member, at) => {
                    let record = read_record(&mut *member, self.max_block)?;
                    let Some(record) = record else {
                        self.source = Source::Packed(member.into_inner().into_inner());
                        continue;
                    };
                    // Reading on to the member's end checks its CRC before the record is believed.
                    if member.fill_buf()?.is_empty() {
                        self.source = Source::Packed(member.into_inner().into_inner());
                    } else {
                        self.source = Source::Member(member, at);
                    }
                    return Ok(Some(WarcRecord { offset: at, ..record }));
                }
            }
        }
    }
}

fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

fn line<R: BufRead>(input: &mut R, left: &mut u64) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let count = input.by_ref().take(*left).read_until(b'\n', &mut bytes)?;
    *left = left.saturating_sub(count as u64);
    if count == 0 {
        return Ok(None);
    }
    if bytes.pop() != Some(b'\n') {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the record's fields are cut short"));
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

fn read_record<R: BufRead>(input: &mut R, max_block: u64) -> io::Result<Option<WarcRecord>> {
    let mut left = MAX_FIELDS;
    // Empty lines before a record are those after the one before.
    let version = loop {
        match line(input, &mut left)? {
            None => return Ok(None),
            Some(text) if text.is_empty() => {}
            Some(text) => break text,
        }
    };
    if !version.starts_with("WARC/") {
        let shown: String = version.chars().take(40).filter(|c| !c.is_control()).collect();
        return Err(invalid(format!("no WARC record begins here, but \"{shown}\"")));
    }
    let mut record = WarcRecord::default();
    loop {
        let text = line(input, &mut left)?.ok_or_else(|| {
            io::Error::new(io::ErrorKind::UnexpectedEof, "the record's fields are cut short")
        })?;
        if text.is_empty() {
            break;
        }
        if text.starts_with([' ', '\t']) {
            if let Some((_, value)) = record.fields.last_mut() {
                value.push(' ');
                value.push_str(text.trim());
            }
        } else if let Some((name, value)) = text.split_once(':') {
            record.fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    let length: u64 = record
        .field("content-length")
        .and_then(|value| value.parse().ok())
        .ok_or_else(|| invalid("the record has no Content-Length"))?;
    let mut block = input.by_ref().take(length);
    let got = if length > max_block {
        record.oversize = true;
        io::copy(&mut block, &mut io::sink())?
    } else {
        block.read_to_end(&mut record.block)? as u64
    };
    if got < length {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the record's block is cut short"));
    }
    // The two line ends behind the block belong to the record.
    let mut ends = 0;
    while ends < 4 && input.fill_buf()?.first().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
        input.consume(1);
        ends += 1;
    }
    Ok(Some(record))
}
