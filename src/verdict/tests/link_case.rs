//! Builds the answer of a link, from an ordinary page to one with redirects, a probe or a local copy.

use std::sync::LazyLock;
use std::time::Duration;

use url::Url;

use crate::fetch::{Exchange, HeaderField, Protocol, Response, Truncation};
use crate::model::Untrusted;
use crate::text::TextRules;
use crate::verdict::{
    Assessment, Cause, ControlPage, LocalCopyShare, PageEvidence, Probe, SiblingPattern, Signatures, Verdict,
    judge_page,
};

static SIGNATURES: LazyLock<Signatures> = LazyLock::new(Signatures::embedded);

pub(super) const LINK: &str = "http://news.example/2022/05/article.html";

/// URL, status, header fields.
pub(super) type Hop = (String, u16, Vec<(String, String)>);

/// The answer of a link, built up from an ordinary page.
#[derive(Clone)]
pub(super) struct LinkCase {
    pub(super) hops: Vec<Hop>,
    pub(super) html: String,
    pub(super) title: String,
    pub(super) visible: String,
    pub(super) local: Option<f64>,
    pub(super) truncated: Option<Truncation>,
    pub(super) probe: Option<Probe>,
    pub(super) home: Option<Probe>,
    /// Header fields of the last request.
    pub(super) sent: Vec<HeaderField>,
    pub(super) beginning: bool,
    pub(super) doubt: Option<&'static str>,
}

pub(super) fn article() -> String {
    "The council met on Tuesday and agreed on the budget for the coming year. ".repeat(40)
}

pub(super) fn ok() -> LinkCase {
    LinkCase {
        hops: vec![(LINK.to_owned(), 200, Vec::new())],
        html: String::new(),
        title: "The budget".to_owned(),
        visible: article(),
        local: None,
        truncated: None,
        probe: None,
        home: None,
        sent: Vec::new(),
        beginning: false,
        doubt: None,
    }
}

impl LinkCase {
    pub(super) fn url(mut self, url: &str) -> Self {
        self.hops = vec![(url.to_owned(), 200, Vec::new())];
        self
    }
    pub(super) fn status(mut self, status: u16) -> Self {
        self.hops.last_mut().unwrap().1 = status;
        self
    }
    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.hops.last_mut().unwrap().2.push((name.to_owned(), value.to_owned()));
        self
    }
    /// The last hop redirects to this address.
    pub(super) fn to(mut self, status: u16, target: &str) -> Self {
        let last = self.hops.last_mut().unwrap();
        last.1 = status;
        last.2.push(("location".to_owned(), target.to_owned()));
        self.hops.push((target.to_owned(), 200, Vec::new()));
        self
    }
    pub(super) fn html(mut self, html: &str) -> Self {
        html.clone_into(&mut self.html);
        self
    }
    pub(super) fn title(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }
    pub(super) fn text(mut self, text: &str) -> Self {
        text.clone_into(&mut self.visible);
        self
    }
    pub(super) fn local(mut self, share: f64) -> Self {
        self.local = Some(share);
        self
    }
    pub(super) fn cut(mut self, truncated: Truncation) -> Self {
        self.truncated = Some(truncated);
        self
    }
    /// The probe was answered with this status, at the sibling's own address or at `at`.
    pub(super) fn probe(mut self, status: u16, at: Option<&str>, text: &str) -> Self {
        let asked = sibling_of(LINK);
        let url = at.map_or_else(|| asked.clone(), |at| Url::parse(at).unwrap());
        self.probe = Some(Probe::from_exchanges(&asked, &[exchange(&url, status, &[], None)], "", text));
        self
    }

    /// A header field of the last request.
    pub(super) fn sent(mut self, name: &str) -> Self {
        self.sent.push(HeaderField { name: name.to_owned(), value: "x".to_owned() });
        self
    }

    /// Only the beginning was asked for.
    pub(super) fn beginning(mut self) -> Self {
        self.beginning = true;
        self
    }

    pub(super) fn assess(&self) -> Assessment {
        let mut chain: Vec<Exchange> = self
            .hops
            .iter()
            .map(|(url, status, fields)| exchange(&Url::parse(url).unwrap(), *status, fields, self.truncated))
            .collect();
        chain.last_mut().unwrap().request_headers.clone_from(&self.sent);
        let share = || self.local;
        let evidence = PageEvidence {
            requested: &chain[0].url,
            chain: &chain,
            html: Some(&self.html),
            title: &self.title,
            visible: &self.visible,
            local: &LocalCopyShare::new(&share),
            probe: self.probe.as_ref(),
            home: self.home.as_ref(),
            doubt: self.doubt,
            only_beginning: self.beginning,
            text_rules: TextRules::built_in(),
        };
        judge_page(&evidence, &SIGNATURES)
    }
}

/// The sibling of a page.
pub(super) fn sibling_of(url: &str) -> Url {
    sibling_control(url).url_to_fetch("qqqqqqqqqqqqqqqqqqqqqqqqq")
}

/// The request for the sibling of a page.
pub(super) fn sibling_control(url: &str) -> ControlPage {
    ControlPage::Sibling(SiblingPattern::new(&Url::parse(url).unwrap(), &SIGNATURES.probe))
}

pub(super) fn exchange(
    url: &Url,
    status: u16,
    fields: &[(String, String)],
    truncated: Option<Truncation>,
) -> Exchange {
    let own = |(name, value): &(String, String)| HeaderField { name: name.clone(), value: value.clone() };
    Exchange {
        url: url.clone(),
        at: jiff::Timestamp::UNIX_EPOCH,
        elapsed: Duration::ZERO,
        remote: None,
        connected: true,
        request_headers: Vec::new(),
        outcome: Ok(Response {
            status,
            status_line: None,
            protocol: Protocol::Http11,
            headers: fields.iter().map(own).collect(),
            body: Untrusted::default(),
            truncated,
        }),
    }
}

pub(super) fn judged(name: &str, case: &LinkCase) -> (Verdict, Option<Cause>) {
    match case.assess() {
        Assessment::Judged(judgement) => {
            assert!(!judgement.evidence.is_empty(), "{name}: a judgement names its evidence");
            (judgement.verdict, judgement.cause)
        }
        Assessment::NeedsProbe { reason, .. } => panic!("{name}: wants a probe: {reason}"),
    }
}
