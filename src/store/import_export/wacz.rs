//! Snapshots out, as WACZ 1.1.1: the WARC, an index, the list of pages, and digests of all.

use std::fs::File;
use std::io::{self, BufWriter, Cursor, Read, Seek, SeekFrom, Write};

use serde_json::json;
use sha2::{Digest, Sha256};

use super::export::{Counted, ExportFilter, ExportReport, Stopped, Written, export_warc};
use super::surt::sort_key;
use super::zip::ZipWriter;
use crate::store::db::database::Database;

const WARC: &str = "data.warc.gz";

/// Writes a WACZ of the snapshots that the filter takes.
pub(in crate::store) fn export_wacz<W: Write>(
    database: &Database,
    filter: &ExportFilter,
    out: W,
) -> Result<ExportReport, Stopped> {
    let mut warc = BufWriter::new(tempfile::tempfile()?);
    let mut lines: Vec<String> = Vec::new();
    let mut pages = tempfile::tempfile()?;
    writeln!(pages, "{}", json!({"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}))?;
    let mut pages = BufWriter::new(pages);
    let mut number = 0_u64;
    let mut report = export_warc(database, filter, &mut warc, Some(WARC), |record: Written<'_>| {
        lines.push(line(&record));
        if record.last && record.status < 400 {
            number += 1;
            let page = json!({"id": number.to_string(), "url": record.url, "ts": seconds(record.at)});
            writeln!(pages, "{page}")?;
        }
        Ok(())
    })?;
    // Sorted by bytes: readers search it by bisection.
    lines.sort_unstable();
    let mut index = lines.join("\n");
    if !index.is_empty() {
        index.push('\n');
    }

    let mut warc = unbuffered(warc)?;
    let mut pages = unbuffered(pages)?;
    let mut resources = Vec::new();
    resources.push(resource(&format!("archive/{WARC}"), &mut warc)?);
    resources.push(resource("indexes/index.cdxj", &mut Cursor::new(index.as_bytes()))?);
    resources.push(resource("pages/pages.jsonl", &mut pages)?);
    let now = seconds(jiff::Timestamp::now());
    let package = json!({
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "software": format!("driftline/{}", env!("CARGO_PKG_VERSION")),
        "created": now,
        "modified": now,
        "resources": resources,
    });
    let package = format!("{package:#}\n");
    let digest = json!({"path": "datapackage.json", "hash": sha256(&mut Cursor::new(package.as_bytes()))?.0});
    let digest = format!("{digest:#}\n");

    let mut zip = ZipWriter::new(Counted { inner: out, count: 0 });
    zip.add(&format!("archive/{WARC}"), warc)?;
    zip.add("indexes/index.cdxj", Cursor::new(index))?;
    zip.add("pages/pages.jsonl", pages)?;
    zip.add("datapackage.json", Cursor::new(package))?;
    zip.add("datapackage-digest.json", Cursor::new(digest))?;
    report.bytes = zip.finish()?.count;
    Ok(report)
}

fn line(record: &Written<'_>) -> String {
    let json = json!({
        "url": record.url,
        "mime": record.mime,
        "status": record.status.to_string(),
        "digest": record.digest,
        "length": record.length.to_string(),
        "offset": record.offset.to_string(),
        "filename": WARC,
    });
    format!("{} {} {json}", sort_key(record.url), timestamp(record.at))
}

/// The time as CDX writes it: 14 digits.
fn timestamp(at: jiff::Timestamp) -> String {
    at.strftime("%Y%m%d%H%M%S").to_string()
}

fn seconds(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn unbuffered(writer: BufWriter<File>) -> io::Result<File> {
    let mut file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

fn resource(path: &str, data: &mut (impl Read + Seek)) -> io::Result<serde_json::Value> {
    let (hash, bytes) = sha256(data)?;
    data.seek(SeekFrom::Start(0))?;
    let name = path.rsplit('/').next().unwrap_or(path);
    Ok(json!({"name": name, "path": path, "hash": hash, "bytes": bytes}))
}

fn sha256(data: &mut impl Read) -> io::Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let bytes = io::copy(data, &mut hasher)?;
    let hex: String = hasher.finalize().iter().flat_map(|byte| [byte >> 4, byte & 0xf]).map(digit).collect();
    Ok((format!("sha256:{hex}"), bytes))
}

fn digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0')
}
