//! The URL records of ARC files, the format before WARC (Internet Archive, "ARC File Format", 1996).
//!
//! A record is a line (URL, address, date, media type, in version 2 five more fields, and the length) and
//! the answer as it came. The first record of a file describes the file and has the scheme `filedesc`.

use std::net::IpAddr;

/// Parses the first line of an ARC record into the fields that the record would have in a WARC file.
/// `None` if it is none. URLs and media types with spaces occur, so the date and the address are searched.
pub(super) fn parse_arc_line(line: &[u8]) -> Option<Vec<(String, String)>> {
    // Most lines are no such line, which a look at the scheme shows.
    let scheme = line.iter().position(|byte| *byte == b':').filter(|at| (2..=10).contains(at))?;
    if !line.get(..scheme)?.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let text = std::str::from_utf8(line).ok()?;
    let words: Vec<&str> = text.split(' ').collect();
    let is_date =
        |word: &str| matches!(word.len(), 12..=17) && word.bytes().all(|byte| byte.is_ascii_digit());
    let date = (2..words.len()).find(|at| {
        let word = |at: usize| words.get(at).copied().unwrap_or_default();
        is_date(word(*at)) && (word(at - 1).parse::<IpAddr>().is_ok() || word(at - 1) == "-")
    })?;
    let (length, media_type) = (words.last()?, words.get(date + 1)?);
    if date + 2 >= words.len() || length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let url = words.get(..date - 1)?.join(" ");
    let is_description = url.starts_with("filedesc:");
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Some(vec![
        field("warc-type", if is_description { "warcinfo" } else { "response" }),
        field("warc-target-uri", &url),
        field("warc-date", words.get(date)?),
        field("warc-ip-address", words.get(date - 1)?),
        field("content-type", media_type),
        field("content-length", length),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_both_versions_are_parsed() {
        for (line, url, length) in [
            ("http://a.example/ 192.0.2.1 20080430204825 text/html 680", "http://a.example/", "680"),
            (
                "http://a.example/a b 192.0.2.1 20080430204825 text/html; charset=utf-8 680",
                "http://a.example/a b",
                "680",
            ),
            (
                "http://a.example/x 192.0.2.1 19991231235959 text/html 200 8cac - 17 a.arc 680",
                "http://a.example/x",
                "680",
            ),
            ("filedesc://a.arc 0.0.0.0 20080430204825 text/plain 76", "filedesc://a.arc", "76"),
            ("dns:a.example 2001:db8::1 20080430204825 text/dns 56", "dns:a.example", "56"),
        ] {
            let fields = parse_arc_line(line.as_bytes()).unwrap_or_default();
            let value =
                |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
            assert_eq!(
                (value("warc-target-uri"), value("content-length")),
                (Some(url), Some(length)),
                "{line}"
            );
        }
        for line in [
            "WARC/1.0",
            "HTTP/1.1 200 OK",
            "Date: Mon, 30 Nov 2026 17:37:29 GMT",
            "http://a.example/ 192.0.2.1 2008 text/html 680",
            "http://a.example/ 192.0.2.1 20080430204825 680",
            "http://a.example/ nowhere 20080430204825 text/html 680",
        ] {
            assert_eq!(parse_arc_line(line.as_bytes()), None, "{line}");
        }
    }
}
