//! Writes results to standard output or to the file of `-o`.
//!
//! What lies under the file's name is replaced or written through as [`OutputFile`] says. Colours are taken
//! out of what this program coloured; stored bytes go past that, unchanged.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::error::AppError;
use crate::files::{FileError, OutputFile};
use crate::report::sanitize;

/// A result that is being written. Colours are removed where they are not wanted.
#[derive(Debug)]
pub struct Output {
    sink: OutputSink,
    path: Option<PathBuf>,
}

#[derive(Debug)]
enum OutputSink {
    Stdout(BufWriter<ColorStripper<io::Stdout>>),
    File(BufWriter<ColorStripper<File>>, OutputFile),
}

/// A stream that looks for escape sequences only after the first one. Data for programs has no escape
/// sequences, and looking for them would cost more than writing.
#[derive(Debug)]
struct ColorStripper<S: anstream::stream::RawStream> {
    stream: anstream::AutoStream<S>,
    colored: bool,
}

impl<S: anstream::stream::RawStream> ColorStripper<S> {
    fn new(stream: anstream::AutoStream<S>) -> Self {
        Self { stream, colored: false }
    }
}

impl<S> ColorStripper<S>
where
    S: anstream::stream::RawStream,
    for<'a> &'a S: Write,
{
    /// Writes bytes in which nothing is looked for.
    fn write_unchanged(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.as_inner().write_all(bytes)
    }
}

impl<S> Write for ColorStripper<S>
where
    S: anstream::stream::RawStream + anstream::stream::AsLockedWrite,
    for<'a> &'a S: Write,
{
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.colored = self.colored || memchr::memchr(0x1b, bytes).is_some();
        if self.colored { self.stream.write(bytes) } else { self.stream.as_inner().write(bytes) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Output {
    /// Opens a file, or standard output where `path` is `None`.
    pub fn open(path: Option<&Path>) -> Result<Self, AppError> {
        let Some(path) = path else {
            return Ok(Self {
                sink: OutputSink::Stdout(BufWriter::new(ColorStripper::new(anstream::stdout()))),
                path: None,
            });
        };
        let open = || {
            let file = OutputFile::create(path)?;
            Ok(OutputSink::File(wrap_file(file.as_file().try_clone()?), file))
        };
        let sink = open().map_err(|error: FileError| AppError::write_failed(Some(path), error.into()))?;
        Ok(Self { sink, path: Some(path.to_owned()) })
    }

    /// Whether the output shows colours.
    pub fn has_colors(&self) -> bool {
        let choice = match &self.sink {
            OutputSink::Stdout(out) => out.get_ref().stream.current_choice(),
            OutputSink::File(out, _) => out.get_ref().stream.current_choice(),
        };
        choice != anstream::ColorChoice::Never
    }

    /// Writes bytes that this program did not make, such as a stored body. A file or a pipe gets every byte;
    /// a terminal gets them without control characters, which could change what it does.
    pub fn write_stored_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.sink {
            OutputSink::Stdout(out) if io::stdout().is_terminal() => {
                out.write_all(sanitize::text_block(&String::from_utf8_lossy(bytes)).as_bytes())
            }
            OutputSink::Stdout(out) => {
                out.flush()?;
                out.get_mut().write_unchanged(bytes)
            }
            OutputSink::File(out, _) => {
                out.flush()?;
                out.get_mut().write_unchanged(bytes)
            }
        }
    }

    /// Completes the result: flushes it, and gives a new file its name.
    pub fn finish(self) -> Result<(), AppError> {
        let path = self.path;
        let done = match self.sink {
            OutputSink::Stdout(mut out) => out.flush(),
            OutputSink::File(mut out, file) => out.flush().and_then(|()| Ok(file.commit()?)),
        };
        done.map_err(|source| AppError::write_failed(path.as_deref(), source))
    }

    /// Makes the program's error from a failed write to this output.
    pub fn write_error(&self, source: io::Error) -> AppError {
        AppError::write_failed(self.path.as_deref(), source)
    }

    fn as_writer(&mut self) -> &mut dyn Write {
        match &mut self.sink {
            OutputSink::Stdout(out) => out,
            OutputSink::File(out, _) => out,
        }
    }
}

/// Wraps a file. Files get colours only with `--color always`.
fn wrap_file(file: File) -> BufWriter<ColorStripper<File>> {
    BufWriter::new(ColorStripper::new(match anstream::ColorChoice::global() {
        anstream::ColorChoice::Always | anstream::ColorChoice::AlwaysAnsi => {
            anstream::AutoStream::always_ansi(file)
        }
        _ => anstream::AutoStream::never(file),
    }))
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.as_writer().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.as_writer().flush()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::fs;

    use super::*;

    #[test]
    fn a_file_takes_its_place_only_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.txt");
        fs::write(&path, "earlier").unwrap();

        let mut unfinished = Output::open(Some(&path)).unwrap();
        unfinished.write_all(b"half").unwrap();
        drop(unfinished);
        assert_eq!(fs::read_to_string(&path).unwrap(), "earlier");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

        let mut whole = Output::open(Some(&path)).unwrap();
        whole.write_all(b"\x1b[1mnew\x1b[0m").unwrap();
        whole.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn stored_bytes_are_written_between_colours_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("body");
        let stored = b"\x1b$B;T5D\x1b(B\x1b[1m\x00\xff\x9b";
        let mut out = Output::open(Some(&path)).unwrap();
        out.write_all(b"\x1b[1mhead\x1b[0m\n").unwrap();
        out.write_stored_bytes(stored).unwrap();
        out.write_all(b"\x1b[1m\ntail\x1b[0m").unwrap();
        out.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), [b"head\n".as_slice(), stored, b"\ntail"].concat());
    }

    #[cfg(unix)]
    #[test]
    fn the_temporary_name_is_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let error = Output::open(Some(&folder.path().join("file/report.txt"))).unwrap_err();
        assert!(!error.to_string().contains(".driftline-"), "{error}");
    }

    #[test]
    fn a_missing_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("no/report.txt");
        let error = Output::open(Some(&path)).unwrap_err();
        let (path, parent) = (path.display().to_string(), folder.path().join("no").display().to_string());
        assert_eq!(error.to_string(), format!("cannot write {path}: there is no folder {parent}"));
    }
}
