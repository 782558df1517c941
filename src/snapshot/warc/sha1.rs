//! SHA-1 (FIPS 180-4, section 6.1), which most writers of WARC name payloads by.
//!
//! It is only compared with what a file states of itself. What is stored is named by BLAKE3.

const START: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];

/// The digest of these bytes.
pub(super) fn sha1(bytes: &[u8]) -> [u8; 20] {
    let mut state = START;
    let (blocks, rest) = bytes.as_chunks::<64>();
    for block in blocks {
        state = after(state, block);
    }
    // A one bit, zeros, and the length in bits end the last block.
    let mut end = rest.to_vec();
    end.push(0x80);
    while end.len() % 64 != 56 {
        end.push(0);
    }
    end.extend_from_slice(&(bytes.len() as u64).wrapping_mul(8).to_be_bytes());
    for block in end.as_chunks::<64>().0 {
        state = after(state, block);
    }
    let mut digest = [0; 20];
    for (place, byte) in digest.iter_mut().zip(state.iter().flat_map(|word| word.to_be_bytes())) {
        *place = byte;
    }
    digest
}

/// The state after one more block. `window` holds the last sixteen words of the schedule.
fn after(state: [u32; 5], block: &[u8; 64]) -> [u32; 5] {
    let mut window = [0_u32; 16];
    for (word, bytes) in window.iter_mut().zip(block.as_chunks::<4>().0) {
        *word = u32::from_be_bytes(*bytes);
    }
    let [mut a, mut b, mut c, mut d, mut last] = state;
    for round in 0..80_usize {
        let at = round % 16;
        if round >= 16 {
            let mixed = window[(at + 13) % 16] ^ window[(at + 8) % 16] ^ window[(at + 2) % 16] ^ window[at];
            window[at] = mixed.rotate_left(1);
        }
        let (mix, constant) = match round {
            0..20 => ((b & c) | (!b & d), 0x5a82_7999),
            20..40 => (b ^ c ^ d, 0x6ed9_eba1),
            40..60 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6_u32),
        };
        let next = a
            .rotate_left(5)
            .wrapping_add(mix)
            .wrapping_add(last)
            .wrapping_add(constant)
            .wrapping_add(window[at]);
        (a, b, c, d, last) = (next, a, b.rotate_left(30), c, d);
    }
    let mut sum = state;
    for (word, more) in sum.iter_mut().zip([a, b, c, d, last]) {
        *word = word.wrapping_add(more);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::stated::Stated;

    #[test]
    fn digests_are_those_of_the_standard() {
        let two_blocks = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        let million = vec![b'a'; 1_000_000];
        for (bytes, digest) in [
            (&b""[..], "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            (b"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (two_blocks, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
            (&million, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
        ] {
            assert_eq!(Stated::read(&format!("sha1:{digest}")).is_of(bytes), Some(true));
        }
    }
}
