//! Sample reports for the tests of this stage.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{ArchivedCapture, FoundPage, LinkChange, LinkReport, Redirect, RunReport, RunSummary};
use crate::archive::Position;
use crate::citation::{Citation, LinkTarget};
use crate::model::Role;
use crate::text_diff::{Drift, MovedSide};
use crate::text_diff::{DriftClass, KeyChange, TextSide};
use crate::verdict::{Cause, Judgement, LinkState, Verdict};

/// Parses a time.
pub fn at(text: &str) -> jiff::Timestamp {
    text.parse().unwrap()
}

/// A run with a small summary.
pub fn run() -> RunReport {
    RunReport {
        schema: "driftline/1".to_owned(),
        id: "1769828400000".to_owned(),
        command: "run".to_owned(),
        started: at("2026-01-31T03:00:00Z"),
        finished: Some(at("2026-01-31T03:03:12Z")),
        interrupted: false,
        interrupted_by: None,
        normal_forms: ["markup", "nfkc", "white_space"].map(str::to_owned).to_vec(),
        summary: RunSummary {
            articles: 3,
            links: 5,
            urls: 4,
            hosts: 2,
            judged: 4,
            verdicts: [("alive".to_owned(), 3), ("dead".to_owned(), 2)].into(),
            causes: [("http-404".to_owned(), 2)].into(),
            drift: [("minor-edit".to_owned(), 1)].into(),
            states: [("dead".to_owned(), 1), ("suspect".to_owned(), 1)].into(),
            changes: [("newly-dead".to_owned(), 1)].into(),
            robots_ignored: false,
            unreadable: Vec::new(),
            waiting: [("busy.example".to_owned(), 3)].into(),
            limits: Vec::new(),
        },
    }
}

/// A link that is alive, without any finding.
pub fn bare_link() -> LinkReport {
    let citation = Citation {
        position: Position { line: 7, column: 43 },
        role: Role::Mention,
        label: "b".to_owned(),
        written: None,
        repairs: Vec::new(),
        target: LinkTarget::Invalid { reason: String::new() },
    };
    let alive = Judgement::new::<String>(Verdict::Alive, None, []);
    LinkReport::from_judgement("content/a.md", citation, None, alive)
}

/// A link in which every field is set.
pub fn full_link() -> LinkReport {
    LinkReport {
        article: "content/b.md".to_owned(),
        line: 3,
        column: 1,
        role: Role::Repost,
        label: "轉載自".to_owned(),
        written: Some("http:/a.example/1".to_owned()),
        repairs: vec!["missing-slash".to_owned()],
        url: Some("http://a.example/1".to_owned()),
        verdict: Verdict::Dead,
        cause: Some(Cause::Http404),
        evidence: vec!["status 404".to_owned()],
        state: LinkState::Suspect,
        confirmed: false,
        confirmed_from: Some(at("2026-02-06T03:00:01Z")),
        status: Some(404),
        final_url: Some("https://a.example/1".to_owned()),
        redirects: vec![Redirect { status: 301, to: "https://a.example/1".to_owned() }],
        attempts: 1,
        fetched_at: Some(at("2026-01-31T03:00:01Z")),
        elapsed_ms: Some(120),
        content_type: Some("text/html".to_owned()),
        unchanged: true,
        snapshot: Some("00-1".to_owned()),
        strikes: 1,
        first_failed: Some(at("2026-01-31T03:00:01Z")),
        last_ok: Some(at("2025-12-31T03:00:01Z")),
        drift: Some(drift(DriftClass::MinorEdit)),
        archived: Some(ArchivedCapture {
            url: "https://web.archive.org/web/2023/http://a.example/1".to_owned(),
            at: at("2023-09-18T12:00:00Z"),
        }),
        change: Some(LinkChange::NewlySuspect),
        chain: vec!["http://a.example/1".to_owned(), "http://first.example/2".to_owned()],
        found: vec![FoundPage {
            url: "http://first.example/2".to_owned(),
            role: Role::Repost,
            on: "http://a.example/1".to_owned(),
            verdict: Some(Verdict::Dead),
            cause: Some(Cause::Http410),
            state: LinkState::Suspect,
            status: Some(410),
            snapshot: Some("01-1".to_owned()),
        }],
    }
}

/// A drift in which every field is set.
pub fn drift(class: DriftClass) -> Drift {
    Drift {
        class,
        against: "local".to_owned(),
        moved_side: MovedSide::Original,
        missing_from: Some(TextSide::Local),
        local_in_original: 0.98,
        original_in_local: 0.93,
        changed_sentences: 2,
        noise: false,
        title_changed: true,
        was_equal: Some(true),
        equal_at: Some(at("2025-12-31T03:00:01Z")),
        moved_since_first: Some(MovedSide::Both),
        quotes_lost: vec!["他说没有人受伤。".to_owned()],
        key_changes: vec![KeyChange {
            kind: "number".to_owned(),
            local: "15 人".to_owned(),
            original: "16 人".to_owned(),
        }],
        reason: Some("the page is filled by scripts".to_owned()),
    }
}
