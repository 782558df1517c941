//! Writes results to standard output or to the file of `-o`.
//!
//! A file is written under a temporary name and renamed when it is complete, so that an interrupted
//! report never replaces an earlier one.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::AppError;

/// A result that is being written. Colours are removed where they are not wanted.
#[derive(Debug)]
pub struct Output {
    sink: OutputSink,
    path: Option<PathBuf>,
}

#[derive(Debug)]
enum OutputSink {
    Stdout(BufWriter<ColorStripper<io::Stdout>>),
    /// A temporary file that is renamed at the end.
    Replace(BufWriter<ColorStripper<File>>, NamedTempFile),
    /// A device or a pipe, which is written directly.
    Direct(BufWriter<ColorStripper<File>>),
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
        let sink = Self::open_file(path).map_err(|source| AppError::write_failed(Some(path), source))?;
        Ok(Self { sink, path: Some(path.to_owned()) })
    }

    fn open_file(path: &Path) -> io::Result<OutputSink> {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(found) if !found.is_file() => {
                let file = File::options().write(true).open(path)?;
                return Ok(OutputSink::Direct(wrap_file(file)));
            }
            _ => {}
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        if fs::metadata(folder).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            let reason = format!("there is no folder {}", folder.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, reason));
        }
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // The permissions of any new file, which the umask reduces.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        // Only the kind, because the message of the error has the temporary name in it.
        let temporary = builder
            .prefix(".driftline-")
            .tempfile_in(folder)
            .map_err(|error| io::Error::from(error.kind()))?;
        let file = temporary.reopen()?;
        Ok(OutputSink::Replace(wrap_file(file), temporary))
    }

    /// Whether the output shows colours.
    pub fn has_colors(&self) -> bool {
        let choice = match &self.sink {
            OutputSink::Stdout(out) => out.get_ref().stream.current_choice(),
            OutputSink::Replace(out, _) | OutputSink::Direct(out) => out.get_ref().stream.current_choice(),
        };
        choice != anstream::ColorChoice::Never
    }

    /// Completes the result: flushes it, and renames a temporary file.
    pub fn finish(self) -> Result<(), AppError> {
        let path = self.path;
        let done = match self.sink {
            OutputSink::Stdout(mut out) => out.flush(),
            OutputSink::Direct(mut out) => out.flush(),
            OutputSink::Replace(mut out, temporary) => out.flush().and_then(|()| {
                temporary.persist(path.as_deref().unwrap_or(Path::new("")))?;
                Ok(())
            }),
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
            OutputSink::Replace(out, _) | OutputSink::Direct(out) => out,
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

    #[cfg(unix)]
    #[test]
    fn the_temporary_name_is_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
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
