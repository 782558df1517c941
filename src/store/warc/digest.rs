//! Digests that records state of themselves: `WARC-Block-Digest`, `WARC-Payload-Digest`.

use std::fmt;
use std::sync::LazyLock;

use data_encoding::{BASE32_NOPAD, Encoding, HEXLOWER, HEXLOWER_PERMISSIVE};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// A digest as a record states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) enum Stated {
    /// `sha1:`, in base 32 or hexadecimal.
    Sha1([u8; 20]),
    /// `sha256:`, in hexadecimal or base 32.
    Sha256([u8; 32]),
    /// One that cannot be computed here, as it is written.
    Other(String),
}

impl Stated {
    /// Reads what a field says.
    pub(in crate::store) fn read(text: &str) -> Self {
        let other = || Self::Other(text.to_owned());
        let Some((algorithm, value)) = text.split_once(':') else { return other() };
        let value = value.trim().trim_end_matches('=');
        match algorithm.trim().to_ascii_lowercase().as_str() {
            "sha1" | "sha-1" => bytes(value).map_or_else(other, Self::Sha1),
            "sha256" | "sha-256" => bytes(value).map_or_else(other, Self::Sha256),
            _ => other(),
        }
    }

    /// Whether it is the digest of these bytes; none where that cannot be computed.
    pub(in crate::store) fn is_of(&self, bytes: &[u8]) -> Option<bool> {
        match self {
            Self::Sha1(stated) => Some(*stated == <[u8; 20]>::from(Sha1::digest(bytes))),
            Self::Sha256(stated) => Some(*stated == <[u8; 32]>::from(Sha256::digest(bytes))),
            Self::Other(_) => None,
        }
    }
}

/// One spelling for each digest, however it was written.
impl fmt::Display for Stated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, bytes): (_, &[u8]) = match self {
            Self::Sha1(bytes) => ("sha1:", bytes),
            Self::Sha256(bytes) => ("sha256:", bytes),
            Self::Other(text) => return f.write_str(text),
        };
        write!(f, "{name}{}", HEXLOWER.encode_display(bytes))
    }
}

/// Base 32 as records have it: in either case, and with whatever stands in the bits that belong to no byte.
/// A digest that is read more strictly is one that is not checked.
static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut lenient = BASE32_NOPAD.specification();
    lenient.check_trailing_bits = false;
    lenient.translate.from.push_str("abcdefghijklmnopqrstuvwxyz");
    lenient.translate.to.push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    lenient.encoding().unwrap_or(BASE32_NOPAD)
});

/// A digest of this length, from hexadecimal or base 32 (RFC 4648), whichever is as long as that.
fn bytes<const LENGTH: usize>(text: &str) -> Option<[u8; LENGTH]> {
    let decoded = if text.len() == LENGTH * 2 {
        HEXLOWER_PERMISSIVE.decode(text.as_bytes())
    } else {
        BASE32.decode(text.as_bytes())
    };
    decoded.ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::Stated;

    #[test]
    fn every_spelling_of_a_digest_is_read() {
        for text in [
            "sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5",
            "SHA-1: vgmt4nsha2awvor6evyxqugcnsonbwe5",
            "sha1:a9993e364706816aba3e25717850c26c9cd0d89d",
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "sha256:XJ4BNP4PAHH6UQKBIDPF3LRCEOYAGYNDSYLXVHFUCD7WD4QACWWQ====",
            // The last letter has bits that belong to no byte.
            "sha256:xj4bnp4pahh6uqkbidpf3lrceoyagyndsylxvhfucd7wd4qacwwr",
        ] {
            let stated = Stated::read(text);
            assert_eq!(stated.is_of(b"abc"), Some(true), "{text}");
            assert_eq!(stated.is_of(b"abd"), Some(false), "{text}");
        }
        assert_eq!(
            Stated::read("sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5").to_string(),
            "sha1:a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        for text in ["md5:900150983cd24fb0d6963f7d28e17f72", "sha1:AAAA", "sha1:!!", "nothing", ""] {
            assert_eq!(Stated::read(text).is_of(b"abc"), None, "{text}");
        }
    }
}
