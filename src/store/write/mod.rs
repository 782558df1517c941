//! TODO folder

pub(in crate::store) mod apply;
pub(in crate::store) mod page_write;
pub(in crate::store) mod queue;
pub(in crate::store) mod writer_thread;
