//! Removes the content codings of a body, and limits the decoded bytes.
//!
//! The HTTP client does not do this, for two reasons: the limit must apply to decoded bytes before they are
//! stored (a kilobyte may decode to a gigabyte), and a zstd frame may ask for a window of 128 MiB where RFC
//! 9659 allows 8 MiB.

use crate::fetch::Truncation;
use crate::fetch::body::content_coding::{CodingLayer, LimitedSink, is_known_coding};

/// The `Accept-Encoding` of every request: the codings that can be removed.
pub(in crate::fetch) const ACCEPT_ENCODING: &str = "gzip, deflate, br, zstd";

/// The most codings of one body. Two occur, where a server and a cache both compress.
const MAX_CODINGS: usize = 4;
/// The most bytes that are reserved because of a stated length.
const MAX_RESERVED: usize = 64 * 1024;

/// Takes the chunks of a body, and keeps the decoded bytes.
pub(in crate::fetch) struct BodyDecoder {
    /// All codings but the last, in the order in which they are removed.
    outer: Vec<CodingLayer>,
    last: CodingLayer,
    /// Whether any coding is removed.
    pub(in crate::fetch) has_coding: bool,
}

impl BodyDecoder {
    /// Creates the decoder for the values of `content-encoding`, a limit on the decoded bytes, and the
    /// stated length of the body.
    ///
    /// An unknown coding is ignored, as browsers do: servers write a charset or a media type there, or a
    /// coding of the transport (`aws-chunked`). With more than [`MAX_CODINGS`] the body is kept as it
    /// comes, and the second value says so.
    pub(in crate::fetch) fn new(
        codings: &str,
        limit: u64,
        stated_length: Option<u64>,
    ) -> (Self, Option<Truncation>) {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let stated_length = usize::try_from(stated_length.unwrap_or(0)).unwrap_or(0);
        let new_sink = |capacity: usize| LimitedSink::with_capacity(capacity, limit);
        let last_sink = new_sink(stated_length.min(limit).min(MAX_RESERVED));
        let lower = codings.to_ascii_lowercase();
        // They are listed in the order in which they were applied (RFC 9110, section 8.4).
        let mut names: Vec<&str> =
            lower.split(',').map(str::trim).filter(|name| is_known_coding(name)).collect();
        names.reverse();
        let undecoded = |sink, reason| {
            let last = CodingLayer::without_coding(sink);
            (Self { outer: Vec::new(), last, has_coding: false }, reason)
        };
        if names.len() > MAX_CODINGS {
            return undecoded(last_sink, Some(Truncation::Decode));
        }
        let Some((innermost, outer)) = names.split_last() else { return undecoded(last_sink, None) };
        let outer = outer.iter().map(|name| CodingLayer::for_coding(name, new_sink(0))).collect();
        let (Some(outer), Some(last)) = (outer, CodingLayer::for_coding(innermost, last_sink)) else {
            return undecoded(new_sink(0), Some(Truncation::Decode));
        };
        (Self { outer, last, has_coding: true }, None)
    }

    /// Decodes a chunk; an error says why no more is wanted.
    pub(in crate::fetch) fn decode_chunk(&mut self, chunk: &[u8]) -> Result<(), Truncation> {
        push_through(&mut self.outer, &mut self.last, chunk)
    }

    /// How many decoded bytes are kept so far.
    pub(in crate::fetch) fn decoded_length(&mut self) -> usize {
        self.last.sink_mut().bytes.len()
    }

    /// Reserves the memory up to the limit at once. Growing step by step would need half as much again.
    pub(in crate::fetch) fn reserve_to_limit(&mut self) {
        let sink = self.last.sink_mut();
        let more = sink.limit.saturating_sub(sink.bytes.len());
        // The system provides only the pages that are written to. Where even this fails, the buffer grows
        // as before.
        let _ = sink.bytes.try_reserve_exact(more);
    }

    /// Ends the body; an error says that a coding had not come to its end.
    pub(in crate::fetch) fn finish_input(&mut self) -> Result<(), Truncation> {
        for index in 0..self.outer.len() {
            let Some((layer, rest)) = self.outer.get_mut(index..).and_then(<[CodingLayer]>::split_first_mut)
            else {
                break;
            };
            let ended = layer.finish_input();
            let bytes = layer.take_output()?;
            push_through(rest, &mut self.last, &bytes)?;
            ended?;
        }
        self.last.finish_input()
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

/// Passes the output of each layer to the next, piece by piece, so that only the output of the last one is
/// kept.
fn push_through(outer: &mut [CodingLayer], last: &mut CodingLayer, chunk: &[u8]) -> Result<(), Truncation> {
    let Some((first, rest)) = outer.split_first_mut() else { return last.decode_chunk(chunk) };
    let pushed = first.decode_chunk(chunk);
    let bytes = first.take_output()?;
    push_through(rest, last, &bytes)?;
    pushed
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use flate2::Compression;
    use std::io::Write;

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

    fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
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
            if let Err(why) = decoder.decode_chunk(chunk) {
                stopped = Some(why);
                break;
            }
        }
        if stopped.is_none() {
            stopped = decoder.finish_input().err();
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
    fn brotli_is_removed() {
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
    fn every_coding_is_removed_whatever_the_chunks() {
        let text = text();
        let bodies = [
            ("", text.clone()),
            ("identity", text.clone()),
            ("utf-8", text.clone()),
            ("gzip", gzip(&text)),
            ("X-Gzip", gzip(&text)),
            ("deflate", zlib(&text)),
            ("deflate", raw_deflate(&text)),
            ("zstd", zstd::encode_all(text.as_slice(), 3).unwrap()),
            ("gzip", [gzip(&text[..999]), gzip(&text[999..])].concat()),
            ("gzip", [gzip(&text), vec![0; 700]].concat()),
            ("gzip, gzip", gzip(&gzip(&text))),
            ("deflate, gzip", gzip(&zlib(&text))),
            ("gzip, identity, zstd", zstd::encode_all(gzip(&text).as_slice(), 3).unwrap()),
            // Not codings, but servers send them.
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
    fn a_decompression_bomb_stops_at_the_limit() {
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
            "a body of exactly the limit is complete"
        );
    }

    #[test]
    fn an_undecodable_body_is_reported_and_keeps_what_was_decoded() {
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
    fn a_zstd_window_above_8_mib_is_refused() {
        let mut coder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        coder.window_log(27).unwrap();
        coder.include_contentsize(false).unwrap();
        coder.write_all(&text()).unwrap();
        let (_, stopped) = decode("zstd", &coder.finish().unwrap(), 1000, 1 << 20);
        assert_eq!(stopped, Some(Truncation::Decode));
    }
}
