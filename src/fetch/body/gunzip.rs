//! Decodes gzip (RFC 1952) as tolerantly as browsers do, which the crates for gzip do not.
//!
//! Once the deflate stream of a member has ended, its content is complete, even if the trailer is missing
//! or its checksum is wrong. A stream that did not end was cut off.

use std::io::{self, Write};

use flate2::{Decompress, FlushDecompress, Status};

/// The longest header of a member: the fixed fields, and a name or comment of reasonable length.
const MAX_HEADER: usize = 64 * 1024;
/// The size of the output buffer, in bytes.
const BUFFER: usize = 16 * 1024;
/// The bytes of the checksum and the length at the end of a member.
const TRAILER_LENGTH: usize = 8;

/// The part of the input that comes next.
enum GzipStage {
    /// The header of a member, with the bytes of it that came.
    Header(Vec<u8>),
    /// The deflate stream of the member.
    Deflate,
    /// This many bytes of the trailer; then another member may follow.
    Trailer(usize),
    /// Bytes that are no member, and are ignored as browsers do.
    Padding,
}

/// Decodes what is written to it.
pub(in crate::fetch) struct Gunzip<W> {
    stage: GzipStage,
    inflate: Decompress,
    /// Whether a member has ended.
    has_whole_member: bool,
    out: W,
}

impl<W: Write> Gunzip<W> {
    pub(in crate::fetch) fn new(out: W) -> Self {
        Self {
            stage: GzipStage::Header(Vec::new()),
            inflate: Decompress::new(false),
            has_whole_member: false,
            out,
        }
    }

    pub(in crate::fetch) fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    pub(in crate::fetch) fn write_all(&mut self, mut chunk: &[u8]) -> io::Result<()> {
        while !chunk.is_empty() {
            chunk = self.decode_some(chunk)?;
        }
        Ok(())
    }

    /// Ends the body; an error says that it was cut off.
    pub(in crate::fetch) fn finish(&self) -> io::Result<()> {
        match &self.stage {
            GzipStage::Deflate => Err(io::ErrorKind::UnexpectedEof.into()),
            GzipStage::Header(_) if !self.has_whole_member => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Decodes a part of the chunk; returns the rest.
    fn decode_some<'c>(&mut self, chunk: &'c [u8]) -> io::Result<&'c [u8]> {
        match &mut self.stage {
            GzipStage::Header(header) => {
                let before = header.len();
                header.extend_from_slice(chunk);
                let Some(length) = header_length(header)? else { return Ok(&[]) };
                self.stage = GzipStage::Deflate;
                self.inflate.reset(false);
                Ok(chunk.get(length.saturating_sub(before)..).unwrap_or_default())
            }
            GzipStage::Deflate => self.inflate_some(chunk),
            GzipStage::Trailer(0) => {
                let another = chunk.first() == Some(&0x1f);
                self.stage = if another { GzipStage::Header(Vec::new()) } else { GzipStage::Padding };
                Ok(chunk)
            }
            GzipStage::Trailer(left) => {
                let taken = chunk.len().min(*left);
                *left -= taken;
                Ok(chunk.get(taken..).unwrap_or_default())
            }
            GzipStage::Padding => Ok(&[]),
        }
    }

    fn inflate_some<'c>(&mut self, chunk: &'c [u8]) -> io::Result<&'c [u8]> {
        let mut buffer = [0; BUFFER];
        let (in_before, out_before) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(chunk, &mut buffer, FlushDecompress::None);
        let status = status.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        let since = |now: u64, before: u64| usize::try_from(now - before).unwrap_or(usize::MAX);
        let consumed = since(self.inflate.total_in(), in_before);
        let produced = since(self.inflate.total_out(), out_before);
        self.out.write_all(buffer.get(..produced).unwrap_or_default())?;
        if status == Status::StreamEnd {
            self.has_whole_member = true;
            self.stage = GzipStage::Trailer(TRAILER_LENGTH);
        } else if consumed == 0 && produced == 0 {
            // No progress is made, although there is input to read and room to write.
            return Err(io::ErrorKind::InvalidData.into());
        }
        // The last of the input may be consumed before all of the output is written.
        if consumed == chunk.len() && produced == BUFFER && status != Status::StreamEnd {
            self.drain_output()?;
        }
        Ok(chunk.get(consumed..).unwrap_or_default())
    }

    /// Writes the output that did not fit into the buffer.
    fn drain_output(&mut self) -> io::Result<()> {
        loop {
            let mut buffer = [0; BUFFER];
            let before = self.inflate.total_out();
            let status = self.inflate.decompress(&[], &mut buffer, FlushDecompress::None);
            let status = status.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
            let produced = usize::try_from(self.inflate.total_out() - before).unwrap_or(usize::MAX);
            self.out.write_all(buffer.get(..produced).unwrap_or_default())?;
            if status == Status::StreamEnd {
                self.has_whole_member = true;
                self.stage = GzipStage::Trailer(TRAILER_LENGTH);
                return Ok(());
            }
            if produced < BUFFER {
                return Ok(());
            }
        }
    }
}

/// The length of the header of a member (RFC 1952, section 2.3); `None` while it is incomplete.
fn header_length(header: &[u8]) -> io::Result<Option<usize>> {
    let invalid = || io::Error::from(io::ErrorKind::InvalidData);
    let magic = [0x1f, 0x8b, 8];
    if header.iter().zip(magic).any(|(byte, expected)| *byte != expected)
        || header.len() > MAX_HEADER + BUFFER
    {
        return Err(invalid());
    }
    Ok(parse_header(header))
}

fn parse_header(header: &[u8]) -> Option<usize> {
    let flags = *header.get(3)?;
    let mut end = 10;
    if flags & 4 != 0 {
        let (low, high) = (*header.get(end)?, *header.get(end + 1)?);
        end += 2 + usize::from(u16::from_le_bytes([low, high]));
    }
    // A name, then a comment, each up to a zero byte.
    for flag in [8, 16] {
        if flags & flag != 0 {
            end += header.get(end..)?.iter().position(|byte| *byte == 0)? + 1;
        }
    }
    if flags & 2 != 0 {
        end += 2;
    }
    (header.len() >= end).then_some(end)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn gzip(text: &[u8], name: Option<&str>) -> Vec<u8> {
        let mut builder = flate2::GzBuilder::new();
        if let Some(name) = name {
            builder = builder.filename(name).comment("why").extra(vec![1, 2, 3]);
        }
        let mut coder = builder.write(Vec::new(), flate2::Compression::default());
        coder.write_all(text).unwrap();
        coder.finish().unwrap()
    }

    fn gunzip(body: &[u8], step: usize) -> (Vec<u8>, bool) {
        let mut coder = Gunzip::new(Vec::new());
        let written = body.chunks(step).try_for_each(|chunk| coder.write_all(chunk));
        let whole = written.is_ok() && coder.finish().is_ok();
        (coder.out, whole)
    }

    #[test]
    fn a_stream_that_ended_is_complete_whatever_follows() {
        let text: Vec<u8> = (0..9000_u32).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
        let whole = gzip(&text, Some("a.txt"));
        let body = &whole[..whole.len() - TRAILER_LENGTH];
        let zeros = [body, &[0; TRAILER_LENGTH]].concat();
        let cut = &whole[..whole.len() - 3];
        let padded = [&whole, [0; 99].as_slice()].concat();
        for body in [whole.as_slice(), body, &zeros, cut, &padded] {
            for step in [1, 7, 1024, usize::MAX] {
                let (decoded, ended) = gunzip(body, step);
                assert!(ended && decoded == text, "{} bytes in steps of {step}", body.len());
            }
        }
        let (decoded, ended) = gunzip(&whole[..whole.len() / 2], 1024);
        assert!(!ended && text.starts_with(&decoded) && !decoded.is_empty());
        for nothing in [b"".as_slice(), b"\x1f\x8b", b"\x1f\x8b\x08\x08aaaaaaname", b"<html>"] {
            assert!(!gunzip(nothing, 4).1);
        }
    }

    #[test]
    fn a_high_compression_ratio_loses_no_output() {
        for length in [BUFFER - 1, BUFFER, BUFFER + 1, 40 * BUFFER] {
            let (decoded, ended) = gunzip(&gzip(&vec![b'0'; length], None), usize::MAX);
            assert_eq!((decoded.len(), ended), (length, true));
        }
    }
}
