//! The digests in `WARC-Block-Digest` and `WARC-Payload-Digest`: computing them, and checking those that
//! a record states.

use std::fmt;
use std::io::{self, Read};
use std::sync::LazyLock;

use blake2::{Blake2b512, Blake2s256};
use data_encoding::{BASE32_NOPAD, BASE64_NOPAD, BASE64URL_NOPAD, Encoding, HEXLOWER, HEXLOWER_PERMISSIVE};
use md5::Md5;
use sha1::Sha1;
use sha2::digest::DynDigest;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

/// The SHA-256 digest of the concatenated parts, as a record states it: `sha256:` and hexadecimal.
pub(in crate::store) fn sha256_digest(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        Digest::update(&mut hasher, part);
    }
    let mut text = "sha256:".to_owned();
    HEXLOWER.encode_append(&Digest::finalize(hasher), &mut text);
    text
}

/// A digest as a record states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) enum StatedDigest {
    /// The algorithm's name in lower case without hyphens, and the digest.
    Known(String, Vec<u8>),
    /// A digest of any other algorithm, which is not computed here, in its original spelling.
    Other(String),
}

/// The algorithms that Python's `hashlib` names, which warcio writes, as far as they occur.
fn hasher_of(algorithm: &str) -> Option<Box<dyn DynDigest>> {
    Some(match algorithm {
        "md5" => Box::new(Md5::default()),
        "sha1" => Box::new(Sha1::default()),
        "sha224" => Box::new(Sha224::default()),
        "sha256" => Box::new(Sha256::default()),
        "sha384" => Box::new(Sha384::default()),
        "sha512" => Box::new(Sha512::default()),
        "blake2b" => Box::new(Blake2b512::default()),
        "blake2s" => Box::new(Blake2s256::default()),
        _ => return None,
    })
}

impl StatedDigest {
    /// Parses the value of a digest field: the algorithm, and the digest in hexadecimal, base 32 or base 64.
    pub(in crate::store) fn parse(text: &str) -> Self {
        let known = || {
            let (algorithm, value) = text.split_once(':')?;
            let algorithm = algorithm.trim().to_ascii_lowercase().replace(['-', '_'], "");
            let length = hasher_of(&algorithm)?.output_size();
            let value = value.trim().trim_end_matches('=');
            Some(Self::Known(algorithm, decode_digest(value, length)?))
        };
        known().unwrap_or_else(|| Self::Other(text.to_owned()))
    }

    /// Whether it is the digest of `bytes`; `None` for an algorithm that is not computed here.
    pub(in crate::store) fn matches(&self, bytes: &[u8]) -> Option<bool> {
        self.matches_stream(&mut &*bytes).ok().flatten()
    }

    /// Whether it is the digest of all that is left to read.
    pub(in crate::store) fn matches_stream(&self, input: &mut impl Read) -> io::Result<Option<bool>> {
        let Self::Known(algorithm, stated) = self else { return Ok(None) };
        let Some(mut hasher) = hasher_of(algorithm) else { return Ok(None) };
        let mut buffer = vec![0; 1 << 16];
        loop {
            match input.read(&mut buffer) {
                Ok(0) => return Ok(Some(*hasher.finalize() == **stated)),
                Ok(count) => hasher.update(buffer.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Displays equal digests equally, whatever encoding the record used.
impl fmt::Display for StatedDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(algorithm, bytes) => write!(f, "{algorithm}:{}", HEXLOWER.encode_display(bytes)),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// Base 32 in either letter case and with any value in the trailing bits that belong to no byte. Some
/// writers produce both, and a digest that fails to parse would not be checked.
static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut lenient = BASE32_NOPAD.specification();
    lenient.check_trailing_bits = false;
    lenient.translate.from.push_str("abcdefghijklmnopqrstuvwxyz");
    lenient.translate.to.push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    lenient.encoding().unwrap_or(BASE32_NOPAD)
});

/// Decodes a digest of `length` bytes; the length of its text says whether it is hexadecimal, base 32 or
/// base 64 (RFC 4648).
fn decode_digest(text: &str, length: usize) -> Option<Vec<u8>> {
    let decoded = if text.len() == length * 2 {
        HEXLOWER_PERMISSIVE.decode(text.as_bytes())
    } else if text.len() == (length * 8).div_ceil(6) {
        let encoding = if text.contains(['-', '_']) { BASE64URL_NOPAD } else { BASE64_NOPAD };
        encoding.decode(text.as_bytes())
    } else {
        BASE32.decode(text.as_bytes())
    };
    decoded.ok().filter(|bytes| bytes.len() == length)
}

#[cfg(test)]
mod tests {
    use super::StatedDigest;

    #[test]
    fn every_spelling_of_a_digest_is_parsed() {
        for text in [
            "sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5",
            "SHA-1: vgmt4nsha2awvor6evyxqugcnsonbwe5",
            "sha1:a9993e364706816aba3e25717850c26c9cd0d89d",
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "sha256:XJ4BNP4PAHH6UQKBIDPF3LRCEOYAGYNDSYLXVHFUCD7WD4QACWWQ====",
            // The last letter carries bits that belong to no byte.
            "sha256:xj4bnp4pahh6uqkbidpf3lrceoyagyndsylxvhfucd7wd4qacwwr",
            "sha-256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
            "md5:900150983cd24fb0d6963f7d28e17f72",
            "MD5:900150983CD24FB0D6963F7D28E17F72",
            "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            "blake2s:508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982",
        ] {
            let stated = StatedDigest::parse(text);
            assert_eq!(stated.matches(b"abc"), Some(true), "{text}");
            assert_eq!(stated.matches(b"abd"), Some(false), "{text}");
        }
        assert_eq!(
            StatedDigest::parse("sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5").to_string(),
            "sha1:a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        for text in ["crc32:352441c2", "sha1:AAAA", "sha1:!!", "nothing", ""] {
            assert_eq!(StatedDigest::parse(text).matches(b"abc"), None, "{text}");
        }
    }
}
