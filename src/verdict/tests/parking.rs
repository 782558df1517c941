//! Parked domains and domains for sale, and pages that only look like them.

use super::link_case::{article, judged, ok};
use super::whole_pages::{FINE, PARKED, check_verdicts, framed, page, paragraphs};
use crate::verdict::{Assessment, Cause, ControlPage, Verdict};

#[test]
fn parked_domains_are_dead_and_pages_about_them_are_not() {
    let marker = r#"<html data-adblockkey="MFwwDQYJ"><script>window.park = "eyJ1";</script>"#;
    for (name, case) in [
        ("marker", ok().html(marker).text("news.example")),
        (
            "lander",
            ok().html(r#"<script>window.onload=function(){window.location.href="/lander"}</script>"#)
                .text(""),
        ),
        ("sold", ok().to(302, "https://www.hugedomains.com/domain_profile.cfm?d=news.example")),
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
    // Words only raise a suspicion: a host that is parked answers everything alike.
    let words = "news.example. This domain is for sale! Make an offer.";
    for (name, case) in [
        ("a page", ok().text(words)),
        ("a page of which something is held", ok().text(words).local(0.1)),
        ("the home page", ok().url("http://news.example/").text(words)),
    ] {
        assert!(
            matches!(case.assess(), Assessment::NeedsProbe { control: ControlPage::Sibling(_), .. }),
            "{name}"
        );
        let all = case.clone().probe(200, None, words);
        assert_eq!(judged(name, &all), (Verdict::Dead, Some(Cause::Parked)), "{name}, as all others");
        for (status, text) in [(404, "Not found"), (200, "The harbour paper. Tides, ferries, weather.")] {
            let one = case.clone().probe(status, None, text);
            assert_eq!(judged(name, &one), (Verdict::Alive, None), "{name}, unlike others");
        }
    }
    let led =
        ok().to(302, "http://news.example/").text(words).probe(200, Some("http://news.example/"), words);
    assert_eq!(judged("led to a seller's page", &led), (Verdict::Dead, Some(Cause::Parked)));
}

#[test]
fn domains_for_sale_are_not_confused_with_pages_about_sales() {
    check_verdicts(
        vec![
            ("a lander", page("<script>window.onload=function(){window.location.href=\"/lander\"}</script>")),
            (
                "a lander's own page",
                page(
                    "<title>news.example</title><div id=root></div><script src=https://img1.wsimg.com/parking-lander/static/js/main.js></script>",
                ),
            ),
            (
                "sold",
                page("<title>Sedo</title>").led_to("https://sedo.com/search/details/?domain=news.example"),
            ),
        ],
        PARKED,
    );
    let offers = [
        ("for sale", page("<title>news.example</title><h1>news.example</h1><p>This domain is for sale.</p>")),
        ("in Chinese", page("<title>域名出售</title><p>news.example 域名出售，联系买家电话。</p>")),
        (
            "lapsed",
            page("<title>news.example</title><p>The domain news.example: this domain has expired.</p>"),
        ),
    ];
    for (name, offer) in offers {
        assert_eq!(judged(name, &offer.clone().same_for_all().case), PARKED, "{name}");
        assert_eq!(judged(name, &offer.probed(404, None, &page("")).case), FINE, "{name}, on a live host");
    }
    check_verdicts(
        vec![
            (
                "an article on a sale, by a paper that trades in names",
                framed(
                    "Harbour name on the market",
                    "<p>The domain is for sale again, nine years on, news.example has learnt.</p>",
                )
                .probed(404, None, &page("")),
            ),
            (
                "a page whose foot offers its name",
                framed("港口日记", "<p>老港长写了四十年日记。</p><p>版权所有 news.example 本域名转让</p>")
                    .probed(200, None, &framed("别的", "<p>找不到这一天的日记，看看别的吧。</p>")),
            ),
            (
                "a short note on a sale",
                framed("简讯", "<p>老王的域名出售给了邻居，价钱没有公开，两家都说满意。</p>").probed(
                    404,
                    None,
                    &page(""),
                ),
            ),
            (
                "a firm's page that moved to its buyer",
                framed("Notes", &paragraphs(9)).led_to("https://www.godaddy.com/blog/2022/05/notes"),
            ),
        ],
        FINE,
    );
}
