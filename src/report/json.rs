//! Writes reports as JSON for programs: one object (`--format json`), or one object per line (`--format
//! jsonl`).
//!
//! Both are streamed, so a report is never held in memory as a whole. The schema is
//! `docs/schema/driftline-1.schema.json`; a test checks it against the types.
//!
//! Both are streamed: a report never stands in memory as a whole. The schema is
//! `docs/schema/driftline-1.schema.json`; a test holds it against the types.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use super::sanitize;
use super::{LinkReport, RunReport};

/// An object with its `type` as the first field.
#[derive(Serialize)]
struct Typed<'a, T> {
    r#type: &'static str,
    #[serde(flatten)]
    inner: &'a T,
}

/// Writes one object with `run` and `links`, with one link per line, so that the file can be read and
/// compared.
pub fn write_report(
    run: &RunReport,
    links: &mut dyn Iterator<Item = LinkReport>,
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(b"{\"run\":")?;
    write_json(out, &Typed { r#type: "run", inner: run })?;
    out.write_all(b",\n\"links\":[")?;
    let mut separator: &[u8] = b"\n";
    for link in links {
        out.write_all(separator)?;
        write_json(out, &Typed { r#type: "link", inner: &link })?;
        separator = b",\n";
    }
    out.write_all(b"\n]}\n")
}

/// Writes the run on the first line, then one link per line.
pub fn write_report_lines(
    run: &RunReport,
    links: &mut dyn Iterator<Item = LinkReport>,
    out: &mut dyn Write,
) -> io::Result<()> {
    write_json(out, &Typed { r#type: "run", inner: run })?;
    out.write_all(b"\n")?;
    for link in links {
        write_json(out, &Typed { r#type: "link", inner: &link })?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Writes any value as compact JSON. Characters that could repaint a terminal, reverse the reading
/// order or end a line are written as `\uXXXX`, so the value is the same and stays on its line.
pub fn write_json<T: Serialize + ?Sized>(out: &mut dyn Write, value: &T) -> io::Result<()> {
    write_escaped(out, value, CompactFormatter)
}

/// Writes any value as [`write_json`] does, on several lines and with indents.
pub fn write_pretty_json<T: Serialize + ?Sized>(out: &mut dyn Write, value: &T) -> io::Result<()> {
    write_escaped(out, value, PrettyFormatter::new())
}

fn write_escaped<T: Serialize + ?Sized>(
    out: &mut dyn Write,
    value: &T,
    layout: impl Formatter,
) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Escaping(layout))).map_err(io::Error::from)
}

/// Lays a value out as another formatter does, and escapes what is not safe to show.
struct Escaping<F>(F);

impl<F: Formatter> Formatter for Escaping<F> {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        // Most text needs no escape, which its bytes show.
        if !fragment.bytes().any(begins_escaped) {
            return out.write_all(fragment.as_bytes());
        }
        let mut plain = 0;
        for (place, c) in
            fragment.char_indices().filter(|&(_, c)| sanitize::is_hostile(c) || sanitize::is_line_break(c))
        {
            out.write_all(fragment.get(plain..place).unwrap_or_default().as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            plain = place + c.len_utf8();
        }
        out.write_all(fragment.get(plain..).unwrap_or_default().as_bytes())
    }
}

/// Whether a byte can begin, in UTF-8, a character that is escaped: DEL, U+0080 to U+00BF, U+0600 to
/// U+063F, U+2000 to U+2FFF, U+F000 to U+FFFF, and those above U+C0000.
fn begins_escaped(byte: u8) -> bool {
    matches!(byte, 0x7F | 0xC2 | 0xD8 | 0xE2 | 0xEF | 0xF3)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::report::samples;

    #[test]
    fn lines_are_objects_with_their_type_first() {
        let mut out = Vec::new();
        let links = [samples::full_link(), samples::bare_link()];
        write_report_lines(&samples::run(), &mut links.clone().into_iter(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let rows: Vec<&str> = text.lines().collect();
        assert_eq!(rows.len(), 3);
        assert!(rows[0].starts_with("{\"type\":\"run\",\"schema\":\"driftline/1\",\"id\":"), "{}", rows[0]);
        for (line, link) in rows[1..].iter().zip(&links) {
            assert!(line.starts_with("{\"type\":\"link\",\"article\":"), "{line}");
            assert_eq!(&serde_json::from_str::<LinkReport>(line).unwrap(), link);
        }
    }

    #[test]
    fn the_one_object_holds_the_same() {
        for links in [vec![], vec![samples::full_link(), samples::bare_link()]] {
            let mut out = Vec::new();
            write_report(&samples::run(), &mut links.clone().into_iter(), &mut out).unwrap();
            let report: Value = serde_json::from_slice(&out).unwrap();
            assert_eq!(report["run"]["schema"], "driftline/1");
            let found: Vec<LinkReport> = serde_json::from_value(report["links"].clone()).unwrap();
            assert_eq!(found, links);
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back_and_stays_on_its_line(text in any::<String>()) {
            let mut out = Vec::new();
            write_json(&mut out, &text).unwrap();
            let written = String::from_utf8(out).unwrap();
            prop_assert!(!written.chars().any(|c| sanitize::is_hostile(c) || sanitize::is_line_break(c)));
            prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
        }
    }
}
