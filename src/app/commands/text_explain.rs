//! `driftline text --explain`: explains which parts of a file are not its text, and why.

use std::io::{self, Write};
use std::path::Path;

use super::input_rules::InputRules;
use super::read_input::{self, MAX_INPUT};
use crate::archive;
use crate::fetch::body::charset;
use crate::files::{AcceptedKinds, FileError, read_limited};
use crate::model::ArticleId;
use crate::report::sanitize;
use crate::text;

/// The number of characters shown of a line that was left out.
const SHOWN: usize = 100;

/// Lists the lines of a markdown file that are not text, with their roles; for HTML, writes how much of
/// the visible text is main text. A file that cannot be read has been reported before.
pub fn write_explanation(path: &Path, rules: &InputRules, out: &mut dyn Write) -> io::Result<()> {
    let name = sanitize::one_line(&path.display().to_string()).into_owned();
    let bytes = match read_limited(path, MAX_INPUT, AcceptedKinds::Files) {
        Ok(bytes) => bytes,
        Err(FileError::NotAFile { kind }) => {
            return writeln!(out, "{name}: is {kind}, which is not read a second time to be explained");
        }
        Err(_) => return Ok(()),
    };
    let decoded = charset::decode_text(&bytes, None);
    if read_input::is_html(path, &decoded.text) {
        let page = text::visible_text(&decoded.text, &rules.pages);
        let main = text::extract_page(&decoded.text, None, None, &rules.pages)
            .map_or(0, |found| count_visible(&found.text()));
        return writeln!(
            out,
            "{name}: read as {}; {main} of {} visible characters are its main text, {} of them stand in {} links",
            sanitize::one_line(&decoded.charset),
            page.visible_chars,
            page.link_chars,
            page.links,
        );
    }
    let id = ArticleId::new(path.display().to_string());
    let read = archive::parse_article(id, path.to_owned(), &decoded.text, &rules.articles);
    for (line, part, text) in read.rows_left_out() {
        writeln!(
            out,
            "{name}:{line}: left out ({}): {}",
            part.as_str(),
            sanitize::shorten_text(&sanitize::one_line(&text), SHOWN)
        )?;
    }
    Ok(())
}

fn count_visible(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}
