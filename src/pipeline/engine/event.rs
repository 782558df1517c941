//! Names what the engine's tasks report back to its loop, and what kind of request they made.

use std::net::IpAddr;

use super::work_item::{ProbeJob, RobotsJob};
use crate::fetch::Exchange;
use crate::frontier::{HostKey, Ticket};
use crate::pipeline::error::RunError;
use crate::pipeline::page::{AnalysisOutcome, PageJob};

pub(super) enum Event {
    ExchangeFinished(Ticket, RequestKind, Box<Exchange>),
    PageAnalysed(usize, Result<AnalysisOutcome, RunError>),
    HostLocated(HostKey, Option<IpAddr>),
    ReferenceHostAsked(Ticket, Box<Exchange>),
}

pub(super) enum RequestKind {
    Page(Box<PageJob>),
    Probe(Box<ProbeJob>),
    Robots(Box<RobotsJob>),
}
