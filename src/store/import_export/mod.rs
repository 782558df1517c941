//! Exports snapshots to WARC and WACZ files, and imports captures from the files of other tools.

mod capture_depositor;
mod checked_digests;
mod chunked_body;
mod content_codings;
mod counting_writer;
mod deferred_revisits;
mod export;
mod export_filter;
mod exported_records;
mod import;
mod import_report;
mod imported_hop;
mod input;
mod journal_details;
mod payload;
mod record_to_exchange;
mod redirect_chains;
mod resume_after_damage;
mod revisit_targets;
mod surt;
mod taken_times;
mod wacz;
mod zip;

pub use export::ExportReport;
pub use export_filter::ExportFilter;
pub use import_report::{ImportJudgement, ImportOptions, ImportReport, ImportedPage};

pub use wacz::{ExportedPage, PageDescription};

pub(super) use export::{ExportError, export_warc};
pub(super) use import::import_files;
pub(super) use wacz::export_wacz;
