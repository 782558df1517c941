//! Finds where records begin in the files of other tools, behind damage and wrong lengths.

use std::io::{self, BufRead, Read};
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::push_back::PushBackReader;

/// How much is searched at a time, and how much of it is searched again with what follows, in bytes.
const WINDOW: usize = 1 << 18;
const OVERLAP: usize = 1 << 12;

/// The beginning of a WARC record (its version line and the name of a field), or the first line of an ARC
/// record: URL, address, 14 digits, media type, and in the end the length.
static RECORD_START: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let warc = r"WARC/[01]\.[0-9]{1,2}[ \t]*\r?\n(?:WARC|Content)-[a-z-]{1,40}[ \t]*:";
    let arc = r"\b(?:https?|filedesc|dns|ftp):[^\s]{1,2000} [0-9a-f.:]{2,45} [0-9]{14} [^\n]{0,300} [0-9]{1,15}\r?\n";
    Regex::new(&format!("(?i-u)(?:{warc}|{arc})")).ok()
});

/// The position of the first record that begins in `bytes`.
pub(super) fn find_record_start(bytes: &[u8]) -> Option<usize> {
    RECORD_START.as_ref()?.find(bytes).map(|found| found.start())
}

/// Passes over everything before the next record. Returns whether there is one, and the number of bytes
/// before it, or before the end; padding (zeros and line breaks) does not count.
pub(super) fn skip_to_record_start<R: BufRead>(input: &mut PushBackReader<R>) -> io::Result<(bool, u64)> {
    let mut passed = 0;
    let mut window = Vec::new();
    loop {
        let count = input.by_ref().take(WINDOW as u64).read_to_end(&mut window)?;
        if let Some(at) = find_record_start(&window) {
            let (before, record) = window.split_at(at);
            input.push_back(record);
            return Ok((true, passed + count_content(before)));
        }
        if count == 0 {
            return Ok((false, passed + count_content(&window)));
        }
        let done = window.len().saturating_sub(OVERLAP);
        passed += count_content(window.get(..done).unwrap_or_default());
        window.drain(..done);
    }
}

/// The number of bytes that are not padding; all of them, where any is not.
fn count_content(bytes: &[u8]) -> u64 {
    let is_padding = bytes.iter().all(|byte| matches!(byte, 0 | b'\r' | b'\n' | b' '));
    if is_padding { 0 } else { bytes.len() as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_told_from_text_about_them() {
        for (text, at) in [
            (&b"</html>WARC/1.0\r\nWARC-Type: response\r\n"[..], Some(7)),
            (b"\r\nwarc/1.1\nwarc-type: response\n", Some(2)),
            (b"\nhttp://a.example/ 192.0.2.1 20210304050607 text/html 12\nHTTP", Some(1)),
            (b"WARC/1.0 is a format\r\nWARC-Type: is a field", None),
            (b"see http://a.example/ 12 20210304\n", None),
        ] {
            assert_eq!(find_record_start(text), at, "{}", String::from_utf8_lossy(text));
        }
    }
}
