//! Where results go: standard output, or the file of `-o`.
//!
//! A file is written beside its place and moved there when it is whole, so that a report that was
//! interrupted never takes the place of an earlier one.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::AppError;

/// A result under way. Colours are stripped where they are not wanted.
#[derive(Debug)]
pub struct Output {
    sink: Sink,
    path: Option<PathBuf>,
}

#[derive(Debug)]
enum Sink {
    Stdout(BufWriter<anstream::AutoStream<io::Stdout>>),
    /// A file that takes its place at the end.
    Replace(BufWriter<anstream::AutoStream<File>>, NamedTempFile),
    /// A device or a pipe, which cannot be replaced.
    Direct(BufWriter<anstream::AutoStream<File>>),
}

impl Output {
    /// Opens the place where results go: standard output where `path` is none.
    pub fn open(path: Option<&Path>) -> Result<Self, AppError> {
        let Some(path) = path else {
            return Ok(Self { sink: Sink::Stdout(BufWriter::new(anstream::stdout())), path: None });
        };
        let sink = Self::open_file(path).map_err(|source| AppError::writing(Some(path), source))?;
        Ok(Self { sink, path: Some(path.to_owned()) })
    }

    fn open_file(path: &Path) -> io::Result<Sink> {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(found) if !found.is_file() => {
                let file = File::options().write(true).open(path)?;
                return Ok(Sink::Direct(colored(file)));
            }
            _ => {}
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // As any new file: the umask takes away what it must.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let temporary = builder.prefix(".driftline-").tempfile_in(folder)?;
        let file = temporary.reopen()?;
        Ok(Sink::Replace(colored(file), temporary))
    }

    /// Ends the result: flushes it, and puts a file in its place.
    pub fn finish(self) -> Result<(), AppError> {
        let path = self.path;
        let done = match self.sink {
            Sink::Stdout(mut out) => out.flush(),
            Sink::Direct(mut out) => out.flush(),
            Sink::Replace(mut out, temporary) => out.flush().and_then(|()| {
                temporary.persist(path.as_deref().unwrap_or(Path::new("")))?;
                Ok(())
            }),
        };
        done.map_err(|source| AppError::writing(path.as_deref(), source))
    }

    /// Turns an error of a writer that writes here into the program's.
    pub fn failed(&self, source: io::Error) -> AppError {
        AppError::writing(self.path.as_deref(), source)
    }

    fn inner(&mut self) -> &mut dyn Write {
        match &mut self.sink {
            Sink::Stdout(out) => out,
            Sink::Replace(out, _) | Sink::Direct(out) => out,
        }
    }
}

/// Files get colours only where they were asked for by name.
fn colored(file: File) -> BufWriter<anstream::AutoStream<File>> {
    BufWriter::new(match anstream::ColorChoice::global() {
        anstream::ColorChoice::Always | anstream::ColorChoice::AlwaysAnsi => {
            anstream::AutoStream::always_ansi(file)
        }
        _ => anstream::AutoStream::never(file),
    })
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner().flush()
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

    #[test]
    fn a_missing_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("no/report.txt");
        let error = Output::open(Some(&path)).unwrap_err();
        assert!(error.to_string().contains("no/report.txt"), "{error}");
    }
}
