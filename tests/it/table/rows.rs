//! The table's own hosts, with the expected result for each.

use std::time::Duration;

use driftline::app::demo::server::{Conduct, Reply};
use driftline::verdict::Cause::{
    self, BadRedirect, BodyTooLarge, BotWall, ConnectionClosed, DnsFailure, DnsNxdomain, Excluded,
    ForbiddenAddress, Http5xx, Http404, Http429, JsShell, LoginWall, MalformedUrl, Parked, Paywall, Robots,
    RobotsUnreachable, Soft404, Timeout, TlsProtocol,
};
use driftline::verdict::Verdict::{self, Alive, Blocked, Dead, Failing, Invalid, Moved, Skipped};

use super::{Ask, Place, Row, cited, cited_at, repost};
use crate::kit::{self, page};

/// A long page with this title.
fn titled(title: &str) -> Reply {
    let story = kit::story(77, 12);
    page(title, &story.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A page of this source.
fn html(source: &str) -> Reply {
    Reply::html(format!("<!DOCTYPE html><html>{source}</html>"))
}

/// What a careless site answers, with status 200, for every page that it does not have.
fn sorry() -> Reply {
    page("页面不存在", &["您要找的内容可能已经被移走，请返回首页。"])
}

fn right(verdict: Verdict, cause: Cause) -> (Verdict, Option<Cause>) {
    (verdict, Some(cause))
}

const FINE: (Verdict, Option<Cause>) = (Alive, None);

/// Every row, in groups.
pub fn rows() -> Vec<Row> {
    [traps(), there(), refused(), gone(), not_this_time(), addresses()].into_iter().flatten().collect()
}

/// Pages that look wrong and are right.
fn traps() -> Vec<Row> {
    vec![
        cited("an article about 404 pages", "http://about-404.test/p/5", FINE, |ask| match ask.path {
            "/p/5" => titled("How to design a 404 page: not found is no shame"),
            _ => Reply::status(404),
        }),
        cited("… on a host that says 200 for all", "http://about-404-too.test/p/5", FINE, |ask| match ask
            .path
        {
            "/p/5" => titled("页面不存在怎么办：如何设计404页面"),
            _ => sorry(),
        }),
        cited("a short page", "http://short-page.test/n/1", FINE, |ask| match ask.path {
            "/n/1" => page("通知", &["中午开门。"]),
            _ => Reply::status(404),
        }),
        cited("a short page among others, 200 for all", "http://short-too.test/n/1", FINE, |ask| {
            match ask.path {
                "/n/1" => page("通知", &["中午开门，请大家走北门。"]),
                _ => page("首页", &["欢迎来到渔村的网站，这里有潮汐表和天气预报。"]),
            }
        }),
        cited("a cited home page that says 404", "http://home-page.test/", FINE, |_| {
            page("404 Not Found Studio", &["We are 404."])
        }),
        cited("a policy that names wall vendors", "http://policy.test/a", FINE, |ask| {
            match ask.path {
            "/a" => html(
                "<head><title>短讯</title><meta http-equiv=\"Content-Security-Policy\" content=\"script-src \
                 https://geo.captcha-delivery.com https://client.px-captcha.com _Incapsula_Resource _cf_chl_opt\">\
                 </head><body><p>今天下午三点停水，请提前储水。</p></body>",
            )
            .with_header("Content-Security-Policy", "script-src ct.captcha-delivery.com 'unsafe-inline'")
            .with_header("Server", "cloudflare")
            .with_header("Set-Cookie", "__cf_bm=1; path=/"),
            _ => Reply::status(404),
        }
        }),
        repost("looks like a soft 404, holds the local text", "http://looks-gone.test/a", FINE, |ask| {
            ask.article("404 页面不存在")
        }),
        repost("status 404, but the local text is there", "http://wrong-status.test/a", FINE, |ask| {
            ask.article("题目").with_status(404)
        }),
        repost("a price tag on a page that holds the local text", "http://paid-open.test/a", FINE, |ask| {
            let mut reply = ask.article("题目");
            let tag = "<script type=\"application/ld+json\">{\"isAccessibleForFree\":false}</script>";
            reply.body = [tag.as_bytes(), &reply.body].concat().into();
            reply
        }),
        cited("503, then 200", "http://second-try.test/a", FINE, |ask| match ask.times {
            1 => Reply::status(503),
            _ => titled("第二次"),
        }),
        cited("closed without an answer, then 200", "http://second-connection.test/a", FINE, |ask| match ask
            .times
        {
            1 => Reply::misbehaving(Conduct::Close),
            _ => titled("第二次"),
        }),
        cited("429 that asks for no rest, then 200", "http://second-patience.test/a", FINE, |ask| match ask
            .times
        {
            1 => Reply::status(429).with_header("Retry-After", "0"),
            _ => titled("第二次"),
        }),
        cited("robots.txt is a page of HTML", "http://html-robots.test/a", FINE, |_| titled("消息"))
            .robots(|_| page("Welcome", &["User-agent: nobody", "Disallow nothing"])),
        cited("robots.txt answers 403", "http://no-robots.test/a", FINE, |_| titled("消息"))
            .robots(|_| Reply::status(403)),
        cited("a password field in the page's head", "http://members-welcome.test/a", FINE, |_| {
            let mut reply = titled("消息");
            let form = "<form action=/login><input name=u><input type=password name=p></form>";
            reply.body = [form.as_bytes(), &reply.body].concat().into();
            reply
        }),
        cited(
            "the home page for all removed pages, honest else",
            "http://sends-one-home.test/n/5",
            FINE,
            |ask| match ask.path {
                "/n/5" => Reply::redirect(301, "/"),
                "/" => titled("首页"),
                _ => Reply::status(404),
            },
        ),
    ]
}

/// Sets a cookie with every page, and answers 404 to a client that sends it.
fn cookie_jar(ask: &Ask<'_>) -> Reply {
    match ask.request.header("cookie") {
        Some(_) => Reply::status(404),
        None => titled("消息").with_header("Set-Cookie", "seen=1; Path=/"),
    }
}

/// Pages that answer, directly or through redirects.
fn there() -> Vec<Row> {
    vec![
        repost("an original that stands as it was", "http://original.test/a", FINE, |ask| {
            ask.article("题目")
        }),
        cited("a cookie test by redirect", "http://cookie-test.test/a", FINE, |ask| {
            match ask.request.header("cookie") {
                Some("seen=1") => titled("消息"),
                _ => Reply::redirect(302, "/a").with_header("Set-Cookie", "seen=1; Path=/"),
            }
        }),
        cited("a page that sets a cookie", "http://cookie-jar.test/1", FINE, cookie_jar),
        cited("the next page, which must not get it", "http://cookie-jar.test/2", FINE, cookie_jar),
        cited("gzip, in two members", "http://zipped.test/a", FINE, |_| {
            let reply = titled("消息");
            let (one, two) = reply.body.split_at(reply.body.len() / 2);
            let body = [super::gzip(one), super::gzip(two)].concat();
            reply.with_body(body).with_header("Content-Encoding", "gzip")
        }),
        cited("a refresh after five minutes", "http://reloads.test/a", FINE, |ask| match ask.path {
            "/a" => {
                let reply = titled("消息");
                let tag = "<meta http-equiv=refresh content=\"300; url=/b\">";
                let body = [tag.as_bytes(), &reply.body].concat();
                reply.with_body(body)
            }
            _ => Reply::status(404),
        }),
        cited("an instant refresh", "http://refreshes.test/a", (Moved, None), |ask| match ask.path {
            "/a" => html("<meta http-equiv=refresh content='0;url=/b'>"),
            _ => titled("消息"),
        }),
        cited("308, then 301", "http://moved-twice.test/a", (Moved, None), |ask| match ask.path {
            "/a" => Reply::redirect(308, "/b"),
            "/b" => Reply::redirect(301, "/c/a"),
            _ => titled("消息"),
        }),
        cited("301, then 302", "http://moved-once.test/a", FINE, |ask| match ask.path {
            "/a" => Reply::redirect(301, "/b"),
            "/b" => Reply::redirect(302, "/c/a"),
            _ => titled("消息"),
        }),
        cited("a script shell", "http://script-shell.test/a", right(Alive, JsShell), |_| {
            html(
                "<head><title>App</title></head><body><div id=\"app\"></div><script src=/a.js></script></body>",
            )
        }),
    ]
}

/// Servers that refuse.
fn refused() -> Vec<Row> {
    let wall = right(Blocked, BotWall);
    vec![
        cited("a wall with status 404", "http://wall-404.test/a", wall, |_| {
            html("<title>Just a moment...</title><script>window._cf_chl_opt={}</script>").with_status(404)
        }),
        cited("a wall with status 200", "http://wall-200.test/a", wall, |_| {
            html("<iframe src=\"/_Incapsula_Resource?SWUDNSAI=31\"></iframe>")
        }),
        cited("a wall with status 503, told by its header", "http://wall-503.test/a", wall, |_| {
            Reply::status(503).with_header("CF-Mitigated", "challenge")
        }),
        cited("status 999", "http://wall-999.test/in/someone", wall, |_| Reply::status(999)),
        cited("led to a login", "http://login-redirect.test/a", right(Blocked, LoginWall), |ask| {
            match ask.path {
                "/a" => Reply::redirect(302, "/account/signin?returnUrl=%2Fa"),
                _ => titled("Sign in"),
            }
        }),
        cited(
            "a login form in place of the page",
            "http://login-form.test/a",
            right(Blocked, LoginWall),
            |_| html("<body><form><input name=u><input type=password></form>请登录</body>"),
        ),
        cited("a teaser with a price", "http://teaser.test/a", right(Blocked, Paywall), |_| {
            html(
                "<head><script type=\"application/ld+json\">{\"@type\":\"NewsArticle\",\
                 \"isAccessibleForFree\":\"False\"}</script></head><body><p>开头两句。</p></body>",
            )
        }),
        cited("robots.txt says no", "http://robots-no.test/private/a", right(Blocked, Robots), |_| {
            titled("消息")
        })
        .robots(|_| Reply::text("User-agent: *\nDisallow: /private/\n")),
        cited(
            "robots.txt answers 500",
            "http://robots-broken.test/a",
            right(Blocked, RobotsUnreachable),
            |_| titled("消息"),
        )
        .robots(|_| Reply::status(500)),
    ]
}

/// Pages that are gone.
fn gone() -> Vec<Row> {
    vec![
        cited("an honest 404", "http://honest-404.test/a", right(Dead, Http404), |_| Reply::status(404)),
        cited("moved to a 404", "http://moved-404.test/a", right(Dead, Http404), |ask| match ask.path {
            "/a" => Reply::redirect(301, "/b"),
            _ => Reply::status(404),
        }),
        cited("200 for all, the same words", "http://says-sorry.test/n/1", right(Dead, Soft404), |_| sorry()),
        repost(
            "the same, though a local copy was there",
            "http://forgot.test/n/1",
            right(Dead, Soft404),
            |_| sorry(),
        ),
        cited(
            "200 for all, with the address in the words",
            "http://echoes.test/n/1",
            right(Dead, Soft404),
            |ask| page("Oops", &[&format!("We could not find {} on this server.", ask.path)]),
        ),
        cited("all are sent home", "http://sends-home.test/n/1", right(Dead, Soft404), |ask| {
            match ask.path {
                "/" => titled("首页"),
                _ => Reply::redirect(302, "/"),
            }
        }),
        cited("all are sent to an error page", "http://sends-away.test/n/1", right(Dead, Soft404), |ask| {
            match ask.path {
                "/error.html" => titled("出错了"),
                _ => Reply::redirect(302, "/error.html"),
            }
        }),
        cited("a parking service", "http://parked.test/n/1", right(Dead, Parked), |_| {
            html("<body><script>window.park = \"eyJ1dWlkIjoi\";</script></body>")
        }),
        cited("sold: by a rule of the user's", "http://sold.test/n/1", right(Dead, Parked), |_| {
            Reply::redirect(302, "http://name-seller.test/offer")
        }),
        cited("the seller itself", "http://name-seller.test/about", FINE, |_| titled("About us")),
        cited_at(Place::Dns, "a name that does not exist", "http://nx.gone.test/a", right(Dead, DnsNxdomain)),
    ]
}

/// Pages that cannot be judged this time.
fn not_this_time() -> Vec<Row> {
    let dns = right(Failing, DnsFailure);
    vec![
        cited_at(Place::Dns, "DNS fails", "http://servfail.gone.test/a", dns),
        cited_at(Place::Dns, "DNS is silent", "http://silent.gone.test/a", dns),
        cited_at(Place::Dns, "DNS knows no address", "http://empty.gone.test/a", dns),
        cited("never answers", "http://never-answers.test/a", right(Failing, Timeout), |_| {
            Reply::misbehaving(Conduct::Silent)
        }),
        cited("a byte now and then", "http://drips.test/a", right(Failing, Timeout), |_| {
            let pause = Duration::from_millis(700);
            titled("消息").sent(Conduct::Drip { piece: 1, pause })
        }),
        cited_at(
            Place::NotTls,
            "no TLS where TLS is asked for",
            "https://no-tls.test/a",
            right(Failing, TlsProtocol),
        ),
        cited("closes every time", "http://closes.test/a", right(Failing, ConnectionClosed), |_| {
            Reply::misbehaving(Conduct::Close)
        }),
        cited("a body without end", "http://endless.test/a", right(Failing, BodyTooLarge), |_| {
            titled("消息").sent(Conduct::Endless)
        }),
        cited("500 every time", "http://broken.test/a", right(Failing, Http5xx), |_| Reply::status(500)),
        cited("429 until tomorrow", "http://tomorrow.test/a", right(Failing, Http429), |_| {
            Reply::status(429).with_header("Retry-After", "86400")
        }),
        cited("a redirect to an app", "http://to-an-app.test/a", right(Failing, BadRedirect), |_| {
            Reply::redirect(302, "weixin://dl/chat")
        }),
        cited("left out by the configuration", "http://left-out.test/a", right(Skipped, Excluded), |_| {
            titled("消息")
        }),
    ]
}

/// Ways to reach the machine itself. All of them are on loopback, so that a failing address filter shows.
fn addresses() -> Vec<Row> {
    let forbidden = right(Failing, ForbiddenAddress);
    let inside =
        |what: &str, host: &str| cited_at(Place::Dns, what, &format!("http://{host}:PORT/inside"), forbidden);
    // Nobody writes such spellings of a host, but a redirect may use them.
    let led: fn(&Ask<'_>) -> Reply = |ask| {
        let name = ask.path.trim_start_matches('/');
        Reply::redirect(302, &format!("http://{name}:{}/inside", ask.port))
    };
    let mut rows = vec![
        inside("DNS leads to 127.0.0.1", "inner.gone.test"),
        inside("DNS leads to ::1", "inner6.gone.test"),
        inside("DNS leads to a mapped address", "mapped.gone.test"),
        inside("an address", "127.0.0.1"),
        inside("an octal address", "0177.0.0.1"),
        inside("a mapped address", "[::ffff:127.0.0.1]"),
        inside("an IPv6 address", "[::1]"),
        cited_at(
            Place::Dns,
            "an address that nobody writes",
            "http://2130706433/inside",
            (Invalid, Some(MalformedUrl)),
        ),
    ];
    for spelling in ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "017700000001", "[::ffff:7f00:1]"] {
        let what = format!("a redirect to {spelling}");
        rows.push(cited(&what, &format!("http://leads-inside.test/{spelling}"), forbidden, led));
    }
    rows.push(cited(
        "a redirect to a name that lies inside",
        "http://leads-inside.test/inner.gone.test",
        forbidden,
        led,
    ));
    rows
}
