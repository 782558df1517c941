//! The fields of a `revisit` record, which refers to an earlier record instead of repeating its body.

/// The profile of a `revisit` whose payload equals an earlier one's (WARC 1.1, section 6.7.2).
const IDENTICAL_PAYLOAD: &str = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";

/// The record that holds a body, by its URL and date.
#[derive(Clone)]
pub(in crate::store) struct BodyOrigin {
    pub url: String,
    pub date: jiff::Timestamp,
}

/// The fields by which a `revisit` names the record that holds its body.
pub(in crate::store) fn revisit_fields(origin: &BodyOrigin) -> [(&'static str, String); 3] {
    [
        ("WARC-Profile", IDENTICAL_PAYLOAD.to_owned()),
        ("WARC-Refers-To-Target-URI", origin.url.clone()),
        ("WARC-Refers-To-Date", origin.date.to_string()),
    ]
}
