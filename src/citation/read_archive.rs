//! Reads and cites the whole archive on all cores, in the order of its files.

use std::sync::mpsc::sync_channel;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::archive::{Archive, ArchiveError, ArchiveFile, Article, ReadRules, read_article};

use super::{Citation, CitationRules, LocalFiles, cite_article};

/// The number of files that are read as one batch. At most two finished batches wait in memory.
const BATCH: usize = 256;

/// Reads and cites the archive's files on all cores and calls `each` in the order of the files.
///
/// Memory is limited to a few batches, whatever the size of the archive. For a file that cannot be read,
/// `each` gets the error; the other files are still read. So it does, first, for files of patterns such as
/// `.gitignore` that were not read because of what they are.
pub fn read_archive(
    archive: &Archive,
    read: &ReadRules,
    rules: &CitationRules,
    each: impl FnMut(Result<(Article, Vec<Citation>), ArchiveError>),
) {
    read_archive_as(archive, read, rules, |article, citations| (article, citations), each);
}

/// Works as [`read_archive`] does, but calls `make` on all cores and passes on its result, so that an
/// article can be dropped where it was read.
pub fn read_archive_as<T: Send>(
    archive: &Archive,
    read: &ReadRules,
    rules: &CitationRules,
    make: impl Fn(Article, Vec<Citation>) -> T + Sync,
    mut each: impl FnMut(Result<T, ArchiveError>),
) {
    archive.skipped().for_each(|error| each(Err(error)));
    let make = &make;
    let files = &LocalFiles::below(archive.root());
    let read_batch = |batch: &[ArchiveFile]| -> Vec<Result<T, ArchiveError>> {
        let read_file = |file| {
            let article = read_article(file, read)?;
            let citations = cite_article(&article, rules, files);
            Ok(make(article, citations))
        };
        batch.par_iter().map(read_file).collect()
    };
    let is_read = std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(1);
        let reader = std::thread::Builder::new().spawn_scoped(scope, move || {
            for batch in archive.files().chunks(BATCH) {
                // The receiver is dropped only if `each` panicked; the rest is not needed then.
                if sender.send(read_batch(batch)).is_err() {
                    return;
                }
            }
        });
        for batch in receiver {
            batch.into_iter().for_each(&mut each);
        }
        reader.is_ok()
    });
    if !is_read {
        // No thread could be started, so the batches are read one after the other.
        for batch in archive.files().chunks(BATCH) {
            read_batch(batch).into_iter().for_each(&mut each);
        }
    }
}
