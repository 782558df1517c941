//! The bundled archive and the bundled web: what `driftline demo` and the integration tests run on.
//!
//! Out go a folder of articles ([`write_archive`]), a web of misbehaving hosts on loopback
//! ([`Web`]), and a table of what is right for each link ([`expect`]). The pipeline that reads, asks
//! and judges is the real one, over real sockets; nothing of it is replaced here, so that what the
//! demo shows is what a user gets.

pub mod expect;
mod library;
mod page;
mod prose;
pub mod server;
mod sites;
mod web;

pub use library::{ARTICLES, BundledArticle, write_archive};
pub use web::Web;
