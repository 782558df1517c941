//! [`StoreReader`]: opens a store for reading, or asks the process that holds it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use crate::model::ArticleId;
use crate::model::ContentHash;
use crate::model::Untrusted;
use crate::model::UrlKey;
use crate::store::reads::protocol::{ReadRequest, ReadResponse};
use crate::store::{
    ComparisonRecord, OpenReport, PageWrite, RunId, RunRecord, SledStore, Snapshot, SnapshotId,
    SnapshotStore, StoreError, StoreOptions, UrlRecord, VisitRecord,
};

/// How long a reader waits for a process that is just opening or closing the store.
const HOLDER_WAIT: Duration = Duration::from_secs(5);
const RETRY_INTERVAL: Duration = Duration::from_millis(40);

/// A store that is only read. If another process holds it (a run, for example), that process answers the
/// reads from what it has written so far. If that process ends, the store is opened here and reading
/// continues. All writes fail with [`StoreError::ReadOnly`].
pub struct StoreReader {
    dir: PathBuf,
    options: StoreOptions,
    connection: Mutex<Connection>,
}

/// How the store is read.
enum Connection {
    Opened(Arc<SledStore>),
    #[cfg(unix)]
    Remote(std::os::unix::net::UnixStream),
    /// The last connection failed.
    Broken,
}

impl StoreReader {
    /// Opens the store in `dir` for reading; [`StoreError::Missing`] if the folder has no store, and
    /// [`StoreError::InUse`] if another process holds it and does not answer.
    pub fn open(dir: &Path, options: &StoreOptions) -> Result<(Self, OpenReport), StoreError> {
        let (connection, report) = connect_or_open(dir, options)?;
        Ok((
            Self { dir: dir.to_owned(), options: options.clone(), connection: Mutex::new(connection) },
            report,
        ))
    }

    /// Whether another process currently holds the store and answers for it.
    pub fn is_shared(&self) -> bool {
        !matches!(*self.connection.lock().unwrap_or_else(PoisonError::into_inner), Connection::Opened(_))
    }

    fn read<T: DeserializeOwned>(
        &self,
        question: &ReadRequest,
        own: impl Fn(&SledStore) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.ask_holder(question, own, |answer| match answer {
            ReadResponse::Json(text) => serde_json::from_slice(&text).map_err(|error| error.to_string()),
            ReadResponse::Bytes(_) => Err("it does not match the request".to_owned()),
        })
    }

    fn read_bytes(
        &self,
        question: &ReadRequest,
        own: impl Fn(&SledStore) -> Result<Vec<u8>, StoreError>,
    ) -> Result<Vec<u8>, StoreError> {
        self.ask_holder(question, own, |answer| match answer {
            ReadResponse::Bytes(bytes) => Ok(bytes),
            ReadResponse::Json(_) => Err("it does not match the request".to_owned()),
        })
    }

    fn ask_holder<T>(
        &self,
        question: &ReadRequest,
        own: impl Fn(&SledStore) -> Result<T, StoreError>,
        decode: impl Fn(ReadResponse) -> Result<T, String>,
    ) -> Result<T, StoreError> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let started = Instant::now();
        loop {
            let broken: io::Error = match &mut *connection {
                Connection::Opened(store) => {
                    let store = Arc::clone(store);
                    drop(connection);
                    return own(&store);
                }
                #[cfg(unix)]
                Connection::Remote(stream) => {
                    match crate::store::reads::protocol::send_request(stream, question) {
                        Ok(answer) => {
                            return decode(answer?).map_err(|reason| StoreError::Holder {
                                reason: format!("its response cannot be read: {reason}"),
                            });
                        }
                        Err(error) => error,
                    }
                }
                Connection::Broken => io::Error::from(io::ErrorKind::NotConnected),
            };
            // The holder has ended or was killed. Every request may be repeated elsewhere.
            tracing::debug!("the store's holder does not answer: {broken}");
            *connection = Connection::Broken;
            if started.elapsed() > HOLDER_WAIT {
                return Err(StoreError::Io { path: self.dir.clone(), source: broken });
            }
            *connection = connect_or_open(&self.dir, &self.options)?.0;
        }
    }
}

fn connect_or_open(dir: &Path, options: &StoreOptions) -> Result<(Connection, OpenReport), StoreError> {
    let started = Instant::now();
    loop {
        let held = match SledStore::open_for_reader(dir, options) {
            Ok((store, report)) => return Ok((Connection::Opened(Arc::new(store)), report)),
            Err(error @ StoreError::InUse { .. }) => error,
            Err(error) => return Err(error),
        };
        #[cfg(unix)]
        match crate::store::reads::server::connect_to_holder(dir) {
            Ok(stream) => return Ok((Connection::Remote(stream), OpenReport::default())),
            // The socket exists, but its process does not answer.
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                return Err(StoreError::Holder {
                    reason: format!("{held}, which does not answer; it may be stopped or hanging"),
                });
            }
            Err(_) => {}
        }
        if started.elapsed() > HOLDER_WAIT {
            return Err(held);
        }
        std::thread::sleep(RETRY_INTERVAL);
    }
}

impl SnapshotStore for StoreReader {
    fn write_page(&self, _: PageWrite) -> Result<(), StoreError> {
        Err(StoreError::ReadOnly { path: self.dir.clone() })
    }

    fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn read_url(&self, key: UrlKey) -> Result<Option<UrlRecord>, StoreError> {
        self.read(&ReadRequest::Url(key), |store| store.read_url(key))
    }

    fn read_visits(&self, key: UrlKey) -> Result<Vec<VisitRecord>, StoreError> {
        self.read(&ReadRequest::Visits(key), |store| store.read_visits(key))
    }

    fn read_visit_in_run(&self, key: UrlKey, run: RunId) -> Result<Option<VisitRecord>, StoreError> {
        self.read(&ReadRequest::VisitInRun(key, run), |store| store.read_visit_in_run(key, run))
    }

    fn read_snapshots(&self, key: UrlKey) -> Result<Vec<Snapshot>, StoreError> {
        self.read(&ReadRequest::Snapshots(key), |store| store.read_snapshots(key))
    }

    fn read_snapshot(&self, id: SnapshotId) -> Result<Option<Snapshot>, StoreError> {
        self.read(&ReadRequest::Snapshot(id), |store| store.read_snapshot(id))
    }

    fn read_body(&self, hash: ContentHash) -> Result<Untrusted, StoreError> {
        let own = |store: &SledStore| store.read_body(hash).map(|body| body.expose().to_vec());
        self.read_bytes(&ReadRequest::Body(hash), own).map(Untrusted::new)
    }

    fn read_comparisons(
        &self,
        key: UrlKey,
        article: &ArticleId,
    ) -> Result<Vec<ComparisonRecord>, StoreError> {
        let question = ReadRequest::Comparisons(key, article.clone());
        self.read(&question, |store| store.read_comparisons(key, article))
    }

    fn store_blob(&self, _: &[u8]) -> Result<ContentHash, StoreError> {
        Err(StoreError::ReadOnly { path: self.dir.clone() })
    }

    fn read_blob(&self, hash: ContentHash) -> Result<Vec<u8>, StoreError> {
        self.read_bytes(&ReadRequest::Blob(hash), |store| store.read_blob(hash))
    }

    fn write_run(&self, _: &RunRecord) -> Result<(), StoreError> {
        Err(StoreError::ReadOnly { path: self.dir.clone() })
    }

    fn read_runs(&self) -> Result<Vec<RunRecord>, StoreError> {
        self.read(&ReadRequest::Runs, SnapshotStore::read_runs)
    }
}
