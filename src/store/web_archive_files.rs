//! Export to and import from the files of other tools (WARC, WACZ), as methods of [`SledStore`].

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::import_export;
use super::import_export::{
    ExportError, ExportFilter, ExportReport, ExportedPage, ImportJudgement, ImportOptions, ImportReport,
    ImportedPage, PageDescription,
};
use super::{RunId, SledStore, SnapshotStore, StoreError};
use crate::files::{FileError, OutputFile};

impl SledStore {
    /// Writes snapshots to a WARC 1.1 file (`.warc.gz` with one gzip member for each record). The file gets
    /// its name when it is complete, and is not created if it would contain no snapshot.
    pub fn export_warc(&self, filter: &ExportFilter, path: &Path) -> Result<ExportReport, StoreError> {
        self.flush()?;
        self.check_room_to_export(filter, path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        into_file(path, |out| import_export::export_warc(&self.database, filter, out, Some(&name)))
    }

    /// Writes the same to a stream.
    pub fn export_warc_into(
        &self,
        filter: &ExportFilter,
        out: impl Write,
    ) -> Result<ExportReport, StoreError> {
        self.flush()?;
        import_export::export_warc(&self.database, filter, out, None).map_err(stream_error)
    }

    /// Writes snapshots to a WACZ 1.1.1 file. The file gets its name when it is complete. `describe` gives title
    /// and text of what is a page, for the list of pages, and `None` for styles, pictures and the like.
    pub fn export_wacz(
        &self,
        filter: &ExportFilter,
        path: &Path,
        describe: &mut dyn FnMut(&ExportedPage<'_>) -> Option<PageDescription>,
    ) -> Result<ExportReport, StoreError> {
        self.flush()?;
        self.check_room_to_export(filter, path)?;
        into_file(path, |out| import_export::export_wacz(&self.database, filter, out, describe))
    }

    /// Writes the same to a stream.
    pub fn export_wacz_into(
        &self,
        filter: &ExportFilter,
        out: impl Write,
        describe: &mut dyn FnMut(&ExportedPage<'_>) -> Option<PageDescription>,
    ) -> Result<ExportReport, StoreError> {
        self.flush()?;
        import_export::export_wacz(&self.database, filter, out, describe).map_err(stream_error)
    }

    /// Imports the captures of WARC, ARC and WACZ files as visits of `run`, and reports on each file in turn;
    /// `-` is standard input. A file that cannot be read is reported and does not end the others. `judge`
    /// returns the verdict for each page.
    pub fn import_files(
        &self,
        paths: &[PathBuf],
        run: RunId,
        options: ImportOptions,
        judge: impl FnMut(&ImportedPage<'_>) -> ImportJudgement,
    ) -> Result<Vec<ImportReport>, StoreError> {
        let digests = self.key_value_tree("payloads")?;
        import_export::import_files(self, (digests, &self.database.dir), paths, run, options, judge)
    }
}

fn stream_error(stopped: ExportError) -> StoreError {
    match stopped {
        ExportError::Store(error) => error,
        ExportError::Output(source) => StoreError::Io { path: "standard output".into(), source },
    }
}

/// Runs an export into a file, which gets its name when it is complete; a device or a pipe is written through.
fn into_file(
    path: &Path,
    export: impl FnOnce(&mut BufWriter<OutputFile>) -> Result<ExportReport, ExportError>,
) -> Result<ExportReport, StoreError> {
    let failed = |source| StoreError::Io { path: path.to_owned(), source };
    let unplaced = |error: FileError| failed(error.into());
    let mut out = BufWriter::with_capacity(1 << 18, OutputFile::create(path).map_err(unplaced)?);
    let report = export(&mut out).map_err(|stopped| match stopped {
        ExportError::Store(error) => error,
        ExportError::Output(source) => failed(source),
    })?;
    let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
    if report.snapshots > 0 {
        file.commit().map_err(unplaced)?;
    }
    Ok(report)
}
