//! The store for those who only read: opened where nobody holds it, asked for where somebody does.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use crate::model::ArticleId;
use crate::model::ContentHash;
use crate::model::Untrusted;
use crate::model::UrlKey;
use crate::store::reads::protocol::{Answer, Question};
use crate::store::{
    ComparisonRecord, Deposit, OpenReport, RunId, RunRecord, SledStore, Snapshot, SnapshotError, SnapshotId,
    SnapshotStore, StoreOptions, UrlRecord, VisitRecord,
};

/// How long a reader waits for a holder that is just opening or closing the store.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(40);

/// A store that is only read. Where another process holds it (a run, say), the reads are answered by
/// that process, with what it has written so far; where that process ends meanwhile, the store is
/// opened here and the reading goes on. All writes fail with [`SnapshotError::ReadOnly`].
pub struct StoreReader {
    dir: PathBuf,
    options: StoreOptions,
    way: Mutex<Way>,
}

/// How the store is reached.
enum Way {
    Own(Arc<SledStore>),
    #[cfg(unix)]
    Door(std::os::unix::net::UnixStream),
    /// The last one broke.
    Broken,
}

impl StoreReader {
    /// Opens the store in `dir` for reading; [`SnapshotError::Missing`] where there is none, and
    /// [`SnapshotError::InUse`] where another process holds it and does not answer.
    pub fn open(dir: &Path, options: &StoreOptions) -> Result<(Self, OpenReport), SnapshotError> {
        let (way, report) = open_way(dir, options)?;
        Ok((Self { dir: dir.to_owned(), options: options.clone(), way: Mutex::new(way) }, report))
    }

    /// Whether another process holds the store at the moment and answers for it.
    pub fn is_shared(&self) -> bool {
        !matches!(*self.way.lock().unwrap_or_else(PoisonError::into_inner), Way::Own(_))
    }

    fn read<T: DeserializeOwned>(
        &self,
        question: &Question,
        own: impl Fn(&SledStore) -> Result<T, SnapshotError>,
    ) -> Result<T, SnapshotError> {
        self.answered(question, own, |answer| match answer {
            Answer::Json(text) => serde_json::from_slice(&text).map_err(|error| error.to_string()),
            Answer::Bytes(_) => Err("it is not the one that was asked for".to_owned()),
        })
    }

    fn read_bytes(
        &self,
        question: &Question,
        own: impl Fn(&SledStore) -> Result<Vec<u8>, SnapshotError>,
    ) -> Result<Vec<u8>, SnapshotError> {
        self.answered(question, own, |answer| match answer {
            Answer::Bytes(bytes) => Ok(bytes),
            Answer::Json(_) => Err("it is not the one that was asked for".to_owned()),
        })
    }

    fn answered<T>(
        &self,
        question: &Question,
        own: impl Fn(&SledStore) -> Result<T, SnapshotError>,
        decode: impl Fn(Answer) -> Result<T, String>,
    ) -> Result<T, SnapshotError> {
        let mut way = self.way.lock().unwrap_or_else(PoisonError::into_inner);
        let started = Instant::now();
        loop {
            let broken: io::Error = match &mut *way {
                Way::Own(store) => {
                    let store = Arc::clone(store);
                    drop(way);
                    return own(&store);
                }
                #[cfg(unix)]
                Way::Door(stream) => match crate::store::reads::protocol::ask(stream, question) {
                    Ok(answer) => {
                        return decode(answer?).map_err(|reason| SnapshotError::Holder {
                            reason: format!("its answer cannot be read: {reason}"),
                        });
                    }
                    Err(error) => error,
                },
                Way::Broken => io::Error::from(io::ErrorKind::NotConnected),
            };
            // The holder has ended, or was killed: every question may be asked again elsewhere.
            tracing::debug!("the store's holder does not answer: {broken}");
            *way = Way::Broken;
            if started.elapsed() > PATIENCE {
                return Err(SnapshotError::Io { path: self.dir.clone(), source: broken });
            }
            *way = open_way(&self.dir, &self.options)?.0;
        }
    }
}

fn open_way(dir: &Path, options: &StoreOptions) -> Result<(Way, OpenReport), SnapshotError> {
    let started = Instant::now();
    loop {
        let held = match SledStore::open_to_read(dir, options) {
            Ok((store, report)) => return Ok((Way::Own(Arc::new(store)), report)),
            Err(error @ SnapshotError::InUse { .. }) => error,
            Err(error) => return Err(error),
        };
        #[cfg(unix)]
        match crate::store::reads::server::enter(dir) {
            Ok(stream) => return Ok((Way::Door(stream), OpenReport::default())),
            // The socket is there, and nobody speaks.
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                return Err(SnapshotError::Holder {
                    reason: format!("{held}, which does not answer; it may be stopped or hang"),
                });
            }
            Err(_) => {}
        }
        if started.elapsed() > PATIENCE {
            return Err(held);
        }
        std::thread::sleep(PAUSE);
    }
}

impl SnapshotStore for StoreReader {
    fn deposit(&self, _: Deposit) -> Result<(), SnapshotError> {
        Err(SnapshotError::ReadOnly { path: self.dir.clone() })
    }

    fn flush(&self) -> Result<(), SnapshotError> {
        Ok(())
    }

    fn url(&self, key: UrlKey) -> Result<Option<UrlRecord>, SnapshotError> {
        self.read(&Question::Url(key), |store| store.url(key))
    }

    fn visits(&self, key: UrlKey) -> Result<Vec<VisitRecord>, SnapshotError> {
        self.read(&Question::Visits(key), |store| store.visits(key))
    }

    fn visit_in_run(&self, key: UrlKey, run: RunId) -> Result<Option<VisitRecord>, SnapshotError> {
        self.read(&Question::VisitInRun(key, run), |store| store.visit_in_run(key, run))
    }

    fn snapshots(&self, key: UrlKey) -> Result<Vec<Snapshot>, SnapshotError> {
        self.read(&Question::Snapshots(key), |store| store.snapshots(key))
    }

    fn snapshot(&self, id: SnapshotId) -> Result<Option<Snapshot>, SnapshotError> {
        self.read(&Question::Snapshot(id), |store| store.snapshot(id))
    }

    fn body(&self, hash: ContentHash) -> Result<Untrusted, SnapshotError> {
        let own = |store: &SledStore| store.body(hash).map(|body| body.expose().to_vec());
        self.read_bytes(&Question::Body(hash), own).map(Untrusted::new)
    }

    fn comparisons(&self, key: UrlKey, article: &ArticleId) -> Result<Vec<ComparisonRecord>, SnapshotError> {
        let question = Question::Comparisons(key, article.clone());
        self.read(&question, |store| store.comparisons(key, article))
    }

    fn put_blob(&self, _: &[u8]) -> Result<ContentHash, SnapshotError> {
        Err(SnapshotError::ReadOnly { path: self.dir.clone() })
    }

    fn blob(&self, hash: ContentHash) -> Result<Vec<u8>, SnapshotError> {
        self.read_bytes(&Question::Blob(hash), |store| store.blob(hash))
    }

    fn put_run(&self, _: &RunRecord) -> Result<(), SnapshotError> {
        Err(SnapshotError::ReadOnly { path: self.dir.clone() })
    }

    fn runs(&self) -> Result<Vec<RunRecord>, SnapshotError> {
        self.read(&Question::Runs, SnapshotStore::runs)
    }
}
