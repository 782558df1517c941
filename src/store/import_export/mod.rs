//! Snapshots in and out of the store, in the formats that archives share.

mod export;
mod import;
mod journal_details;
mod payload;
mod redirect_chains;
mod resync;
mod revisit_targets;
mod surt;
mod wacz;
mod zip;

pub use export::{ExportFilter, ExportReport};
pub use import::{ImportReport, Imported, ImportedPage};

pub(super) use export::{Stopped, export_warc};
pub(super) use import::import_warc;
pub(super) use wacz::export_wacz;
