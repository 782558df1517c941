//! Decides the charset of a page, and decodes its bytes to text. No other file does this.
//!
//! The order is that of the HTML standard (section 13.2.3: byte order mark, `Content-Type`, `<meta>` in the
//! first bytes, then a guess), with one exception: a declaration that the bytes contradict is ignored.
//! Pages that declare `utf-8` and contain GBK, or declare `gb2312` (or the server's default `iso-8859-1`)
//! and contain UTF-8, are common in old archives, and wrongly decoded text would look like drift.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, Encoding, GBK, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED,
};

/// The bytes that are searched for a `<meta>` declaration. The standard says 1024, but old templates put
/// scripts and comments before it.
const PRESCAN_BYTES: usize = 4096;
/// The bytes, from the first one beyond ASCII, that the charset is guessed from.
const GUESSED_BYTES: usize = 512 * 1024;
/// With this many characters beyond ASCII, bytes that are valid UTF-8 are UTF-8, whatever is declared: GBK
/// text of this length is valid UTF-8 by chance about once in a million.
const CERTAIN_UTF8: usize = 8;

/// A decoded body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedText {
    /// The text, without byte order mark.
    pub text: String,
    /// The charset that was used, by its WHATWG name (`UTF-8`, `GBK`, `Big5` …).
    pub charset: String,
    /// Whether bytes that could not be decoded became U+FFFD.
    pub replaced: bool,
}

/// Decodes a body; `content_type` is the value of the header field. It never fails: what cannot be decoded
/// becomes U+FFFD, and [`DecodedText::replaced`] says so.
pub fn decode_text(bytes: &[u8], content_type: Option<&str>) -> DecodedText {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return decode_with(bytes.get(length..).unwrap_or_default(), encoding);
    }
    let utf8 = Utf8Evidence::from_bytes(bytes);
    let header = content_type.and_then(header_charset).and_then(encoding_for);
    let meta = || meta_charset(bytes, content_type);
    // A default that a server sends for every page says less than the page itself.
    let declared = match header {
        Some(encoding) if encoding != WINDOWS_1252 => Some(encoding),
        weak => meta().or(weak),
    };
    let escapes = utf8.is_valid_utf8() && utf8.multibyte == 0 && memchr::memchr(0x1b, bytes).is_some();
    match declared {
        Some(encoding) if encoding == UTF_16BE || encoding == UTF_16LE => decode_with(bytes, encoding),
        // ISO-2022-JP consists of ASCII bytes with escapes, which are always valid UTF-8.
        Some(encoding) if escapes && !encoding.is_ascii_compatible() => decode_with(bytes, encoding),
        None if escapes => decode_with(bytes, guess_encoding(bytes)),
        Some(encoding) if encoding == UTF_8 => decode_utf8_or_guess(bytes, utf8),
        None => decode_utf8_or_guess(bytes, utf8),
        Some(_) if utf8.is_valid_utf8() && utf8.multibyte >= CERTAIN_UTF8 => decode_with(bytes, UTF_8),
        Some(encoding) if encoding == WINDOWS_1252 => {
            if utf8.is_valid_utf8() && utf8.multibyte > 0 {
                decode_with(bytes, UTF_8)
            } else if has_runs_of_high_bytes(bytes) {
                decode_with(bytes, guess_encoding(bytes))
            } else {
                decode_with(bytes, encoding)
            }
        }
        Some(encoding) => {
            let decoded = decode_with(bytes, encoding);
            if !decoded.replaced || !has_many_replaced(&decoded.text) {
                return decoded;
            }
            let other = decode_utf8_or_guess(bytes, utf8);
            if count_replaced(&other.text) < count_replaced(&decoded.text) { other } else { decoded }
        }
    }
}

/// How far bytes look like UTF-8.
#[derive(Clone, Copy)]
struct Utf8Evidence {
    /// Well-formed characters beyond ASCII; where nothing is broken, counted up to [`CERTAIN_UTF8`] only.
    multibyte: usize,
    /// Malformed sequences.
    broken: usize,
}

impl Utf8Evidence {
    fn from_bytes(bytes: &[u8]) -> Self {
        if simdutf8::basic::from_utf8(bytes).is_ok() {
            // Where nothing is broken, a higher count makes no difference.
            let multibyte = bytes.iter().filter(|byte| **byte >= 0xc0).take(CERTAIN_UTF8).count();
            return Self { multibyte, broken: 0 };
        }
        let mut evidence = Self { multibyte: 0, broken: 0 };
        let mut rest = bytes.utf8_chunks().peekable();
        while let Some(chunk) = rest.next() {
            evidence.multibyte += chunk.valid().bytes().filter(|byte| *byte >= 0xc0).count();
            // A sequence that is cut off at the end of a limited body is no sign of another charset.
            let cut_off =
                rest.peek().is_none() && bytes.len() > chunk.invalid().len() && evidence.multibyte > 0;
            if !chunk.invalid().is_empty() && !cut_off {
                evidence.broken += 1;
            }
        }
        evidence
    }

    fn is_valid_utf8(self) -> bool {
        self.broken == 0
    }

    /// Whether the bytes are UTF-8 with at most a few errors. In GBK read as UTF-8, the malformed sequences
    /// outnumber those that are valid by chance.
    fn is_mostly_valid_utf8(self) -> bool {
        self.is_valid_utf8() || self.multibyte > self.broken.saturating_mul(4)
    }
}

fn decode_utf8_or_guess(bytes: &[u8], utf8: Utf8Evidence) -> DecodedText {
    decode_with(bytes, if utf8.is_mostly_valid_utf8() { UTF_8 } else { guess_encoding(bytes) })
}

fn decode_with(bytes: &[u8], encoding: &'static Encoding) -> DecodedText {
    if encoding == UTF_8
        && let Ok(text) = simdutf8::basic::from_utf8(bytes)
    {
        // The usual case: the check is several times faster than a decoder that may replace.
        return DecodedText { text: text.to_owned(), charset: encoding.name().to_owned(), replaced: false };
    }
    let (text, replaced) = encoding.decode_without_bom_handling(bytes);
    DecodedText { text: text.into_owned(), charset: encoding.name().to_owned(), replaced }
}

fn guess_encoding(bytes: &[u8]) -> &'static Encoding {
    let start = bytes.iter().position(|byte| !byte.is_ascii() || *byte == 0x1b).unwrap_or(0);
    let tail = bytes.get(start..).unwrap_or_default();
    let sample = tail.get(..GUESSED_BYTES).unwrap_or(tail);
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(sample, sample.len() == tail.len());
    detector.guess(None, Utf8Detection::Deny)
}

fn count_replaced(text: &str) -> usize {
    text.matches('\u{fffd}').count()
}

/// Whether more than one in a hundred of the characters beyond ASCII was replaced.
fn has_many_replaced(text: &str) -> bool {
    let beyond_ascii = text.chars().filter(|c| !c.is_ascii()).count();
    count_replaced(text).saturating_mul(100) > beyond_ascii
}

/// Whether bytes beyond ASCII mostly follow each other, as in charsets of two bytes. In Western text they
/// are single accented letters.
fn has_runs_of_high_bytes(bytes: &[u8]) -> bool {
    let (mut high, mut paired, mut previous) = (0_usize, 0_usize, false);
    for byte in bytes {
        let is_high = !byte.is_ascii();
        if is_high {
            high += 1;
            paired += usize::from(previous);
        }
        previous = is_high;
    }
    high >= 16 && paired * 10 > high * 6
}

fn encoding_for(label: &str) -> Option<&'static Encoding> {
    let label = label.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | ','));
    let known =
        Encoding::for_label(label.as_bytes()).or_else(|| match label.to_ascii_lowercase().as_str() {
            "cp936" | "ms936" | "windows-936" => Some(GBK),
            "cp950" | "ms950" | "windows-950" => Some(BIG5),
            "utf8mb4" | "utf_8" | "u8" => Some(UTF_8),
            _ => None,
        })?;
    // Browsers refuse `hz-gb-2312` and similar labels; the charset is then guessed.
    (known != REPLACEMENT).then_some(known)
}

fn header_charset(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim())
    })
}

/// The charset that the page declares: `<?xml encoding="…"?>`, `<meta charset="…">` or `http-equiv`.
fn meta_charset(bytes: &[u8], content_type: Option<&str>) -> Option<&'static Encoding> {
    if let Some(value) = content_type {
        let media = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let markup = media.is_empty() || media.contains("html") || media.contains("xml");
        if !markup {
            return None;
        }
    }
    let head = String::from_utf8_lossy(bytes.get(..PRESCAN_BYTES).unwrap_or(bytes)).to_ascii_lowercase();
    let head = remove_comments(&head);
    let xml = head.trim_start().strip_prefix("<?xml").and_then(|rest| {
        let declaration = rest.split("?>").next()?;
        attribute_value(declaration, "encoding")
    });
    let label = xml.map(ToOwned::to_owned).or_else(|| {
        head.split("<meta").skip(1).find_map(|rest| {
            let tag = rest.split('>').next()?;
            attribute_value(tag, "charset").map(ToOwned::to_owned)
        })
    })?;
    let encoding = encoding_for(&label)?;
    // HTML standard, "prescan": a page whose declaration could be read as ASCII is not UTF-16.
    Some(match encoding {
        e if e == UTF_16BE || e == UTF_16LE => UTF_8,
        e if e == X_USER_DEFINED => WINDOWS_1252,
        e => e,
    })
}

fn remove_comments(head: &str) -> String {
    let mut kept = String::with_capacity(head.len());
    let mut rest = head;
    while let Some((before, after)) = rest.split_once("<!--") {
        kept.push_str(before);
        match after.split_once("-->") {
            Some((_, beyond)) => rest = beyond,
            None => return kept,
        }
    }
    kept.push_str(rest);
    kept
}

/// The value after `name=`. It also finds `charset=` inside `content="text/html; charset=gbk"`.
fn attribute_value<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.match_indices(name).find_map(|(at, _)| {
        let rest = tag.get(at + name.len()..)?.trim_start().strip_prefix('=')?.trim_start();
        let rest = rest.trim_start_matches(['"', '\'']);
        let value = rest.split(['"', '\'', ';', '/', '>', ' ', '\t', '\r', '\n']).next()?;
        (!value.is_empty()).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use encoding_rs::{EUC_KR, GB18030, SHIFT_JIS};

    const CHINESE: &str = "昨天下午，市政府发布了关于春节期间交通管制的通知，请广大市民提前安排出行时间。";
    const TRADITIONAL: &str =
        "昨天下午，市政府發布了關於春節期間交通管制的通知，請廣大市民提前安排出行時間。";
    const JAPANESE: &str = "昨日の午後、市役所は春の交通規制についてお知らせを発表しました。ご注意ください。";
    const KOREAN: &str = "어제 오후 시청은 설 연휴 기간 교통 통제에 관한 안내문을 발표했습니다.";

    fn encode(text: &str, encoding: &'static Encoding) -> Vec<u8> {
        let (bytes, _, lost) = encoding.encode(text);
        assert!(!lost, "the fixture fits into {}", encoding.name());
        bytes.into_owned()
    }

    #[test]
    fn a_charset_is_found_by_header_by_meta_and_by_guess() {
        for (text, encoding, label) in [
            (CHINESE, GBK, "gb2312"),
            (CHINESE, GB18030, "gb18030"),
            (TRADITIONAL, BIG5, "big5"),
            (JAPANESE, SHIFT_JIS, "shift_jis"),
            (KOREAN, EUC_KR, "euc-kr"),
            (CHINESE, UTF_8, "utf-8"),
        ] {
            let body = encode(text, encoding);
            let by_header = decode_text(&body, Some(&format!("text/html; Charset=\"{label}\"")));
            assert_eq!((by_header.text.as_str(), by_header.replaced), (text, false), "{label} by header");

            for declaration in [
                format!("<meta charset={label}>"),
                format!("<META HTTP-EQUIV='Content-Type' CONTENT='text/html; charset={label}' />"),
                format!("<?xml version=\"1.0\" encoding=\"{label}\"?>"),
            ] {
                let page = [declaration.as_bytes(), b"<p>", &body].concat();
                let by_meta = decode_text(&page, Some("text/html"));
                assert!(by_meta.text.ends_with(text), "{label} by {declaration}");
            }

            let page = [b"<html><title>x</title><body><p>", body.as_slice(), b"</p>", &body].concat();
            let by_guess = decode_text(&page, None);
            assert!(by_guess.text.contains(text), "{label} by guess: {}", by_guess.charset);
        }
    }

    #[test]
    fn a_declaration_that_the_bytes_contradict_is_ignored() {
        let gbk = encode(CHINESE, GBK);
        for (bytes, declared) in [
            (gbk.clone(), "text/html; charset=utf-8"),
            (gbk.clone(), "text/html; charset=iso-8859-1"),
            (CHINESE.as_bytes().to_vec(), "text/html; charset=gb2312"),
            (CHINESE.as_bytes().to_vec(), "text/html; charset=iso-8859-1"),
            (CHINESE.as_bytes().to_vec(), "text/html; charset=big5"),
        ] {
            let decoded = decode_text(&bytes, Some(declared));
            assert_eq!(decoded.text, CHINESE, "{declared}, used {}", decoded.charset);
        }
        let meta = [b"<meta charset=gbk>".as_slice(), &gbk].concat();
        let decoded = decode_text(&meta, Some("text/html; charset=iso-8859-1"));
        assert!(
            decoded.text.ends_with(CHINESE),
            "the declaration of the page outranks the default of the server"
        );
    }

    #[test]
    fn a_declaration_that_the_bytes_allow_is_used() {
        let western = encode("Un café déjà vu à Genève", WINDOWS_1252);
        assert_eq!(decode_text(&western, Some("text/html; charset=iso-8859-1")).charset, "windows-1252");
        assert_eq!(
            decode_text(&western, Some("text/html; charset=iso-8859-1")).text,
            "Un café déjà vu à Genève"
        );
        // "联通" in GBK is valid UTF-8 by chance.
        let short = encode("联通", GBK);
        assert_eq!(decode_text(&short, Some("text/html; charset=gbk")).text, "联通");
        let commented = b"<!-- <meta charset=gbk> --><meta charset=utf-8>caf\xc3\xa9";
        assert!(decode_text(commented, None).text.ends_with("café"));
    }

    #[test]
    fn a_few_broken_bytes_do_not_change_the_charset() {
        let mut bytes = CHINESE.repeat(3).into_bytes();
        bytes.push(0xff);
        bytes.extend_from_slice(CHINESE.as_bytes());
        let decoded = decode_text(&bytes, Some("text/html; charset=utf-8"));
        assert_eq!((decoded.charset.as_str(), decoded.replaced), ("UTF-8", true));
        assert!(decoded.text.ends_with(CHINESE));

        let cut = &CHINESE.as_bytes()[..CHINESE.len() - 1];
        assert_eq!(decode_text(cut, None).charset, "UTF-8", "cut off at the limit");
    }

    #[test]
    fn byte_order_marks_escapes_and_empty_bodies_are_decoded() {
        let marked = [b"\xef\xbb\xbf".as_slice(), CHINESE.as_bytes()].concat();
        assert_eq!(decode_text(&marked, Some("text/html; charset=gbk")).text, CHINESE);
        let utf16: Vec<u8> =
            [0xfeff].into_iter().chain(CHINESE.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode_text(&utf16, None).text, CHINESE);
        let iso2022 = b"\x1b$B:rF|$N8a8e\x1b(B abc";
        assert!(decode_text(iso2022, None).text.starts_with("昨日の午後"));
        assert!(decode_text(iso2022, Some("text/html; charset=iso-2022-jp")).text.starts_with("昨日の午後"));
        assert_eq!(decode_text(b"", Some("text/html; charset=nonsense")).text, "");
        assert_eq!(decode_text(b"plain", Some(";;=;charset")).text, "plain");
    }
}
