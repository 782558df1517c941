//! Lists the expected results, article by article, in the order of the links.

use crate::model::Role;
use crate::model::Role::{Local, Mention, Navigation, Repost, Source};
use crate::report::LinkChange;
use crate::text_diff::DriftClass::{
    self, Cosmetic, Different, Identical, MajorEdit, MinorEdit, Rewritten, Truncated, Unverifiable,
};
use crate::text_diff::TextSide;
use crate::verdict::Cause;
use crate::verdict::Verdict::{self, Alive, Blocked, Dead, Failing, Invalid, Moved, Skipped};

use super::expectation::{Expectation, Outcome};

/// A verdict without a text to compare.
const fn expect_verdict(verdict: Verdict, cause: Option<Cause>) -> Outcome {
    Outcome { verdict, cause, drift: None, missing_from: None, noise: false, change: None }
}

/// A page that answers, compared.
const fn expect_drift(verdict: Verdict, drift: DriftClass) -> Outcome {
    Outcome { drift: Some(drift), ..expect_verdict(verdict, None) }
}

/// The same, with a change since the era before.
const fn expect_change(outcome: Outcome, change: LinkChange) -> Outcome {
    Outcome { change: Some(change), ..outcome }
}

/// The same in the first run, in which everything dead or drifted is new.
const fn expect_first_change(outcome: Outcome) -> Outcome {
    let change = match (outcome.verdict, outcome.drift) {
        (Dead, _) => Some(LinkChange::NewlyDead),
        (_, Some(MinorEdit | MajorEdit | Truncated | Rewritten | Different)) => {
            Some(LinkChange::NewlyDrifted)
        }
        _ => None,
    };
    Outcome { change, ..outcome }
}

const fn expect_link(
    article: &'static str,
    role: Role,
    label: &'static str,
    url: &'static str,
    [first, second]: [Outcome; 2],
) -> Expectation {
    Expectation { article, label, url, role, eras: [expect_first_change(first), second], optional: false }
}

/// The original of an article, the same in both eras.
const fn expect_original(
    article: &'static str,
    label: &'static str,
    url: &'static str,
    verdict: Verdict,
    drift: DriftClass,
) -> Expectation {
    let outcome = expect_drift(verdict, drift);
    expect_link(article, Repost, label, url, [outcome, outcome])
}

/// A cited page that answers: without a comparison at first, unchanged later.
const fn expect_cited(
    article: &'static str,
    label: &'static str,
    url: &'static str,
    verdict: Verdict,
) -> Expectation {
    expect_link(
        article,
        Source,
        label,
        url,
        [expect_verdict(verdict, None), expect_drift(verdict, Identical)],
    )
}

/// A cited page that does not answer with its content, in both eras.
const fn expect_no_content(
    article: &'static str,
    label: &'static str,
    url: &'static str,
    verdict: Verdict,
    cause: Cause,
) -> Expectation {
    let outcome = expect_verdict(verdict, Some(cause));
    expect_link(article, Source, label, url, [outcome, outcome])
}

/// A link of the footer: never fetched, and a report may omit it.
const fn expect_footer(article: &'static str, label: &'static str, url: &'static str) -> Expectation {
    let outcome = expect_verdict(Skipped, Some(Cause::Excluded));
    Expectation { optional: true, ..expect_link(article, Navigation, label, url, [outcome, outcome]) }
}

/// The link's text in most articles.
const FROM_GNEWS: &str = "轉載自GNews";

const HARBOR: &str = "gnews/1001.md";
const CHART: &str = "gnews/harbor-chart.md";
const LIBRARY: &str = "gnews/1002.md";
const TEA: &str = "gnews/1003.md";
const TRAM: &str = "gnews/1004.md";
const BIRDS: &str = "gnews/1005.md";
const POWER: &str = "gnews/1006.md";
const KELP: &str = "gnews/1007.md";
const STAGE: &str = "gnews/1008.md";
const HAIL: &str = "gnews/1009.md";
const POSTMAN: &str = "gnews/1010.md";
const SHOES: &str = "gnews/1011.md";
const BALLOON: &str = "gnews/1012.md";
const WELL: &str = "gnews/1013.md";
const DOLPHINS: &str = "gettr/p1demo01.md";
const CLOCKS: &str = "transcript/20240311-2001.md";
const LIGHTHOUSE: &str = "english/lighthouse.md";
const NOT_FOUND: &str = "english/not-found.md";
const SAKURA: &str = "japanese/tram.md";

/// Every link of the articles except the one to the index.
pub const EXPECTATIONS: &[Expectation] = &[
    // Equal at first; in era 1 the original says nine ships in place of six.
    expect_link(
        HARBOR,
        Repost,
        FROM_GNEWS,
        "https://harbor-daily.example/articles/1001",
        [
            expect_drift(Alive, Identical),
            expect_change(expect_drift(Alive, MinorEdit), LinkChange::NewlyDrifted),
        ],
    ),
    expect_link(
        HARBOR,
        Local,
        "渔港的公告栏",
        "",
        [expect_verdict(Alive, None), expect_verdict(Alive, None)],
    ),
    expect_link(
        HARBOR,
        Local,
        "旧航道图",
        "",
        [expect_verdict(Dead, Some(Cause::FileMissing)), expect_verdict(Dead, Some(Cause::FileMissing))],
    ),
    expect_cited(HARBOR, "航运周报", "https://shipping-weekly.example/issue/12/harbor", Alive),
    expect_cited(HARBOR, "海事公告", "https://maritime-notice.example/2023/17", Moved),
    expect_original(CHART, FROM_GNEWS, "https://harbor-daily.example/articles/1014", Alive, Identical),
    expect_link(
        CHART,
        Mention,
        "写信给管理处",
        "",
        [expect_verdict(Skipped, Some(Cause::Scheme)), expect_verdict(Skipped, Some(Cause::Scheme))],
    ),
    // A cited page is compared with its previous snapshot.
    expect_link(
        CHART,
        Source,
        "港口信号台值班表",
        "https://signal-tower.example/roster",
        [
            expect_verdict(Alive, None),
            expect_change(expect_drift(Alive, MinorEdit), LinkChange::NewlyDrifted),
        ],
    ),
    expect_original(LIBRARY, FROM_GNEWS, "https://riverside-post.example/zh-hans/1002/", Alive, MinorEdit),
    expect_no_content(
        LIBRARY,
        "区议会纪要",
        "https://council-minutes.example/2023/05",
        Blocked,
        Cause::BotWall,
    ),
    expect_no_content(LIBRARY, "读者来信", "https://letters-desk.example/p/88", Blocked, Cause::BotWall),
    expect_original(TEA, FROM_GNEWS, "https://mountain-news.example/articles/1003", Alive, MinorEdit),
    expect_no_content(TEA, "县志资料库", "https://gazetteer.example/tea/fair", Blocked, Cause::Http401),
    expect_no_content(TEA, "茶叶行情", "https://tea-prices.example/spring", Blocked, Cause::Http402),
    expect_original(TRAM, FROM_GNEWS, "https://tram-times.example/articles/1004", Alive, MajorEdit),
    expect_no_content(TRAM, "市政公报", "https://city-gazette.example/tram/plan", Blocked, Cause::Http403),
    expect_no_content(TRAM, "判决书库", "https://court-files.example/tram/tender", Blocked, Cause::Http451),
    expect_link(
        BIRDS,
        Repost,
        FROM_GNEWS,
        "https://salt-lake-herald.example/articles/1005",
        [
            Outcome { missing_from: Some(TextSide::Original), ..expect_drift(Alive, Truncated) },
            Outcome { missing_from: Some(TextSide::Original), ..expect_drift(Alive, Truncated) },
        ],
    ),
    expect_no_content(BIRDS, "鸟类年报", "https://bird-annual.example/report/28", Blocked, Cause::Paywall),
    expect_no_content(BIRDS, "会员通讯", "https://members-letter.example/issue/5", Blocked, Cause::LoginWall),
    expect_original(POWER, FROM_GNEWS, "https://village-voice.example/articles/1006", Alive, Rewritten),
    expect_no_content(
        POWER,
        "电网数据",
        "https://grid-data.example/stations/dongling",
        Blocked,
        Cause::Robots,
    ),
    expect_no_content(
        POWER,
        "水文档案",
        "https://hydro-files.example/creek/12",
        Blocked,
        Cause::RobotsUnreachable,
    ),
    expect_original(KELP, FROM_GNEWS, "https://coast-reporter.example/articles/1007", Alive, Different),
    expect_no_content(KELP, "水产通报", "https://fishery-bulletin.example/kelp", Failing, Cause::Http429),
    expect_no_content(KELP, "统计摘要", "https://stats-digest.example/table/9", Failing, Cause::Http5xx),
    expect_cited(KELP, "轮胎行业网", "https://tyre-trade.example/reuse", Alive),
    // The original is in simplified characters, the copy in traditional ones.
    expect_original(STAGE, FROM_GNEWS, "https://stage-review.example/articles/1008", Alive, Cosmetic),
    expect_no_content(
        STAGE,
        "建築年鑑",
        "https://expired.yearbook-library.example/2024/sugar",
        Failing,
        Cause::TlsExpired,
    ),
    expect_no_content(
        STAGE,
        "票務紀錄",
        "https://wrong-host.ticket-log.example/stage",
        Failing,
        Cause::TlsHostname,
    ),
    expect_no_content(
        STAGE,
        "文史工作室",
        "https://self-signed.local-history.example/sugar-mill",
        Failing,
        Cause::TlsUntrusted,
    ),
    // GBK, undeclared.
    expect_original(HAIL, FROM_GNEWS, "http://weather-county.test/news/1009.html", Alive, Identical),
    expect_no_content(HAIL, "果农论坛", "http://orchard-forum.test/thread/31", Dead, Cause::Parked),
    expect_no_content(HAIL, "雷达厂商", "http://radar-maker.test/products/mini", Dead, Cause::Soft404),
    // Big5, declared in a meta element.
    expect_original(POSTMAN, FROM_GNEWS, "http://island-post.test/story/1010.html", Alive, Identical),
    expect_no_content(POSTMAN, "島嶼電臺", "http://island-radio.test/audio/35", Failing, Cause::RedirectLoop),
    expect_no_content(POSTMAN, "船班時刻", "http://ferry-times.test/0", Failing, Cause::TooManyRedirects),
    expect_no_content(
        POSTMAN,
        "郵政史料",
        "http://postal-history.test/carriers",
        Failing,
        Cause::BadRedirect,
    ),
    // Related stories and comments inside the article's element.
    expect_link(
        SHOES,
        Repost,
        FROM_GNEWS,
        "https://street-corner.example/articles/1011",
        [
            Outcome { noise: true, ..expect_drift(Alive, Identical) },
            Outcome { noise: true, ..expect_drift(Alive, Identical) },
        ],
    ),
    expect_no_content(
        SHOES,
        "晚报读者版",
        "https://evening-readers.example/letters/204",
        Failing,
        Cause::ConnectionClosed,
    ),
    expect_no_content(SHOES, "公益名录", "https://charity-list.example/wu", Failing, Cause::ConnectionReset),
    expect_no_content(SHOES, "校友会", "https://alumni-hall.example/1999", Failing, Cause::ProtocolError),
    expect_no_content(SHOES, "街道档案", "https://street-files.example/shoe", Failing, Cause::BodyIncomplete),
    // The links of a footer that every article repeats are not fetched.
    expect_footer(SHOES, "Terms of use", "https://house-rules.example/terms-of-use/"),
    expect_footer(SHOES, "Privacy Policy", "https://house-rules.example/privacy-policy/"),
    // Gone at first, back in era 1.
    expect_link(
        BALLOON,
        Repost,
        FROM_GNEWS,
        "https://balloon-log.example/articles/1012",
        [
            expect_verdict(Dead, Some(Cause::Http404)),
            expect_change(expect_drift(Alive, Identical), LinkChange::Recovered),
        ],
    ),
    expect_no_content(BALLOON, "航空爱好者", "https://balloon-club.invalid/logs/7", Dead, Cause::DnsNxdomain),
    expect_no_content(
        BALLOON,
        "田间日报",
        "https://field-daily.example/balloon",
        Failing,
        Cause::ConnectionRefused,
    ),
    expect_no_content(BALLOON, "飞行数据", "https://flight-stream.example/raw", Failing, Cause::BodyTooLarge),
    expect_no_content(BALLOON, "机场通知", "http://127.0.0.1:9/notice", Failing, Cause::ForbiddenAddress),
    expect_no_content(BALLOON, "气流记录", "", Invalid, Cause::MalformedUrl),
    expect_link(
        WELL,
        Repost,
        FROM_GNEWS,
        "https://old-well.example/articles/1013",
        [expect_verdict(Dead, Some(Cause::Soft404)), expect_verdict(Dead, Some(Cause::Soft404))],
    ),
    expect_no_content(WELL, "文物简报", "https://relics-brief.example/2024/04", Dead, Cause::Http410),
    expect_no_content(WELL, "陶器图鉴", "https://pottery-atlas.example/jar/400", Failing, Cause::Http4xx),
    expect_no_content(WELL, "地方文献", "https://local-papers.example/well", Failing, Cause::DecodeError),
    expect_cited(WELL, "巷志", "https://lane-notes.example/stone-tower", Alive),
    expect_cited(WELL, "展览预告", "https://lane-notes.example/exhibition", Alive),
    // Filled by a script: alive, and nothing to compare.
    expect_link(
        DOLPHINS,
        Repost,
        "轉發自GETTR",
        "https://short-posts.example/post/p1demo01",
        [
            Outcome { cause: Some(Cause::JsShell), ..expect_drift(Alive, Unverifiable) },
            Outcome { cause: Some(Cause::JsShell), ..expect_drift(Alive, Unverifiable) },
        ],
    ),
    // An instant meta refresh, and a 301 from plain HTTP to TLS on another host.
    expect_original(CLOCKS, "原文連接", "https://radio-scripts.example/2024/old-street", Moved, Identical),
    expect_original(
        LIGHTHOUSE,
        "Reposted from The Quay",
        "http://quay-paper.test/2024/lighthouse",
        Moved,
        Identical,
    ),
    expect_cited(LIGHTHOUSE, "Harbour log", "https://harbour-log.example/entries/9041", Alive),
    expect_cited(LIGHTHOUSE, "Owl trust", "https://owl-trust.example/farrow", Alive),
    // It is about missing pages, and is there.
    expect_original(
        NOT_FOUND,
        FROM_GNEWS,
        "https://library-notes.example/404-page-not-found",
        Alive,
        Identical,
    ),
    expect_cited(NOT_FOUND, "Survey tables", "https://survey-tables.example/libraries/80", Alive),
    // A temporary redirect is no reason to update the link.
    expect_cited(NOT_FOUND, "Newspaper index", "https://newspaper-index.example/moves", Alive),
    // There at first, gone in era 1.
    expect_link(
        SAKURA,
        Repost,
        FROM_GNEWS,
        "https://sakura-shimbun.example/articles/310",
        [
            expect_drift(Alive, Identical),
            expect_change(expect_verdict(Dead, Some(Cause::Http410)), LinkChange::NewlySuspect),
        ],
    ),
    expect_cited(SAKURA, "市の緑地台帳", "https://green-ledger.example/sakura", Alive),
    expect_cited(SAKURA, "電車資料館", "https://tram-museum.example/line/3", Alive),
];
