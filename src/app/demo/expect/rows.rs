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
const fn plain(verdict: Verdict, cause: Option<Cause>) -> Outcome {
    Outcome { verdict, cause, drift: None, missing_from: None, noise: false, change: None }
}

/// A page that answers, compared.
const fn compared(verdict: Verdict, drift: DriftClass) -> Outcome {
    Outcome { drift: Some(drift), ..plain(verdict, None) }
}

/// The same, with a change since the era before.
const fn news(outcome: Outcome, change: LinkChange) -> Outcome {
    Outcome { change: Some(change), ..outcome }
}

/// The same in the first run, in which everything dead or drifted is new.
const fn at_first(outcome: Outcome) -> Outcome {
    let change = match (outcome.verdict, outcome.drift) {
        (Dead, _) => Some(LinkChange::NewlyDead),
        (_, Some(MinorEdit | MajorEdit | Truncated | Rewritten | Different)) => {
            Some(LinkChange::NewlyDrifted)
        }
        _ => None,
    };
    Outcome { change, ..outcome }
}

const fn row(
    article: &'static str,
    role: Role,
    label: &'static str,
    url: &'static str,
    [first, second]: [Outcome; 2],
) -> Expectation {
    Expectation { article, label, url, role, eras: [at_first(first), second], optional: false }
}

/// The original of an article, the same in both eras.
const fn original(
    article: &'static str,
    label: &'static str,
    url: &'static str,
    verdict: Verdict,
    drift: DriftClass,
) -> Expectation {
    let outcome = compared(verdict, drift);
    row(article, Repost, label, url, [outcome, outcome])
}

/// A cited page that answers: without a comparison at first, unchanged later.
const fn cited(
    article: &'static str,
    label: &'static str,
    url: &'static str,
    verdict: Verdict,
) -> Expectation {
    row(article, Source, label, url, [plain(verdict, None), compared(verdict, Identical)])
}

/// A cited page that does not answer with its content, in both eras.
const fn lost(
    article: &'static str,
    label: &'static str,
    url: &'static str,
    verdict: Verdict,
    cause: Cause,
) -> Expectation {
    let outcome = plain(verdict, Some(cause));
    row(article, Source, label, url, [outcome, outcome])
}

/// A link of the footer: never fetched, and a report may omit it.
const fn footer(article: &'static str, label: &'static str, url: &'static str) -> Expectation {
    let outcome = plain(Skipped, Some(Cause::Excluded));
    Expectation { optional: true, ..row(article, Navigation, label, url, [outcome, outcome]) }
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
    row(
        HARBOR,
        Repost,
        FROM_GNEWS,
        "https://harbor-daily.example/articles/1001",
        [compared(Alive, Identical), news(compared(Alive, MinorEdit), LinkChange::NewlyDrifted)],
    ),
    row(HARBOR, Local, "渔港的公告栏", "", [plain(Alive, None), plain(Alive, None)]),
    row(
        HARBOR,
        Local,
        "旧航道图",
        "",
        [plain(Dead, Some(Cause::FileMissing)), plain(Dead, Some(Cause::FileMissing))],
    ),
    cited(HARBOR, "航运周报", "https://shipping-weekly.example/issue/12/harbor", Alive),
    cited(HARBOR, "海事公告", "https://maritime-notice.example/2023/17", Moved),
    original(CHART, FROM_GNEWS, "https://harbor-daily.example/articles/1014", Alive, Identical),
    row(
        CHART,
        Mention,
        "写信给管理处",
        "",
        [plain(Skipped, Some(Cause::Scheme)), plain(Skipped, Some(Cause::Scheme))],
    ),
    // A cited page is compared with its previous snapshot.
    row(
        CHART,
        Source,
        "港口信号台值班表",
        "https://signal-tower.example/roster",
        [plain(Alive, None), news(compared(Alive, MinorEdit), LinkChange::NewlyDrifted)],
    ),
    original(LIBRARY, FROM_GNEWS, "https://riverside-post.example/zh-hans/1002/", Alive, MinorEdit),
    lost(LIBRARY, "区议会纪要", "https://council-minutes.example/2023/05", Blocked, Cause::BotWall),
    lost(LIBRARY, "读者来信", "https://letters-desk.example/p/88", Blocked, Cause::BotWall),
    original(TEA, FROM_GNEWS, "https://mountain-news.example/articles/1003", Alive, MinorEdit),
    lost(TEA, "县志资料库", "https://gazetteer.example/tea/fair", Blocked, Cause::Http401),
    lost(TEA, "茶叶行情", "https://tea-prices.example/spring", Blocked, Cause::Http402),
    original(TRAM, FROM_GNEWS, "https://tram-times.example/articles/1004", Alive, MajorEdit),
    lost(TRAM, "市政公报", "https://city-gazette.example/tram/plan", Blocked, Cause::Http403),
    lost(TRAM, "判决书库", "https://court-files.example/tram/tender", Blocked, Cause::Http451),
    row(
        BIRDS,
        Repost,
        FROM_GNEWS,
        "https://salt-lake-herald.example/articles/1005",
        [
            Outcome { missing_from: Some(TextSide::Original), ..compared(Alive, Truncated) },
            Outcome { missing_from: Some(TextSide::Original), ..compared(Alive, Truncated) },
        ],
    ),
    lost(BIRDS, "鸟类年报", "https://bird-annual.example/report/28", Blocked, Cause::Paywall),
    lost(BIRDS, "会员通讯", "https://members-letter.example/issue/5", Blocked, Cause::LoginWall),
    original(POWER, FROM_GNEWS, "https://village-voice.example/articles/1006", Alive, Rewritten),
    lost(POWER, "电网数据", "https://grid-data.example/stations/dongling", Blocked, Cause::Robots),
    lost(POWER, "水文档案", "https://hydro-files.example/creek/12", Blocked, Cause::RobotsUnreachable),
    original(KELP, FROM_GNEWS, "https://coast-reporter.example/articles/1007", Alive, Different),
    lost(KELP, "水产通报", "https://fishery-bulletin.example/kelp", Failing, Cause::Http429),
    lost(KELP, "统计摘要", "https://stats-digest.example/table/9", Failing, Cause::Http5xx),
    cited(KELP, "轮胎行业网", "https://tyre-trade.example/reuse", Alive),
    // The original is in simplified characters, the copy in traditional ones.
    original(STAGE, FROM_GNEWS, "https://stage-review.example/articles/1008", Alive, Cosmetic),
    lost(
        STAGE,
        "建築年鑑",
        "https://expired.yearbook-library.example/2024/sugar",
        Failing,
        Cause::TlsExpired,
    ),
    lost(STAGE, "票務紀錄", "https://wrong-host.ticket-log.example/stage", Failing, Cause::TlsHostname),
    lost(
        STAGE,
        "文史工作室",
        "https://self-signed.local-history.example/sugar-mill",
        Failing,
        Cause::TlsUntrusted,
    ),
    // GBK, undeclared.
    original(HAIL, FROM_GNEWS, "http://weather-county.test/news/1009.html", Alive, Identical),
    lost(HAIL, "果农论坛", "http://orchard-forum.test/thread/31", Dead, Cause::Parked),
    lost(HAIL, "雷达厂商", "http://radar-maker.test/products/mini", Dead, Cause::Soft404),
    // Big5, declared in a meta element.
    original(POSTMAN, FROM_GNEWS, "http://island-post.test/story/1010.html", Alive, Identical),
    lost(POSTMAN, "島嶼電臺", "http://island-radio.test/audio/35", Failing, Cause::RedirectLoop),
    lost(POSTMAN, "船班時刻", "http://ferry-times.test/0", Failing, Cause::TooManyRedirects),
    lost(POSTMAN, "郵政史料", "http://postal-history.test/carriers", Failing, Cause::BadRedirect),
    // Related stories and comments inside the article's element.
    row(
        SHOES,
        Repost,
        FROM_GNEWS,
        "https://street-corner.example/articles/1011",
        [
            Outcome { noise: true, ..compared(Alive, Identical) },
            Outcome { noise: true, ..compared(Alive, Identical) },
        ],
    ),
    lost(
        SHOES,
        "晚报读者版",
        "https://evening-readers.example/letters/204",
        Failing,
        Cause::ConnectionClosed,
    ),
    lost(SHOES, "公益名录", "https://charity-list.example/wu", Failing, Cause::ConnectionReset),
    lost(SHOES, "校友会", "https://alumni-hall.example/1999", Failing, Cause::ProtocolError),
    lost(SHOES, "街道档案", "https://street-files.example/shoe", Failing, Cause::BodyIncomplete),
    // The links of a footer that every article repeats are not fetched.
    footer(SHOES, "Terms of use", "https://house-rules.example/terms-of-use/"),
    footer(SHOES, "Privacy Policy", "https://house-rules.example/privacy-policy/"),
    // Gone at first, back in era 1.
    row(
        BALLOON,
        Repost,
        FROM_GNEWS,
        "https://balloon-log.example/articles/1012",
        [plain(Dead, Some(Cause::Http404)), news(compared(Alive, Identical), LinkChange::Recovered)],
    ),
    lost(BALLOON, "航空爱好者", "https://balloon-club.invalid/logs/7", Dead, Cause::DnsNxdomain),
    lost(BALLOON, "田间日报", "https://field-daily.example/balloon", Failing, Cause::ConnectionRefused),
    lost(BALLOON, "飞行数据", "https://flight-stream.example/raw", Failing, Cause::BodyTooLarge),
    lost(BALLOON, "机场通知", "http://127.0.0.1:9/notice", Failing, Cause::ForbiddenAddress),
    lost(BALLOON, "气流记录", "", Invalid, Cause::MalformedUrl),
    row(
        WELL,
        Repost,
        FROM_GNEWS,
        "https://old-well.example/articles/1013",
        [plain(Dead, Some(Cause::Soft404)), plain(Dead, Some(Cause::Soft404))],
    ),
    lost(WELL, "文物简报", "https://relics-brief.example/2024/04", Dead, Cause::Http410),
    lost(WELL, "陶器图鉴", "https://pottery-atlas.example/jar/400", Failing, Cause::Http4xx),
    lost(WELL, "地方文献", "https://local-papers.example/well", Failing, Cause::DecodeError),
    cited(WELL, "巷志", "https://lane-notes.example/stone-tower", Alive),
    cited(WELL, "展览预告", "https://lane-notes.example/exhibition", Alive),
    // Filled by a script: alive, and nothing to compare.
    row(
        DOLPHINS,
        Repost,
        "轉發自GETTR",
        "https://short-posts.example/post/p1demo01",
        [
            Outcome { cause: Some(Cause::JsShell), ..compared(Alive, Unverifiable) },
            Outcome { cause: Some(Cause::JsShell), ..compared(Alive, Unverifiable) },
        ],
    ),
    // An instant meta refresh, and a 301 from plain HTTP to TLS on another host.
    original(CLOCKS, "原文連接", "https://radio-scripts.example/2024/old-street", Moved, Identical),
    original(
        LIGHTHOUSE,
        "Reposted from The Quay",
        "http://quay-paper.test/2024/lighthouse",
        Moved,
        Identical,
    ),
    cited(LIGHTHOUSE, "Harbour log", "https://harbour-log.example/entries/9041", Alive),
    cited(LIGHTHOUSE, "Owl trust", "https://owl-trust.example/farrow", Alive),
    // It is about missing pages, and is there.
    original(NOT_FOUND, FROM_GNEWS, "https://library-notes.example/404-page-not-found", Alive, Identical),
    cited(NOT_FOUND, "Survey tables", "https://survey-tables.example/libraries/80", Alive),
    // A temporary redirect is no reason to update the link.
    cited(NOT_FOUND, "Newspaper index", "https://newspaper-index.example/moves", Alive),
    // There at first, gone in era 1.
    row(
        SAKURA,
        Repost,
        FROM_GNEWS,
        "https://sakura-shimbun.example/articles/310",
        [compared(Alive, Identical), news(plain(Dead, Some(Cause::Http410)), LinkChange::NewlyDead)],
    ),
    cited(SAKURA, "市の緑地台帳", "https://green-ledger.example/sakura", Alive),
    cited(SAKURA, "電車資料館", "https://tram-museum.example/line/3", Alive),
];
