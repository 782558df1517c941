//! Compresses short records with a zstd dictionary of words that most of them contain.

use std::cell::RefCell;
use std::sync::OnceLock;

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

/// The dictionary. The most frequent words are last, where references to them are shortest. It is part of the
/// stored form: another dictionary needs another number for the compression.
const WORDS: &[u8] = include_bytes!("words-1.txt");
/// Records have a few kilobytes at most, and a page has several: this level takes half the time of level 5
/// and makes them 2 % longer.
const SHORT_LEVEL: i32 = 2;
/// The first bytes of every frame (RFC 8878, section 3.1.1), which are not stored.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

thread_local! {
    static SHORT: RefCell<Option<(Compressor<'static>, Decompressor<'static>)>> = const { RefCell::new(None) };
}

fn with_short<T>(
    work: impl FnOnce(&mut Compressor<'static>, &mut Decompressor<'static>) -> std::io::Result<T>,
) -> std::io::Result<T> {
    static ENCODER: OnceLock<EncoderDictionary<'static>> = OnceLock::new();
    static DECODER: OnceLock<DecoderDictionary<'static>> = OnceLock::new();
    SHORT.with_borrow_mut(|kept| {
        let (compressor, decompressor) = if let Some(pair) = kept {
            pair
        } else {
            let encoder = ENCODER.get_or_init(|| EncoderDictionary::copy(WORDS, SHORT_LEVEL));
            let decoder = DECODER.get_or_init(|| DecoderDictionary::copy(WORDS));
            kept.insert((
                Compressor::with_prepared_dictionary(encoder)?,
                Decompressor::with_prepared_dictionary(decoder)?,
            ))
        };
        work(compressor, decompressor)
    })
}

/// Compresses a short record to its length (2 bytes, big endian) and the frame without its magic number;
/// `None` if it is too long.
pub(in crate::store) fn compress_short_record(plain: &[u8]) -> Option<Vec<u8>> {
    let len = u16::try_from(plain.len()).ok()?;
    let frame = with_short(|compressor, _| compressor.compress(plain)).ok()?;
    let rest = frame.strip_prefix(&MAGIC)?;
    let mut packed = Vec::with_capacity(rest.len() + 2);
    packed.extend_from_slice(&len.to_be_bytes());
    packed.extend_from_slice(rest);
    Some(packed)
}

/// Decompresses what [`compress_short_record`] made.
pub(in crate::store) fn decompress_short_record(packed: &[u8]) -> Result<Vec<u8>, String> {
    let (len, rest) = packed.split_first_chunk::<2>().ok_or("it is cut short")?;
    let len = usize::from(u16::from_be_bytes(*len));
    let frame = [&MAGIC, rest].concat();
    let plain = with_short(|_, decompressor| decompressor.decompress(&frame, len))
        .map_err(|error| format!("it cannot be decompressed: {error}"))?;
    if plain.len() == len { Ok(plain) } else { Err(format!("it has {} bytes instead of {len}", plain.len())) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn short_records_come_back_and_damaged_ones_do_not() {
        let long = vec![7; 65_535];
        for plain in [&b""[..], b"x", b"{\"verdict\":\"alive\",\"cause\":null}", long.as_slice()] {
            let packed = compress_short_record(plain).unwrap();
            assert_eq!(decompress_short_record(&packed).unwrap(), plain);
            assert!(decompress_short_record(&packed[..packed.len() - 1]).is_err());
        }
        assert!(compress_short_record(&vec![0; 65_536]).is_none());
        assert!(decompress_short_record(b"\xff\xff\x00").is_err());
        let visit = "{\"verdict\":\"alive\",\"cause\":null,\"evidence\":[\"200\"]}";
        assert!(compress_short_record(visit.as_bytes()).unwrap().len() < visit.len() / 2);
    }
}
