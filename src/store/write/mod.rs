//! Writes pages: the queue, the thread that owns the database and the journal, and the records of one page.

pub(in crate::store) mod page_records;
pub(in crate::store) mod queue;
pub(in crate::store) mod record_writer;
pub(in crate::store) mod redate;
pub(in crate::store) mod writer_thread;
