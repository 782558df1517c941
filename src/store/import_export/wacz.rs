//! Exports snapshots to WACZ 1.1.1: a ZIP file with a WARC, its CDXJ index, the list of pages, and the
//! digests of these.

use std::fs::File;
use std::io::{self, BufWriter, Cursor, Read, Seek, SeekFrom, Write};

use data_encoding::HEXLOWER;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::counting_writer::CountingWriter;
use super::export::{ExportError, ExportReport, export_warc_with};
use super::export_filter::ExportFilter;
use super::exported_records::WrittenRecord;
use super::surt::surt_key;
use super::zip::ZipWriter;
use crate::fetch::HeaderField;
use crate::store::db::database::Database;

/// The name of the WARC file in the package.
const WARC_NAME: &str = "data.warc.gz";

/// An answer that may be listed as a page.
pub struct ExportedPage<'a> {
    /// Its URL.
    pub url: &'a str,
    /// Its header fields.
    pub headers: &'a [HeaderField],
    /// Its body.
    pub body: &'a [u8],
}

/// What the list of pages says of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageDescription {
    /// The title; empty if it has none.
    pub title: String,
    /// The text; empty if it has none.
    pub text: String,
}

/// Writes a WACZ file of the snapshots that the filter takes. `describe` says which of them are pages, as
/// styles and pictures are not.
pub(in crate::store) fn export_wacz<W: Write>(
    database: &Database,
    filter: &ExportFilter,
    out: W,
    describe: &mut dyn FnMut(&ExportedPage<'_>) -> Option<PageDescription>,
) -> Result<ExportReport, ExportError> {
    let mut warc = BufWriter::new(tempfile::tempfile()?);
    let mut index_lines: Vec<String> = Vec::new();
    let mut pages = tempfile::tempfile()?;
    let first_line =
        json!({"format": "json-pages-1.0", "id": "pages", "title": "All Pages", "hasText": true});
    writeln!(pages, "{first_line}")?;
    let mut pages = BufWriter::new(pages);
    let mut number = 0_u64;
    let mut report =
        export_warc_with(database, filter, &mut warc, Some(WARC_NAME), |record: WrittenRecord<'_>| {
            index_lines.push(index_line(&record));
            let Some((headers, body)) = record.page.filter(|_| record.status < 400) else { return Ok(()) };
            let Some(page) = describe(&ExportedPage { url: record.url, headers, body }) else {
                return Ok(());
            };
            number += 1;
            let mut line = json!({"id": number.to_string(), "url": record.url, "ts": iso_seconds(record.at)});
            for (name, value) in [("title", page.title), ("text", page.text)] {
                if !value.is_empty() {
                    line[name] = value.into();
                }
            }
            writeln!(pages, "{line}")
        })?;
    // Readers search the index by bisection over its bytes.
    index_lines.sort_unstable();
    let mut index = index_lines.join("\n");
    if !index.is_empty() {
        index.push('\n');
    }

    let mut warc = rewound_file(warc)?;
    let mut pages = rewound_file(pages)?;
    let mut resources = Vec::new();
    resources.push(describe_resource(&format!("archive/{WARC_NAME}"), &mut warc)?);
    resources.push(describe_resource("indexes/index.cdxj", &mut Cursor::new(index.as_bytes()))?);
    resources.push(describe_resource("pages/pages.jsonl", &mut pages)?);
    let now = iso_seconds(jiff::Timestamp::now());
    let package = json!({
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "software": format!("driftline/{}", env!("CARGO_PKG_VERSION")),
        "created": now,
        "modified": now,
        "resources": resources,
    });
    let package = format!("{package:#}\n");
    let digest =
        json!({"path": "datapackage.json", "hash": hash_stream(&mut Cursor::new(package.as_bytes()))?.0});
    let digest = format!("{digest:#}\n");

    let mut zip = ZipWriter::new(CountingWriter::new(out));
    zip.add_entry(&format!("archive/{WARC_NAME}"), warc)?;
    zip.add_entry("indexes/index.cdxj", Cursor::new(index))?;
    zip.add_entry("pages/pages.jsonl", pages)?;
    zip.add_entry("datapackage.json", Cursor::new(package))?;
    zip.add_entry("datapackage-digest.json", Cursor::new(digest))?;
    report.bytes = zip.finish()?.count;
    Ok(report)
}

fn index_line(record: &WrittenRecord<'_>) -> String {
    let json = json!({
        "url": record.url,
        "mime": record.mime,
        "status": record.status.to_string(),
        "digest": record.digest,
        "length": record.length.to_string(),
        "offset": record.offset.to_string(),
        "filename": WARC_NAME,
    });
    format!("{} {} {json}", surt_key(record.url), cdx_timestamp(record.at))
}

/// The time in the form of CDX: 14 digits.
fn cdx_timestamp(at: jiff::Timestamp) -> String {
    at.strftime("%Y%m%d%H%M%S").to_string()
}

fn iso_seconds(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Flushes the writer and returns its file, positioned at the beginning.
fn rewound_file(writer: BufWriter<File>) -> io::Result<File> {
    let mut file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

/// The entry of `datapackage.json` for one file of the package.
fn describe_resource(path: &str, data: &mut (impl Read + Seek)) -> io::Result<serde_json::Value> {
    let (hash, bytes) = hash_stream(data)?;
    data.seek(SeekFrom::Start(0))?;
    let name = path.rsplit('/').next().unwrap_or(path);
    Ok(json!({"name": name, "path": path, "hash": hash, "bytes": bytes}))
}

/// The SHA-256 digest of what is left to read, as text, and its length in bytes.
fn hash_stream(data: &mut impl Read) -> io::Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let bytes = io::copy(data, &mut hasher)?;
    Ok((format!("sha256:{}", HEXLOWER.encode(&hasher.finalize())), bytes))
}
