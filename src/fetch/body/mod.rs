//! TODO folder

pub(in crate::fetch) mod budget;
pub mod charset;
pub(in crate::fetch) mod decoder;
pub(in crate::fetch) mod gunzip;
