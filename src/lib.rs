//! driftline follows the repost links and the cited sources of a markdown archive, keeps a snapshot
//! of every page, and says what drifted, what died, and what exactly changed.
//!
//! One folder is one stage, in the order in which the data passes. A stage uses itself and earlier
//! stages only; `tests/it/architecture.rs` holds that by reading the sources.
//!
//! | stage | takes | gives |
//! |---|---|---|
//! | [`model`] | | ids and values that every stage shares |
//! | [`unicode`] | | white space, script folding and character classes |
//! | [`markup`] | | HTML as a stream of tags and texts, without a tree |
//! | [`files`] | paths | files that are opened and replaced safely |
//! | [`archive`] | files of the archive | [`archive::Article`]: blocks of text and raw links, with line and column |
//! | [`citation`] | an article | [`citation::Citation`]: a link with its role, its repair and its URL |
//! | [`frontier`] | distinct URLs | which URL may be asked for now |
//! | [`fetch`] | one URL | [`fetch::Exchange`]: one request and its answer |
//! | [`store`] | exchanges | captures and visits that survive a crash |
//! | [`text`] | a page | [`text::PageText`]: title, date, author and main text |
//! | [`text_diff`] | two texts | [`text_diff::Comparison`]: what exactly changed |
//! | [`verdict`] | the evidence of a page | [`verdict::Judgement`], and the state of a link over time |
//! | [`report`] | judged links | reports and pages for people and programs |
//! | [`pipeline`] | an archive and a store | a run: it joins all stages |
//! | [`app`] | a command line | an exit code |

pub mod app;
pub mod archive;
pub mod citation;
pub mod fetch;
pub mod files;
pub mod frontier;
pub mod markup;
pub mod model;
pub mod pipeline;
pub mod report;
pub mod store;
pub mod text;
pub mod text_diff;
pub mod unicode;
pub mod verdict;
