//! Finds web addresses that are written out in a text.
//!
//! A keeper writes a link as its address and the page shows it as a word, or the other way round, so an
//! address says nothing about what a text says. What a text links to is the crawler's matter.

/// How an address begins.
const STARTS: [&str; 3] = ["https://", "http://", "www."];

/// The length in bytes of the address that begins at an offset; 0 where none begins there. An address ends
/// before white space, quotation marks, angle brackets and whatever is not written in an address
/// unescaped, such as ideographs (RFC 3986, section 2).
pub fn address_length(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let rest = bytes.get(at..).unwrap_or_default();
    let begins =
        |start: &str| rest.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()));
    let Some(start) = STARTS.iter().find(|start| begins(start)) else { return 0 };
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    if before.is_some_and(u8::is_ascii_alphanumeric) {
        return 0;
    }
    let mut open = [0_usize; 2];
    let length = rest.iter().position(|byte| !is_address_byte(*byte) || closes_more(*byte, &mut open));
    let length = length.unwrap_or(rest.len());
    // The marks of the sentence around it are not part of it.
    let end = rest.get(..length).unwrap_or_default().iter().rposition(|byte| !is_closing_mark(*byte));
    let length = end.map_or(0, |last| last + 1);
    if length > start.len() { length } else { 0 }
}

fn is_address_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'`' | b'|' | b'\\' | b'^' | b'{' | b'}')
}

/// Whether a bracket closes one that was opened before the address; `open` counts those within it.
fn closes_more(byte: u8, open: &mut [usize; 2]) -> bool {
    let [round, square] = open;
    let (count, closes) = match byte {
        b'(' | b')' => (round, byte == b')'),
        b'[' | b']' => (square, byte == b']'),
        _ => return false,
    };
    if closes && *count == 0 {
        return true;
    }
    *count = if closes { *count - 1 } else { *count + 1 };
    false
}

fn is_closing_mark(byte: u8) -> bool {
    matches!(byte, b'.' | b',' | b';' | b':' | b'!' | b'?' | b')' | b']' | b'\'' | b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normalize::full_normal_form;

    #[test]
    fn an_address_ends_where_the_sentence_goes_on() {
        for (text, address) in [
            ("https://a.example/b?c=1&d=2#e 后面", "https://a.example/b?c=1&d=2#e"),
            ("https://a.example/b，后面", "https://a.example/b"),
            ("http://a.example/b后面", "http://a.example/b"),
            ("HTTP://A.example).", "HTTP://A.example"),
            ("http://a.example/b_(c)d)**e", "http://a.example/b_(c)d"),
            ("www.a.example/x\"", "www.a.example/x"),
            ("https://", ""),
            ("www. ", ""),
            ("who", ""),
        ] {
            assert_eq!(text.get(..address_length(text, 0)), Some(address), "{text}");
        }
        assert_eq!(address_length("xhttps://a.example", 1), 0);
    }

    #[test]
    fn a_text_is_the_same_with_and_without_its_addresses() {
        for (with, without) in [
            ("来源：https://a.example/2020/x.mp4", "来源："),
            ("全文见 https://a.example/?id=12&v=3，任何人都可以读。", "全文见，任何人都可以读。"),
            ("Read it at https://a.example/no-go/15 (not paid).", "Read it at (not paid)."),
            ("见www.Gnews.org网站.", "见网站."),
        ] {
            assert_eq!(full_normal_form(with), full_normal_form(without));
        }
        assert_eq!(full_normal_form("The whole"), "thewhole");
    }
}
