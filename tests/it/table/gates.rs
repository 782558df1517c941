//! Rows for hosts that answer every address alike, or with less than a page: a gate before every page does
//! not mean that a page is gone.

use driftline::app::demo::server::Reply;
use driftline::verdict::Cause::{
    BodyIncomplete, BotWall, Http404, JsShell, LoginWall, Parked, ProtocolError, Soft404,
};
use driftline::verdict::Verdict::{self, Alive, Blocked, Dead, Failing};

use super::{Ask, Row, Serve, cited, repost};
use crate::kit::{self, page};

/// A verdict with its cause.
type Right = (Verdict, Option<driftline::verdict::Cause>);

const FINE: Right = (Alive, None);
const WALL: Right = (Blocked, Some(BotWall));
const GONE: Right = (Dead, Some(Soft404));

/// Every row, in groups.
pub fn rows() -> Vec<Row> {
    [alike(), led(), for_sale(), less_than_a_page()].into_iter().flatten().collect()
}

/// A page without frame.
fn bare(title: &str, words: &str) -> Reply {
    Reply::html(format!(
        "<!DOCTYPE html><html><head><title>{title}</title></head><body><p>{words}</p></body></html>"
    ))
}

/// A long page with this title.
fn titled(title: &str) -> Reply {
    let story = kit::story(title.bytes().map(u64::from).sum(), 12);
    page(title, &story.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The page that was cited, and 404 for all others.
fn only(ask: &Ask<'_>, reply: Reply) -> Reply {
    if ask.path == "/n/p5" { reply } else { Reply::status(404) }
}

/// A home page of its own, and this page for every other address.
fn below_home(ask: &Ask<'_>, reply: Reply) -> Reply {
    if ask.path == "/" { titled("渔村新闻") } else { reply }
}

/// The same words for every address.
fn alike() -> Vec<Row> {
    let rows: [(&str, &str, Right, Serve); 14] = [
        ("down for maintenance, with 200", "g-maintenance", WALL, |_| {
            bare("Site", "This site is currently down for maintenance.")
        }),
        ("access denied, with 200", "g-denied", WALL, |_| bare("Site", "Access Denied")),
        ("our address is blocked, with 200", "g-banned", WALL, |_| {
            bare("Site", "Your IP address 203.0.113.7 has been blocked.")
        }),
        ("a server's error, with 200", "g-error", WALL, |_| bare("Site", "Internal Server Error")),
        ("too busy, with 200", "g-busy", WALL, |_| bare("提示", "系统繁忙，请稍后再试")),
        ("words that nobody has listed", "g-unheard", WALL, |_| bare("海港", "我们搬家了，周一见。")),
        ("the same, and the home page is refused", "g-refused", WALL, |ask| match ask.path {
            "/" => Reply::status(403),
            _ => bare("海港", "我们搬家了，周一见。"),
        }),
        ("the same, and the home page is there", "g-short", GONE, |ask| {
            below_home(ask, bare("海港", "我们搬家了，周一见。"))
        }),
        ("an error before all but the home page", "g-inner-error", WALL, |ask| {
            below_home(
                ask,
                bare(
                    "Error",
                    "Sorry, the page you are looking for is currently unavailable.<br>Please try again later.",
                ),
            )
        }),
        ("the whole site says not found", "g-says-so", GONE, |_| bare("", "Page not found")),
        ("an age gate, in words that nobody has listed", "g-age", WALL, |_| {
            bare("入口", "本站内容只供成人观看。进入 / 离开")
        }),
        ("templates that scripts fill", "g-template", (Alive, Some(JsShell)), |_| {
            Reply::html(
                "<html><head><title>App</title></head><body><div id=page><p v-if=\"!text\">页面不存在</p><p>{{ text }}</p></div><script src=/a.js></script></body></html>",
            )
        }),
        ("a forum that shows guests nothing", "g-guests", (Blocked, Some(LoginWall)), |ask| {
            below_home(ask, page("提示信息 - 论坛", &["抱歉，您所在的用户组(游客)无法进行此操作"]))
        }),
        ("the local text, on a host that is alike for all else", "g-local", FINE, |ask| match ask.path {
            "/n/p5" => ask.article("404 页面不存在"),
            _ => bare("404 页面不存在", "页面不存在"),
        }),
    ];
    let row = |(what, host, right, serve): (&str, &str, Right, Serve)| {
        let url = format!("http://{host}.test/n/p5");
        if host == "g-local" { repost(what, &url, right, serve) } else { cited(what, &url, right, serve) }
    };
    rows.into_iter().map(row).collect()
}

/// Every address redirects to this one.
fn lead(ask: &Ask<'_>, to: &str, page: impl Fn() -> Reply) -> Reply {
    if ask.path == to { page() } else { Reply::redirect(302, to) }
}

/// A redirect before every page.
fn led() -> Vec<Row> {
    let rows: [(&str, &str, Right, Serve); 10] = [
        ("all are led to a consent", "r-consent", WALL, |ask| lead(ask, "/consent", || titled("Privacy"))),
        ("all are led to a choice of countries", "r-select", WALL, |ask| {
            lead(ask, "/select", || bare("Welcome", "China, Japan, Germany"))
        }),
        ("all are led to a captcha", "r-captcha", WALL, |ask| {
            lead(ask, "/captcha", || bare("Welcome", "Type the letters"))
        }),
        ("all are led to a notice of maintenance", "r-maintenance", WALL, |ask| {
            lead(ask, "/maintenance.html", || titled("搬家"))
        }),
        ("all but the home page are led to a subscription", "r-subscribe", WALL, |ask| {
            below_home(ask, lead(ask, "/subscribe", || titled("Subscribe")))
        }),
        ("all are led to a page without a telling name", "r-unnamed", WALL, |ask| {
            lead(ask, "/q7", || titled("渔村"))
        }),
        ("all are led to a consent that would lead back", "r-back", WALL, |ask| match ask.path {
            "/consent" => titled("Privacy"),
            path => Reply::redirect(302, &format!("/consent?lang=en&returnTo={path}")),
        }),
        ("all but the home page are led to one page", "r-one-page", GONE, |ask| {
            below_home(ask, lead(ask, "/q7", || titled("别的文章")))
        }),
        ("all are led up to their section", "r-section", GONE, |ask| lead(ask, "/n/", || titled("新闻列表"))),
        ("the page is named behind the hash", "r-hash", (Alive, Some(JsShell)), |ask| match ask.path {
            "/" => Reply::html("<title>App</title><div id=app></div><script src=/a.js></script>"),
            path => Reply::redirect(302, &format!("/#{path}")),
        }),
    ];
    rows.map(|(what, host, right, serve)| cited(what, &format!("http://{host}.test/n/2020/p5"), right, serve))
        .into()
}

/// What sellers of domain names write.
fn for_sale() -> Vec<Row> {
    let parked = (Dead, Some(Parked));
    vec![
        cited("an article of a paper that trades in names", "http://name-journal.test/n/p5", FINE, |ask| {
            only(
                ask,
                bare(
                    "On the market",
                    "The harbour's domain is for sale again, nine years on, name-journal.test has learnt.",
                ),
            )
        }),
        cited("a foot that offers the name", "http://diary-harbour.test/n/p5", FINE, |ask| {
            only(ask, bare("港口日记", "老港长写了四十年日记。</p><p>版权所有 diary-harbour.test 本域名转让"))
        }),
        cited("news of a name that lapsed", "http://lapsed-news.test/n/p5", FINE, |ask| {
            only(ask, bare("News", "The shop said this domain has expired by mistake. lapsed-news.test"))
        }),
        cited("for sale, whatever is asked", "http://for-sale.test/n/p5", parked, |_| {
            bare("for-sale.test", "This domain is for sale.")
        }),
        cited("for sale, a home page", "http://home-for-sale.test/", parked, |_| {
            bare("域名出售", "home-for-sale.test 域名出售，请联系买家电话。")
        }),
        cited("a seller's page that all are led to", "http://led-to-sale.test/n/p5", parked, |ask| {
            lead(ask, "/", || bare("led-to-sale.test", "Buy this domain."))
        }),
    ]
}

/// Answers that hold no page.
fn less_than_a_page() -> Vec<Row> {
    vec![
        cited("304 that nobody asked for", "http://says-304.test/a", (Failing, Some(ProtocolError)), |_| {
            Reply::status(304)
        }),
        repost(
            "a part that nobody asked for",
            "http://sends-part.test/a",
            (Failing, Some(BodyIncomplete)),
            |ask| {
                let reply = ask.article("题目").with_status(206);
                let (all, sent) = (reply.body.len(), 300);
                let body = reply.body.slice(..sent);
                reply.with_body(body).with_header("Content-Range", &format!("bytes 0-{}/{all}", sent - 1))
            },
        ),
        repost("a part that is the whole", "http://sends-whole.test/a", FINE, |ask| {
            let reply = ask.article("题目").with_status(206);
            let all = reply.body.len();
            reply.with_header("Content-Range", &format!("bytes 0-{}/{all}", all - 1))
        }),
        repost("204", "http://no-content.test/a", FINE, |_| Reply { status: 204, ..Reply::default() }),
        cited("404 with a shell", "http://shell-404.test/a", (Dead, Some(Http404)), |_| {
            Reply::html("<title>App</title><div id=app></div><script src=/a.js></script>").with_status(404)
        }),
    ]
}
