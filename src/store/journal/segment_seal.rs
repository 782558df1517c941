//! A segment's seal: its name, its length and the digest of its bytes.
//!
//! Each segment begins with the seal of the one before, so that the segments form a chain. The database
//! keeps the seal of the segment that was written last, which no later one names yet. A seal is one line of
//! text, whose digest `sha256sum` gives too: `00000002-20260131T030000Z.warc.gz 8123 sha256:9f86…`.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::segment::{Segment, io_error, list_segments};
use crate::store::StoreError;
use crate::store::db::database::Database;

/// The key in the tree `meta` of the seal of the segment that was written last.
const SEAL_KEY: &[u8] = b"seal";

/// What a segment's file was at a time: its name, and its first `length` bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct SegmentSeal {
    /// The name of the finished segment's file.
    pub name: String,
    /// The length in bytes.
    pub length: u64,
    /// The digest of these bytes: `sha256:` and hexadecimal.
    pub digest: String,
}

impl SegmentSeal {
    /// The segment's number, which its name begins with; 0 if the name has none.
    pub(in crate::store) fn number(&self) -> u64 {
        self.name.split('-').next().and_then(|number| number.parse().ok()).unwrap_or_default()
    }

    /// Whether the bytes are the same, whatever the file is called.
    pub(in crate::store) fn has_bytes_of(&self, other: &Self) -> bool {
        (self.length, &self.digest) == (other.length, &other.digest)
    }

    /// The seal of a segment's file as it is, or of its first `length` bytes. It reads them all.
    pub(in crate::store) fn of_file(segment: &Segment, length: Option<u64>) -> Result<Self, StoreError> {
        let failed = |error| io_error(&segment.path, error);
        let mut hashed = Hashed::new(io::sink());
        let mut file = File::open(&segment.path).map_err(failed)?.take(length.unwrap_or(u64::MAX));
        let mut buffer = vec![0; 1 << 18];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => hashed.write_all(buffer.get(..count).unwrap_or_default()).map_err(failed)?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(hashed.seal(segment.finished_name()))
    }
}

impl fmt::Display for SegmentSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.name, self.length, self.digest)
    }
}

impl FromStr for SegmentSeal {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [name, length, digest] = words.as_slice() else { return Err(()) };
        let seal = Self {
            name: (*name).to_owned(),
            length: length.parse().map_err(drop)?,
            digest: (*digest).to_owned(),
        };
        if seal.number() == 0 { Err(()) } else { Ok(seal) }
    }
}

/// Hashes what is written through it, so that the seal of a segment costs no second reading.
pub(super) struct Hashed<W> {
    pub(super) inner: W,
    hasher: Sha256,
    length: u64,
}

impl<W> Hashed<W> {
    /// Nothing is written yet.
    pub(super) fn new(inner: W) -> Self {
        Self { inner, hasher: Sha256::new(), length: 0 }
    }

    /// The seal of what was written so far, under the name of the finished segment.
    pub(super) fn seal(&self, name: String) -> SegmentSeal {
        let digest = format!("sha256:{}", HEXLOWER.encode(&self.hasher.clone().finalize()));
        SegmentSeal { name, length: self.length, digest }
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hasher.update(bytes.get(..count).unwrap_or_default());
        self.length += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The seal that the database keeps: of the last segment that a group was written to.
pub(in crate::store) fn read_seal(database: &Database) -> Result<Option<SegmentSeal>, StoreError> {
    let value = database.meta.get(SEAL_KEY)?;
    Ok(value.and_then(|value| std::str::from_utf8(&value).ok()?.parse().ok()))
}

/// Stores the seal of the last segment; durable with the next flush.
pub(in crate::store) fn write_seal(database: &Database, seal: &SegmentSeal) -> Result<(), StoreError> {
    database.meta.insert(SEAL_KEY, seal.to_string()).map(|_| ())
}

/// The seal of the segment with the number `last`, which the next segment names. `known` is what the database
/// keeps: if that is the seal of this segment, only what a killed writer added after it is unknown, and
/// nothing else is read. A file that lost bytes keeps the seal of what was written, so that the loss shows.
pub(in crate::store) fn seal_of_last(
    dir: &Path,
    last: u64,
    known: Option<SegmentSeal>,
) -> Result<Option<SegmentSeal>, StoreError> {
    let known = known.filter(|seal| seal.number() == last);
    let Some(segment) = list_segments(dir)?.into_iter().rfind(|segment| segment.number == last) else {
        return Ok(known);
    };
    let length = std::fs::metadata(&segment.path).map_err(|error| io_error(&segment.path, error))?.len();
    match known {
        Some(seal) if length <= seal.length => Ok(Some(seal)),
        Some(seal) if !SegmentSeal::of_file(&segment, Some(seal.length))?.has_bytes_of(&seal) => {
            Ok(Some(seal))
        }
        _ => SegmentSeal::of_file(&segment, None).map(Some),
    }
}
