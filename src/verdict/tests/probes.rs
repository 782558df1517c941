//! Suspicious pages are decided by the answers for a sibling and for the home page.

use url::Url;

use super::link_case::{article, judged, ok, sibling_control};
use super::whole_pages::{FINE, GONE, LOGIN, SHELL, URL, WALL, WholePage, framed, page, paragraphs};
use crate::verdict::{Assessment, Cause, ControlPage, Probe, Verdict};

/// The request that is needed before the page can be judged.
fn needed_control(page: &WholePage) -> ControlPage {
    match page.case.assess() {
        Assessment::NeedsProbe { control, .. } => control,
        Assessment::Judged(judgement) => panic!("judged without a probe: {judgement:?}"),
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
        assert!(matches!(case.assess(), Assessment::NeedsProbe { .. }), "{name}");
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
fn a_gate_before_every_page_does_not_mean_that_the_page_is_gone() {
    let gates = [
        ("an age gate", framed("请确认", "<p>您是否已年满十八岁？ 是 / 否</p>")),
        ("an age gate in English", framed("Welcome", "<p>Are you over 18? Yes / No</p>")),
        ("maintenance", framed("公告", "<p>系统维护中，请稍后访问。</p>")),
        (
            "maintenance in English",
            framed("News", "<p>We are down for scheduled maintenance. Be back soon.</p>"),
        ),
        (
            "a broken database",
            page("<title>Database Error</title><h1>Error establishing a database connection</h1>"),
        ),
        ("scripts wanted", framed("News", "<p>Please enable JavaScript to view this page.</p>")),
        ("an unpaid host", page("<title>Account Suspended</title><p>This Account has been suspended.</p>")),
        ("too often", framed("提示", "<p>访问过于频繁，请稍后再试。</p>")),
    ];
    for (name, gate) in gates {
        assert_eq!(judged(name, &gate.clone().same_for_all().case), WALL, "{name}");
        let led =
            gate.led_to("http://news.example/gate").probed(200, Some("http://news.example/gate"), &page(""));
        assert_eq!(judged(name, &led.case), WALL, "{name}, by redirect");
    }
    // "Not found" in the title is about the page, whatever the text says.
    let gone = framed("页面不存在", "<p>请开启JavaScript。</p>").same_for_all();
    assert_eq!(judged("not found, with a remark", &gone.case), GONE);
}

#[test]
fn a_redirect_away_is_proved_where_it_began() {
    let home = "http://news.example/";
    let front = framed("新闻网", &paragraphs(9));
    let led = front.clone().led_to(home);
    assert_eq!(needed_control(&led), sibling_control(URL), "the sibling of what was asked for");
    assert_eq!(judged("all are led home", &led.probed(200, Some(home), &front).case), GONE);
    let elsewhere = front.clone().led_to("http://new-owner.example/?from=news.example");
    assert_eq!(needed_control(&elsewhere), sibling_control(URL));
    let words = framed("页面不存在", "<p>找不到</p>").led_to("http://new.example/2022/05/notes");
    let there = sibling_control("http://new.example/2022/05/notes");
    assert_eq!(needed_control(&words), there, "the page that says so");
}

#[test]
fn pages_may_be_named_by_their_query() {
    let url = "http://news.example/show.php?id=5";
    let gone = framed("提示", "<p>文章不存在</p>").at(url);
    assert_eq!(judged("not found by number", &gone.same_for_all().case), GONE);
    // A page that heeds no query is the same for every number: that proves nothing.
    let short = framed("通知", "<p>中午开门。</p>").at(url).same_for_all();
    assert_eq!(judged("a short page that heeds no query", &short.case), FINE);
}

impl WholePage {
    /// The home page is another page.
    fn free_home(self) -> Self {
        let front = framed("新闻网", &paragraphs(3));
        self.home(200, None, &front)
    }
}

/// The same gate before the page, its sibling and the home page.
fn everywhere(gate: &WholePage) -> WholePage {
    gate.clone().probed(200, None, gate).home(200, None, gate)
}

#[test]
fn a_page_that_the_home_page_shows_too_is_a_gate() {
    // No list of words knows them all.
    for words in [
        "Access Denied",
        "Your IP address has been blocked.",
        "Internal Server Error",
        "系统繁忙，请稍后再试",
        "本站搬家，周一见",
        "We moved our machines. See you on Monday.",
        "参数错误",
        "Choose: China, Japan, Germany",
    ] {
        for title in ["", "Site", "页面出错"] {
            let gate = page(&format!("<title>{title}</title><p>{words}</p>"));
            assert_eq!(judged(words, &everywhere(&gate).case), WALL, "{words}");
        }
    }
    // No list can have these words, so the home page is asked for, and it decides.
    let unheard = page("<title>Site</title><p>Zzyzx.</p>");
    let asked = unheard.clone().probed(200, None, &unheard);
    assert_eq!(needed_control(&asked), ControlPage::Home(Url::parse(URL).unwrap()));
    assert_eq!(judged("the home page is there", &unheard.clone().same_for_all().case), GONE);
    for (name, home) in [
        ("is refused", asked.clone().home(403, None, &page("<p>No.</p>"))),
        ("fails", asked.clone().home(500, None, &page("<p>Internal Server Error</p>"))),
        ("is not there", asked.clone().home(404, None, &page("<p>Not found</p>"))),
        ("shows nothing", asked.clone().home(200, None, &page("<div id=app></div>"))),
    ] {
        assert_eq!(judged(name, &home.case), WALL, "the home page {name}");
    }
    let mut unasked = asked;
    unasked.case.home = Some(Probe::unanswered("robots.txt forbids it"));
    assert_eq!(judged("the home page may not be asked for", &unasked.case), WALL);
    // Who says so needs no other witness.
    let gone = page("<title>WholePage not found</title><p>Sorry.</p>");
    assert_eq!(judged("the whole site says so", &everywhere(&gone).case), GONE);
    let worded = page("<title>Oops</title><p>We could not find what you were looking for.</p>");
    assert_eq!(judged("the whole site says so in its text", &everywhere(&worded).case), GONE);
}

#[test]
fn a_redirect_before_every_page_is_a_gate() {
    let privacy =
        page(&format!("<title>Welcome</title><p>{}</p>", "We and our partners keep a file. ".repeat(9)));
    let led = |to: &str| {
        let sibling = privacy.clone();
        privacy.clone().led_to(to).probed(200, Some(to), &sibling)
    };
    for to in ["/consent", "/select", "/captcha", "/maintenance.html", "/subscribe", "/adult"] {
        let to = format!("http://news.example{to}");
        let gate = led(&to);
        assert_eq!(judged(&to, &gate.clone().home(200, Some(&to), &privacy).case), WALL, "{to}");
        // By its name, even where the home page is free.
        assert_eq!(judged(&to, &gate.free_home().case), WALL, "{to}, with a free home page");
    }
    let to = "http://news.example/q7";
    assert_eq!(needed_control(&led(to)), ControlPage::Home(Url::parse(URL).unwrap()));
    let told = led(to).home(200, Some("http://news.example/q7?from=%2F"), &privacy);
    assert_eq!(judged("a gate without a name", &told.case), WALL);
    assert_eq!(judged("led to another page", &led(to).free_home().case), GONE);
    // A section's front is a front: no home page is asked for.
    assert_eq!(judged("led up", &led("http://news.example/2022/").case), GONE);
    assert_eq!(judged("led up to an index", &led("http://www.news.example/2022/index.html").case), GONE);
    let login = page("<title>Welcome</title><p>Go on with your account.</p>");
    let honest = login.clone().led_to("http://news.example/signin").probed(404, None, &page(""));
    assert_eq!(judged("a login without a field, on an honest host", &honest.case), LOGIN);
    let led = login.clone().led_to("http://news.example/signin").probed(
        200,
        Some("http://news.example/signin"),
        &login,
    );
    assert_eq!(judged("a login without a field", &led.free_home().case), LOGIN);
}

#[test]
fn a_page_that_is_named_behind_the_hash_is_not_led_home() {
    let app = "<title>App</title><div id=app></div><script src=/a.js></script>";
    let mut led = page(app).led_to("http://news.example/");
    led.case.hops[0].2[0].1 = "/#/2022/05/notes".to_owned();
    assert_eq!(judged("scripts know the page", &led.case), SHELL);
    led.case.hops[0].2[0].1 = "/#top".to_owned();
    assert_eq!(needed_control(&led), sibling_control(URL));
}

#[test]
fn words_in_a_template_are_not_the_words_of_the_page() {
    for template in [
        "<div id=page><h1 v-if=\"missing\">页面不存在</h1><p v-else>{{ text }}</p></div>",
        "<body ng-app=news><p ng-if=missing>WholePage not found</p><p ng-bind=text></p></body>",
    ] {
        let page = page(&format!("<title>News</title>{template}<script src=/a.js></script>"));
        assert_eq!(judged("a template", &everywhere(&page).case), SHELL, "{template}");
    }
}

#[test]
fn refusals_and_faults_are_gates_even_where_the_home_page_is_free() {
    for (name, title, words) in [
        (
            "nginx",
            "Error",
            "Sorry, the page you are looking for is currently unavailable. Please try again later.",
        ),
        ("a proxy", "", "upstream connect error or disconnect/reset before headers"),
        ("a firewall", "Forbidden", "Forbidden"),
        ("a ban", "提示", "您的IP已被封禁"),
        ("too often", "", "操作频繁，请稍后再试"),
        ("a forum's guests", "提示信息", "抱歉，您的用户组不能进行此操作"),
        ("a hidden post", "出错了", "暂无查看权限"),
        ("crowded", "", "アクセスが集中しています。しばらくしてからお試しください。"),
        ("another forum", "", "You do not have permission to view this thread."),
        ("an app's page", "", "请在微信客户端打开链接。"),
        ("a lapsed session", "", "Your session has expired. Please try again."),
        ("countries", "Welcome", "Please choose your country or region: China, Japan, Germany"),
    ] {
        let refusal = framed(title, &format!("<p>{words}</p>")).same_for_all();
        assert_eq!(judged(name, &refusal.case), WALL, "{name}");
    }
}
