//! Drives a headless Chromium over its `DevTools` protocol, on two named pipes, so that no port is opened
//! and no client is needed.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A browser that takes longer than this for one answer has failed.
const PATIENCE: Duration = Duration::from_secs(60);
/// One browser at a time: on a small machine several would only wait for each other.
static ONE: Mutex<()> = Mutex::new(());

/// A browser with one open page.
pub struct Chromium {
    child: Child,
    requests: File,
    messages: Receiver<Value>,
    /// Messages that arrived without a caller waiting for them.
    events: Vec<Value>,
    session: Option<String>,
    next: u64,
    _profile: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Chromium {
    /// Starts a browser; returns `None`, with a remark, where this machine has none.
    /// `DRIFTLINE_TEST_CHROMIUM` names one outside `PATH`.
    pub fn start() -> Option<Self> {
        let Some(program) = find() else {
            println!("skipped: there is no Chromium that runs on this machine");
            return None;
        };
        let alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let profile = TempDir::with_prefix("driftline-chromium-").expect("a temporary folder");
        let (to, from) = (profile.path().join("to"), profile.path().join("from"));
        let made = Command::new("mkfifo").args([&to, &from]).status().expect("mkfifo runs");
        assert!(made.success(), "the pipes are made");
        // Opened for both ways, a named pipe does not wait for its other end.
        let open = |path: &Path| File::options().read(true).write(true).open(path).expect("a pipe");
        let (requests, answers) = (open(&to), open(&from));
        let script = "exec \"$0\" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
                      --disable-background-networking --disable-component-update --disable-sync \
                      --disable-dev-shm-usage --user-data-dir=\"$1/data\" --remote-debugging-pipe about:blank \
                      3<\"$1/to\" 4>\"$1/from\"";
        let child = Command::new("sh")
            .args(["-c", script])
            .arg(&program)
            .arg(profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the browser starts");
        let (sender, messages) = mpsc::channel();
        std::thread::spawn(move || {
            for message in BufReader::new(answers).split(0).map_while(Result::ok) {
                let Ok(value) = serde_json::from_slice(&message) else { continue };
                if sender.send(value).is_err() {
                    return;
                }
            }
        });
        let mut browser = Self {
            child,
            requests,
            messages,
            events: Vec::new(),
            session: None,
            next: 0,
            _profile: profile,
            _alone: alone,
        };
        let target = browser.call("Target.createTarget", &json!({"url": "about:blank"}));
        let attached =
            browser.call("Target.attachToTarget", &json!({"targetId": target["targetId"], "flatten": true}));
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Network", "Log"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        Some(browser)
    }

    /// Makes a call and waits for its answer.
    #[track_caller]
    pub fn call(&mut self, method: &str, params: &Value) -> Value {
        self.next += 1;
        let id = self.next;
        let mut request = json!({"id": id, "method": method, "params": params});
        if let Some(session) = &self.session {
            request["sessionId"] = json!(session);
        }
        let mut bytes = request.to_string().into_bytes();
        bytes.push(0);
        self.requests.write_all(&bytes).expect("the browser listens");
        let started = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(started.elapsed());
            let message = self.messages.recv_timeout(left).expect("the browser answers");
            if message["id"] == id {
                assert!(message.get("error").is_none(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            self.events.push(message);
        }
    }

    /// Opens a file and waits until it is read whole.
    #[track_caller]
    pub fn open(&mut self, page: &Path) {
        self.events.clear();
        let page = page.to_str().expect("a path in UTF-8").replace('%', "%25");
        let url = format!("file://{page}").replace('#', "%23").replace('?', "%3F");
        let answer = self.call("Page.navigate", &json!({"url": url}));
        assert!(answer.get("errorText").is_none(), "{answer}");
        let started = Instant::now();
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let left = PATIENCE.saturating_sub(started.elapsed());
            self.events.push(self.messages.recv_timeout(left).expect("the page loads"));
        }
    }

    /// The value of an expression in the page.
    #[track_caller]
    pub fn value(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", &params);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Presses a key.
    pub fn press(&mut self, key: &str) {
        for kind in ["keyDown", "keyUp"] {
            let mut params = json!({"type": kind, "key": key});
            if kind == "keyDown" && key.chars().count() == 1 {
                params["text"] = json!(key);
            }
            self.call("Input.dispatchKeyEvent", &params);
        }
    }

    /// Clicks into the middle of the first element that a selector names.
    #[track_caller]
    pub fn click(&mut self, selector: &str) {
        let place = self.value(&format!(
            "(() => {{ const e = document.querySelector({selector:?}); e.scrollIntoView({{block: 'center'}}); \
             const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let params =
                json!({"type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", &params);
        }
    }

    /// Sets the size of the window, in CSS pixels.
    pub fn resize(&mut self, width: u32, height: u32) {
        let params = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", &params);
    }

    /// The addresses that were asked for since the last page was opened, its own among them.
    pub fn requested(&self) -> Vec<String> {
        let sent = self.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        sent.filter_map(|event| event["params"]["request"]["url"].as_str().map(str::to_owned)).collect()
    }

    /// Exceptions and log messages of the page since it was opened.
    pub fn complaints(&self) -> Vec<String> {
        let told = |event: &&Value| {
            matches!(event["method"].as_str(), Some("Runtime.exceptionThrown" | "Log.entryAdded"))
        };
        self.events.iter().filter(told).map(|event| event["params"].to_string()).collect()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        self.session = None;
        let _ = self.requests.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(5) {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn find() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("DRIFTLINE_TEST_CHROMIUM") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|program| !program.starts_with("/snap") && program.is_file() && runs(program))
}

/// Whether a program is a browser, and not a placeholder that offers to install one.
fn runs(program: &Path) -> bool {
    let version = Command::new(program).arg("--version").stdin(Stdio::null()).output();
    version.is_ok_and(|found| found.status.success() && found.stdout.windows(5).any(|part| part == b"Chrom"))
}
