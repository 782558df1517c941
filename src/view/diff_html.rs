//! A comparison as one self-contained page: side by side or inline, changed characters marked,
//! unchanged parts folded, keys `n` and `p` for the next and the previous change.
//!
//! The page asks for nothing from outside and works without scripts. Everything that came from
//! outside is escaped, and the page's own policy lets only the one script run whose hash it names:
//! hostile text cannot run in it even where escaping failed.

use std::io::{self, Write};

use sha2::{Digest, Sha256};

use super::diff_text::{Labels, summary};
use crate::text_diff::{self, Alignment, Comparison, Row, RowKind, RowText};

const STYLE: &str = include_str!("diff_page/style.css");
const SCRIPT: &str = include_str!("diff_page/keys.js");
/// Equal sentences shown on each side of a change.
const CONTEXT: usize = 2;

/// Writes the page.
pub fn render(
    alignment: &Alignment,
    comparison: &Comparison,
    labels: &Labels,
    out: &mut dyn Write,
) -> io::Result<()> {
    head(labels, out)?;
    header(alignment, comparison, labels, out)?;
    let total = alignment.rows.iter().filter(|row| is_change(row)).count();
    switches(total, out)?;
    writeln!(out, "<main>")?;
    writeln!(out, "<div class=\"cols\" aria-hidden=\"true\"><div>Original</div><div>Local copy</div></div>")?;
    let mut number = 0;
    for part in parts(&alignment.rows) {
        let rows = alignment.rows.get(part.from..part.to).unwrap_or_default();
        if part.folded {
            let plural = if rows.len() == 1 { "" } else { "s" };
            writeln!(out, "<details><summary>{} unchanged sentence{plural}</summary>", rows.len())?;
        }
        for (offset, row) in rows.iter().enumerate() {
            if is_change(row) {
                number += 1;
            }
            write_row(part.from + offset, row, number, total, out)?;
        }
        if part.folded {
            writeln!(out, "</details>")?;
        }
    }
    if total == 0 {
        writeln!(out, "<p class=\"sum\">No sentence differs.</p>")?;
    }
    write!(out, "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n")
}

fn head(labels: &Labels, out: &mut dyn Write) -> io::Result<()> {
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        source_hash(STYLE),
        source_hash(SCRIPT)
    );
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <title>What changed: {}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        escape(&labels.local)
    )
}

/// A `'sha256-…'` source of a content security policy (CSP level 3, section 2.3.1).
fn source_hash(content: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(content.as_bytes())))
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, b| (word << 8) | u32::from(*b)) << (8 * (3 - chunk.len()));
        for place in 0..4_usize {
            let index = (word >> (18 - 6 * place)) & 63;
            let digit = ALPHABET.get(index as usize).copied().unwrap_or(b'=');
            text.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

fn header(
    alignment: &Alignment,
    comparison: &Comparison,
    labels: &Labels,
    out: &mut dyn Write,
) -> io::Result<()> {
    let title =
        if alignment.local_title.is_empty() { &alignment.original_title } else { &alignment.local_title };
    writeln!(out, "<header>")?;
    if comparison.title_changed {
        writeln!(
            out,
            "<h1 dir=\"auto\"><span class=\"sr\">title in the original: </span><del>{}</del><br>\
             <span class=\"sr\">title in the local copy: </span><ins>{}</ins></h1>",
            escape(&alignment.original_title),
            escape(&alignment.local_title)
        )?;
    } else {
        writeln!(
            out,
            "<h1 dir=\"auto\">{}</h1>",
            escape(if title.is_empty() { "What changed" } else { title })
        )?;
    }
    writeln!(
        out,
        "<p class=\"sum\"><span class=\"badge\">{}</span> {}</p>",
        comparison.class.as_str(),
        escape(&summary(comparison))
    )?;
    writeln!(
        out,
        "<dl class=\"what\"><dt>Original</dt><dd dir=\"auto\">{}</dd><dt>Local copy</dt><dd dir=\"auto\">{}</dd></dl>",
        escape(&labels.original),
        escape(&labels.local)
    )?;
    if !comparison.telling.is_empty() {
        writeln!(out, "<section class=\"telling\"><h2>What matters most</h2><ul>")?;
        for change in &comparison.telling {
            let side = |text: &str| {
                if text.is_empty() { "<span class=\"note\">nothing</span>".to_owned() } else { escape(text) }
            };
            writeln!(
                out,
                "<li>{}: <del>{}</del> <span aria-hidden=\"true\">→</span><span class=\"sr\"> became </span> <ins>{}</ins></li>",
                escape(&change.kind),
                side(&change.original),
                side(&change.local)
            )?;
        }
        writeln!(out, "</ul></section>")?;
    }
    writeln!(out, "</header>")
}

/// The switches are plain form controls that style rules read: they work without scripts.
fn switches(total: usize, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(
        b"<input class=\"sw\" type=\"radio\" name=\"view\" id=\"side\" checked>\n\
          <input class=\"sw\" type=\"radio\" name=\"view\" id=\"inline\">\n\
          <input class=\"sw\" type=\"checkbox\" id=\"variants\">\n\
          <nav class=\"opts\" aria-label=\"View\"><div class=\"bar\"><label for=\"side\">Side by side</label>\
          <label for=\"inline\">Inline</label><label for=\"variants\">Mark script, width and punctuation variants</label>\
          <span id=\"steps\" hidden><button type=\"button\" id=\"prev\">Previous <kbd>p</kbd></button> \
          <button type=\"button\" id=\"next\">Next <kbd>n</kbd></button> <span id=\"at\" role=\"status\"></span></span>",
    )?;
    if total > 0 {
        write!(out, "<a class=\"skip\" href=\"#c1\">First change</a>")?;
    }
    writeln!(out, "</div></nav>")
}

struct Part {
    from: usize,
    to: usize,
    folded: bool,
}

/// Runs of rows that are shown, and runs that are folded.
fn parts(rows: &[Row]) -> Vec<Part> {
    let changes: Vec<bool> = rows.iter().map(is_change).collect();
    let mut found: Vec<Part> = Vec::new();
    for at in 0..rows.len() {
        let near =
            changes.get(at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(rows.len())).unwrap_or_default();
        let folded = !near.contains(&true);
        match found.last_mut() {
            Some(last) if last.folded == folded => last.to = at + 1,
            _ => found.push(Part { from: at, to: at + 1, folded }),
        }
    }
    found
}

fn is_change(row: &Row) -> bool {
    !matches!(row.kind, RowKind::Equal | RowKind::Variant)
}

fn write_row(at: usize, row: &Row, number: usize, total: usize, out: &mut dyn Write) -> io::Result<()> {
    let (class, note) = match row.kind {
        RowKind::Equal | RowKind::Variant => ("same", None),
        RowKind::Changed => ("changed", Some("changed".to_owned())),
        RowKind::OnlyOriginal => ("gone", Some("only in the original".to_owned())),
        RowKind::OnlyLocal => ("new", Some("only in the local copy".to_owned())),
        RowKind::MovedOriginal | RowKind::MovedLocal => {
            let other =
                row.moved_to.map_or(String::new(), |to| format!(" (<a href=\"#r{to}\">its other place</a>)"));
            ("moved", Some(format!("moved{other}")))
        }
    };
    // One row carries one id; the change's number is on an anchor inside.
    if let Some(note) = &note {
        write!(
            out,
            "<section class=\"row {class}\" id=\"r{at}\" data-change=\"{number}\" tabindex=\"-1\" aria-label=\"change {number} of {total}\">"
        )?;
        let next =
            if number < total { format!(" · <a href=\"#c{}\">next</a>", number + 1) } else { String::new() };
        let back =
            if number > 1 { format!(" · <a href=\"#c{}\">previous</a>", number - 1) } else { String::new() };
        write!(out, "<div class=\"note\" id=\"c{number}\">{number}. {note}{back}{next}</div><div></div>")?;
    } else {
        write!(out, "<section class=\"row {class}\" id=\"r{at}\">")?;
    }
    let (variant_a, variant_b) = match (row.kind, &row.original, &row.local) {
        (RowKind::Variant, Some(a), Some(b)) => text_diff::variant_spans(&a.text, &b.text),
        _ => (Vec::new(), Vec::new()),
    };
    side("o", "Original", row.original.as_ref(), "del", &variant_a, out)?;
    side("l", "Local copy", row.local.as_ref(), "ins", &variant_b, out)?;
    writeln!(out, "</section>")
}

fn side(
    class: &str,
    name: &str,
    text: Option<&RowText>,
    mark: &str,
    variants: &[std::ops::Range<usize>],
    out: &mut dyn Write,
) -> io::Result<()> {
    let Some(text) = text else { return write!(out, "<div class=\"{class}\"></div>") };
    write!(
        out,
        "<div class=\"{class}\"><span class=\"tag\">{name}</span><span class=\"sr\">{name}: </span><p dir=\"auto\">"
    )?;
    let spans =
        text.spans.iter().map(|s| (s, mark, "")).chain(variants.iter().map(|s| (s, "i", " class=\"v\"")));
    let mut from = 0;
    for (span, element, attributes) in spans {
        let before = text.text.get(from..span.start).unwrap_or_default();
        let inside = text.text.get(span.clone()).unwrap_or_default();
        write!(out, "{}<{element}{attributes}>{}</{element}>", escape(before), escape(inside))?;
        from = span.end;
    }
    write!(out, "{}</p></div>", escape(text.text.get(from..).unwrap_or_default()))
}

/// Text from outside as text of a page; control characters, which a page cannot hold, go.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::text::{NormalForms, PageText};

    fn page(a: &str, b: &str) -> String {
        let text = |text: &str| PageText {
            title: "<b>T</b>".into(),
            blocks: text.lines().map(str::to_owned).collect(),
            ..PageText::default()
        };
        let (comparison, alignment) = text_diff::compare_aligned(&text(a), &text(b), &NormalForms::default());
        let labels = Labels { original: "<script>x</script>".into(), local: "\" onload=x".into() };
        let mut out = Vec::new();
        render(&alignment, &comparison, &labels, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn hostile_text_is_escaped_and_only_one_script_may_run() {
        let found = page(
            "<script>alert(1)</script>甲乙丙丁。<img src=x onerror=y>",
            "<script>alert(2)</script>甲乙丙戊。",
        );
        assert_eq!(found.matches("<script>").count(), 1);
        assert_eq!(found.matches("<img").count(), 0);
        assert!(found.contains("&lt;script&gt;") && found.contains("&quot; onload=x"));
        assert!(found.contains("default-src 'none'") && !found.contains("unsafe-inline"));
        assert!(!found.contains("http://") && !found.contains("https://"));
    }

    #[test]
    fn changes_are_numbered_and_marked() {
        let same = "没有变化的一句话。\n".repeat(9);
        let found = page(&format!("{same}共有十二人到场了。"), &format!("{same}共有十五人到场了。"));
        assert!(found.contains("<del>二</del>") && found.contains("<ins>五</ins>"));
        assert!(found.contains("<details><summary>7 unchanged sentences</summary>"));
        assert!(found.contains("aria-label=\"change 1 of 1\"") && found.contains("id=\"c1\""));
    }

    #[test]
    fn variants_can_be_shown() {
        assert!(
            page("台灣人民的好日子。\n别的。", "台湾人民的好日子。\n另外。")
                .contains("<i class=\"v\">灣</i>")
        );
    }

    #[test]
    fn the_policy_names_hashes_in_base64() {
        assert_eq!(base64(b""), "");
        assert_eq!(base64(b"f"), "Zg==");
        assert_eq!(base64(b"fo"), "Zm8=");
        assert_eq!(base64(b"foobar"), "Zm9vYmFy");
    }
}
