//! A case for every verdict and cause that an answer can have, and for every trap.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::LazyLock;
use std::time::Duration;

use url::Url;

use super::*;
use crate::fetch::redirect::RedirectFailure;
use crate::fetch::{Exchange, FetchFailure, HeaderField, Protocol, Response, Truncation, Untrusted};

mod field;

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
        let asked = probe_url(&Url::parse(LINK).unwrap(), "qqqqqqqqqqqqqqqqqqqqqqqqq");
        let url = at.map_or_else(|| asked.clone(), |at| Url::parse(at).unwrap());
        self.probe = Some(Probe::of(&asked, &[exchange(&url, status, &[], None)], "", text));
        self
    }

    fn find(&self) -> Finding {
        let chain: Vec<Exchange> = self
            .hops
            .iter()
            .map(|(url, status, fields)| exchange(&Url::parse(url).unwrap(), *status, fields, self.truncated))
            .collect();
        let share = || self.local;
        let evidence = PageEvidence {
            requested: &chain[0].url,
            chain: &chain,
            html: Some(&self.html),
            title: &self.title,
            visible: &self.visible,
            local: &LocalWitness::new(&share),
            probe: self.probe.as_ref(),
        };
        judge(&evidence, &SIGNATURES)
    }
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
fn parked_names_are_dead_and_pages_about_them_are_not() {
    let marker = r#"<html data-adblockkey="MFwwDQYJ"><script>window.park = "eyJ1";</script>"#;
    for (name, case) in [
        ("marker", ok().html(marker).text("news.example")),
        (
            "lander",
            ok().html(r#"<script>window.onload=function(){window.location.href="/lander"}</script>"#)
                .text(""),
        ),
        ("sold", ok().to(302, "https://www.hugedomains.com/domain_profile.cfm?d=news.example")),
        ("phrase", ok().text("news.example. This domain is for sale! Make an offer.")),
    ] {
        assert_eq!(judged(name, &case), (Verdict::Dead, Some(Cause::Parked)), "{name}");
    }
    for (name, case) in [
        ("a long page with the words", ok().text(&format!("This domain is for sale. {}", article()))),
        ("a cited marketplace", ok().url("https://www.hugedomains.com/about.html")),
        ("the local copy is there", ok().html(marker).text("x").local(0.7)),
    ] {
        assert_eq!(judged(name, &case), (Verdict::Alive, None), "{name}");
    }
}

#[test]
fn a_soft_404_is_suspected_by_looks_and_proved_by_the_probe() {
    let sorry = "Sorry, the page you are looking for could not be found.";
    let home = "http://news.example/";
    let suspicious = [
        ("title", ok().title("404 Not Found")),
        ("Chinese title", ok().title("页面不存在_新闻网")),
        ("short text", ok().text(sorry)),
        ("nearly empty", ok().text("Error.")),
        ("to the home page", ok().to(302, home)),
        ("to the home page for good", ok().to(301, home)),
        ("to an error page", ok().to(302, "http://news.example/error/404.html")),
        ("up to a section", ok().to(301, "http://news.example/2022/")),
        ("a shell that says so", ok().title("404").html("<div id=root></div><script></script>").text("")),
    ];
    for (name, case) in &suspicious {
        assert!(matches!(case.find(), Finding::NeedsProbe { .. }), "{name}");
        // An honest host: the page is there, whatever it looks like.
        for honest in [404, 410] {
            let (verdict, _) = judged(name, &case.clone().probe(honest, None, sorry));
            assert_eq!(verdict, Verdict::Alive, "{name}, the host answers {honest} for others");
        }
        let mut unknown = case.clone();
        unknown.probe = Some(Probe::unanswered("robots.txt forbids it"));
        assert_eq!(judged(name, &unknown).0, Verdict::Alive, "{name}, unproved");
    }
    let soft = (Verdict::Dead, Some(Cause::Soft404));
    for (name, case) in [
        ("same text", ok().title("404 Not Found").text(sorry).probe(200, None, sorry)),
        (
            "same text but for the address",
            ok().text(&format!("{sorry} /2022/05/article.html")).probe(
                200,
                None,
                &format!("{sorry} /2022/05/qqqqqqqqqqqqqqqqqqqqqqqqq.html"),
            ),
        ),
        ("same address", ok().to(302, home).probe(200, Some(home), &article())),
        (
            "same section",
            ok().to(302, "http://news.example/2022/").probe(200, Some("http://news.example/2022/"), "news"),
        ),
        ("same address for good", ok().to(301, home).probe(200, Some(home), "other text")),
    ] {
        assert_eq!(judged(name, &case), soft, "{name}");
    }
    let other = ok().text(sorry).probe(200, None, "Welcome to the new site. Here is our search.");
    assert_eq!(judged("another text", &other), (Verdict::Alive, None));
}

#[test]
fn a_few_words_are_no_witness() {
    for (local, speaks) in [("", false), ("点击此处观看视频：《旧码头》", false), (&*article(), true)]
    {
        assert_eq!(is_witness(local), speaks, "{local}");
    }
}

#[test]
fn traps_that_only_look_like_a_soft_404() {
    let about = format!("How to write a good 404 page. {}", article());
    for (name, case) in [
        (
            "an article about 404 pages",
            ok().title("How to write a page not found page").text(&about).probe(404, None, ""),
        ),
        (
            "the same, on a host that is not honest",
            ok().title("A good 404").text(&about).probe(200, None, "nothing here"),
        ),
        ("a short page", ok().text("Opened at noon.").probe(404, None, "")),
        ("a cited home page", ok().url("http://news.example/").title("404 Media").text("404")),
        ("a cited home page with an index", ok().url("http://news.example/index.html").text("Soon.")),
        ("looks like one, holds the local text", ok().title("404 Not Found").local(0.9)),
        ("holds a part of the local text", ok().title("404 Not Found").local(0.3)),
        ("a short page with a script", ok().html("<script src=count.js></script>").text("Opened at noon.")),
        (
            "to an error page of an honest host",
            ok().to(302, "http://news.example/error").probe(404, None, ""),
        ),
        (
            "an article whose address names errors",
            ok().url("http://a.example/error/404").to(302, "http://a.example/x/error/404"),
        ),
        ("a passport in the path", ok().to(302, "http://news.example/2022/05/passport-control?from=old")),
        ("the home page moved", ok().url("http://news.example/").to(302, "http://www.news.example/")),
    ] {
        assert_eq!(judged(name, &case), (Verdict::Alive, None), "{name}");
    }
    // A script shell is the same for every address: that proves nothing.
    let shell = ok().html("<div id=app></div><script src=a.js></script>").text("").probe(200, None, "");
    assert_eq!(judged("a shell", &shell), (Verdict::Alive, Some(Cause::JsShell)));
    let home = ok().to(301, "http://news.example/").probe(404, None, "");
    assert_eq!(judged("to the home page of an honest host", &home), (Verdict::Alive, None), "but not moved");
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
