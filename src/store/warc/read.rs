//! Reads WARC records one after the other, from any file that claims to hold some.
//!
//! No stated length is trusted: a block above the cap is skipped and marked as such. At a damaged record
//! the reader stops with an error; [`super::scan`] finds where reading can go on.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;

/// The longest field block that is read, in bytes; real records need far less.
const MAX_FIELDS: u64 = 1 << 20;

/// A record that was read.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct WarcRecord {
    /// Field names in lower case, with their values.
    pub fields: Vec<(String, String)>,
    /// The block; empty if it was longer than the cap.
    pub block: Vec<u8>,
    /// Whether the block was longer than the cap, and was skipped.
    pub oversize: bool,
    /// The offset in the file at which the record, or the gzip member that holds it, begins.
    pub offset: u64,
}

impl WarcRecord {
    /// A field's value (name in lower case).
    pub(in crate::store) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// `WARC-Type`, or an empty string.
    pub(in crate::store) fn record_type(&self) -> &str {
        self.field("warc-type").unwrap_or_default()
    }

    /// `WARC-Target-URI`.
    pub(in crate::store) fn target_uri(&self) -> Option<&str> {
        self.uri_field("warc-target-uri")
    }

    /// A field that holds a URI. Some writers put it in angle brackets, as the grammar of WARC 1.0 asks
    /// for; they are removed.
    pub(in crate::store) fn uri_field(&self, name: &str) -> Option<&str> {
        let uri = self.field(name)?;
        Some(uri.strip_prefix('<').and_then(|uri| uri.strip_suffix('>')).unwrap_or(uri))
    }

    /// `WARC-Date`.
    pub(in crate::store) fn date(&self) -> Option<jiff::Timestamp> {
        self.field("warc-date")?.parse().ok()
    }
}

/// Counts the bytes that are consumed, to know the offset in the file.
struct CountingReader<R> {
    inner: R,
    offset: u64,
}

impl<R: BufRead> Read for CountingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.offset += count as u64;
        Ok(count)
    }
}

impl<R: BufRead> BufRead for CountingReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.offset += count as u64;
        self.inner.consume(count);
    }
}

/// What the reader is in the middle of.
enum ReadState<R: BufRead> {
    /// A file that is not compressed.
    Plain(CountingReader<R>),
    /// Between two gzip members.
    BetweenMembers(CountingReader<R>),
    /// Inside the gzip member that begins at the offset.
    InMember(Box<BufReader<GzDecoder<CountingReader<R>>>>, u64),
    /// At the end of the file, or stopped by damage, at the offset.
    Ended(u64),
}

/// Reads the records of a file in order.
pub(in crate::store) struct WarcReader<R: BufRead> {
    state: ReadState<R>,
    max_block: u64,
}

impl<R: BufRead> WarcReader<R> {
    /// Reads from `input`, which is positioned at `offset` in its file. Blocks of more than `max_block`
    /// bytes are skipped.
    pub(in crate::store) fn new(mut input: R, offset: u64, max_block: u64) -> io::Result<Self> {
        let is_gzip = input.fill_buf()?.starts_with(&[0x1f, 0x8b]);
        let counted = CountingReader { inner: input, offset };
        let state = if is_gzip { ReadState::BetweenMembers(counted) } else { ReadState::Plain(counted) };
        Ok(Self { state, max_block })
    }

    /// How far the file has been read: between two calls, the end of the last whole record. Inside a gzip
    /// member that holds several records, its beginning.
    pub(in crate::store) fn offset(&self) -> u64 {
        match &self.state {
            ReadState::Plain(input) | ReadState::BetweenMembers(input) => input.offset,
            ReadState::InMember(_, start) => *start,
            ReadState::Ended(at) => *at,
        }
    }

    /// The next record; `None` at the end. After an error, [`Self::offset`] is the start of the record that
    /// could not be read, and the reader has ended.
    pub(in crate::store) fn next_record(&mut self) -> io::Result<Option<WarcRecord>> {
        let start = self.offset();
        let result = self.read_next();
        if !matches!(result, Ok(Some(_))) {
            let at = if result.is_err() { start } else { self.offset() };
            self.state = ReadState::Ended(at);
        }
        result
    }

    fn read_next(&mut self) -> io::Result<Option<WarcRecord>> {
        loop {
            let at = self.offset();
            match std::mem::replace(&mut self.state, ReadState::Ended(at)) {
                ReadState::Ended(at) => {
                    self.state = ReadState::Ended(at);
                    return Ok(None);
                }
                ReadState::Plain(mut input) => {
                    let at = input.offset;
                    let record = read_record(&mut input, self.max_block)?;
                    self.state = ReadState::Plain(input);
                    return Ok(record.map(|record| WarcRecord { offset: at, ..record }));
                }
                ReadState::BetweenMembers(mut input) => {
                    let at = input.offset;
                    if input.fill_buf()?.is_empty() {
                        self.state = ReadState::Ended(at);
                        return Ok(None);
                    }
                    self.state = ReadState::InMember(Box::new(BufReader::new(GzDecoder::new(input))), at);
                }
                ReadState::InMember(mut member, at) => {
                    let record = read_record(&mut *member, self.max_block)?;
                    let Some(record) = record else {
                        self.state = ReadState::BetweenMembers(member.into_inner().into_inner());
                        continue;
                    };
                    // Reading to the member's end checks its CRC before the record is handed out.
                    if member.fill_buf()?.is_empty() {
                        self.state = ReadState::BetweenMembers(member.into_inner().into_inner());
                    } else {
                        self.state = ReadState::InMember(member, at);
                    }
                    return Ok(Some(WarcRecord { offset: at, ..record }));
                }
            }
        }
    }
}

fn invalid_data(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

fn read_line<R: BufRead>(input: &mut R, left: &mut u64) -> io::Result<Option<String>> {
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
    // Any empty lines here belong to the end of the record before.
    let version = loop {
        match read_line(input, &mut left)? {
            None => return Ok(None),
            Some(text) if text.is_empty() => {}
            Some(text) => break text,
        }
    };
    if !version.starts_with("WARC/") {
        let shown: String = version.chars().take(40).filter(|c| !c.is_control()).collect();
        return Err(invalid_data(format!("expected a WARC record, found \"{shown}\"")));
    }
    let mut record = WarcRecord::default();
    loop {
        let text = read_line(input, &mut left)?.ok_or_else(|| {
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
        .ok_or_else(|| invalid_data("the record has no Content-Length"))?;
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
    // The two line breaks after the block belong to the record.
    let mut skipped = 0;
    while skipped < 4 && input.fill_buf()?.first().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
        input.consume(1);
        skipped += 1;
    }
    Ok(Some(record))
}
