//! Keeps the `revisit` records whose original was not found yet, because it may come later in the file or
//! in a later one.
//!
//! They are kept in a file without a name, so that memory does not grow with their number. Only the head
//! of their block is kept, since nothing else of it is used.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::store::warc::http_block::parse_response_head;
use crate::store::warc::record::WarcRecord;

/// The most bytes that are kept.
const MAX_BYTES: u64 = 1 << 30;

/// A `revisit` that waits for its original.
#[derive(Serialize, Deserialize)]
pub(super) struct DeferredRevisit {
    /// The index of the file that it is in.
    pub file: usize,
    offset: u64,
    fields: Vec<(String, String)>,
    block: Vec<u8>,
    /// Whether driftline wrote the file.
    pub written_by_driftline: bool,
}

impl DeferredRevisit {
    pub(super) fn new(file: usize, record: &WarcRecord, written_by_driftline: bool) -> Self {
        let head = parse_response_head(&record.block).map_or(0, |head| head.len);
        let block = record.block.get(..head).unwrap_or_default().to_vec();
        Self { file, offset: record.offset, fields: record.fields.clone(), block, written_by_driftline }
    }

    /// The record.
    pub(super) fn into_record(self) -> WarcRecord {
        let Self { fields, block, offset, .. } = self;
        WarcRecord { fields, block, offset, ..WarcRecord::default() }
    }
}

/// The revisits that wait.
#[derive(Default)]
pub(super) struct DeferredRevisits {
    file: Option<BufWriter<File>>,
    bytes: u64,
    /// How many there are.
    pub count: u64,
}

impl DeferredRevisits {
    /// Adds a revisit; returns false if there are too many. `dir` is a folder for the file.
    pub(super) fn push(&mut self, dir: &Path, revisit: &DeferredRevisit) -> io::Result<bool> {
        let bytes = postcard::to_stdvec(revisit).map_err(io::Error::other)?;
        if self.bytes + bytes.len() as u64 > MAX_BYTES {
            return Ok(false);
        }
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(BufWriter::new(tempfile::tempfile_in(dir)?)),
        };
        file.write_all(&(bytes.len() as u64).to_le_bytes())?;
        file.write_all(&bytes)?;
        self.bytes += bytes.len() as u64;
        self.count += 1;
        Ok(true)
    }

    /// Takes out all revisits, in order.
    pub(super) fn take_all(
        &mut self,
    ) -> io::Result<impl Iterator<Item = io::Result<DeferredRevisit>> + use<>> {
        let Self { file, count, .. } = std::mem::take(self);
        let mut input = None;
        if let Some(file) = file {
            let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.seek(SeekFrom::Start(0))?;
            input = Some(BufReader::new(file));
        }
        Ok((0..count).filter_map(move |_| input.as_mut().map(read_revisit)))
    }
}

fn read_revisit(input: &mut BufReader<File>) -> io::Result<DeferredRevisit> {
    let mut length = [0; 8];
    input.read_exact(&mut length)?;
    let mut bytes = vec![0; usize::try_from(u64::from_le_bytes(length)).map_err(io::Error::other)?];
    input.read_exact(&mut bytes)?;
    postcard::from_bytes(&bytes).map_err(io::Error::other)
}
