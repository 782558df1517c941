//! Provides the bundled archive and the bundled web that `driftline demo` and the integration tests use.
//!
//! They are a folder of articles ([`write_archive`]), a web of misbehaving hosts on loopback ([`Web`]),
//! and a table of the expected result for each link ([`expect`]). The pipeline that reads, fetches and
//! judges is the real one over real sockets, so that the demo shows what a user gets.

pub mod expect;
mod library;
mod page;
mod prose;
pub mod server;
mod sites;
mod web;

pub use library::{ARTICLES, BundledArticle, write_archive};
pub use web::Web;
