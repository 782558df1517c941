//! Snapshots out, as WARC.
//!
//! What comes out are the captures as the database holds them: each hop of a snapshot as a
//! `response`, an equal body as a `revisit` of the one before it in the same file. Bodies of
//! redirects are not kept, so these records have none, and fields that speak of such a body stand
//! under another name.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use serde::Serialize;

use crate::citation::UrlKey;
use crate::fetch::{HeaderField, Truncation};
use crate::snapshot::database::Database;
use crate::snapshot::read;
use crate::snapshot::record::StoredUrl;
use crate::snapshot::warc::write::{Record, write_record};
use crate::snapshot::warc::{IDENTICAL_PAYLOAD, digest, http};
use crate::snapshot::{CapturedHop, ContentHash, Snapshot, SnapshotError, content};

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
    /// Snapshots that could not be read, with the reason.
    pub faults: Vec<String>,
}

/// A record that was written, for an index.
pub(in crate::snapshot) struct Written<'a> {
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
struct Counted<W> {
    inner: W,
    count: u64,
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
pub(in crate::snapshot) enum Stopped {
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
    written: F,
}

/// Writes the snapshots that the filter takes; `written` is told of every record.
pub(in crate::snapshot) fn export_warc<W: Write>(
    database: &Database,
    filter: &ExportFilter,
    out: W,
    filename: &str,
    written: impl FnMut(Written<'_>) -> io::Result<()>,
) -> Result<ExportReport, Stopped> {
    let mut exporter = Exporter {
        out: Counted { inner: out, count: 0 },
        info: String::new(),
        bodies: HashMap::new(),
        report: ExportReport::default(),
        written,
    };
    exporter.begin(filename)?;
    let mut keys = Vec::new();
    database.each(&database.urls, |_, value| {
        let url = database.unsealed::<StoredUrl>("a URL's record", value)?.url("a URL's record")?;
        if filter.takes_url(url.key(), url.as_url().host_str().unwrap_or_default()) {
            keys.push(url.key());
        }
        Ok(())
    })?;
    for key in keys {
        for snapshot in read::snapshots(database, key)? {
            if !filter.takes_time(snapshot.at()) {
                continue;
            }
            match content::read_content(database, snapshot.body) {
                Ok(body) => exporter.snapshot(&snapshot, &body)?,
                Err(error @ SnapshotError::Damaged { .. }) => {
                    exporter
                        .report
                        .faults
                        .push(format!("snapshot {} of {}: {error}", snapshot.id, snapshot.url));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    exporter.out.flush()?;
    exporter.report.bytes = exporter.out.count;
    Ok(exporter.report)
}

impl<W: Write, F: FnMut(Written<'_>) -> io::Result<()>> Exporter<W, F> {
    fn begin(&mut self, filename: &str) -> io::Result<()> {
        let text = format!(
            "software: driftline/{}\r\nformat: WARC File Format 1.1\r\nconformsTo: https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n",
            env!("CARGO_PKG_VERSION")
        );
        let record = Record {
            kind: "warcinfo",
            id: None,
            date: jiff::Timestamp::now(),
            content_type: "application/warc-fields",
            fields: vec![("WARC-Filename", filename.to_owned())],
            block: &[text.as_bytes()],
        };
        self.info = write_record(&mut self.out, record)?;
        self.report.records += 1;
        Ok(())
    }

    fn snapshot(&mut self, snapshot: &Snapshot, body: &[u8]) -> io::Result<()> {
        let Some((last, redirects)) = snapshot.hops.split_last() else { return Ok(()) };
        for hop in redirects {
            self.hop(hop, &[], None, false)?;
        }
        let reason = snapshot.truncated.map(|truncation| match truncation {
            Truncation::Length => "length",
            Truncation::Time => "time",
            Truncation::Disconnect => "disconnect",
            Truncation::Decode => "unspecified",
        });
        self.hop(last, body, reason, true)?;
        self.report.snapshots += 1;
        Ok(())
    }

    fn hop(
        &mut self,
        hop: &CapturedHop,
        body: &[u8],
        truncated: Option<&'static str>,
        last: bool,
    ) -> io::Result<()> {
        let hash = ContentHash::of(body);
        let head = http::response_head(hop.status, &hop.headers, body.len());
        let payload = digest(&[body]);
        let mut fields = vec![
            ("WARC-Target-URI", hop.url.clone()),
            ("WARC-Payload-Digest", payload.clone()),
            ("WARC-Warcinfo-ID", self.info.clone()),
        ];
        fields.extend(truncated.map(|reason| ("WARC-Truncated", reason.to_owned())));
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
        write_record(&mut self.out, record)?;
        self.report.records += 1;
        (self.written)(Written {
            url: &hop.url,
            at: hop.at,
            status: hop.status,
            mime: if revisit { "warc/revisit".to_owned() } else { media_type(&hop.headers) },
            digest: payload,
            offset,
            length: self.out.count - offset,
            last,
        })?;
        if last && !revisit {
            self.bodies.insert(hash, Earlier { url: hop.url.clone(), at: hop.at });
        }
        Ok(())
    }
}

fn media_type(headers: &[HeaderField]) -> String {
    let value = headers.iter().find(|field| field.name == "content-type").map(|field| field.value.as_str());
    let media = value.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if media.is_empty() { "unk".to_owned() } else { media.to_ascii_lowercase() }
}
