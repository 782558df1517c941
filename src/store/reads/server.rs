//! Answers the reads of other processes while this one holds the store.
//!
//! sled's files belong to one process at a time, so `driftline show` cannot open them during a run. Instead
//! it asks the run over a Unix domain socket in the store's folder. A reader sees what the run has written so
//! far; each request costs one read, nothing is copied, and the writer never waits. Killing a reader does not
//! affect the process that holds the store: the reader's thread ends with its connection. A reader whose
//! holder has ended opens the store itself.

use std::io::{self, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::store::db::database::Database;
use crate::store::lock::StoreLock;
use crate::store::reads::protocol;

/// The name of the socket in the store's folder.
const SOCKET: &str = "readers.sock";
/// The longest path of a socket that every Unix accepts (`sun_path` with its terminator).
const MAX_PATH: usize = 100;
/// The number of readers at a time. The connection of a further one is closed, and it tries again.
const MAX_READERS: usize = 32;
/// How often the server checks for new readers.
const ACCEPT_INTERVAL: Duration = Duration::from_millis(25);

/// How long a reader waits for the greeting, and for a response.
const GREETING_TIMEOUT: Duration = Duration::from_secs(if cfg!(test) { 2 } else { 10 });
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// The running server. Dropping it closes all connections.
pub(in crate::store) struct ReadServer {
    shared: Arc<Shared>,
    accept_thread: Option<JoinHandle<()>>,
    path: PathBuf,
    /// The folder of a socket whose path in the store would be too long.
    _socket_folder: Option<tempfile::TempDir>,
}

struct Shared {
    closing: AtomicBool,
    readers: Mutex<Vec<(UnixStream, JoinHandle<()>)>>,
}

impl ReadServer {
    /// Starts the server of a store. The caller holds the lock.
    pub(in crate::store) fn open(database: &Database, lock: &mut StoreLock) -> io::Result<Self> {
        let mut path = database.dir.join(SOCKET);
        // A holder that was killed leaves its socket behind.
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut socket_folder = None;
        if path.as_os_str().len() > MAX_PATH {
            let folder = tempfile::Builder::new().prefix("driftline-").tempdir()?;
            path = folder.path().join(SOCKET);
            lock.write_socket_path(&path)?;
            socket_folder = Some(folder);
        }
        let listener = UnixListener::bind(&path)?;
        listener.set_nonblocking(true)?;
        let shared = Arc::new(Shared { closing: AtomicBool::new(false), readers: Mutex::default() });
        let (own, database) = (Arc::clone(&shared), database.clone());
        let accept_thread = std::thread::Builder::new()
            .name("store-server".to_owned())
            .spawn(move || accept_readers(&listener, &own, &database))?;
        Ok(Self { shared, accept_thread: Some(accept_thread), path, _socket_folder: socket_folder })
    }
}

impl Drop for ReadServer {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::Release);
        if let Some(accept_thread) = self.accept_thread.take() {
            accept_thread.thread().unpark();
            // A thread that panicked needs no further handling.
            let _ = accept_thread.join();
        }
        let readers = std::mem::take(&mut *self.shared.lock());
        for (stream, thread) in readers {
            let _ = stream.shutdown(std::net::Shutdown::Both);
            let _ = thread.join();
        }
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(UnixStream, JoinHandle<()>)>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn accept_readers(listener: &UnixListener, shared: &Shared, database: &Database) {
    while !shared.closing.load(Ordering::Acquire) {
        let Ok((stream, _)) = listener.accept() else {
            std::thread::park_timeout(ACCEPT_INTERVAL);
            continue;
        };
        let mut readers = shared.lock();
        readers.retain(|(_, thread)| !thread.is_finished());
        if readers.len() < MAX_READERS
            && let Err(error) = start_reader(stream, database, &mut readers)
        {
            tracing::debug!("a reader could not be served: {error}");
        }
    }
}

fn start_reader(
    stream: UnixStream,
    database: &Database,
    readers: &mut Vec<(UnixStream, JoinHandle<()>)>,
) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    let kept = stream.try_clone()?;
    let database = database.clone();
    let thread = std::thread::Builder::new().name("store-reader".to_owned()).spawn(move || {
        if let Err(error) = serve_reader(&stream, &database) {
            tracing::debug!("a reader disconnected: {error}");
        }
        // The handle in the server's list would keep the connection open.
        let _ = stream.shutdown(std::net::Shutdown::Both);
    })?;
    readers.push((kept, thread));
    Ok(())
}

fn serve_reader(mut stream: &UnixStream, database: &Database) -> io::Result<()> {
    stream.write_all(&protocol::GREETING)?;
    while let Some(question) = protocol::read_request(&mut stream)? {
        protocol::send_message(&mut stream, &protocol::answer_request(database, question))?;
    }
    Ok(())
}

/// Connects to the process that holds the store in `dir`.
pub(in crate::store) fn connect_to_holder(dir: &Path) -> io::Result<UnixStream> {
    use std::io::Read;
    let path = crate::store::lock::read_socket_path(dir).unwrap_or_else(|| dir.join(SOCKET));
    let mut stream = UnixStream::connect(path)?;
    // A holder that is stopped by a signal must not block the reader for ever. The greeting comes quickly, a
    // response may take a while.
    stream.set_read_timeout(Some(GREETING_TIMEOUT))?;
    stream.set_write_timeout(Some(ANSWER_TIMEOUT))?;
    let mut greeting = [0; protocol::GREETING.len()];
    stream.read_exact(&mut greeting)?;
    stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
    if greeting == protocol::GREETING { Ok(stream) } else { Err(io::Error::from(io::ErrorKind::InvalidData)) }
}
