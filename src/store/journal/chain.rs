//! The chain of the segments: each begins with the seal of the one before.
//!
//! A segment that was removed, exchanged, reordered, cut or set back to an older state no longer matches the
//! seal that the next one names, or for the last one the seal that the database keeps. Segments of versions
//! without seals name nothing; the chain begins with the first that does. A repair that changes a segment
//! writes its new seal into a segment of its own, so that the change is known to be meant.
//!
//! This finds accidents. Somebody who can write all files can also make another chain; only who keeps the
//! seal of the last segment elsewhere notices that.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use super::segment::{Segment, io_error, list_segments};
use super::segment_seal::SegmentSeal;
use crate::store::StoreError;
use crate::store::warc::read::WarcReader;

/// The field of a segment's `warcinfo` record that holds the seal of the segment before.
const PREVIOUS_FIELD: &str = "driftline-previous-segment";
/// The field that holds the seal of an earlier segment which a repair changed or replaced.
const CHANGED_FIELD: &str = "driftline-changed-segment";
/// The longest `warcinfo` block that is read, in bytes: room for the seals of a hundred thousand segments.
const MAX_INFO: u64 = 16 << 20;

/// What a segment says of earlier ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct ChainLinks {
    /// The seal of the segment before; `None` in the first, and in those of versions without seals.
    pub previous: Option<SegmentSeal>,
    /// The seals of segments that a repair changed.
    pub changed: Vec<SegmentSeal>,
}

impl ChainLinks {
    /// The fields of the `warcinfo` record.
    pub(super) fn to_fields(&self) -> Vec<(&'static str, String)> {
        let previous = self.previous.iter().map(|seal| (PREVIOUS_FIELD, seal.to_string()));
        previous.chain(self.changed.iter().map(|seal| (CHANGED_FIELD, seal.to_string()))).collect()
    }

    /// Reads the links of a segment; none if its first record cannot be read, which is reported as damage.
    fn read(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(|error| io_error(path, error))?;
        let mut links = Self::default();
        let reader = WarcReader::new(BufReader::new(file), 0, MAX_INFO);
        let Ok(Some(record)) = reader.and_then(|mut reader| reader.next_record()) else { return Ok(links) };
        for line in String::from_utf8_lossy(&record.block).lines() {
            let Some((name, value)) = line.split_once(':') else { continue };
            match (name, value.parse()) {
                (PREVIOUS_FIELD, Ok(seal)) => links.previous = Some(seal),
                (CHANGED_FIELD, Ok(seal)) => links.changed.push(seal),
                _ => {}
            }
        }
        Ok(links)
    }
}

/// The chain as it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Chain {
    /// How many segments name the one before.
    pub links: u64,
    /// The segments that are not what was written.
    pub faults: Vec<ChainFault>,
}

/// A segment that is not what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct ChainFault {
    /// Its number.
    pub number: u64,
    /// Its file.
    pub path: PathBuf,
    /// What is wrong, in words that name it.
    pub reason: String,
}

impl fmt::Display for ChainFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        write!(f, "segment {name}: {}", self.reason)
    }
}

/// Checks the chain of the store in `dir`. `known` is the seal that the database keeps. The segments from the
/// number `read_from` on are read; of those before only the lengths are compared.
pub(in crate::store) fn check_chain(
    dir: &Path,
    known: Option<&SegmentSeal>,
    read_from: u64,
) -> Result<Chain, StoreError> {
    let segments = list_segments(dir)?;
    let mut chain = Chain::default();
    let mut expected: BTreeMap<u64, Vec<(SegmentSeal, String)>> = BTreeMap::new();
    let mut changed: BTreeMap<u64, Vec<SegmentSeal>> = BTreeMap::new();
    for segment in &segments {
        let links = ChainLinks::read(&segment.path)?;
        if let Some(seal) = links.previous {
            chain.links += 1;
            expected.entry(seal.number()).or_default().push((seal, segment.finished_name()));
        }
        for seal in links.changed {
            changed.entry(seal.number()).or_default().push(seal);
        }
    }
    let mut before: Option<&Segment> = None;
    for segment in &segments {
        let mut add = |reason| {
            chain.faults.push(ChainFault { number: segment.number, path: segment.path.clone(), reason });
        };
        if let Some(before) = before.replace(segment).filter(|before| before.number == segment.number) {
            add(format!("it has the number of {}; move away the one that was added", before.file_name()));
            continue;
        }
        let is_read = segment.number >= read_from;
        let meant = changed.get(&segment.number).map_or(&[][..], Vec::as_slice);
        for (seal, by) in expected.get(&segment.number).into_iter().flatten() {
            if let Some(reason) = compare(segment, seal, meant, is_read)? {
                add(format!("{reason} that {by} names as the one before it: {seal}"));
                break;
            }
        }
        if let Some(seal) = known.filter(|seal| seal.number() == segment.number)
            && let Some(reason) = compare_grown(segment, seal, meant, is_read)?
        {
            add(format!("{reason} that the database knows: {seal}"));
        }
    }
    chain.faults.dedup_by_key(|fault| fault.number);
    Ok(chain)
}

/// Compares a segment with the seal of its final state; says what is wrong.
fn compare(
    segment: &Segment,
    seal: &SegmentSeal,
    meant: &[SegmentSeal],
    is_read: bool,
) -> Result<Option<&'static str>, StoreError> {
    let length = std::fs::metadata(&segment.path).map_err(|error| io_error(&segment.path, error))?.len();
    let is_length_known = meant.iter().chain([seal]).any(|seal| seal.length == length);
    if !is_length_known {
        let is_shorter = length < seal.length;
        return Ok(Some(if is_shorter {
            "it is shorter than the segment"
        } else {
            "it is longer than the segment"
        }));
    }
    if !is_read {
        return Ok(None);
    }
    let found = SegmentSeal::of_file(segment, None)?;
    let is_known = meant.iter().chain([seal]).any(|seal| seal.has_bytes_of(&found));
    Ok((!is_known).then_some("its bytes are not those of the segment"))
}

/// The same for a seal of a segment that may have grown since.
fn compare_grown(
    segment: &Segment,
    seal: &SegmentSeal,
    meant: &[SegmentSeal],
    is_read: bool,
) -> Result<Option<&'static str>, StoreError> {
    let length = std::fs::metadata(&segment.path).map_err(|error| io_error(&segment.path, error))?.len();
    if length <= seal.length || meant.iter().any(|seal| seal.length == length) {
        return compare(segment, seal, meant, is_read);
    }
    let is_same = !is_read || SegmentSeal::of_file(segment, Some(seal.length))?.has_bytes_of(seal);
    Ok((!is_same).then_some("its beginning is not that of the segment"))
}
