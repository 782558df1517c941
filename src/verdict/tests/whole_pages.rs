//! Whole pages, read as the program reads them: each rule must match the pages that it is for, and must not
//! match pages that look like them.

use url::Url;

use super::link_case::{LinkCase, exchange, judged, ok, sibling_of};
use crate::text::{TextRules, visible_text};
use crate::verdict::{Assessment, Cause, ControlPage, Probe, Verdict};

/// The URL that is asked for where a case does not set one.
pub(super) const URL: &str = "http://news.example/2022/05/notes";

/// A page as received.
#[derive(Clone)]
pub(super) struct WholePage {
    pub(super) case: LinkCase,
}

/// A whole page; its title and text are read from it.
pub(super) fn page(html: &str) -> WholePage {
    let read = visible_text(html, TextRules::built_in());
    WholePage { case: ok().url(URL).html(html).title(&read.title).text(&read.text) }
}

/// A page with a menu and a foot, as most have.
pub(super) fn framed(title: &str, body: &str) -> WholePage {
    page(&format!(
        "<!doctype html><html><head><title>{title}</title></head><body>\
         <nav><a href=/>首页</a> <a href=/local>本地</a> <a href=/login>登录</a> <a href=/join>注册</a></nav>\
         {body}<footer>© 2022 本站</footer></body></html>"
    ))
}

impl WholePage {
    pub(super) fn at(mut self, url: &str) -> Self {
        self.case.hops = vec![(url.to_owned(), 200, Vec::new())];
        self
    }
    pub(super) fn status(mut self, status: u16) -> Self {
        self.case = self.case.status(status);
        self
    }
    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.case = self.case.header(name, value);
        self
    }
    /// It was reached by a redirect from `URL`.
    pub(super) fn led_to(mut self, url: &str) -> Self {
        self.case = self.case.to(302, url);
        self
    }
    pub(super) fn local(mut self, share: f64) -> Self {
        self.case = self.case.local(share);
        self
    }
    /// The sibling was answered with this page, at its own address or at `at`.
    pub(super) fn probed(mut self, status: u16, at: Option<&str>, sibling: &Self) -> Self {
        let asked = sibling_of(&self.case.hops[0].0);
        let answered = at.map_or_else(|| asked.clone(), |at| Url::parse(at).unwrap());
        let chain = [exchange(&answered, status, &[], None)];
        self.case.probe =
            Some(Probe::from_exchanges(&asked, &chain, &sibling.case.title, &sibling.case.visible));
        self
    }
    /// The home page was answered with this page, at its own address or at `at`.
    pub(super) fn home(mut self, status: u16, at: Option<&str>, home: &Self) -> Self {
        let asked = ControlPage::Home(Url::parse(&self.case.hops[0].0).unwrap()).url_to_fetch("");
        let answered = at.map_or_else(|| asked.clone(), |at| Url::parse(at).unwrap());
        let chain = [exchange(&answered, status, &[], None)];
        self.case.home = Some(Probe::from_exchanges(&asked, &chain, &home.case.title, &home.case.visible));
        self
    }
    /// The sibling was answered with the same page, the home page is another.
    pub(super) fn same_for_all(self) -> Self {
        let sibling = self.clone();
        let front = framed("新闻网", "<p>欢迎来到渔村的网站，这里有潮汐表和天气预报，还有渡轮的班次。</p>");
        self.probed(200, None, &sibling).home(200, None, &front)
    }
}

/// Checks that each page gets the expected verdict.
pub(super) fn check_verdicts(pages: Vec<(&str, WholePage)>, right: (Verdict, Option<Cause>)) {
    for (name, page) in pages {
        assert_eq!(judged(name, &page.case), right, "{name}");
    }
}

pub(super) fn paragraphs(count: usize) -> String {
    "<p>昨天下午，县里的渔民合作社在旧码头开会，商量怎样把被台风打坏的木栈道修好，会议开了三个小时。</p>"
        .repeat(count)
}

pub(super) const FINE: (Verdict, Option<Cause>) = (Verdict::Alive, None);
pub(super) const WALL: (Verdict, Option<Cause>) = (Verdict::Blocked, Some(Cause::BotWall));
pub(super) const LOGIN: (Verdict, Option<Cause>) = (Verdict::Blocked, Some(Cause::LoginWall));
pub(super) const PAID: (Verdict, Option<Cause>) = (Verdict::Blocked, Some(Cause::Paywall));
pub(super) const GONE: (Verdict, Option<Cause>) = (Verdict::Dead, Some(Cause::Soft404));
pub(super) const PARKED: (Verdict, Option<Cause>) = (Verdict::Dead, Some(Cause::Parked));
pub(super) const SHELL: (Verdict, Option<Cause>) = (Verdict::Alive, Some(Cause::JsShell));

#[test]
fn a_login_in_the_head_of_a_page_is_no_wall() {
    let box_ = "<form action=/login>用户名 <input name=u> 密码 <input type=password name=p> 自动登录 找回密码</form>";
    let short_thread = format!(
        "{box_}<h1>栈道</h1><p>昨天下午，县里的渔民合作社在旧码头开会，商量怎样把被台风打坏的木栈道修好，会议开了三个小时，最后大家同意各出一天工。</p>"
    );
    check_verdicts(
        vec![
            ("a newspaper with a password field", framed("栈道", &format!("{box_}{}", paragraphs(8)))),
            (
                "a short thread of a forum with its login box",
                framed("栈道 - 论坛", &short_thread).probed(404, None, &page("")),
            ),
            ("a page with a login link only", framed("栈道", &paragraphs(4))),
            (
                "an article that quotes a gate",
                framed("栈道", &format!("<p>网站只说：请登录后查看。</p>{}", paragraphs(9))),
            ),
            (
                "moved to a page about passports",
                framed("护照", &paragraphs(6)).led_to("http://news.example/passport/renewal-2022-05-notes"),
            ),
        ],
        FINE,
    );
    check_verdicts(
        vec![
            ("a form", page("<title>Sign in</title><form>Email <input name=u> Password <input type='password'></form><p>By signing in you agree to our terms.</p>")),
            ("a forum that asks to log in", framed("提示信息 - 论坛", "<div>抱歉，您尚未登录，没有权限访问该版块</div>")),
            ("a social network", page("<title>Log in</title><div>You must log in to continue.</div><form><input type=password></form>")),
            ("an auth wall", page("<title>Sign Up</title><p>Join now</p>").led_to("https://www.social.example/authwall?trk=x&sessionRedirect=https%3A%2F%2Fwww.social.example%2Fin%2Fa")),
            ("a login flow", page("<title>Log in</title>").led_to("https://social.example/i/flow/login?redirect_after_login=%2Fa%2Fstatus%2F1")),
            ("a single sign-on", page("<title>统一身份认证</title>").led_to("https://passport.social.example/sso?service=http%3A%2F%2Fnews.example")),
        ],
        LOGIN,
    );
}

#[test]
fn a_paywall_counts_where_the_text_is_not_sent() {
    let tag = r#"<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":false,"hasPart":{"@type":"WebPageElement","isAccessibleForFree":"False","cssSelector":".paid"}}</script>"#;
    let article =
        |count| format!("{tag}<article><h1>栈道</h1><div class=paid>{}</div></article>", distinct(count));
    check_verdicts(
        vec![
            ("a teaser", framed("栈道", &article(3))),
            (
                "a teaser among headlines",
                framed(
                    "栈道",
                    &format!(
                        "{}<ul>{}</ul>",
                        article(2),
                        "<li><a href=/x>另一则很长的新闻标题，写的是别的事情</a></li>".repeat(30)
                    ),
                ),
            ),
        ],
        PAID,
    );
    check_verdicts(
        vec![
            ("the whole text is sent, scripts hide it", framed("栈道", &article(45))),
            ("the local copy's text is there", framed("栈道", &article(3)).local(0.8)),
            ("a free page", framed("栈道", &article(3).replace("false", "true").replace("False", "True"))),
        ],
        FINE,
    );
}

/// Paragraphs that are all different, since the extraction takes repeated ones for boilerplate.
fn distinct(count: usize) -> String {
    let mut all = String::new();
    for number in 0..count {
        let told = format!(
            "<p>第{number}天的会上，渔民合作社的第{number}组报告说，旧码头的木栈道又换了{number}块木板，花了不少工夫。</p>"
        );
        all.push_str(&told);
    }
    all
}

#[test]
fn challenges_are_not_confused_with_pages_about_them() {
    let origin_down = "<title>news.example | 521: Web server is down</title><div id=\"cf-wrapper\"><div id=\"cf-error-details\">\
                       <h1>Web server is down</h1><p>Error code 521. The web server is not returning a connection.</p></div></div>";
    check_verdicts(
        vec![
            ("a managed challenge in Chinese", page("<title>请稍候…</title><script>window._cf_chl_opt={}</script>").status(403)),
            ("the header with an empty body", page("").status(403).header("CF-Mitigated", "challenge")),
            ("a firewall's block", page("<title>Attention Required! | Cloudflare</title><div id=cf-wrapper><div id=cf-error-details>Sorry, you have been blocked</div></div>").status(403)),
            ("a cookie challenge with 521", page("<script>document.cookie=('_')+('__jsl_clearance=1')</script>").status(521)),
            ("a country's denial", page("<title>Sorry</title><p>This content is not available in your region.</p>").same_for_all()),
            ("a denial by score", page("<title>Access to this page has been denied.</title><div id=\"px-captcha\"></div>").status(403)),
            ("a slider", page("<title>滑动验证页面</title><div id=nc_1_wrapper class=geetest>请完成验证</div>")),
            ("a firewall page", page("<title>网站防火墙</title><p>您的请求已被拦截。</p>").status(405)),
            ("a consent page", page("<title>Before you continue</title><p>We use cookies</p>").led_to("https://consent.google.com/m?continue=x")),
            ("a consent page of another", page("<title>Your privacy</title>").led_to("https://guce.advertising.com/collectIdentifiers?sessionId=1")),
            ("a cookie to come back with", page("<html><head><script>document.cookie='sec=1;path=/';window.location.reload();</script></head></html>")),
            ("a challenge of scripts alone, with 412", page("<meta id=\"13J\" content=\"x\" r='m'><script r='m'>$_ts=window['$_ts'];if(!$_ts)$_ts={};$_ts.nsd=1;</script><script src=/a.js></script>").status(412)),
            ("notes for those who come from inside", page("<title>小红书</title><p>当前笔记暂时无法浏览</p>").led_to("https://www.xiaohongshu.com/404/sec_abc?error_code=300031&error_msg=x")),
            ("a consent that would lead back", framed("Privacy", &paragraphs(3)).led_to("https://news.example/gdpr-consent/?next_url=https%3a%2f%2fnews.example%2f2022%2f05%2fnotes")),
            ("an age gate that says so in its address", framed("Welcome", &paragraphs(3)).led_to("https://news.example/age-gate/")),
            ("a provider's block page", framed("Blocked", &paragraphs(3)).led_to("http://www.warning.example/")),
            ("a video, but no robots", page("<title> - YouTube</title><script>var ytInitialPlayerResponse = {\"playabilityStatus\":{\"status\":\"LOGIN_REQUIRED\",\"reason\":\"Sign in to confirm\"}};</script>").at("https://www.youtube.com/watch?v=abcdefghijk")),
            ("a video, but later", page("<title> - YouTube</title><script>var ytInitialPlayerResponse = {\"playabilityStatus\":{\"status\":\"ERROR\",\"reason\":\"Video unavailable\",\"subreason\":\"This content isn’t available, try again later.\"}};</script>").at("https://www.youtube.com/watch?v=abcdefghijk")),
            ("an article, but no strangers", page("<title></title><p>当前环境异常，完成验证后即可继续访问。</p>").led_to("https://mp.weixin.qq.com/mp/wappoc_appmsgcaptcha?poc_token=x&target_url=https%3A%2F%2Fmp.weixin.qq.com%2Fs%2Fabc")),
            ("a captcha host", page("<title>豆瓣</title>").led_to("https://sec.douban.com/a?c=1&r=2")),
        ],
        WALL,
    );
    check_verdicts(
        vec![
            (
                "a news item on checks",
                framed(
                    "New Security Check at the Harbour Ferry Terminal Opens on Monday",
                    "<p>The captcha of the booking page stays, the operator says.</p>",
                )
                .probed(404, None, &page("")),
            ),
            (
                "a short text on waffles",
                framed("Waffle day", "<p>Waffles at noon.</p>").probed(404, None, &page("")),
            ),
            (
                "a short text on a firewall",
                framed("简讯", "<p>学校新买了一台网站防火墙，下周安装，期间校园网会断开十分钟。</p>").probed(
                    404,
                    None,
                    &page(""),
                ),
            ),
            (
                "an article that quotes a challenge",
                framed("Just a moment... said the clerk", &paragraphs(20)),
            ),
            (
                "scripts of a protected page",
                framed(
                    "栈道",
                    &format!(
                        "<script src=/cdn-cgi/challenge-platform/h/b/scripts/jsd/main.js></script>{}",
                        paragraphs(9)
                    ),
                ),
            ),
            (
                "cookies of a protected page",
                framed("栈道", &paragraphs(9))
                    .header("x-datadome", "protected")
                    .header("set-cookie", "datadome=x"),
            ),
            (
                "a full page that the scripts of a challenge protect",
                framed("栈道", &format!("<script r='m'>$_ts=window['$_ts'];</script>{}", paragraphs(9))),
            ),
            (
                "an article on consent that a newsletter leads to",
                framed("栈道", &paragraphs(60))
                    .led_to("https://news.example/2022/05/notes-on-consent?ref=/letters"),
            ),
            (
                "a page that must be confirmed free of consent",
                framed("栈道", &paragraphs(9)).at("https://consent.example/notes"),
            ),
        ],
        FINE,
    );
    for (status, cause) in
        [(520, Cause::Http5xx), (521, Cause::Http5xx), (522, Cause::Http5xx), (526, Cause::Http5xx)]
    {
        let down = page(origin_down).status(status).header("server", "cloudflare");
        assert_eq!(judged("an origin that is down", &down.case), (Verdict::Failing, Some(cause)), "{status}");
    }
    let limited = page("<title>Access denied | Cloudflare</title><div id=cf-wrapper><div id=cf-error-details>Error 1015. You are being rate limited</div></div>").status(429);
    assert_eq!(judged("a rate limit", &limited.case), (Verdict::Failing, Some(Cause::Http429)));
    let legal = page("<title>451</title><p>Not available in your region for legal reasons.</p>").status(451);
    assert!(matches!(judged("a legal denial", &legal.case).0, Verdict::Blocked));
}

#[test]
fn not_found_is_recognised_in_many_words() {
    for (name, title, words) in [
        ("simplified", "页面不存在", "抱歉，您访问的页面不存在或已被删除。"),
        ("traditional", "找不到頁面", "抱歉，您要找的頁面不存在，請回首頁。"),
        ("removed by its author", "提示", "该文章已被作者删除。"),
        ("a lapsed link", "提示", "您访问的链接已失效，请返回首页。"),
        ("off the shelf", "提示信息", "该信息不存在或者已下架。"),
        ("bad parameters", "出错了", "参数错误"),
        ("wandered off", "哎呀", "页面走丢了，五秒后回到首页。"),
        ("Japanese", "エラー", "お探しのページは見つかりませんでした。"),
        ("English", "Oops", "We could not find what you were looking for."),
        ("nothing but a word", "Error", "Error"),
    ] {
        let gone = framed(title, &format!("<h2>{words}</h2>"));
        assert!(matches!(gone.case.assess(), Assessment::NeedsProbe { .. }), "{name} is suspicious");
        assert_eq!(judged(name, &gone.clone().same_for_all().case), GONE, "{name}");
        let honest = gone.probed(404, None, &page(""));
        assert_eq!(judged(name, &honest.case), FINE, "{name}, on an honest host");
    }
    // The same title and words, among other things to read each time.
    let among =
        |extra: &str| framed("404 - 页面不存在", &format!("<h1>页面不存在</h1><p>看看别的文章：</p>{extra}"));
    let one = among("<p>今天的潮汐表</p><p>渡轮的新班次</p>");
    let other = among("<p>图书馆招募志愿者</p><p>电车停驶通知</p>");
    assert_eq!(judged("with recommendations", &one.probed(200, None, &other).case), GONE);
    // All pages of a site may share a title, and have text.
    let site = |text: &str| framed("404 Media 新闻网", text);
    let page_there = site(&paragraphs(9)).probed(200, None, &site("<p>欢迎来到本站，请看左边的栏目。</p>"));
    assert_eq!(judged("a site whose name is a number", &page_there.case), FINE);
}

#[test]
fn known_sites_have_their_own_notices() {
    let removed = r#"<title> - YouTube</title><script>var ytInitialPlayerResponse = {"playabilityStatus":{"status":"ERROR","reason":"Video unavailable"}};</script>"#;
    check_verdicts(
        vec![
            ("a video", page(removed).at("https://www.youtube.com/watch?v=abcdefghijk")),
            (
                "an article of an app",
                page("<title></title><div>该内容已被发布者删除</div>").at("https://mp.weixin.qq.com/s/abc"),
            ),
        ],
        GONE,
    );
    let watch = r#"<title>Harbour tour - YouTube</title><script>var ytInitialPlayerResponse = {"playabilityStatus":{"status":"OK"}};</script><script>var ytInitialData = {};</script><div id="player"></div>"#;
    for (name, there, right) in [
        ("a video that plays", page(watch).at("https://www.youtube.com/watch?v=abcdefghijk"), SHELL),
        (
            "a page that quotes the notice",
            framed("怎么办", &format!("<p>该内容已被发布者删除</p>{}", paragraphs(9))).probed(
                404,
                None,
                &page(""),
            ),
            FINE,
        ),
    ] {
        assert_eq!(judged(name, &there.case), right, "{name}");
    }
}

#[test]
fn shells_are_not_confused_with_pages_that_hold_their_text_in_scripts() {
    let app = |state: &str| {
        page(&format!(
            "<!doctype html><html><head><title>App</title></head><body><div id=\"root\"></div>{state}\
             <script src=/static/js/main.js></script><noscript>You need to enable JavaScript to run this app. \
             This is a long remark that says so again and again, so that it is longer than any bound on short \
             texts that a rule may have, and again: you need to enable JavaScript to run this app.</noscript></body></html>"
        ))
    };
    assert_eq!(judged("a short message service", &app("").case), SHELL);
    let body = distinct(20).replace("<p>", "").replace("</p>", " ");
    let state = format!(
        "<script type=\"application/ld+json\">{{\"@type\":\"NewsArticle\",\"articleBody\":\"{body}\"}}</script>"
    );
    assert_eq!(judged("the text is in the state", &app(&state).case), FINE);
    let unseen = "<title>App</title><div id=app></div><script src=/a.js></script>\
                  <div style='display:none'>页面不存在，请返回首页</div>";
    assert_eq!(judged("what it would say of any page", &page(unseen).same_for_all().case), SHELL);
    let x = "<title></title><div id=react-root></div><script>window.__INITIAL_STATE__={}</script>\
             <div>Something went wrong, but don't fret. Try again</div>";
    assert_eq!(judged("another one", &page(x).case), SHELL);
}
