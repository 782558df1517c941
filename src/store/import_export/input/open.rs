//! Opens an input of an import: a file, a pipe, or standard input.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use super::file_part::FilePart;
use super::format::{InputFormat, detect_format};

/// How much of a pipe is read before it is decided whether it holds captures, in bytes.
const FIRST: u64 = 1 << 20;

/// Opens an input; `-` is standard input. What comes through a pipe is copied into a file without a name in
/// `dir`, because damage is read past by searching, and zip files are read from their end.
///
/// # Errors
/// The file cannot be opened or read, or is of a kind that cannot be imported. The text says so.
pub(in crate::store) fn open_input(path: &Path, dir: &Path) -> Result<FilePart, String> {
    if path == Path::new("-") {
        if io::IsTerminal::is_terminal(&io::stdin()) {
            return Err("standard input is a terminal; pipe a WARC or WACZ file into it".to_owned());
        }
        return copy_pipe(&mut io::stdin().lock(), dir);
    }
    let mut file = File::open(path).map_err(|error| describe_error(&error))?;
    let kind = file.metadata().map_err(|error| describe_error(&error))?.file_type();
    if kind.is_file() {
        return FilePart::whole(file).map_err(|error| describe_error(&error));
    }
    if is_pipe(kind) { copy_pipe(&mut file, dir) } else { Err("it is no file and no pipe".to_owned()) }
}

#[cfg(unix)]
fn is_pipe(kind: std::fs::FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&kind)
}

#[cfg(not(unix))]
fn is_pipe(_: std::fs::FileType) -> bool {
    false
}

fn describe_error(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => format!("it cannot be read: {error}"),
    }
}

/// Copies a pipe into a file without a name. A pipe that holds no captures may never end, so its beginning
/// is looked at first.
fn copy_pipe(pipe: &mut impl Read, dir: &Path) -> Result<FilePart, String> {
    let mut start = Vec::new();
    pipe.take(FIRST).read_to_end(&mut start).map_err(|error| describe_error(&error))?;
    let format = detect_format(&mut io::Cursor::new(&start)).map_err(|error| describe_error(&error))?;
    let is_whole = (start.len() as u64) < FIRST;
    if format == InputFormat::Unknown && !is_whole {
        return Err("what comes through the pipe is none of the files that can be imported: WARC, ARC and WACZ, plain or compressed with gzip or zstd, and zip files that hold some".to_owned());
    }
    let mut copy = || -> io::Result<FilePart> {
        let mut file = tempfile::tempfile_in(dir)?;
        file.write_all(&start)?;
        if !matches!(format, InputFormat::Unsupported(_)) {
            io::copy(pipe, &mut file)?;
        }
        FilePart::whole(file)
    };
    copy().map_err(|error| format!("the pipe could not be copied to {}: {error}", dir.display()))
}
