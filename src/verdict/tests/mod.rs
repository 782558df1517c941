//! A case for every verdict and cause that an answer can have, and for every trap.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::LazyLock;
use std::time::Duration;

use url::Url;

use super::*;
use crate::fetch::redirect::RedirectFailure;
use crate::fetch::{Exchange, FetchFailure, HeaderField, Protocol, Response, Truncation};
use crate::model::Untrusted;

mod field;
mod probed;

static SIGNATURES: LazyLock<Signatures> = LazyLock::new(Signatures::embedded);

const LINK: &str = "http://news.example/2022/05/article.html";

/// URL, status, header fields.
type Hop = (String, u16, Vec<(String, String)>);

/// A link's answer, built up from a plain page.
#[derive(Clone)]
struct Case {
    hops: Vec<Hop>,
    html: String,
    title: String,
    visible: String,
    local: Option<f64>,
    truncated: Option<Truncation>,
    probe: Option<Probe>,
    home: Option<Probe>,
    /// Header fields of the last request.
    sent: Vec<HeaderField>,
    beginning: bool,
}

fn article() -> String {
    "The council met on Tuesday and agreed on the budget for the coming year. ".repeat(40)
}

fn ok() -> Case {
    Case {
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
    }
}

impl Case {
    fn url(mut self, url: &str) -> Self {
        self.hops = vec![(url.to_owned(), 200, Vec::new())];
        self
    }
    fn status(mut self, status: u16) -> Self {
        self.hops.last_mut().unwrap().1 = status;
        self
    }
    fn header(mut self, name: &str, value: &str) -> Self {
        self.hops.last_mut().unwrap().2.push((name.to_owned(), value.to_owned()));
        self
    }
    /// The last hop redirects to here.
    fn to(mut self, status: u16, target: &str) -> Self {
        let last = self.hops.last_mut().unwrap();
        last.1 = status;
        last.2.push(("location".to_owned(), target.to_owned()));
        self.hops.push((target.to_owned(), 200, Vec::new()));
        self
    }
    fn html(mut self, html: &str) -> Self {
        html.clone_into(&mut self.html);
        self
    }
    fn title(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }
    fn text(mut self, text: &str) -> Self {
        text.clone_into(&mut self.visible);
        self
    }
    fn local(mut self, share: f64) -> Self {
        self.local = Some(share);
        self
    }
    fn cut(mut self, truncated: Truncation) -> Self {
        self.truncated = Some(truncated);
        self
    }
    /// The probe was answered with this status, at the sibling's own address or at `at`.
    fn probe(mut self, status: u16, at: Option<&str>, text: &str) -> Self {
        let asked = sibling_of(LINK);
        let url = at.map_or_else(|| asked.clone(), |at| Url::parse(at).unwrap());
        self.probe = Some(Probe::of(&asked, &[exchange(&url, status, &[], None)], "", text));
        self
    }

    /// A header field of the last request.
    fn sent(mut self, name: &str) -> Self {
        self.sent.push(HeaderField { name: name.to_owned(), value: "x".to_owned() });
        self
    }

    /// Only the beginning was asked for.
    fn beginning(mut self) -> Self {
        self.beginning = true;
        self
    }

    fn find(&self) -> Finding {
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
            local: &LocalWitness::new(&share),
            probe: self.probe.as_ref(),
            home: self.home.as_ref(),
            beginning: self.beginning,
        };
        judge(&evidence, &SIGNATURES)
    }
}

/// What is asked for to tell how a page's siblings are answered.
fn sibling_of(url: &str) -> Url {
    Control::Sibling(Url::parse(url).unwrap()).url("qqqqqqqqqqqqqqqqqqqqqqqqq")
}

fn exchange(url: &Url, status: u16, fields: &[(String, String)], truncated: Option<Truncation>) -> Exchange {
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
            protocol: Protocol::Http11,
            headers: fields.iter().map(own).collect(),
            body: Untrusted::default(),
            truncated,
        }),
    }
}

fn judged(name: &str, case: &Case) -> (Verdict, Option<Cause>) {
    match case.find() {
        Finding::Judged(judgement) => {
            assert!(!judgement.evidence.is_empty(), "{name}: a judgement names its evidence");
            (judgement.verdict, judgement.cause)
        }
        Finding::NeedsProbe { reason, .. } => panic!("{name}: wants a probe: {reason}"),
    }
}

#[test]
fn every_answer_has_its_verdict() {
    use Cause as C;
    use Verdict::{Alive, Blocked, Dead, Failing, Moved};
    let shell = r#"<html><body><div id="root"></div><script src="/app.js"></script></body></html>"#;
    let form = r#"<form><input name=u><input type="password" name=p></form>"#;
    let paid = r#"<script type="application/ld+json">{"@graph":[{"@type":"NewsArticle","isAccessibleForFree":"False"}]}</script>"#;
    let cases: Vec<(&str, Case, Verdict, Option<Cause>)> = vec![
        ("a plain page", ok(), Alive, None),
        ("another success", ok().status(203), Alive, None),
        ("not modified", ok().status(304).text(""), Alive, None),
        ("not modified, as was asked", ok().status(304).sent("if-none-match").text(""), Alive, None),
        ("not modified since", ok().status(304).sent("if-modified-since").text(""), Alive, None),
        (
            "not modified, which nobody asked",
            ok().status(304).sent("user-agent").text(""),
            Failing,
            Some(C::ProtocolError),
        ),
        ("no content", ok().status(204).text(""), Alive, None),
        ("no content, to be cleared", ok().status(205).text(""), Alive, None),
        (
            "a part that nobody asked for",
            ok().status(206).header("content-range", "bytes 0-499/1000"),
            Failing,
            Some(C::BodyIncomplete),
        ),
        ("a part of the unknown", ok().status(206).header("Content-Range", "bytes 0-9/*"), Failing, Some(C::BodyIncomplete)),
        ("a part without its place", ok().status(206), Failing, Some(C::BodyIncomplete)),
        ("the last part", ok().status(206).header("content-range", "bytes 500-999/1000"), Failing, Some(C::BodyIncomplete)),
        ("a part that is the whole", ok().status(206).header("content-range", "bytes 0-999/1000"), Alive, None),
        (
            "a part with most of the local copy",
            ok().status(206).header("content-range", "bytes 0-499/1000").local(0.9),
            Alive,
            None,
        ),
        ("holds the local copy", ok().local(0.97), Alive, None),
        ("lost the local copy", ok().local(0.0), Alive, None),
        ("moved for good", ok().to(301, "http://news.example/2022/05/article-1"), Moved, None),
        (
            "moved twice for good",
            ok().to(308, "http://b.example/2022/05/article").to(301, "http://c.example/2022/05/article"),
            Moved,
            None,
        ),
        ("moved for now", ok().to(302, "http://news.example/2022/05/article-1"), Alive, None),
        (
            "moved for good, then for now",
            ok().to(301, "http://b.example/2022/05/article").to(307, "http://c.example/2022/05/article"),
            Alive,
            None,
        ),
        ("there and back", ok().to(301, "http://b.example/2022/05/article").to(301, LINK), Alive, None),
        ("shell", ok().html(shell).text("Loading"), Alive, Some(C::JsShell)),
        ("404", ok().status(404), Dead, Some(C::Http404)),
        ("410", ok().status(410), Dead, Some(C::Http410)),
        (
            "moved to a 404",
            ok().to(301, "http://b.example/2022/05/article").status(404),
            Dead,
            Some(C::Http404),
        ),
        ("401", ok().status(401), Blocked, Some(C::Http401)),
        ("402", ok().status(402), Blocked, Some(C::Http402)),
        ("403", ok().status(403), Blocked, Some(C::Http403)),
        ("451", ok().status(451), Blocked, Some(C::Http451)),
        ("429", ok().status(429), Failing, Some(C::Http429)),
        ("408", ok().status(408), Failing, Some(C::Http4xx)),
        ("418", ok().status(418), Failing, Some(C::Http4xx)),
        ("500", ok().status(500), Failing, Some(C::Http5xx)),
        ("599", ok().status(599), Failing, Some(C::Http5xx)),
        ("600", ok().status(600), Failing, Some(C::ProtocolError)),
        ("a choice without a target", ok().status(300), Failing, Some(C::BadRedirect)),
        ("too large", ok().cut(Truncation::Length), Failing, Some(C::BodyTooLarge)),
        ("too large, but holds the local copy", ok().cut(Truncation::Length).local(0.9), Alive, None),
        ("a picture's beginning", ok().beginning().cut(Truncation::Length), Alive, None),
        (
            "not even a picture's beginning",
            ok().beginning().cut(Truncation::Disconnect),
            Failing,
            Some(C::BodyIncomplete),
        ),
        ("incomplete", ok().cut(Truncation::Disconnect), Failing, Some(C::BodyIncomplete)),
        ("undecodable", ok().cut(Truncation::Decode), Failing, Some(C::DecodeError)),
        ("dripping", ok().cut(Truncation::Time), Failing, Some(C::Timeout)),
        ("404 cut short", ok().status(404).cut(Truncation::Disconnect), Dead, Some(C::Http404)),
        (
            "login by redirect",
            ok().to(302, "http://news.example/login?next=%2F2022"),
            Blocked,
            Some(C::LoginWall),
        ),
        (
            "login elsewhere",
            ok().to(302, "https://sso.big.example/start?returnUrl=x"),
            Blocked,
            Some(C::LoginWall),
        ),
        ("login form", ok().html(form).text("Please sign in"), Blocked, Some(C::LoginWall)),
        ("login form on a long page", ok().html(form), Alive, None),
        (
            "a cited login page",
            ok().url("http://a.example/login").html(form).text(&"Sign in here. ".repeat(15)),
            Alive,
            None,
        ),
        ("paywall", ok().html(paid), Blocked, Some(C::Paywall)),
        (
            "paywall in JSON that is none",
            ok().html("<script type='application/ld+json'>{\"headline\":\"a\nb\",\"isAccessibleForFree\":false,}</script>"),
            Blocked,
            Some(C::Paywall),
        ),
        (
            "a paid article that is given all the same",
            ok().html(&format!(r#"<script type="application/ld+json">{{"isAccessibleForFree":false,"articleBody":"{}"}}</script>"#, article())),
            Alive,
            None,
        ),
        ("paywall that lets the text through", ok().html(paid).local(0.9), Alive, None),
        (
            "free article of a magazine that is not",
            ok().html(
                r#"<script type="application/ld+json">{"isPartOf":{"isAccessibleForFree":false}}</script>"#,
            ),
            Alive,
            None,
        ),
    ];
    for (name, case, verdict, cause) in cases {
        assert_eq!(judged(name, &case), (verdict, cause), "{name}");
    }
}

#[test]
fn walls_are_told_whatever_status_they_wear() {
    let challenge = ok()
        .title("Just a moment...")
        .html("<script>window._cf_chl_opt={cvId:'3'}</script>")
        .text("Checking if the site connection is secure");
    let imperva = r#"<iframe src="/_Incapsula_Resource?SWUDNSAI=31"></iframe>"#;
    let akamai = r"<H1>Access Denied</H1> Reference&#32;&#35;18.2d351ab8";
    for (name, case) in [
        ("header", ok().status(403).header("cf-mitigated", "challenge").text("")),
        ("header with 200", ok().header("CF-Mitigated", "Challenge").text("")),
        ("title and script with 503", challenge.clone().status(503)),
        ("title and script with 404", challenge.clone().status(404)),
        ("title and script with 500", challenge.clone().status(500)),
        ("title and script with 200", challenge.clone()),
        ("Vercel", ok().status(429).header("x-vercel-mitigated", "challenge").text("")),
        ("DataDome", ok().status(403).header("x-dd-b", "1").text("")),
        (
            "DataDome page",
            ok().status(403).html("<script src='https://ct.captcha-delivery.com/c.js'>").text(""),
        ),
        ("HUMAN", ok().status(403).html(r#"<div id="px-captcha"></div>"#).text("Press & Hold")),
        ("Akamai", ok().status(403).title("Access Denied").html(akamai).text("Access Denied")),
        ("Imperva with 200", ok().html(imperva).text("")),
        ("AWS", ok().status(202).header("x-amzn-waf-action", "challenge").text("")),
        ("Anubis", ok().html(r#"<script id="anubis_challenge">"#).text("Making sure you're not a bot!")),
        ("999", ok().status(999)),
        ("Baidu", ok().to(302, "https://wappass.baidu.com/static/captcha/?ak=1").text("")),
    ] {
        assert_eq!(judged(name, &case), (Verdict::Blocked, Some(Cause::BotWall)), "{name}");
    }
}

#[test]
fn what_only_names_a_wall_is_none() {
    let csp = r#"<meta http-equiv="Content-Security-Policy" content="script-src https://ct.captcha-delivery.com"><link rel="preconnect" href="https://geo.captcha-delivery.com"><!-- _cf_chl_opt -->"#;
    let short = "A short note on the council. ".repeat(6);
    for (name, case) in [
        ("server", ok().header("server", "cloudflare").header("cf-ray", "1-FRA")),
        ("cookie", ok().header("set-cookie", "__cf_bm=1; datadome=2; _px3=4")),
        (
            "policy header",
            ok().header("content-security-policy", "script-src captcha-delivery.com _Incapsula_Resource"),
        ),
        ("policy in the page", ok().html(csp).text(&short)),
        (
            "an article on walls",
            ok().html("<code>_cf_chl_opt px-captcha _Incapsula_Resource</code>").title("Just a moment..."),
        ),
        ("a protected page", ok().html(r#"<script src="/_Incapsula_Resource?SWJIYLWA=7"></script>"#)),
        ("a wall's marker around the local copy", ok().header("cf-mitigated", "challenge").local(0.8)),
    ] {
        assert_eq!(judged(name, &case), (Verdict::Alive, None), "{name}");
    }
    let refused = ok().status(403).header("server", "cloudflare").text("Forbidden");
    assert_eq!(judged("a plain 403", &refused), (Verdict::Blocked, Some(Cause::Http403)));
}

#[test]
fn a_few_words_are_no_witness() {
    for (local, speaks) in [("", false), ("点击此处观看视频：《旧码头》", false), (&*article(), true)]
    {
        assert_eq!(is_witness(local), speaks, "{local}");
    }
}

#[test]
fn failures_without_a_page_have_their_cause() {
    let url = Url::parse(LINK).unwrap();
    for (failure, verdict, cause) in [
        (FetchFailure::Timeout, Verdict::Failing, Cause::Timeout),
        (FetchFailure::DnsNxdomain, Verdict::Dead, Cause::DnsNxdomain),
        (FetchFailure::DnsFailure, Verdict::Failing, Cause::DnsFailure),
        (FetchFailure::ConnectionRefused, Verdict::Failing, Cause::ConnectionRefused),
        (FetchFailure::ConnectionReset, Verdict::Failing, Cause::ConnectionReset),
        (FetchFailure::ConnectionClosed, Verdict::Failing, Cause::ConnectionClosed),
        (FetchFailure::Unreachable, Verdict::Failing, Cause::ConnectionRefused),
        (FetchFailure::TlsExpired, Verdict::Failing, Cause::TlsExpired),
        (FetchFailure::TlsHostname, Verdict::Failing, Cause::TlsHostname),
        (FetchFailure::TlsUntrusted, Verdict::Failing, Cause::TlsUntrusted),
        (FetchFailure::TlsProtocol, Verdict::Failing, Cause::TlsProtocol),
        (FetchFailure::ForbiddenAddress, Verdict::Failing, Cause::ForbiddenAddress),
        (FetchFailure::Protocol, Verdict::Failing, Cause::ProtocolError),
    ] {
        let judgement = judge_failure(failure, &url);
        assert_eq!((judgement.verdict, judgement.cause), (verdict, Some(cause)), "{failure:?}");
        assert!(judgement.evidence[0].contains("news.example"), "{judgement:?}");
    }
    for (failure, cause) in [
        (RedirectFailure::Loop, Cause::RedirectLoop),
        (RedirectFailure::TooMany, Cause::TooManyRedirects),
        (RedirectFailure::Bad, Cause::BadRedirect),
    ] {
        let chain = [exchange(&url, 302, &[], None)];
        let judgement = judge_redirect_failure(failure, &chain);
        assert_eq!((judgement.verdict, judgement.cause), (Verdict::Failing, Some(cause)));
    }
}

/// Names in JSON, in tables and in the documentation are one and the same.
#[test]
fn every_cause_is_named_and_explained() {
    let docs = include_str!("../../../docs/verdicts.md");
    for cause in Cause::ALL {
        assert_eq!(serde_json::to_value(cause).unwrap(), cause.as_str());
        assert!(docs.contains(&format!("| `{cause}` |")), "docs/verdicts.md explains {cause}");
    }
    for verdict in Verdict::ALL {
        assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.as_str());
        assert!(docs.contains(&format!("`{verdict}`")), "docs/verdicts.md explains {verdict}");
    }
}

proptest::proptest! {
    /// Whatever a page holds, it is judged without a panic, and a page with the local copy's text
    /// is never dead.
    #[test]
    fn nothing_that_a_page_holds_panics(
        status in 100_u16..700,
        title in ".{0,40}",
        visible in "(.|404|not found|\\PC){0,60}",
        html in "(<!--|-->|<meta|<script>|</script>|type=\"application/ld\\+json\"|\\{|\\}|isAccessibleForFree|password|.){0,30}",
        location in "(http://[a-z]{1,5}\\.example/|/|login\\?next=|[a-z]){1,6}",
    ) {
        let mut case = ok().title(&title).text(&visible).html(&html);
        if let Ok(target) = Url::parse(LINK).unwrap().join(&location) {
            case = case.to(302, target.as_str());
        }
        let case = case.status(status);
        case.find();
        let (verdict, _) = judged("holds the local copy", &case.local(0.6));
        proptest::prop_assert!(matches!(verdict, Verdict::Alive | Verdict::Moved));
    }
}
