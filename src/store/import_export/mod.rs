//! Exports snapshots to WARC and WACZ files, and imports captures from the WARC files of other tools.

mod capture_depositor;
mod chunked_body;
mod content_codings;
mod counting_writer;
mod export;
mod export_filter;
mod exported_records;
mod import;
mod import_report;
mod journal_details;
mod payload;
mod record_to_exchange;
mod redirect_chains;
mod resume_after_damage;
mod revisit_targets;
mod surt;
mod wacz;
mod zip;

pub use export::ExportReport;
pub use export_filter::ExportFilter;
pub use import_report::{ImportJudgement, ImportReport, ImportedPage};

pub(super) use export::{ExportError, export_warc};
pub(super) use import::import_warc;
pub(super) use wacz::export_wacz;
