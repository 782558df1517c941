//! A part of a file that is read like a file of its own, such as an uncompressed member of a zip file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use rawzip::{FileReader, ReaderAt};

/// A range of a file.
#[derive(Clone)]
pub(in crate::store) struct FilePart {
    file: Arc<FileReader>,
    start: u64,
    len: u64,
    position: u64,
}

impl FilePart {
    /// The whole of a file.
    pub(in crate::store) fn whole(mut file: File) -> io::Result<Self> {
        let len = file.seek(SeekFrom::End(0))?;
        Ok(Self { file: Arc::new(FileReader::from(file)), start: 0, len, position: 0 })
    }

    /// The part from `start` to `end` of this part; `None` if it reaches beyond.
    pub(super) fn range(&self, start: u64, end: u64) -> Option<Self> {
        let len = end.checked_sub(start).filter(|_| end <= self.len)?;
        Some(Self { file: self.file.clone(), start: self.start + start, len, position: 0 })
    }

    /// Its length in bytes.
    pub(in crate::store) fn len(&self) -> u64 {
        self.len
    }
}

impl ReaderAt for FilePart {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        self.file.read_at(buffer.get_mut(..wanted).unwrap_or_default(), self.start.saturating_add(offset))
    }
}

impl Read for FilePart {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.read_at(buffer, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for FilePart {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
