//! A record that was read from a WARC or ARC file.

use super::date::{RecordDate, parse_record_date};

/// A record that was read. A record of an ARC file has the fields that it would have in a WARC file.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct WarcRecord {
    /// Field names in lower case, with their values.
    pub fields: Vec<(String, String)>,
    /// The block; empty if it was longer than the cap.
    pub block: Vec<u8>,
    /// Whether the block was longer than the cap, and was skipped.
    pub oversize: bool,
    /// The offset in the file at which the record, or the gzip member or zstd frame that holds it, begins.
    pub offset: u64,
    /// The number of bytes before the record that belong to no record.
    pub passed_over: u64,
    /// What is wrong with the stated length of the block. The block is then the one that was found.
    pub wrong_length: Option<String>,
}

impl WarcRecord {
    /// A field's value (name in lower case).
    pub(in crate::store) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// `WARC-Type`, or an empty string.
    pub(in crate::store) fn record_type(&self) -> &str {
        self.field("warc-type").unwrap_or_default()
    }

    /// `WARC-Target-URI`.
    pub(in crate::store) fn target_uri(&self) -> Option<&str> {
        self.uri_field("warc-target-uri")
    }

    /// A field that holds a URI. Some writers put it in angle brackets, as the grammar of WARC 1.0 asks
    /// for; they are removed.
    pub(in crate::store) fn uri_field(&self, name: &str) -> Option<&str> {
        let uri = self.field(name)?;
        Some(uri.strip_prefix('<').and_then(|uri| uri.strip_suffix('>')).unwrap_or(uri))
    }

    /// `WARC-Date`.
    pub(in crate::store) fn date(&self) -> Option<jiff::Timestamp> {
        self.stated_date().map(|date| date.at)
    }

    /// `WARC-Date`, and how exactly it states the time.
    pub(in crate::store) fn stated_date(&self) -> Option<RecordDate> {
        parse_record_date(self.field("warc-date")?)
    }
}
