//! Content codings off, with the cap on what comes out.
//!
//! Done here and not by the HTTP client for two reasons: the cap must hold on decoded bytes before
//! they are kept (a kilobyte may unfold to a gigabyte), and a zstd frame may ask for a window of
//! 128 MiB where RFC 9659 allows 8 MiB on the web.

use std::io::{self, Write};

use crate::fetch::Truncation;
use crate::fetch::body::gunzip::Gunzip;

/// RFC 9659: a `zstd` content coding needs no larger window than 8 MiB.
const ZSTD_WINDOW_LOG: u32 = 23;
/// What is asked for; the codings that are understood here.
pub(in crate::fetch) const ACCEPT_ENCODING: &str = "gzip, deflate, br, zstd";

/// So many codings of one body are undone at most: two happen, where a server and a cache compress each.
const MOST_CODINGS: usize = 4;

/// Takes a body's chunks, keeps its decoded bytes.
pub(in crate::fetch) struct BodyDecoder {
    /// Codings before the last, in the order in which they are undone.
    outer: Vec<Layer>,
    last: Layer,
    /// Whether a coding is taken off.
    pub(in crate::fetch) decodes: bool,
}

/// One coding.
struct Layer {
    coder: Coder,
    /// Whether any byte came.
    begun: bool,
    /// How many bytes were handed on to the next one.
    passed: usize,
}

enum Coder {
    Plain(Capped),
    Gzip(Box<Gunzip<Capped>>),
    /// `deflate`, until its first two bytes tell whether it has the zlib wrapper of RFC 9110 or is
    /// the bare stream that some servers send.
    Undecided(Vec<u8>, Capped),
    Zlib(flate2::write::ZlibDecoder<Capped>),
    Bare(flate2::write::DeflateDecoder<Capped>),
    Brotli(Box<brotli_decompressor::DecompressorWriter<Capped>>),
    Zstd(zstd::stream::write::Decoder<'static, Capped>),
    /// The coding's end was reached: what follows is ignored, as browsers do.
    Ended(Capped),
}

/// The bytes that came out, up to the cap.
struct Capped {
    bytes: Vec<u8>,
    cap: usize,
    full: bool,
}

impl Write for Capped {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let room = self.cap.saturating_sub(self.bytes.len());
        let taken = buf.get(..room).unwrap_or(buf);
        self.bytes.extend_from_slice(taken);
        if taken.len() < buf.len() {
            self.full = true;
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl BodyDecoder {
    /// For the values of `content-encoding`. What is no coding that is known is taken for none, as
    /// browsers do: a charset or a media type is written there, or a coding of the way (`aws-chunked`).
    /// More codings than anyone needs are an error before the first byte: the body is kept as it comes.
    pub(in crate::fetch) fn new(
        codings: &str,
        cap: u64,
        expected: Option<u64>,
    ) -> (Self, Option<Truncation>) {
        let cap = usize::try_from(cap).unwrap_or(usize::MAX);
        let expected = usize::try_from(expected.unwrap_or(0)).unwrap_or(0);
        let sink = |room: usize| Capped { bytes: Vec::with_capacity(room), cap, full: false };
        let last_sink = sink(expected.min(cap).min(64 * 1024));
        let lower = codings.to_ascii_lowercase();
        // Listed in the order in which they were applied (RFC 9110, section 8.4).
        let mut named: Vec<&str> = lower.split(',').map(str::trim).filter(|name| is_known(name)).collect();
        named.reverse();
        let plain = |sink, why| {
            let last = Layer::new(Coder::Plain(sink));
            (Self { outer: Vec::new(), last, decodes: false }, why)
        };
        if named.len() > MOST_CODINGS {
            return plain(last_sink, Some(Truncation::Decode));
        }
        let Some((innermost, outer)) = named.split_last() else { return plain(last_sink, None) };
        let outer = outer.iter().map(|name| Coder::of(name, sink(0)).map(Layer::new)).collect();
        let (Some(outer), Some(last)) = (outer, Coder::of(innermost, last_sink)) else {
            return plain(sink(0), Some(Truncation::Decode));
        };
        (Self { outer, last: Layer::new(last), decodes: true }, None)
    }

    /// Takes a chunk; says why no more is wanted.
    pub(in crate::fetch) fn push(&mut self, chunk: &[u8]) -> Result<(), Truncation> {
        push_through(&mut self.outer, &mut self.last, chunk)
    }

    /// How many decoded bytes are kept so far.
    pub(in crate::fetch) fn kept(&mut self) -> usize {
        self.last.sink_mut().bytes.len()
    }

    /// Makes room for all that may come at once: growing bit by bit would need the half as much again.
    pub(in crate::fetch) fn expect_all(&mut self) {
        let sink = self.last.sink_mut();
        let more = sink.cap.saturating_sub(sink.bytes.len());
        // Only what is written to is taken from the system. Where even that fails, it grows as before.
        let _ = sink.bytes.try_reserve_exact(more);
    }

    /// The end of the body: whether each coding had come to its end too.
    pub(in crate::fetch) fn finish(&mut self) -> Result<(), Truncation> {
        for place in 0..self.outer.len() {
            let Some((layer, rest)) = self.outer.get_mut(place..).and_then(<[Layer]>::split_first_mut) else {
                break;
            };
            let ended = layer.finish();
            let bytes = layer.hand_on()?;
            push_through(rest, &mut self.last, &bytes)?;
            ended?;
        }
        self.last.finish()
    }

    /// The decoded bytes.
    pub(in crate::fetch) fn into_bytes(mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.last.sink_mut().bytes);
        if bytes.capacity() > bytes.len() + bytes.len() / 4 {
            bytes.shrink_to_fit();
        }
        bytes
    }
}

fn is_known(coding: &str) -> bool {
    matches!(coding, "gzip" | "x-gzip" | "deflate" | "br" | "zstd")
}

/// What comes out of each layer goes into the next, piece by piece: only the last one's output is kept.
fn push_through(outer: &mut [Layer], last: &mut Layer, chunk: &[u8]) -> Result<(), Truncation> {
    let Some((first, rest)) = outer.split_first_mut() else { return last.push(chunk) };
    let pushed = first.push(chunk);
    let bytes = first.hand_on()?;
    push_through(rest, last, &bytes)?;
    pushed
}

impl Coder {
    fn of(coding: &str, sink: Capped) -> Option<Self> {
        Some(match coding {
            "gzip" | "x-gzip" => Self::Gzip(Box::new(Gunzip::new(sink))),
            "deflate" => Self::Undecided(Vec::new(), sink),
            "br" => Self::Brotli(Box::new(brotli_decompressor::DecompressorWriter::new(sink, 16 * 1024))),
            _ => {
                let mut raw = zstd::stream::raw::Decoder::new().ok()?;
                // Failing to lower a limit leaves a limit: the default of the library.
                let _ = raw.set_parameter(zstd::zstd_safe::DParameter::WindowLogMax(ZSTD_WINDOW_LOG));
                Self::Zstd(zstd::stream::write::Decoder::with_decoder(sink, raw))
            }
        })
    }
}

impl Layer {
    fn new(coder: Coder) -> Self {
        Self { coder, begun: false, passed: 0 }
    }

    fn push(&mut self, chunk: &[u8]) -> Result<(), Truncation> {
        self.begun |= !chunk.is_empty();
        let result = self.write(chunk);
        self.settle(&result)
    }

    /// What has come out, for the next layer. The cap holds for the sum: what is coded once more is no
    /// larger than what it holds.
    fn hand_on(&mut self) -> Result<Vec<u8>, Truncation> {
        let sink = self.sink_mut();
        let (bytes, cap) = (std::mem::take(&mut sink.bytes), sink.cap);
        self.passed = self.passed.saturating_add(bytes.len());
        if self.passed > cap { Err(Truncation::Length) } else { Ok(bytes) }
    }

    fn finish(&mut self) -> Result<(), Truncation> {
        if !self.begun {
            // Answers without a body (304) may still name the coding that a body would have.
            return Ok(());
        }
        let result = match &mut self.coder {
            Coder::Plain(_) | Coder::Ended(_) => Ok(()),
            Coder::Undecided(first, sink) => sink.write_all(first),
            Coder::Gzip(coder) => coder.finish(),
            Coder::Zlib(coder) => coder.try_finish(),
            Coder::Bare(coder) => coder.try_finish(),
            Coder::Brotli(coder) => coder.close(),
            Coder::Zstd(coder) => coder.do_finish(),
        };
        self.settle(&result)
    }

    fn settle(&mut self, result: &io::Result<()>) -> Result<(), Truncation> {
        match result {
            Ok(()) => Ok(()),
            Err(_) if self.sink_mut().full => Err(Truncation::Length),
            Err(_) => Err(Truncation::Decode),
        }
    }

    fn sink_mut(&mut self) -> &mut Capped {
        match &mut self.coder {
            Coder::Plain(sink) | Coder::Undecided(_, sink) | Coder::Ended(sink) => sink,
            Coder::Gzip(coder) => coder.get_mut(),
            Coder::Zlib(coder) => coder.get_mut(),
            Coder::Bare(coder) => coder.get_mut(),
            Coder::Brotli(coder) => coder.get_mut(),
            Coder::Zstd(coder) => coder.get_mut(),
        }
    }

    fn take_sink(&mut self) -> Capped {
        let sink = self.sink_mut();
        let empty = Capped { bytes: Vec::new(), cap: 0, full: false };
        std::mem::replace(sink, empty)
    }

    fn write(&mut self, mut chunk: &[u8]) -> io::Result<()> {
        while !chunk.is_empty() {
            let taken = match &mut self.coder {
                Coder::Plain(sink) => return sink.write_all(chunk),
                Coder::Gzip(coder) => return coder.write_all(chunk),
                Coder::Ended(_) => return Ok(()),
                Coder::Undecided(first, _) => {
                    first.extend_from_slice(chunk);
                    return self.decide();
                }
                Coder::Zlib(coder) => coder.write(chunk)?,
                Coder::Bare(coder) => coder.write(chunk)?,
                Coder::Brotli(coder) => coder.write(chunk)?,
                Coder::Zstd(coder) => coder.write(chunk)?,
            };
            if taken == 0 {
                // The coding ended within the body.
                self.finish().map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
                self.coder = Coder::Ended(self.take_sink());
            }
            chunk = chunk.get(taken..).unwrap_or_default();
        }
        Ok(())
    }

    fn decide(&mut self) -> io::Result<()> {
        let Coder::Undecided(first, _) = &mut self.coder else { return Ok(()) };
        let &[cmf, flags, ..] = first.as_slice() else { return Ok(()) };
        let first = std::mem::take(first);
        // RFC 1950, section 2.2.
        let wrapped = cmf & 0x0f == 8 && (u16::from(cmf) << 8 | u16::from(flags)) % 31 == 0;
        let sink = self.take_sink();
        self.coder = if wrapped {
            Coder::Zlib(flate2::write::ZlibDecoder::new(sink))
        } else {
            Coder::Bare(flate2::write::DeflateDecoder::new(sink))
        };
        self.write(&first)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use flate2::Compression;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut coder = flate2::write::GzEncoder::new(Vec::new(), Compression::default());
        coder.write_all(bytes).unwrap();
        coder.finish().unwrap()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut coder = flate2::write::ZlibEncoder::new(Vec::new(), Compression::default());
        coder.write_all(bytes).unwrap();
        coder.finish().unwrap()
    }

    fn bare(bytes: &[u8]) -> Vec<u8> {
        let mut coder = flate2::write::DeflateEncoder::new(Vec::new(), Compression::default());
        coder.write_all(bytes).unwrap();
        coder.finish().unwrap()
    }

    fn text() -> Vec<u8> {
        (0..3000).flat_map(|n| format!("第 {n} 句話。").into_bytes()).collect()
    }

    fn decode(coding: &str, body: &[u8], step: usize, cap: u64) -> (Vec<u8>, Option<Truncation>) {
        let (mut decoder, mut stopped) = BodyDecoder::new(coding, cap, None);
        for chunk in body.chunks(step) {
            if let Err(why) = decoder.push(chunk) {
                stopped = Some(why);
                break;
            }
        }
        if stopped.is_none() {
            stopped = decoder.finish().err();
        }
        (decoder.into_bytes(), stopped)
    }

    fn hex(digits: &str) -> Vec<u8> {
        data_encoding::HEXLOWER.decode(digits.as_bytes()).unwrap()
    }

    /// The first 40 sentences of `text`, and 4 MiB of zeros, by the reference encoder.
    const BROTLI: &str = "1b7502f88dc438a670211e6cd2c9911e08bf832414b45d426ead7470481ae05e0f1972aeed1830a6580950c03b1ba88dfceaa180108ca031581c7e11454956d41aad0edf04519215b546abc33743946445add1eae201";
    const BROTLI_BOMB: &str = "9bffff3ff82700e2b14020f7fe07";

    #[test]
    fn brotli_is_taken_off_too() {
        let expected: Vec<u8> = (0..40).flat_map(|n| format!("第 {n} 句話。").into_bytes()).collect();
        for step in [1, 5, 1000] {
            assert_eq!(
                decode("br", &hex(BROTLI), step, 1 << 20),
                (expected.clone(), None),
                "in steps of {step}"
            );
        }
        let (decoded, stopped) = decode("br", &hex(BROTLI_BOMB), 3, 1000);
        assert_eq!((decoded.len(), stopped), (1000, Some(Truncation::Length)));
        let (_, stopped) = decode("br", &hex(BROTLI)[..40], 3, 1000);
        assert_eq!(stopped, Some(Truncation::Decode));
    }

    #[test]
    fn every_coding_is_taken_off_in_any_chunking() {
        let text = text();
        let bodies = [
            ("", text.clone()),
            ("identity", text.clone()),
            ("utf-8", text.clone()),
            ("gzip", gzip(&text)),
            ("X-Gzip", gzip(&text)),
            ("deflate", zlib(&text)),
            ("deflate", bare(&text)),
            ("zstd", zstd::encode_all(text.as_slice(), 3).unwrap()),
            ("gzip", [gzip(&text[..999]), gzip(&text[999..])].concat()),
            ("gzip", [gzip(&text), vec![0; 700]].concat()),
            ("gzip, gzip", gzip(&gzip(&text))),
            ("deflate, gzip", gzip(&zlib(&text))),
            ("gzip, identity, zstd", zstd::encode_all(gzip(&text).as_slice(), 3).unwrap()),
            // Not codings, but seen in the field.
            ("aws-chunked", text.clone()),
            ("gbk", text.clone()),
            ("text/html", text.clone()),
            ("aws-chunked, gzip", gzip(&text)),
        ];
        for (coding, body) in &bodies {
            for step in [1, 7, 4096, usize::MAX] {
                let (decoded, stopped) = decode(coding, body, step, 1 << 20);
                assert_eq!(stopped, None, "{coding} in steps of {step}");
                assert!(decoded == text, "{coding} in steps of {step}");
            }
        }
    }

    #[test]
    fn a_bomb_stops_at_the_cap() {
        let zeros = vec![0; 40 << 20];
        for (coding, body) in [
            ("gzip", gzip(&zeros)),
            ("deflate", zlib(&zeros)),
            ("zstd", zstd::encode_all(zeros.as_slice(), 3).unwrap()),
        ] {
            let (decoded, stopped) = decode(coding, &body, 1 << 16, 100_000);
            assert_eq!((decoded.len(), stopped), (100_000, Some(Truncation::Length)), "{coding}");
        }
        for (codings, inner) in
            [("gzip, gzip", gzip(&gzip(&zeros))), ("gzip,gzip,gzip", gzip(&gzip(&gzip(&zeros))))]
        {
            let (decoded, stopped) = decode(codings, &inner, 1 << 16, 100_000);
            assert_eq!((decoded.len(), stopped), (100_000, Some(Truncation::Length)), "{codings}");
        }
        let (decoded, stopped) = decode("gzip, gzip", &gzip(&zeros), 1 << 16, 100_000);
        assert!(decoded.is_empty() && stopped.is_some(), "zeros are no gzip");
        assert_eq!(
            decode("", b"12345", 2, 5),
            (b"12345".to_vec(), None),
            "a body of exactly the cap is whole"
        );
    }

    #[test]
    fn what_cannot_be_decoded_says_so_and_keeps_what_came() {
        let text = text();
        for coding in ["gzip", "deflate", "br", "zstd"] {
            let (_, stopped) = decode(coding, b"<html>this is no compressed body</html>", 9, 1 << 20);
            assert_eq!(stopped, Some(Truncation::Decode), "{coding}");
        }
        let whole = gzip(&text);
        let (decoded, stopped) = decode("gzip", &whole[..whole.len() / 2], 100, 1 << 20);
        assert_eq!(stopped, Some(Truncation::Decode));
        assert!(!decoded.is_empty() && text.starts_with(&decoded));
        let (decoded, stopped) = decode("gzip,gzip,gzip,gzip,gzip", b"raw", 9, 1 << 20);
        assert_eq!((decoded.as_slice(), stopped), (b"raw".as_slice(), Some(Truncation::Decode)));
        let inner_cut = gzip(&whole[..whole.len() / 2]);
        let (decoded, stopped) = decode("gzip, gzip", &inner_cut, 100, 1 << 20);
        assert_eq!(stopped, Some(Truncation::Decode));
        assert!(!decoded.is_empty() && text.starts_with(&decoded));
    }

    #[test]
    fn a_zstd_window_above_the_webs_limit_is_refused() {
        let mut coder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        coder.window_log(27).unwrap();
        coder.include_contentsize(false).unwrap();
        coder.write_all(&text()).unwrap();
        let (_, stopped) = decode("zstd", &coder.finish().unwrap(), 1000, 1 << 20);
        assert_eq!(stopped, Some(Truncation::Decode));
    }
}
