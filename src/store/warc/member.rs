//! The compressed parts of a file: gzip members and zstd frames, each of which may hold one record or many.
//!
//! In a `.warc.zst` file the first frame may hold a dictionary for all others. It is a skippable frame with
//! a magic number of its own, and the dictionary in it may itself be a zstd frame (WARC-zstd 1.0 of the
//! IIPC, section 3).

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;

use flate2::bufread::GzDecoder;

use super::push_back::PushBackReader;
use super::record_syntax::invalid_data;

/// The first bytes of a gzip member, and of a zstd frame.
pub(in crate::store) const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
pub(in crate::store) const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// The magic number of a skippable frame that holds a dictionary.
const DICTIONARY_MAGIC: u32 = 0x184d_2a5d;
/// The longest dictionary, in bytes. Those of real files have about 100 KB.
const MAX_DICTIONARY: u64 = 32 << 20;

/// A dictionary for zstd frames.
pub(in crate::store) type Dictionary = Option<Arc<Vec<u8>>>;

/// Whether a file that begins with these bytes consists of gzip members or zstd frames.
pub(in crate::store) fn is_compressed(start: &[u8]) -> bool {
    start.starts_with(&GZIP_MAGIC) || start.starts_with(&ZSTD_MAGIC) || is_skippable_frame(start)
}

fn is_skippable_frame(start: &[u8]) -> bool {
    matches!(start, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// A member or frame that is being decompressed.
pub(super) enum Member<R: BufRead> {
    Gzip(Box<BufReader<GzDecoder<PushBackReader<R>>>>),
    Zstd(BufReader<zstd::stream::read::Decoder<'static, PushBackReader<R>>>),
}

impl<R: BufRead> Member<R> {
    /// Begins to decompress the member at which `input` is positioned.
    pub(super) fn begin(mut input: PushBackReader<R>, dictionary: &Dictionary) -> io::Result<Self> {
        if !input.peek(4)?.starts_with(&ZSTD_MAGIC) {
            return Ok(Self::Gzip(Box::new(BufReader::new(GzDecoder::new(input)))));
        }
        let dictionary = dictionary.as_ref().map(|bytes| bytes.as_slice()).unwrap_or_default();
        let decoder = zstd::stream::read::Decoder::with_dictionary(input, dictionary)?.single_frame();
        Ok(Self::Zstd(BufReader::new(decoder)))
    }

    /// What follows the member, once it was read to its end.
    pub(super) fn into_rest(self) -> PushBackReader<R> {
        match self {
            Self::Gzip(member) => member.into_inner().into_inner(),
            Self::Zstd(member) => member.into_inner().finish(),
        }
    }
}

impl<R: BufRead> Read for Member<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(member) => member.read(buffer),
            Self::Zstd(member) => member.read(buffer).map_err(name_zstd_error),
        }
    }
}

impl<R: BufRead> BufRead for Member<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self {
            Self::Gzip(member) => member.fill_buf(),
            Self::Zstd(member) => member.fill_buf().map_err(name_zstd_error),
        }
    }

    fn consume(&mut self, count: usize) {
        match self {
            Self::Gzip(member) => member.consume(count),
            Self::Zstd(member) => member.consume(count),
        }
    }
}

/// zstd reports damage as an error of the kind "other", like a failure of the system.
fn name_zstd_error(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::Other { invalid_data(format!("zstd: {error}")) } else { error }
}

/// Passes over skippable frames, and takes the dictionary out of one that holds it.
pub(super) fn skip_frames<R: BufRead>(
    input: &mut PushBackReader<R>,
    dictionary: &mut Dictionary,
) -> io::Result<()> {
    loop {
        let start = input.peek(8)?;
        let Some((magic, length)) = start.split_first_chunk::<4>().filter(|_| is_skippable_frame(&start))
        else {
            return Ok(());
        };
        let cut = || io::Error::new(io::ErrorKind::UnexpectedEof, "a skippable zstd frame is cut short");
        let length = u64::from(u32::from_le_bytes(length.try_into().map_err(|_| cut())?));
        if u32::from_le_bytes(*magic) == DICTIONARY_MAGIC && length > MAX_DICTIONARY {
            return Err(invalid_data(format!("the zstd dictionary has {length} bytes, above 32 MiB")));
        }
        input.consume(start.len().min(8));
        let mut content = input.by_ref().take(length);
        let count = if u32::from_le_bytes(*magic) == DICTIONARY_MAGIC {
            let mut bytes = Vec::new();
            let count = content.read_to_end(&mut bytes)?;
            *dictionary = Some(Arc::new(unpack_dictionary(bytes)?));
            count as u64
        } else {
            io::copy(&mut content, &mut io::sink())?
        };
        if count < length {
            return Err(cut());
        }
    }
}

/// The dictionary, decompressed where it is a zstd frame itself.
fn unpack_dictionary(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    if !bytes.starts_with(&ZSTD_MAGIC) {
        return Ok(bytes);
    }
    let mut plain = Vec::new();
    let decoder = zstd::stream::read::Decoder::with_buffer(bytes.as_slice())?;
    let count = decoder.take(MAX_DICTIONARY + 1).read_to_end(&mut plain).map_err(name_zstd_error)?;
    if count as u64 > MAX_DICTIONARY {
        return Err(invalid_data("the zstd dictionary has more than 32 MiB"));
    }
    Ok(plain)
}
