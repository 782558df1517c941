//! Tests of whole judgements: single answers, whole pages, and pages that need a probe.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answers;
mod link_case;
mod parking;
mod places;
mod probes;
mod whole_pages;
