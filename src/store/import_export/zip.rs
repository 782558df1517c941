//! Writes a ZIP file of uncompressed entries, as WACZ requires (APPNOTE 6.3.10, with ZIP64 for sizes above
//! 4 GiB).
//!
//! Entries are not compressed, because replay tools read single WARC records from the middle of the file.
//! No library is used, because a few lines are enough for uncompressed entries.

use std::io::{self, Read, Seek, SeekFrom, Write};

const LOCAL_HEADER: u32 = 0x0403_4b50;
const CENTRAL_HEADER: u32 = 0x0201_4b50;
const END_RECORD: u32 = 0x0605_4b50;
const ZIP64_END_RECORD: u32 = 0x0606_4b50;
const ZIP64_LOCATOR: u32 = 0x0706_4b50;
/// The ZIP version that a reader must support: 4.5, which has ZIP64.
const VERSION: u16 = 45;
/// The flag that names are UTF-8.
const FLAGS: u16 = 1 << 11;
/// 1 January 1980, the oldest date that the format can hold. The real times are in the data of the entries.
const DATE: u16 = 0x0021;

struct ZipEntry {
    name: String,
    crc: u32,
    size: u64,
    offset: u64,
}

/// Writes entries in order, and the directory at the end.
pub(super) struct ZipWriter<W> {
    out: W,
    at: u64,
    entries: Vec<ZipEntry>,
}

/// A size in its 32-bit field, which holds the maximum where ZIP64 has the real value.
fn saturate_u32(size: u64) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

impl<W: Write> ZipWriter<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, at: 0, entries: Vec::new() }
    }

    fn write_counted(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// Adds an entry. The data is read twice, because its checksum is written before it.
    pub(super) fn add_entry(&mut self, name: &str, mut data: impl Read + Seek) -> io::Result<()> {
        let mut crc = flate2::Crc::new();
        let mut size = 0;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = data.read(&mut buffer)?;
            let Some(piece) = buffer.get(..count).filter(|piece| !piece.is_empty()) else { break };
            crc.update(piece);
            size += count as u64;
        }
        data.seek(SeekFrom::Start(0))?;
        let entry = ZipEntry { name: name.to_owned(), crc: crc.sum(), size, offset: self.at };
        let mut head = Vec::new();
        head.extend(LOCAL_HEADER.to_le_bytes());
        head.extend(VERSION.to_le_bytes());
        head.extend(FLAGS.to_le_bytes());
        head.extend([0, 0, 0, 0]); // Stored; midnight.
        head.extend(DATE.to_le_bytes());
        head.extend(entry.crc.to_le_bytes());
        // Both sizes are in the ZIP64 field.
        head.extend([0xff; 8]);
        head.extend(name_len(name)?.to_le_bytes());
        head.extend(20_u16.to_le_bytes());
        head.extend(name.as_bytes());
        head.extend(1_u16.to_le_bytes());
        head.extend(16_u16.to_le_bytes());
        head.extend(size.to_le_bytes());
        head.extend(size.to_le_bytes());
        self.write_counted(&head)?;
        let copied = io::copy(&mut data, &mut self.out)?;
        self.at += copied;
        if copied != size {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "an entry changed while it was read"));
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Writes the central directory and returns the output.
    pub(super) fn finish(mut self) -> io::Result<W> {
        let start = self.at;
        for entry in std::mem::take(&mut self.entries) {
            let mut head = Vec::new();
            head.extend(CENTRAL_HEADER.to_le_bytes());
            head.extend(VERSION.to_le_bytes());
            head.extend(VERSION.to_le_bytes());
            head.extend(FLAGS.to_le_bytes());
            head.extend([0, 0, 0, 0]);
            head.extend(DATE.to_le_bytes());
            head.extend(entry.crc.to_le_bytes());
            head.extend([0xff; 8]);
            head.extend(name_len(&entry.name)?.to_le_bytes());
            head.extend(28_u16.to_le_bytes());
            head.extend([0; 10]); // No comment, first disk, no attributes.
            head.extend([0xff; 4]);
            head.extend(entry.name.as_bytes());
            head.extend(1_u16.to_le_bytes());
            head.extend(24_u16.to_le_bytes());
            head.extend(entry.size.to_le_bytes());
            head.extend(entry.size.to_le_bytes());
            head.extend(entry.offset.to_le_bytes());
            self.write_counted(&head)?;
            self.entries.push(entry);
        }
        let size = self.at - start;
        let count = self.entries.len() as u64;
        let end = self.at;
        let mut tail = Vec::new();
        tail.extend(ZIP64_END_RECORD.to_le_bytes());
        tail.extend(44_u64.to_le_bytes());
        tail.extend(VERSION.to_le_bytes());
        tail.extend(VERSION.to_le_bytes());
        tail.extend([0; 8]);
        tail.extend(count.to_le_bytes());
        tail.extend(count.to_le_bytes());
        tail.extend(size.to_le_bytes());
        tail.extend(start.to_le_bytes());
        tail.extend(ZIP64_LOCATOR.to_le_bytes());
        tail.extend(0_u32.to_le_bytes());
        tail.extend(end.to_le_bytes());
        tail.extend(1_u32.to_le_bytes());
        tail.extend(END_RECORD.to_le_bytes());
        tail.extend([0; 4]);
        let short = u16::try_from(count).unwrap_or(u16::MAX);
        tail.extend(short.to_le_bytes());
        tail.extend(short.to_le_bytes());
        tail.extend(saturate_u32(size).to_le_bytes());
        tail.extend(saturate_u32(start).to_le_bytes());
        tail.extend([0; 2]);
        self.write_counted(&tail)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

fn name_len(name: &str) -> io::Result<u16> {
    u16::try_from(name.len())
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "an entry's name is too long"))
}
