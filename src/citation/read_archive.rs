//! The whole archive, read and cited on all cores, handed on in path order.

use std::sync::mpsc::sync_channel;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::archive::{Archive, ArchiveError, Article, ReadRules, read_article};

use super::{Citation, CitationRules, LocalFiles, cite_article};

/// Files that are read as one batch. Two batches are in memory at most, besides the one in use.
const BATCH: usize = 256;

/// Reads and cites the archive's files on all cores and calls `each` in their order.
///
/// Memory is bounded by a few batches, whatever the archive's size. A file that cannot be read is
/// handed on as its error, in its place; the others follow.
pub fn read_archive(
    archive: &Archive,
    read: &ReadRules,
    rules: &CitationRules,
    each: impl FnMut(Result<(Article, Vec<Citation>), ArchiveError>),
) {
    read_archive_as(archive, read, rules, |article, citations| (article, citations), each);
}

/// As [`read_archive`], with `make` called beside the reading, on all cores: what needs an article
/// alone is done there, and the article is dropped where it was made.
pub fn read_archive_as<T: Send>(
    archive: &Archive,
    read: &ReadRules,
    rules: &CitationRules,
    make: impl Fn(Article, Vec<Citation>) -> T + Sync,
    mut each: impl FnMut(Result<T, ArchiveError>),
) {
    let make = &make;
    let files = &LocalFiles::below(archive.root());
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(1);
        scope.spawn(move || {
            for batch in archive.files().chunks(BATCH) {
                let done: Vec<_> = batch
                    .par_iter()
                    .map(|file| {
                        let article = read_article(file, read)?;
                        let citations = cite_article(&article, rules, files);
                        Ok(make(article, citations))
                    })
                    .collect();
                // The receiver goes away only when `each` panicked: then nobody wants the rest.
                if sender.send(done).is_err() {
                    return;
                }
            }
        });
        for batch in receiver {
            batch.into_iter().for_each(&mut each);
        }
    });
}
