//! Decodes `Content-Encoding` in the WARC files of other tools, as far as the data goes.
//!
//! Many tools keep the field and store the body decoded, so data that does not look like the stated
//! coding is taken as it is.

use std::io::{self, Read, Write};

/// The longest body that is imported, in bytes; a record with a longer one is skipped.
pub(super) const MAX_BODY: u64 = 256 << 20;

/// The result of decoding a body that states a content coding.
pub(super) enum Decoded {
    /// The body is not coded, or another tool has decoded it already.
    NotCoded,
    Whole(Vec<u8>),
    /// The coded data ends early.
    Cut(Vec<u8>),
}

/// Undoes one content coding (RFC 9110, section 8.4.1).
///
/// # Errors
/// The coding is unknown, the data is not in it, or the result is longer than [`MAX_BODY`]; the text says
/// which, as a reason to skip the record.
pub(super) fn decode_content_coding(coding: &str, body: &[u8]) -> Result<Decoded, String> {
    let output = match coding {
        "gzip" | "x-gzip" if body.starts_with(&[0x1f, 0x8b]) => gunzip(body),
        "zstd" if body.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) => {
            let mut out = CappedBuffer::default();
            let error = zstd::stream::copy_decode(body, &mut out).err();
            DecoderOutput { out, error, rest: &[] }
        }
        "gzip" | "x-gzip" | "zstd" => return Ok(Decoded::NotCoded),
        "deflate" if has_zlib_header(body) => {
            let mut decoder = flate2::bufread::ZlibDecoder::new(body);
            let (out, error) = read_all(&mut decoder);
            DecoderOutput { out, error, rest: decoder.into_inner() }
        }
        "deflate" => {
            let mut decoder = flate2::bufread::DeflateDecoder::new(body);
            let (out, error) = read_all(&mut decoder);
            DecoderOutput { out, error, rest: decoder.into_inner() }
        }
        "br" => decode_brotli(body),
        other => return Err(format!("the content coding {other}")),
    };
    if output.out.is_full {
        return Err("a body above 256 MiB".to_owned());
    }
    // `br` and `deflate` have no signature. Plain text in their place gives an error or leaves a rest.
    let is_complete = output.error.is_none() && output.rest.is_empty();
    let has_no_signature = matches!(coding, "br" | "deflate");
    if has_no_signature && !is_complete && std::str::from_utf8(body).is_ok() {
        return Ok(Decoded::NotCoded);
    }
    match output.error {
        None => Ok(Decoded::Whole(output.out.bytes)),
        Some(error) if !output.out.bytes.is_empty() && (!has_no_signature || is_early_end(&error)) => {
            Ok(Decoded::Cut(output.out.bytes))
        }
        Some(_) => Err(format!("a body that is not what its coding {coding} says")),
    }
}

/// What a decoder returned.
struct DecoderOutput<'a> {
    out: CappedBuffer,
    /// Why it stopped before the end of the coded data.
    error: Option<io::Error>,
    /// What follows the coded data.
    rest: &'a [u8],
}

/// A buffer that takes at most [`MAX_BODY`] bytes.
#[derive(Default)]
struct CappedBuffer {
    bytes: Vec<u8>,
    is_full: bool,
}

impl Write for CappedBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if (self.bytes.len() + bytes.len()) as u64 > MAX_BODY {
            self.is_full = true;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads to the end or to the first error.
fn read_all(input: &mut impl Read) -> (CappedBuffer, Option<io::Error>) {
    let mut out = CappedBuffer::default();
    let error = io::copy(input, &mut out).err();
    (out, error)
}

/// Decompresses all gzip members (RFC 1952, section 2.2) and ignores other bytes after them, which
/// `flate2::MultiGzDecoder` reports as an error.
fn gunzip(body: &[u8]) -> DecoderOutput<'_> {
    let (mut out, mut rest) = (CappedBuffer::default(), body);
    loop {
        let mut decoder = flate2::bufread::GzDecoder::new(rest);
        if let Err(error) = io::copy(&mut decoder, &mut out) {
            return DecoderOutput { out, error: Some(error), rest: &[] };
        }
        rest = decoder.into_inner();
        if !rest.starts_with(&[0x1f, 0x8b]) {
            return DecoderOutput { out, error: None, rest };
        }
    }
}

fn decode_brotli(body: &[u8]) -> DecoderOutput<'_> {
    let mut decoder = brotli_decompressor::DecompressorWriter::new(CappedBuffer::default(), 16 * 1024);
    let mut rest = body;
    let mut error = None;
    while !rest.is_empty() && error.is_none() {
        match decoder.write(rest) {
            Ok(0) => break,
            Ok(count) => rest = rest.get(count..).unwrap_or_default(),
            Err(failure) => error = Some(failure),
        }
    }
    if error.is_none() && decoder.close().is_err() {
        error = Some(io::ErrorKind::UnexpectedEof.into());
    }
    DecoderOutput { out: std::mem::take(decoder.get_mut()), error, rest }
}

/// Whether the first two bytes are a zlib header (RFC 1950, section 2.2). Some servers send `deflate`
/// without one.
fn has_zlib_header(body: &[u8]) -> bool {
    let Some(first) = body.first_chunk::<2>() else { return false };
    first[0] & 0xf == 8 && u16::from_be_bytes(*first) % 31 == 0
}

fn is_early_end(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::UnexpectedEof
}
