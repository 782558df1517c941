//! driftline follows the repost links and the cited sources of a markdown archive, keeps a snapshot
//! of every page, and says what drifted, what died, and what exactly changed.
//!
//! One folder a stage, in the order of the data. A stage uses earlier stages only; `app` sees all:
//!
//! | stage | in | out |
//! |---|---|---|
//! | [`article`] | files of the archive | [`archive::Article`]: blocks of text and raw links, with line and column |
//! | [`citation`] | an article | [`citation::Citation`]: links with role, repair and canonical URL |
//! | [`crawl`] | distinct URLs | who may be asked, and when |
//! | [`fetch`] | one URL | [`fetch::Exchange`]: one request and its answer |
//! | [`snapshot`] | exchanges | captures and visits that survive a crash |
//! | [`text`] | a page | [`text::PageText`]: title, date, author, main text |
//! | [`text_diff`] | two texts | [`text_diff::Comparison`]: what exactly changed |
//! | [`verdict`] | evidence | [`verdict::Judgement`], and the state over time |
//! | [`view`] | judged links | reports and pages for people and programs |

pub mod app;
pub mod archive;
pub mod citation;
pub mod fetch;
pub mod frontier;
pub mod pipeline;
pub mod report;
pub mod store;
pub mod text;
pub mod text_diff;
pub mod unicode;
pub mod verdict;
