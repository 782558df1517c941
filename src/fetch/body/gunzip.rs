//! The gzip coding (RFC 1952), as forgiving as browsers are.
//!
//! Once a member's deflate stream has come to its end, its content is whole: a trailer that is missing or
//! whose sum is wrong takes nothing of it back. A stream that did not end is cut off.

use std::io::{self, Write};

use flate2::{Decompress, FlushDecompress, Status};

/// The longest head of a member: fixed fields, and a name or comment of a reasonable length.
const LONGEST_HEAD: usize = 64 * 1024;
/// How much comes out at once.
const STEP: usize = 16 * 1024;
/// The sum and the length at a member's end.
const TRAILER: usize = 8;

enum Stage {
    /// Within a member's head: what came of it.
    Head(Vec<u8>),
    /// Within its deflate stream.
    Body,
    /// After it: so many bytes of the trailer are to come, then another member may follow.
    After(usize),
    /// What follows is no member: padding, as browsers take it.
    Padding,
}

/// Takes the coding off what is written to it.
pub(in crate::fetch) struct Gunzip<W> {
    stage: Stage,
    inflate: Decompress,
    /// Whether a member came to its end.
    whole: bool,
    out: W,
}

impl<W: Write> Gunzip<W> {
    pub(in crate::fetch) fn new(out: W) -> Self {
        Self { stage: Stage::Head(Vec::new()), inflate: Decompress::new(false), whole: false, out }
    }

    pub(in crate::fetch) fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    pub(in crate::fetch) fn write_all(&mut self, mut chunk: &[u8]) -> io::Result<()> {
        while !chunk.is_empty() {
            chunk = self.step(chunk)?;
        }
        Ok(())
    }

    /// The end of the body: whether it was whole.
    pub(in crate::fetch) fn finish(&self) -> io::Result<()> {
        match &self.stage {
            Stage::Body => Err(io::ErrorKind::UnexpectedEof.into()),
            Stage::Head(_) if !self.whole => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Takes a part of the chunk, gives the rest.
    fn step<'c>(&mut self, chunk: &'c [u8]) -> io::Result<&'c [u8]> {
        match &mut self.stage {
            Stage::Head(head) => {
                let before = head.len();
                head.extend_from_slice(chunk);
                let Some(length) = head_length(head)? else { return Ok(&[]) };
                self.stage = Stage::Body;
                self.inflate.reset(false);
                Ok(chunk.get(length.saturating_sub(before)..).unwrap_or_default())
            }
            Stage::Body => self.inflate_some(chunk),
            Stage::After(0) => {
                let another = chunk.first() == Some(&0x1f);
                self.stage = if another { Stage::Head(Vec::new()) } else { Stage::Padding };
                Ok(chunk)
            }
            Stage::After(left) => {
                let taken = chunk.len().min(*left);
                *left -= taken;
                Ok(chunk.get(taken..).unwrap_or_default())
            }
            Stage::Padding => Ok(&[]),
        }
    }

    fn inflate_some<'c>(&mut self, chunk: &'c [u8]) -> io::Result<&'c [u8]> {
        let mut buffer = [0; STEP];
        let (in_before, out_before) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(chunk, &mut buffer, FlushDecompress::None);
        let status = status.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        let since = |now: u64, before: u64| usize::try_from(now - before).unwrap_or(usize::MAX);
        let taken = since(self.inflate.total_in(), in_before);
        let given = since(self.inflate.total_out(), out_before);
        self.out.write_all(buffer.get(..given).unwrap_or_default())?;
        if status == Status::StreamEnd {
            self.whole = true;
            self.stage = Stage::After(TRAILER);
        } else if taken == 0 && given == 0 {
            // It makes no headway with more to read and room to write.
            return Err(io::ErrorKind::InvalidData.into());
        }
        // The last of the input may be taken while output is still to come.
        if taken == chunk.len() && given == STEP && status != Status::StreamEnd {
            self.drain()?;
        }
        Ok(chunk.get(taken..).unwrap_or_default())
    }

    /// Writes out what is held back for want of room.
    fn drain(&mut self) -> io::Result<()> {
        loop {
            let mut buffer = [0; STEP];
            let before = self.inflate.total_out();
            let status = self.inflate.decompress(&[], &mut buffer, FlushDecompress::None);
            let status = status.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
            let given = usize::try_from(self.inflate.total_out() - before).unwrap_or(usize::MAX);
            self.out.write_all(buffer.get(..given).unwrap_or_default())?;
            if status == Status::StreamEnd {
                self.whole = true;
                self.stage = Stage::After(TRAILER);
                return Ok(());
            }
            if given < STEP {
                return Ok(());
            }
        }
    }
}

/// The length of a member's head (RFC 1952, section 2.3); none where more of it is to come.
fn head_length(head: &[u8]) -> io::Result<Option<usize>> {
    let invalid = || io::Error::from(io::ErrorKind::InvalidData);
    let begins = [0x1f, 0x8b, 8];
    if head.iter().zip(begins).any(|(byte, expected)| *byte != expected) || head.len() > LONGEST_HEAD + STEP {
        return Err(invalid());
    }
    Ok(parse_head(head))
}

fn parse_head(head: &[u8]) -> Option<usize> {
    let flags = *head.get(3)?;
    let mut end = 10;
    if flags & 4 != 0 {
        let (low, high) = (*head.get(end)?, *head.get(end + 1)?);
        end += 2 + usize::from(u16::from_le_bytes([low, high]));
    }
    // A name, then a comment, each up to a zero.
    for flag in [8, 16] {
        if flags & flag != 0 {
            end += head.get(end..)?.iter().position(|byte| *byte == 0)? + 1;
        }
    }
    if flags & 2 != 0 {
        end += 2;
    }
    (head.len() >= end).then_some(end)
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
    fn a_stream_that_ended_is_whole_whatever_follows() {
        let text: Vec<u8> = (0..9000_u32).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
        let whole = gzip(&text, Some("a.txt"));
        let body = &whole[..whole.len() - TRAILER];
        let zeros = [body, &[0; TRAILER]].concat();
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
    fn much_that_comes_of_little_is_all_written() {
        for length in [STEP - 1, STEP, STEP + 1, 40 * STEP] {
            let (decoded, ended) = gunzip(&gzip(&vec![b'0'; length], None), usize::MAX);
            assert_eq!((decoded.len(), ended), (length, true));
        }
    }
}
