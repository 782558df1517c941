//! Snapshots out, as WARC.
//!
//! What comes out are the captures as the database holds them: each hop of a snapshot as a
//! `response`, an equal body as a `revisit` of the one before it in the same file. Requests,
//! addresses, protocols and the bodies of redirects come from the journal; where it does not hold
//! them, they are missing, and `WARC-Truncated` says so of a body.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use serde::Serialize;

use super::journal_details::{Held, Journal};
use crate::fetch::{HeaderField, Truncation};
use crate::model::ContentHash;
use crate::model::{CanonicalUrl, UrlKey};
use crate::store::db::database::Database;
use crate::store::db::records::{StoredSnapshot, StoredUrl, time_of_key};
use crate::store::warc::write::{Record, write_record};
use crate::store::warc::{IDENTICAL_PAYLOAD, digest, http_block};
use crate::store::{CapturedHop, Snapshot, SnapshotError, SnapshotId, content};

/// Which snapshots to export. `Default` is all.
#[derive(Clone, Debug, Default)]
pub struct ExportFilter {
    /// Only of these URLs.
    pub urls: Option<HashSet<UrlKey>>,
    /// Only of these hosts, and of their subdomains.
    pub hosts: Vec<String>,
    /// Only from this time on.
    pub from: Option<jiff::Timestamp>,
    /// Only up to this time.
    pub to: Option<jiff::Timestamp>,
}

impl ExportFilter {
    fn takes_url(&self, key: UrlKey, host: &str) -> bool {
        let of_host = |wanted: &String| {
            host == wanted || host.strip_suffix(wanted.as_str()).is_some_and(|rest| rest.ends_with('.'))
        };
        self.urls.as_ref().is_none_or(|urls| urls.contains(&key))
            && (self.hosts.is_empty() || self.hosts.iter().any(of_host))
    }

    fn takes_time(&self, at: jiff::Timestamp) -> bool {
        self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at <= to)
    }
}

/// What was exported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExportReport {
    /// Snapshots.
    pub snapshots: u64,
    /// Records written, `warcinfo` included.
    pub records: u64,
    /// Bytes written.
    pub bytes: u64,
    /// What could not be read and is left out, with the reason.
    pub faults: Vec<String>,
}

/// A record that was written, for an index.
pub(in crate::store) struct Written<'a> {
    pub url: &'a str,
    pub at: jiff::Timestamp,
    pub status: u16,
    pub mime: String,
    pub digest: String,
    pub offset: u64,
    pub length: u64,
    /// Whether it is the final answer of a snapshot.
    pub last: bool,
}

/// Counts what passes through.
pub(super) struct Counted<W> {
    pub(super) inner: W,
    pub(super) count: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.count += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Why an export stopped.
pub(in crate::store) enum Stopped {
    Store(SnapshotError),
    Output(io::Error),
}

impl From<SnapshotError> for Stopped {
    fn from(error: SnapshotError) -> Self {
        Self::Store(error)
    }
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// A body that stands in the file already.
struct Earlier {
    url: String,
    at: jiff::Timestamp,
}

struct Exporter<W, F> {
    out: Counted<W>,
    info: String,
    bodies: HashMap<ContentHash, Earlier>,
    report: ExportReport,
    journal: Journal,
    written: F,
}

/// Writes the snapshots that the filter takes; `written` is told of every answer.
pub(in crate::store) fn export_warc<W: Write>(
    database: &Database,
    filter: &ExportFilter,
    out: W,
    filename: Option<&str>,
    written: impl FnMut(Written<'_>) -> io::Result<()>,
) -> Result<ExportReport, Stopped> {
    let mut exporter = Exporter {
        out: Counted { inner: out, count: 0 },
        info: String::new(),
        bodies: HashMap::new(),
        report: ExportReport::default(),
        journal: Journal::default(),
        written,
    };
    exporter.begin(filename)?;
    let urls = exporter.urls(database, filter)?;
    let mut wanted = HashSet::new();
    for url in &urls {
        let keys = database.under(&database.snapshots, url.key().as_bytes())?;
        let id = |at_ms| SnapshotId { url: url.key(), at_ms };
        wanted.extend(keys.iter().filter_map(|(key, _)| time_of_key(key)).map(id));
    }
    exporter.journal = Journal::search(&database.dir, &wanted);
    for url in urls {
        for (key, value) in database.under(&database.snapshots, url.key().as_bytes())? {
            let Some(at_ms) = time_of_key(&key) else { continue };
            let id = SnapshotId { url: url.key(), at_ms };
            let read = read(database, filter, id, &url, &value);
            let read = exporter.whole(&format!("snapshot {id} of {url}"), read)?;
            if let Some((snapshot, body)) = read.flatten() {
                exporter.snapshot(&snapshot, &body)?;
            }
        }
    }
    exporter.out.flush()?;
    exporter.report.bytes = exporter.out.count;
    Ok(exporter.report)
}

/// A snapshot and its body, if the filter takes it.
fn read(
    database: &Database,
    filter: &ExportFilter,
    id: SnapshotId,
    url: &CanonicalUrl,
    value: &[u8],
) -> Result<Option<(Snapshot, Vec<u8>)>, SnapshotError> {
    let what = "its record";
    let snapshot = database.unsealed::<StoredSnapshot>(what, value)?.read(what, id, url)?;
    if !filter.takes_time(snapshot.at()) {
        return Ok(None);
    }
    let body = content::read_content(database, snapshot.body)?;
    Ok(Some((snapshot, body)))
}

impl<W: Write, F: FnMut(Written<'_>) -> io::Result<()>> Exporter<W, F> {
    /// What was read; none where it is damaged, which is noted and ends nothing else.
    fn whole<T>(&mut self, what: &str, read: Result<T, SnapshotError>) -> Result<Option<T>, SnapshotError> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(error @ SnapshotError::Damaged { .. }) => {
                self.report.faults.push(format!("{what}: {error}"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The URLs that the filter takes.
    fn urls(
        &mut self,
        database: &Database,
        filter: &ExportFilter,
    ) -> Result<Vec<CanonicalUrl>, SnapshotError> {
        let mut urls = Vec::new();
        database.each(&database.urls, |key, value| {
            let read = database.unsealed::<StoredUrl>("its record", value);
            let read = read.and_then(|stored| stored.url("its record"));
            let key = key.first_chunk().copied().map(UrlKey::from_bytes);
            let url = self.whole(&format!("all snapshots of a URL, {key:?}"), read)?;
            let host = |url: &CanonicalUrl| url.as_url().host_str().unwrap_or_default().to_owned();
            urls.extend(url.filter(|url| filter.takes_url(url.key(), &host(url))));
            Ok(())
        })?;
        Ok(urls)
    }

    fn begin(&mut self, filename: Option<&str>) -> io::Result<()> {
        let text = format!(
            "software: driftline/{}\r\nformat: WARC File Format 1.1\r\nconformsTo: https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n",
            env!("CARGO_PKG_VERSION")
        );
        let record = Record {
            kind: "warcinfo",
            id: None,
            date: jiff::Timestamp::now(),
            content_type: "application/warc-fields",
            fields: filename.map(|name| ("WARC-Filename", name.to_owned())).into_iter().collect(),
            block: &[text.as_bytes()],
        };
        self.info = write_record(&mut self.out, record)?;
        self.report.records += 1;
        Ok(())
    }

    fn snapshot(&mut self, snapshot: &Snapshot, body: &[u8]) -> io::Result<()> {
        let Some((last, redirects)) = snapshot.hops.split_last() else { return Ok(()) };
        for (number, hop) in redirects.iter().enumerate() {
            let mut beside = self.journal.held(snapshot.id, number, hop);
            let body = beside.body.take();
            let missing =
                body.is_none() && http_block::content_length(&hop.headers).is_some_and(|length| length > 0);
            let reason = beside.truncated.take().or_else(|| missing.then(|| "unspecified".to_owned()));
            self.hop(hop, &body.unwrap_or_default(), reason, false, beside)?;
        }
        let reason = snapshot.truncated.map(|truncation| match truncation {
            Truncation::Length => "length",
            Truncation::Time => "time",
            Truncation::Disconnect => "disconnect",
            Truncation::Decode => "unspecified",
        });
        let beside = self.journal.held(snapshot.id, redirects.len(), last);
        self.hop(last, body, reason.map(ToOwned::to_owned), true, beside)?;
        self.report.snapshots += 1;
        Ok(())
    }

    fn hop(
        &mut self,
        hop: &CapturedHop,
        body: &[u8],
        truncated: Option<String>,
        last: bool,
        beside: Held,
    ) -> io::Result<()> {
        let hash = ContentHash::of(body);
        let head = http_block::response_head(hop.status, &hop.headers, body.len());
        let payload = digest(&[body]);
        let mut fields = vec![
            ("WARC-Target-URI", hop.url.clone()),
            ("WARC-Payload-Digest", payload.clone()),
            ("WARC-Warcinfo-ID", self.info.clone()),
        ];
        fields.extend(beside.protocol.map(|protocol| ("WARC-Protocol", protocol)));
        fields.extend(beside.address.map(|address| ("WARC-IP-Address", address)));
        fields.extend(truncated.map(|reason| ("WARC-Truncated", reason)));
        let earlier = if last && !body.is_empty() { self.bodies.get(&hash) } else { None };
        let revisit = earlier.is_some();
        if let Some(earlier) = earlier {
            fields.push(("WARC-Profile", IDENTICAL_PAYLOAD.to_owned()));
            fields.push(("WARC-Refers-To-Target-URI", earlier.url.clone()));
            fields.push(("WARC-Refers-To-Date", earlier.at.to_string()));
        }
        let whole: &[&[u8]] = &[head.as_bytes(), body];
        let record = Record {
            kind: if revisit { "revisit" } else { "response" },
            id: None,
            date: hop.at,
            content_type: "application/http;msgtype=response",
            fields,
            block: if revisit { whole.get(..1).unwrap_or(whole) } else { whole },
        };
        let offset = self.out.count;
        let id = write_record(&mut self.out, record)?;
        let length = self.out.count - offset;
        self.report.records += 1;
        if let Some(request) = beside.request {
            self.request(hop, id, &request)?;
        }
        (self.written)(Written {
            url: &hop.url,
            at: hop.at,
            status: hop.status,
            mime: if revisit { "warc/revisit".to_owned() } else { media_type(&hop.headers) },
            digest: payload,
            offset,
            length,
            last,
        })?;
        if last && !revisit {
            self.bodies.insert(hash, Earlier { url: hop.url.clone(), at: hop.at });
        }
        Ok(())
    }
}

impl<W: Write, F> Exporter<W, F> {
    /// The request of a hop, which belongs to this answer.
    fn request(&mut self, hop: &CapturedHop, answer: String, block: &[u8]) -> io::Result<()> {
        let fields = vec![
            ("WARC-Target-URI", hop.url.clone()),
            ("WARC-Concurrent-To", answer),
            ("WARC-Warcinfo-ID", self.info.clone()),
        ];
        let record = Record {
            kind: "request",
            id: None,
            date: hop.at,
            content_type: "application/http;msgtype=request",
            fields,
            block: &[block],
        };
        write_record(&mut self.out, record)?;
        self.report.records += 1;
        Ok(())
    }
}

fn media_type(headers: &[HeaderField]) -> String {
    let value = headers.iter().find(|field| field.name == "content-type").map(|field| field.value.as_str());
    let media = value.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if media.is_empty() { "unk".to_owned() } else { media.to_ascii_lowercase() }
}
