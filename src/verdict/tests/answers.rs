//! A case for every verdict and cause that an answer can have, and for what only looks like it.

use url::Url;

use super::link_case::{LINK, LinkCase, article, exchange, judged, ok};
use crate::fetch::redirect::RedirectFailure;
use crate::fetch::{FetchFailure, Truncation};
use crate::verdict::{Cause, Verdict, is_long_enough_copy, judge_failure, judge_redirect_failure};

#[test]
fn every_answer_has_its_verdict() {
    use Cause as C;
    use Verdict::{Alive, Blocked, Dead, Failing, Moved};
    let shell = r#"<html><body><div id="root"></div><script src="/app.js"></script></body></html>"#;
    let form = r#"<form><input name=u><input type="password" name=p></form>"#;
    let paid = r#"<script type="application/ld+json">{"@graph":[{"@type":"NewsArticle","isAccessibleForFree":"False"}]}</script>"#;
    let cases: Vec<(&str, LinkCase, Verdict, Option<Cause>)> = vec![
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
        ("lost the local copy, on an honest host", ok().local(0.0).probe(404, None, ""), Alive, None),
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
            ok().to(302, "https://sso.big.example/start?returnUrl=%2Fnotes"),
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
            "paywall in invalid JSON",
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
fn walls_are_recognised_with_any_status() {
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
fn a_page_that_only_names_a_wall_is_no_wall() {
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
fn a_few_words_cannot_identify_a_page() {
    for (local, speaks) in [("", false), ("点击此处观看视频：《旧码头》", false), (&*article(), true)]
    {
        assert_eq!(is_long_enough_copy(local), speaks, "{local}");
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
        (FetchFailure::TlsIncompleteChain, Verdict::Failing, Cause::TlsUntrusted),
        (FetchFailure::TlsUnsupported, Verdict::Failing, Cause::TlsProtocol),
        (FetchFailure::ForbiddenAddress, Verdict::Failing, Cause::ForbiddenAddress),
        (FetchFailure::Protocol, Verdict::Failing, Cause::ProtocolError),
    ] {
        let judgement = judge_failure(failure, &url);
        assert_eq!((judgement.verdict, judgement.cause), (verdict, Some(cause)), "{failure:?}");
        assert!(judgement.evidence[0].contains("news.example"), "{judgement:?}");
        let only_here = matches!(failure, FetchFailure::TlsIncompleteChain | FetchFailure::TlsUnsupported);
        assert_eq!(judgement.is_inconclusive, only_here, "{failure:?}");
        let names_browsers = judgement.evidence.iter().any(|fact| fact.contains("browsers may"));
        assert_eq!(names_browsers, only_here, "{judgement:?}");
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

/// The names in JSON, in reports and in the documentation are the same.
#[test]
fn every_cause_is_named_and_explained() {
    let docs = include_str!("../../../docs/verdicts.md");
    for cause in Cause::ALL {
        assert_eq!(serde_json::to_value(cause).unwrap(), cause.as_str());
        assert_eq!(cause.as_str().parse(), Ok(*cause));
        assert!(docs.contains(&format!("| `{cause}` |")), "docs/verdicts.md explains {cause}");
    }
    for verdict in Verdict::ALL {
        assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.as_str());
        assert_eq!(verdict.as_str().parse(), Ok(*verdict));
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
        case.assess();
        let (verdict, _) = judged("holds the local copy", &case.local(0.6));
        proptest::prop_assert!(matches!(verdict, Verdict::Alive | Verdict::Moved));
    }
}
