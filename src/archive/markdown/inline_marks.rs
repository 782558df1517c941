//! Finds the bytes at which inline markup may begin or end.

/// The bytes at which markup may begin or end.
const MARKS: [bool; 256] = {
    let marks = b"\\`<&![]*_~hH|";

    let mut table = [false; 256];
    let mut at = 0;
    while at < marks.len() {
        table[marks[at] as usize] = true;
        at += 1;
    }
    table
};

/// The offset of the next of [`MARKS`], or the limit. Every byte of an archive passes through here.
pub(super) fn find_next_mark(bytes: &[u8], from: usize, limit: usize) -> usize {
    let mut at = from;
    let mut rest = bytes.get(from..limit).unwrap_or_default();
    while let Some((block, behind)) = rest.split_first_chunk::<16>() {
        // Chinese text is mostly not ASCII, and all marks are ASCII, so that such blocks are skipped in one
        // step.
        if block.iter().fold(u8::MAX, |all, byte| all & byte) < 0x80
            && let Some(found) = block.iter().position(|byte| MARKS[usize::from(*byte)])
        {
            return at + found;
        }
        at += block.len();
        rest = behind;
    }
    at + rest.iter().position(|byte| MARKS[usize::from(*byte)]).unwrap_or(rest.len())
}
