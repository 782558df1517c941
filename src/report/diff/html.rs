//! A comparison as one self-contained page: side by side or inline, changed characters marked,
//! unchanged parts folded, keys for the next and the previous change and for the switches.
//!
//! The page asks for nothing from outside and works without scripts. Everything that came from
//! outside is escaped, and the page's own policy lets only the one script run whose hash it names:
//! hostile text cannot run in it even where escaping failed.

use std::io::{self, Write};

use sha2::{Digest, Sha256};

use crate::report::diff::labels::Labels;
use crate::report::diff::merge::{Piece, merged};
use crate::report::diff::rows;
use crate::report::diff::rows::{Fate, Shown};
use crate::report::sanitize;
use crate::text::PageText;
use crate::text_diff::{self, Alignment, Comparison, RowKind, RowText};

const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/keys.js");
/// Equal sentences shown on each side of a change.
const CONTEXT: usize = 2;

/// Writes the page.
pub fn render(
    alignment: &Alignment,
    comparison: &Comparison,
    labels: &Labels,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rows = rows::shown(&alignment.rows, labels);
    let total = rows.iter().filter(|shown| shown.begins_change()).count();
    let variants = rows.iter().any(|shown| shown.row.kind == RowKind::Variant);
    head(labels, out)?;
    header(alignment, comparison, labels, out)?;
    switches(total, variants, out)?;
    let (before, after) = labels.order(&labels.original, &labels.local);
    writeln!(out, "<main id=\"changes\" aria-label=\"Changes\">")?;
    writeln!(
        out,
        "<div class=\"cols\" aria-hidden=\"true\"><div>{}</div><div>{}</div></div>",
        escape(&before.heading),
        escape(&after.heading)
    )?;
    if total == 0 {
        writeln!(out, "<p class=\"sum\">No sentence differs.</p>")?;
    }
    let mut number = 0;
    for part in rows::parts(&rows, CONTEXT) {
        let run = rows.get(part.from..part.to).unwrap_or_default();
        if part.folded {
            writeln!(out, "<details><summary>{} unchanged sentences</summary>", run.len())?;
        }
        for shown in run {
            number += usize::from(shown.begins_change());
            write_row(shown, &Place { number, total }, labels, out)?;
        }
        if part.folded {
            writeln!(out, "</details>")?;
        }
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
        escape(&labels.local.name)
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
    let (before, after) = labels.order(&labels.original, &labels.local);
    let (title_before, title_after) = labels.order(&alignment.original_title, &alignment.local_title);
    writeln!(out, "<header>")?;
    if comparison.title_changed {
        let title = changed_title(alignment, labels).unwrap_or_else(|| {
            let (before, after) = (or_none(title_before, "no title"), or_none(title_after, "no title"));
            format!("<del>{before}</del><br><ins>{after}</ins>")
        });
        writeln!(out, "<h1 dir=\"auto\"{}>{title}</h1>", lang(title_before))?;
    } else {
        let title = if title_after.is_empty() { title_before } else { title_after };
        writeln!(out, "<h1 dir=\"auto\"{}>{}</h1>", lang(title), or_none(title, "What changed"))?;
    }
    writeln!(
        out,
        "<p class=\"sum\"><span class=\"badge\">{}</span> {}.</p>",
        comparison.class.as_str(),
        escape(&sentence(&labels.summary(comparison)))
    )?;
    writeln!(out, "<dl class=\"what\">")?;
    for (label, mark) in [(before, "before"), (after, "after")] {
        writeln!(
            out,
            "<dt>{} <span class=\"{mark}\">({mark})</span></dt><dd dir=\"auto\">{}</dd>",
            escape(&label.heading),
            escape(&label.name)
        )?;
    }
    writeln!(out, "<dt>Not counted as a difference</dt><dd>{}</dd></dl>", escape(&labels.forms()))?;
    if !comparison.telling.is_empty() {
        writeln!(
            out,
            "<section class=\"telling\" aria-labelledby=\"most\"><h2 id=\"most\">What matters most</h2><ul>"
        )?;
        for change in &comparison.telling {
            let (old, new) = labels.order(&change.original, &change.local);
            writeln!(
                out,
                "<li>{}: <del{}>{}</del> <span aria-hidden=\"true\">→</span><span class=\"sr\"> became </span> <ins{}>{}</ins></li>",
                escape(&change.kind),
                lang(old),
                or_none(old, "nothing"),
                lang(new),
                or_none(new, "nothing")
            )?;
        }
        writeln!(out, "</ul></section>")?;
    }
    writeln!(out, "</header>")
}

/// A title of which only a part changed, in one line.
fn changed_title(alignment: &Alignment, labels: &Labels) -> Option<String> {
    let page = |title: &str| PageText { blocks: vec![title.to_owned()], ..PageText::default() };
    let (original, local) = (page(&alignment.original_title), page(&alignment.local_title));
    let found = text_diff::compare_aligned(&original, &local, &labels.forms).1;
    let [row] = &found.rows[..] else { return None };
    let (before, after) = labels.order(row.original.as_ref(), row.local.as_ref());
    (row.kind == RowKind::Changed).then_some(())?;
    Some(in_one(before?, after?, labels))
}

/// A changed text in one: what was taken out and what was put in, each in its place.
fn in_one(before: &RowText, after: &RowText, labels: &Labels) -> String {
    let pieces = merged(before, after, labels.forms).into_iter().map(|piece| match piece {
        Piece::Same(text) => escape(text),
        Piece::Removed(text) => format!("<del>{}</del>", escape(text)),
        Piece::Added(text) => format!("<ins>{}</ins>", escape(text)),
    });
    pieces.collect()
}

/// A text, or a remark where it is empty.
fn or_none(text: &str, remark: &str) -> String {
    if text.is_empty() { format!("<span class=\"note\">{remark}</span>") } else { escape(text) }
}

/// With a capital.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The language of a text, as an attribute: it chooses the voice of a screen reader and the shapes
/// of Han characters. Nothing where the script does not tell.
fn lang(text: &str) -> &'static str {
    let (mut han, mut kana, mut hangul) = (0, 0, 0);
    for c in text.chars().take(2000) {
        match c {
            '\u{3041}'..='\u{30ff}' => kana += 1,
            '\u{ac00}'..='\u{d7a3}' => hangul += 1,
            '\u{3400}'..='\u{9fff}' => han += 1,
            _ => {}
        }
    }
    match () {
        () if kana * 20 > han + kana => " lang=\"ja\"",
        () if hangul > han => " lang=\"ko\"",
        () if han > 0 => " lang=\"zh\"",
        () => "",
    }
}

/// The switches are plain form controls that style rules read: they work without scripts.
fn switches(total: usize, variants: bool, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(
        b"<input class=\"sw\" type=\"radio\" name=\"view\" id=\"side\" checked>\n\
          <input class=\"sw\" type=\"radio\" name=\"view\" id=\"inline\">\n\
          <input class=\"sw\" type=\"checkbox\" id=\"variants\">\n\
          <nav class=\"opts\" aria-label=\"View and changes\"><div class=\"bar\">\
          <label for=\"side\">Side by side</label><label for=\"inline\">Inline <kbd>i</kbd></label>",
    )?;
    if variants {
        out.write_all(b"<label for=\"variants\">Mark script, width and punctuation <kbd>v</kbd></label>")?;
    }
    if total > 0 {
        write!(
            out,
            "<span id=\"steps\" hidden><button type=\"button\" id=\"prev\" aria-keyshortcuts=\"p k\">Previous <kbd>p</kbd></button> \
             <button type=\"button\" id=\"next\" aria-keyshortcuts=\"n j\">Next <kbd>n</kbd></button> \
             <span id=\"at\" role=\"status\"></span></span><a class=\"skip\" href=\"#c1\">First change</a>"
        )?;
    }
    writeln!(out, "</div></nav>")
}

/// Where a row stands among the changes.
struct Place {
    number: usize,
    total: usize,
}

fn write_row(shown: &Shown<'_>, place: &Place, labels: &Labels, out: &mut dyn Write) -> io::Result<()> {
    let (before, after) = labels.order(&labels.original, &labels.local);
    let block = shown.block.map_or(String::new(), |number| format!(" (block {number})"));
    let other = shown
        .row
        .moved_to
        .map_or(String::new(), |to| format!(" · <a href=\"#r{to}\">to its other place</a>"));
    let (class, note) = match shown.fate {
        Fate::Same => ("same plain", None),
        Fate::Elsewhere => ("same", None),
        Fate::Changed => ("changed", Some("changed".to_owned())),
        Fate::Removed => ("gone", Some(format!("only in {}", escape(&before.noun)))),
        Fate::Added => ("new", Some(format!("only in {}", escape(&after.noun)))),
        Fate::MovedAway => ("moved", Some(format!("moved away{block}{other}"))),
        Fate::MovedHere => ("moved", Some(format!("moved here{block}{other}"))),
    };
    let at = shown.at;
    if shown.goes_on {
        write!(out, "<div class=\"row {class} on\" id=\"r{at}\">")?;
    } else if let Some(note) = &note {
        let Place { number, total } = *place;
        write!(
            out,
            "<div class=\"row {class}\" id=\"r{at}\" data-change=\"{number}\" tabindex=\"-1\" role=\"group\" aria-label=\"Change {number} of {total}\">"
        )?;
        let back = (number > 1).then(|| format!(" · <a href=\"#c{}\">previous</a>", number - 1));
        let next = (number < total).then(|| format!(" · <a href=\"#c{}\">next</a>", number + 1));
        write!(
            out,
            "<div class=\"note\" id=\"c{number}\">{number}. {note}<span class=\"step\">{}{}</span></div>",
            back.unwrap_or_default(),
            next.unwrap_or_default()
        )?;
    } else {
        write!(out, "<div class=\"row {class}\" id=\"r{at}\">")?;
    }
    let (variants_before, variants_after) = match (shown.row.kind, &shown.before, &shown.after) {
        (RowKind::Variant, Some(before), Some(after)) => text_diff::variant_spans(&before.text, &after.text),
        _ => (Vec::new(), Vec::new()),
    };
    let elsewhere = shown.fate == Fate::Elsewhere;
    let equal = shown.fate == Fate::Same;
    let said = !equal && !shown.goes_on;
    side(
        &Side { class: "b", name: &before.heading, said, equal, mark: "del", elsewhere },
        shown.before,
        &variants_before,
        out,
    )?;
    side(
        &Side { class: "a", name: &after.heading, said, equal, mark: "ins", elsewhere },
        shown.after,
        &variants_after,
        out,
    )?;
    if let (Fate::Changed, Some(before), Some(after)) = (shown.fate, &shown.before, &shown.after) {
        write!(
            out,
            "<div class=\"m\"><p dir=\"auto\"{}>{}</p></div>",
            lang(&after.text),
            in_one(before, after, labels)
        )?;
    }
    writeln!(out, "</div>")
}

/// How one side of a row is written.
struct Side<'a> {
    class: &'a str,
    name: &'a str,
    /// Whether the side is named: in unchanged rows that would only be noise to who listens.
    said: bool,
    /// Whether both sides are equal.
    equal: bool,
    mark: &'a str,
    elsewhere: bool,
}

fn side(
    own: &Side<'_>,
    text: Option<&RowText>,
    variants: &[std::ops::Range<usize>],
    out: &mut dyn Write,
) -> io::Result<()> {
    let class = own.class;
    let Some(text) = text else {
        let remark = if own.elsewhere { "<span class=\"note\">elsewhere on the page</span>" } else { "" };
        return write!(out, "<div class=\"{class}\">{remark}</div>");
    };
    // In an unchanged row both sides say the same: who listens hears it once.
    let twice = if own.equal && class == "b" && variants.is_empty() { " aria-hidden=\"true\"" } else { "" };
    write!(out, "<div class=\"{class}\"{twice}>")?;
    if own.said {
        write!(out, "<span class=\"tag\">{}</span><span class=\"sr\">: </span>", escape(own.name))?;
    }
    write!(out, "<p dir=\"auto\"{}>", lang(&text.text))?;
    let mark = own.mark;
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

/// Text from outside as text of a page; what cannot be seen or reverses the reading order goes.
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
            c if sanitize::is_hostile(c) => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::report::diff::labels::Label;
    use crate::text::NormalForms;

    fn page(a: &str, b: &str) -> String {
        let text = |text: &str| PageText {
            title: "<b>T</b>".into(),
            blocks: text.lines().map(str::to_owned).collect(),
            ..PageText::default()
        };
        let (comparison, alignment) = text_diff::compare_aligned(&text(a), &text(b), &NormalForms::default());
        let labels = Labels {
            original: Label::new("the original", "<script>x</script>".into()),
            local: Label::new("the local copy", "\" onload=x".into()),
            before: crate::text_diff::Side::Original,
            against_snapshot: false,
            forms: NormalForms::default(),
        };
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
        assert!(found.contains("aria-label=\"Change 1 of 1\"") && found.contains("id=\"c1\""));
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
