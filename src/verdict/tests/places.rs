//! A page's address and what it says of itself: they must not make a living page dead, nor a dead one alive.

use super::link_case::{judged, ok};
use super::whole_pages::{FINE, GONE, PARKED, SHELL, URL, WALL, WholePage, framed, page, paragraphs};
use crate::verdict::{Assessment, Cause, Verdict};

const MOVED: (Verdict, Option<Cause>) = (Verdict::Moved, None);

/// A page whose title looks like "not found" and whose text is an article.
fn misleading() -> WholePage {
    framed("帖子已下架，作者回应", &paragraphs(6))
}

fn honest(page: WholePage) -> WholePage {
    let sibling = framed("404", "<p>nothing</p>");
    page.probed(404, None, &sibling)
}

#[test]
fn a_sibling_that_is_led_to_the_page_proves_that_it_is_there() {
    let own = "http://news.example/questions/40400012/why";
    let slug_is_ignored = misleading().at(own).probed(200, Some(own), &misleading());
    assert_eq!(judged("led to the page itself", &slug_is_ignored.case), FINE);
    let canonical = "http://news.example/questions/40400012/better-words";
    let named = |link: &str| {
        let html = format!("<html><head><title>已下架</title>{link}</head>{}</html>", paragraphs(6));
        let at = page(&html).at(own);
        let sibling = at.clone();
        at.probed(200, Some(canonical), &sibling)
    };
    for link in [
        format!("<link rel=canonical href=\"{canonical}\">"),
        "<link rel='x canonical' href=/questions/40400012/better-words>".to_owned(),
        format!("<meta property=og:url content=\"{canonical}\">"),
    ] {
        assert_eq!(judged(&link, &named(&link).case), FINE, "{link}");
    }
    let to_home = "<link rel=canonical href=/>";
    assert_eq!(judged("a canonical address that is the home page", &named(to_home).case), GONE);
}

#[test]
fn a_shorter_address_that_keeps_the_name_is_the_new_address() {
    for (from, to) in [
        // The number is kept, or the name before what says how the page is shown.
        ("http://news.example/n/647000/harbour-notes", "http://news.example/n/647000"),
        ("http://news.example/n/647000/amp", "http://news.example/n/647000/"),
        (
            "http://news.example/2020/05/harbour-post/comment-page-2/",
            "http://news.example/2020/05/harbour-post/",
        ),
    ] {
        let mut led = framed("港口", &paragraphs(4)).at(from);
        led.case = led.case.to(301, to);
        assert_eq!(judged(from, &led.case), MOVED, "{from}");
    }
    let up = "http://news.example/world/harbour-notes.html";
    let mut led = framed("港口", &paragraphs(4)).at(up);
    led.case = led.case.to(301, "http://news.example/world/");
    assert_eq!(
        judged("up to a section, on an honest host", &honest(led.clone()).case),
        FINE,
        "but not moved"
    );
    let section = led.clone();
    let all = led.probed(200, Some("http://news.example/world/"), &section);
    assert_eq!(judged("up to a section, as all are", &all.case), GONE);
    let token = "http://news.example/2022/05/article?token=0123456789abcdef";
    assert_eq!(judged("a token", &ok().to(301, token)), FINE, "a token is not an address to keep");
    let kept = "http://news.example/2022/05/article-of-may?page=1";
    assert_eq!(judged("no token", &ok().to(301, kept)), MOVED);
}

#[test]
fn a_redirect_that_only_repeats_the_address_leads_to_no_page() {
    let front = framed("新闻网", &paragraphs(3));
    let asked = "http://news.example/2022/05/harbour-notes.html";
    let random = "qqqqqqqqqqqqqqqqqqqqqqqqq";
    for to in [
        "http://news.example/?err=404&err_url=%2F2022%2F05%2FNAME.html",
        "http://news.example/search?q=NAME",
        "http://news.example/?s=NAME",
        "http://news.example/zh/",
        "http://news.example/zh-hans/index.html",
        "http://news.example/home?from=404",
        "http://news.example/latest",
        "http://buyer.example/",
        "http://buyer.example/goodbye/index.html",
    ] {
        for status in [301, 302] {
            let mut led = front.clone().at(asked);
            led.case = led.case.to(status, &to.replace("NAME", "harbour-notes"));
            let end = to.replace("NAME", random);
            let all = led.probed(200, Some(&end), &front).home(200, None, &front);
            assert_eq!(judged(to, &all.case), GONE, "{status} to {to}");
        }
    }
    let queue = "http://queue.example/?c=press&t=http%3A%2F%2Fnews.example%2F2022%2F05%2Fharbour-notes.html";
    let mut gate = page("<title>You are in line</title>").at(asked);
    gate.case = gate.case.to(302, queue);
    let sibling = page("<title>You are in line</title>");
    let gate = gate.probed(200, Some(&queue.replace("harbour-notes", random)), &sibling);
    assert_eq!(judged("a gate of another site", &gate.home(200, None, &front).case).0, Verdict::Blocked);
    // An address that names the page by a parameter is a new address.
    let mut named = front.clone().at(asked);
    named.case = named.case.to(301, "http://news.example/show?slug=harbour-notes");
    assert_eq!(judged("named by a parameter", &named.case), MOVED);
}

#[test]
fn not_found_may_be_said_in_a_heading_or_without_markup() {
    let list = "<ul><li>港口这一周的新闻，渔船和货船、潮汐和天气、渡轮时刻和鱼市行情</li></ul>".repeat(60);
    let long = framed("海港日报", &format!("<h1>抱歉，<b>页面不存在</b></h1>{list}"));
    assert_eq!(judged("in the heading", &long.same_for_all().case), GONE);
    for words in [
        "Lo sentimos, la página que busca no existe o ha sido eliminada.",
        "A página não foi encontrada.",
        "Désolé, cette page n’existe pas.",
        "Die angeforderte Seite wurde leider nicht gefunden.",
        "Spiacenti, la pagina richiesta non è stata trovata.",
        "К сожалению, запрашиваемая страница не найдена.",
        "Trang bạn tìm không tồn tại.",
        "ไม่พบหน้าที่คุณต้องการ",
        "عذرا، الصفحة غير موجودة",
        "Aradığınız sayfa bulunamadı.",
        "Nie znaleziono strony.",
        "De pagina is niet gevonden.",
    ] {
        let said = framed("!", &format!("<p>{words}</p>")).same_for_all();
        assert_eq!(judged(words, &said.case), GONE, "{words}");
    }
}

#[test]
fn one_text_for_every_address_is_a_gate_or_a_notice() {
    let notice = framed("海港日报", &paragraphs(4));
    let mut closed = notice.clone().probed(200, None, &notice).home(200, None, &notice);
    closed.case = closed.case.local(0.0);
    assert_eq!(judged("a notice that the paper has closed", &closed.case), GONE);
    let button = framed("海港日报", &format!("{}<button>同意</button>", paragraphs(4)));
    let mut gate = button.clone().probed(200, None, &button).home(200, None, &button);
    gate.case = gate.case.local(0.0);
    assert_eq!(judged("a page with a button", &gate.case), WALL);
    let mut other = notice.clone();
    other.case = other.case.local(0.0);
    assert!(matches!(other.case.assess(), Assessment::NeedsProbe { .. }), "the local copy is not there");
    assert_eq!(judged("the host is honest", &honest(other).case), FINE);
}

#[test]
fn a_captcha_is_a_wall_where_it_stands_before_every_page() {
    let ask = page("<title>访问确认</title><p>请完成验证。</p><div class=h-captcha></div>");
    assert_eq!(judged("before every page", &ask.clone().probed(200, None, &ask).case), WALL);
    let contact = framed("联系", "<p>请写信给我们。</p><div class=g-recaptcha></div>");
    assert_eq!(judged("a form with a captcha", &honest(contact).case), FINE);
}

#[test]
fn a_page_in_the_place_of_a_picture_is_suspicious() {
    let mut wrapper = framed("图库", &paragraphs(3)).at("http://news.example/p/boat.jpg");
    wrapper.case = wrapper.case.header("content-type", "text/html; charset=utf-8");
    assert_eq!(judged("a page about a picture", &honest(wrapper.clone()).case), FINE);
    assert_eq!(judged("a page for every picture", &wrapper.same_for_all().case), GONE);
    let mut led = page("").at("http://img.example/u/boat.png");
    led.case = led.case.to(302, "http://img.example/static/photo_unavailable.png");
    assert_eq!(judged("one picture for all that are gone", &led.case), GONE);
}

#[test]
fn a_login_names_an_address_to_return_to() {
    let mut led = framed("护照", &paragraphs(4)).at("http://gov.example/old/visa.html");
    led.case = led.case.to(301, "http://gov.example/services/passport/?from=old");
    assert_eq!(judged("a page about passports", &honest(led).case), MOVED);
}

#[test]
fn lapsed_domains_are_known_by_where_they_lead_and_by_what_registrars_say() {
    for to in ["http://ww16.news.example/?sub1=2022", "http://news.example/lander?oref=x"] {
        let led = page("<title>news.example</title><p>news.example</p>").led_to(to);
        assert_eq!(judged(to, &led.case), PARKED, "{to}");
    }
    for words in [
        "域名 news.example 因未续费已过期，请联系注册商。",
        "The domain news.example has expired. If you are the owner, renew it.",
        "El dominio news.example ha caducado.",
    ] {
        let lapsed = page(&format!("<title>news.example</title><p>{words}</p>")).same_for_all();
        assert_eq!(judged(words, &lapsed.case), PARKED, "{words}");
        let told = framed("news.example", &format!("<p>{words}</p>"));
        assert_eq!(judged(words, &honest(told).case), FINE, "a page about it on an honest host");
    }
}

#[test]
fn sites_have_notices_of_their_own() {
    let state = |status: &str| {
        let far = "x".repeat(600 << 10);
        let script = format!(
            "<script>var a='{far}'; var p = {{\"playabilityStatus\":{{\"status\":{status}}}}};</script>"
        );
        page(&format!("<title>Harbour - YouTube</title><div id=player></div>{script}"))
    };
    let video = "https://www.youtube.com/watch?v=aaaaaaaaaaa";
    let gone = state("\"ERROR\",\"reason\":\"Video unavailable\"").at(video);
    assert_eq!(judged("a removed video, its state far below", &gone.case), GONE);
    assert_eq!(judged("a video", &state("\"OK\"").at(video).case), SHELL);
    let elsewhere = state("\"ERROR\"").at(URL);
    assert_eq!(judged("the same words on another host", &elsewhere.case).0, Verdict::Alive);
}
