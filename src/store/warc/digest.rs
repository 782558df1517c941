//! The digests in `WARC-Block-Digest` and `WARC-Payload-Digest`: computing them, and checking those that
//! a record states.

use std::fmt;
use std::sync::LazyLock;

use data_encoding::{BASE32_NOPAD, Encoding, HEXLOWER, HEXLOWER_PERMISSIVE};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The SHA-256 digest of the concatenated parts, as a record states it: `sha256:` and hexadecimal.
pub(in crate::store) fn sha256_digest(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    let mut text = "sha256:".to_owned();
    HEXLOWER.encode_append(&hasher.finalize(), &mut text);
    text
}

/// A digest as a record states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) enum StatedDigest {
    /// `sha1:`, in base 32 or hexadecimal.
    Sha1([u8; 20]),
    /// `sha256:`, in hexadecimal or base 32.
    Sha256([u8; 32]),
    /// A digest of any other algorithm, which is not computed here, in its original spelling.
    Other(String),
}

impl StatedDigest {
    /// Parses the value of a digest field.
    pub(in crate::store) fn parse(text: &str) -> Self {
        let other = || Self::Other(text.to_owned());
        let Some((algorithm, value)) = text.split_once(':') else { return other() };
        let value = value.trim().trim_end_matches('=');
        match algorithm.trim().to_ascii_lowercase().as_str() {
            "sha1" | "sha-1" => decode_digest(value).map_or_else(other, Self::Sha1),
            "sha256" | "sha-256" => decode_digest(value).map_or_else(other, Self::Sha256),
            _ => other(),
        }
    }

    /// Whether it is the digest of `bytes`; `None` for an algorithm that is not computed here.
    pub(in crate::store) fn matches(&self, bytes: &[u8]) -> Option<bool> {
        match self {
            Self::Sha1(stated) => Some(*stated == <[u8; 20]>::from(Sha1::digest(bytes))),
            Self::Sha256(stated) => Some(*stated == <[u8; 32]>::from(Sha256::digest(bytes))),
            Self::Other(_) => None,
        }
    }
}

/// Displays equal digests equally, whatever encoding the record used.
impl fmt::Display for StatedDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, bytes): (_, &[u8]) = match self {
            Self::Sha1(bytes) => ("sha1:", bytes),
            Self::Sha256(bytes) => ("sha256:", bytes),
            Self::Other(text) => return f.write_str(text),
        };
        write!(f, "{name}{}", HEXLOWER.encode_display(bytes))
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

/// Decodes a digest of `LENGTH` bytes; its text length says whether it is hexadecimal or base 32
/// (RFC 4648).
fn decode_digest<const LENGTH: usize>(text: &str) -> Option<[u8; LENGTH]> {
    let decoded = if text.len() == LENGTH * 2 {
        HEXLOWER_PERMISSIVE.decode(text.as_bytes())
    } else {
        BASE32.decode(text.as_bytes())
    };
    decoded.ok()?.try_into().ok()
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
        ] {
            let stated = StatedDigest::parse(text);
            assert_eq!(stated.matches(b"abc"), Some(true), "{text}");
            assert_eq!(stated.matches(b"abd"), Some(false), "{text}");
        }
        assert_eq!(
            StatedDigest::parse("sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5").to_string(),
            "sha1:a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        for text in ["md5:900150983cd24fb0d6963f7d28e17f72", "sha1:AAAA", "sha1:!!", "nothing", ""] {
            assert_eq!(StatedDigest::parse(text).matches(b"abc"), None, "{text}");
        }
    }
}
