//! Runs the program as a process: its arguments, its output, and how it ended.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Report;

/// A test that takes longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// The program in this folder, with none of the user's settings and variables.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_driftline"));
    command.current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let lower = name.to_string_lossy().to_ascii_lowercase();
        if lower.starts_with("driftline_") || lower.ends_with("_proxy") || lower == "no_color" {
            command.env_remove(name);
        }
    }
    command.env("RUST_BACKTRACE", "0");
    // The configurations of the tests send every host to loopback; they are trusted as in CI, and what the
    // user of this machine trusts is left alone.
    command.env("DRIFTLINE_TRUST", "1").env("XDG_STATE_HOME", state_home());
    command
}

/// The folder for what the program remembers about its user.
pub fn state_home() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("state")
}

/// A call that has ended.
#[derive(Debug)]
pub struct Finished {
    /// The exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
    /// How long it took.
    pub elapsed: Duration,
}

impl Finished {
    /// Runs a command to its end.
    pub fn of(command: Command) -> Self {
        Running::of(command).wait()
    }

    /// The same, but the test fails here where the code is another one.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// The report, from JSON lines.
    #[track_caller]
    pub fn report(&self) -> Report {
        match Report::parse(&self.stdout) {
            Ok(report) => report,
            Err(why) => panic!("{why}\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr),
        }
    }
}

/// A call that is under way.
pub struct Running {
    child: Child,
    started: Instant,
    stdout: Pipe,
    stderr: Pipe,
}

impl Running {
    /// Starts a command.
    pub fn of(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        // Both are read all the time: a full pipe would stop the program.
        let stdout = Pipe::drain(child.stdout.take().expect("piped"));
        let stderr = Pipe::drain(child.stderr.take().expect("piped"));
        Self { child, started: Instant::now(), stdout, stderr }
    }

    /// Sends a signal by name, as in `INT`, `TERM` or `KILL`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
        assert!(sent.expect("kill runs").success(), "no signal could be sent");
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended already.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("the state of a child").is_some()
    }

    /// Waits for the end.
    #[track_caller]
    pub fn wait(mut self) -> Finished {
        let status = self.wait_for_end();
        let elapsed = self.started.elapsed();
        Finished { code: status.code(), stdout: self.stdout.whole(), stderr: self.stderr.whole(), elapsed }
    }

    /// What it has printed so far.
    pub fn stdout(&self) -> String {
        self.stdout.so_far()
    }

    /// What it has written to standard error so far.
    pub fn stderr(&self) -> String {
        self.stderr.so_far()
    }

    #[track_caller]
    fn wait_for_end(&mut self) -> ExitStatus {
        loop {
            if let Some(status) = self.child.try_wait().expect("the state of a child") {
                return status;
            }
            if self.started.elapsed() > PATIENCE {
                let _ = self.child.kill();
                panic!("the program was still running after {PATIENCE:?}");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that fails half-way leaves nothing running. Errors mean that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One stream of a child, read by a thread for as long as it lasts.
struct Pipe {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Pipe {
    fn drain(mut from: impl std::io::Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bytes);
        let reader = std::thread::spawn(move || {
            let mut piece = [0; 8192];
            while let Ok(read @ 1..) = from.read(&mut piece) {
                kept.lock().expect("no holder panics").extend_from_slice(&piece[..read]);
            }
        });
        Self { bytes, reader: Some(reader) }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().expect("no holder panics")).into_owned()
    }

    fn whole(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the reader does not panic");
        }
        self.so_far()
    }
}
