//! Removes one content coding from a body, as its bytes arrive.

use std::io::{self, Write};

use crate::fetch::Truncation;
use crate::fetch::body::gunzip::Gunzip;

/// The largest window of a `zstd` content coding is 8 MiB (RFC 9659).
const ZSTD_WINDOW_LOG: u32 = 23;
/// The size of the buffer of the brotli decoder, in bytes.
const BROTLI_BUFFER: usize = 16 * 1024;

/// Whether this name is a content coding that can be removed. The name is in lower case.
pub(in crate::fetch::body) fn is_known_coding(name: &str) -> bool {
    matches!(name, "gzip" | "x-gzip" | "deflate" | "br" | "zstd")
}

/// The decoded bytes, up to a limit.
pub(in crate::fetch::body) struct LimitedSink {
    pub bytes: Vec<u8>,
    pub limit: usize,
    /// Whether a byte was refused.
    is_full: bool,
}

impl LimitedSink {
    pub(in crate::fetch::body) fn with_capacity(capacity: usize, limit: usize) -> Self {
        Self { bytes: Vec::with_capacity(capacity), limit, is_full: false }
    }
}

impl Write for LimitedSink {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let room = self.limit.saturating_sub(self.bytes.len());
        let accepted = buf.get(..room).unwrap_or(buf);
        self.bytes.extend_from_slice(accepted);
        if accepted.len() < buf.len() {
            self.is_full = true;
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One content coding of a body.
pub(in crate::fetch::body) struct CodingLayer {
    coder: Coder,
    /// Whether any byte came.
    has_input: bool,
    /// How many decoded bytes were taken out for the next layer.
    taken_out: usize,
}

enum Coder {
    /// No coding.
    Identity(LimitedSink),
    Gzip(Box<Gunzip<LimitedSink>>),
    /// `deflate`, until its first two bytes show whether it has the zlib wrapper of RFC 9110 or is the raw
    /// stream that some servers send.
    UndecidedDeflate(Vec<u8>, LimitedSink),
    Zlib(flate2::write::ZlibDecoder<LimitedSink>),
    RawDeflate(flate2::write::DeflateDecoder<LimitedSink>),
    Brotli(Box<brotli_decompressor::DecompressorWriter<LimitedSink>>),
    Zstd(zstd::stream::write::Decoder<'static, LimitedSink>),
    /// The end of the coding was reached. What follows is ignored, as browsers do.
    Ended(LimitedSink),
}

impl CodingLayer {
    /// A layer that passes bytes on unchanged.
    pub(in crate::fetch::body) fn without_coding(sink: LimitedSink) -> Self {
        Self::new(Coder::Identity(sink))
    }

    /// A layer for a coding that [`is_known_coding`] accepts; `None` where its decoder cannot be created.
    pub(in crate::fetch::body) fn for_coding(name: &str, sink: LimitedSink) -> Option<Self> {
        Some(Self::new(match name {
            "gzip" | "x-gzip" => Coder::Gzip(Box::new(Gunzip::new(sink))),
            "deflate" => Coder::UndecidedDeflate(Vec::new(), sink),
            "br" => {
                Coder::Brotli(Box::new(brotli_decompressor::DecompressorWriter::new(sink, BROTLI_BUFFER)))
            }
            _ => {
                let mut raw = zstd::stream::raw::Decoder::new().ok()?;
                // If this fails, the limit of the library applies, which is higher.
                let _ = raw.set_parameter(zstd::zstd_safe::DParameter::WindowLogMax(ZSTD_WINDOW_LOG));
                Coder::Zstd(zstd::stream::write::Decoder::with_decoder(sink, raw))
            }
        }))
    }

    fn new(coder: Coder) -> Self {
        Self { coder, has_input: false, taken_out: 0 }
    }

    /// Decodes a chunk.
    pub(in crate::fetch::body) fn decode_chunk(&mut self, chunk: &[u8]) -> Result<(), Truncation> {
        self.has_input |= !chunk.is_empty();
        let result = self.write_chunk(chunk);
        self.truncation_from(&result)
    }

    /// Takes out the decoded bytes, for the next layer. The limit applies to their sum, since a body that
    /// is coded once more is no larger than what it decodes to.
    pub(in crate::fetch::body) fn take_output(&mut self) -> Result<Vec<u8>, Truncation> {
        let sink = self.sink_mut();
        let (bytes, limit) = (std::mem::take(&mut sink.bytes), sink.limit);
        self.taken_out = self.taken_out.saturating_add(bytes.len());
        if self.taken_out > limit { Err(Truncation::Length) } else { Ok(bytes) }
    }

    /// Ends the input; an error says that the coding had not come to its end.
    pub(in crate::fetch::body) fn finish_input(&mut self) -> Result<(), Truncation> {
        if !self.has_input {
            // An answer without a body (304) may still name the coding that its body would have.
            return Ok(());
        }
        let result = match &mut self.coder {
            Coder::Identity(_) | Coder::Ended(_) => Ok(()),
            Coder::UndecidedDeflate(first, sink) => sink.write_all(first),
            Coder::Gzip(coder) => coder.finish(),
            Coder::Zlib(coder) => coder.try_finish(),
            Coder::RawDeflate(coder) => coder.try_finish(),
            Coder::Brotli(coder) => coder.close(),
            Coder::Zstd(coder) => coder.do_finish(),
        };
        self.truncation_from(&result)
    }

    fn truncation_from(&mut self, result: &io::Result<()>) -> Result<(), Truncation> {
        match result {
            Ok(()) => Ok(()),
            Err(_) if self.sink_mut().is_full => Err(Truncation::Length),
            Err(_) => Err(Truncation::Decode),
        }
    }

    pub(in crate::fetch::body) fn sink_mut(&mut self) -> &mut LimitedSink {
        match &mut self.coder {
            Coder::Identity(sink) | Coder::UndecidedDeflate(_, sink) | Coder::Ended(sink) => sink,
            Coder::Gzip(coder) => coder.get_mut(),
            Coder::Zlib(coder) => coder.get_mut(),
            Coder::RawDeflate(coder) => coder.get_mut(),
            Coder::Brotli(coder) => coder.get_mut(),
            Coder::Zstd(coder) => coder.get_mut(),
        }
    }

    fn replace_sink(&mut self) -> LimitedSink {
        std::mem::replace(self.sink_mut(), LimitedSink::with_capacity(0, 0))
    }

    fn write_chunk(&mut self, mut chunk: &[u8]) -> io::Result<()> {
        while !chunk.is_empty() {
            let consumed = match &mut self.coder {
                Coder::Identity(sink) => return sink.write_all(chunk),
                Coder::Gzip(coder) => return coder.write_all(chunk),
                Coder::Ended(_) => return Ok(()),
                Coder::UndecidedDeflate(first, _) => {
                    first.extend_from_slice(chunk);
                    return self.decide_deflate();
                }
                Coder::Zlib(coder) => coder.write(chunk)?,
                Coder::RawDeflate(coder) => coder.write(chunk)?,
                Coder::Brotli(coder) => coder.write(chunk)?,
                Coder::Zstd(coder) => coder.write(chunk)?,
            };
            if consumed == 0 {
                // The coding ended before the body.
                self.finish_input().map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
                self.coder = Coder::Ended(self.replace_sink());
            }
            chunk = chunk.get(consumed..).unwrap_or_default();
        }
        Ok(())
    }

    /// Chooses between zlib and raw deflate, once two bytes are there.
    fn decide_deflate(&mut self) -> io::Result<()> {
        let Coder::UndecidedDeflate(first, _) = &mut self.coder else { return Ok(()) };
        let &[cmf, flags, ..] = first.as_slice() else { return Ok(()) };
        let first = std::mem::take(first);
        // RFC 1950, section 2.2.
        let is_zlib = cmf & 0x0f == 8 && (u16::from(cmf) << 8 | u16::from(flags)) % 31 == 0;
        let sink = self.replace_sink();
        self.coder = if is_zlib {
            Coder::Zlib(flate2::write::ZlibDecoder::new(sink))
        } else {
            Coder::RawDeflate(flate2::write::DeflateDecoder::new(sink))
        };
        self.write_chunk(&first)
    }
}
