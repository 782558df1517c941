//! `driftline text`: prints title, author, date and main text of saved HTML or markdown files.

use std::io::{self, Write};
use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;

use super::input_rules::InputRules;
use super::read_file_error::ReadFileError;
use super::{read_input, text_explain};
use crate::app::cli::{TextArgs, TextFormat};
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::report::{json, sanitize};

/// A line of `--format jsonl`.
#[derive(Debug, Serialize)]
struct TextLine<'a> {
    file: &'a str,
    title: &'a str,
    author: &'a str,
    date: &'a str,
    language: &'a str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

struct TextResult {
    file: String,
    title: String,
    author: String,
    date: String,
    language: String,
    text: String,
    error: Option<ReadFileError>,
}

/// Runs the command.
pub fn run_command(context: &Context, args: &TextArgs) -> Result<ExitStatus, AppError> {
    let rules = InputRules::from_settings(&context.settings)?;
    let mut out = context.open_output()?;
    if args.explain && args.format == TextFormat::Jsonl {
        return Err(AppError::Usage("--explain needs --format text".to_owned()));
    }
    let failed = write_all(args, &rules, &mut out).map_err(|error| out.write_error(error))?;
    out.finish()?;
    Ok(if failed > 0 { ExitStatus::Failed } else { ExitStatus::Clean })
}

/// Writes the text of each file in the given order, and returns how many files could not be read.
fn write_all(args: &TextArgs, rules: &InputRules, out: &mut dyn Write) -> io::Result<usize> {
    let mut failed = 0;
    // Files are read in batches, so that the results of all files need not fit into memory.
    for chunk in args.files.chunks(256) {
        let texts: Vec<TextResult> = chunk.par_iter().map(|path| read_text(path, rules)).collect();
        for (path, text) in chunk.iter().zip(texts) {
            let is_failed = text.error.is_some();
            failed += usize::from(is_failed);
            write_text(text, args.format, out)?;
            if is_failed {
                continue;
            }
            if args.explain {
                text_explain::write_explanation(path, rules, out)?;
                writeln!(out)?;
            }
        }
    }
    Ok(failed)
}

fn read_text(path: &Path, rules: &InputRules) -> TextResult {
    let file = path.display().to_string();
    match read_input::read_file(path, rules) {
        Ok(found) => TextResult {
            file,
            text: found.page.text(),
            title: found.page.title,
            author: found.page.author,
            date: found.page.date,
            language: found.page.language,
            error: None,
        },
        Err(error) => TextResult {
            file,
            title: String::new(),
            author: String::new(),
            date: String::new(),
            language: String::new(),
            text: String::new(),
            error: Some(error),
        },
    }
}

/// Writes a file's text to `out`. An error is a field of a JSON line; otherwise it goes to standard error.
fn write_text(read: TextResult, format: TextFormat, out: &mut dyn Write) -> io::Result<()> {
    if format == TextFormat::Jsonl {
        let error = read.error.as_ref().map(ToString::to_string);
        let line = TextLine {
            file: &read.file,
            title: &read.title,
            author: &read.author,
            date: &read.date,
            language: &read.language,
            text: &read.text,
            error: error.as_deref(),
        };
        json::write_json(&mut *out, &line)?;
        return writeln!(out);
    }
    if let Some(error) = read.error {
        // What was written before appears before the message.
        out.flush()?;
        return AppError::from(error).write_to(&mut anstream::stderr().lock());
    }
    writeln!(out, "{}", sanitize::one_line(&read.file))?;
    for (name, value) in
        [("title", &read.title), ("author", &read.author), ("date", &read.date), ("language", &read.language)]
    {
        if !value.is_empty() {
            writeln!(out, "  {name}: {}", sanitize::one_line(value))?;
        }
    }
    writeln!(out)?;
    for block in read.text.lines() {
        writeln!(out, "{}\n", sanitize::text_block(block))?;
    }
    Ok(())
}
