//! Turns a text into the kind of page that a newspaper's web site makes of it, and into pages of refusal.

use bytes::Bytes;

use super::prose::{Prose, escape_html};
use super::server::Reply;

/// What surrounds the text on the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum PageLayout {
    /// A head, a menu, a side column and a foot, all outside the article.
    #[default]
    Plain,
    /// Also related stories and comments inside the article's element, where a reader that goes by
    /// elements cannot separate them from the text.
    Crowded,
}

/// How the page declares its character encoding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum PageCharset {
    /// UTF-8, in the header field.
    #[default]
    Utf8,
    /// GBK, undeclared.
    GbkUndeclared,
    /// Big5, in a meta element.
    Big5Meta,
}

/// Makes the answer with the page.
pub(super) fn article_reply(host: &str, prose: &Prose, dress: PageLayout, charset: PageCharset) -> Reply {
    let meta = match charset {
        PageCharset::Utf8 => "<meta charset=\"utf-8\">\n",
        PageCharset::Big5Meta => "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=big5\">\n",
        PageCharset::GbkUndeclared => "",
    };
    let html = article_html(host, prose, dress, meta);
    match charset {
        PageCharset::Utf8 => Reply::html(html),
        PageCharset::GbkUndeclared => Reply::bytes(200, "text/html", encode_text(&html, encoding_rs::GBK)),
        PageCharset::Big5Meta => Reply::bytes(200, "text/html", encode_text(&html, encoding_rs::BIG5)),
    }
}

fn encode_text(html: &str, encoding: &'static encoding_rs::Encoding) -> Bytes {
    Bytes::from(encoding.encode(html).0.into_owned())
}

fn article_html(host: &str, prose: &Prose, dress: PageLayout, meta: &str) -> String {
    let title = escape_html(&prose.title);
    let byline = match escape_html(&prose.byline) {
        line if line.is_empty() => String::new(),
        line => format!("<p class=\"byline\">{line}</p>\n"),
    };
    let heading = if title.is_empty() { String::new() } else { format!("<h1>{title}</h1>\n") };
    let extra = if dress == PageLayout::Crowded { CROWD } else { "" };
    let head_title =
        if title.is_empty() { escape_html(host) } else { format!("{title} - {}", escape_html(host)) };
    page_frame(
        &head_title,
        meta,
        &format!(
            "<main>\n<article class=\"post\">\n{heading}{byline}<div class=\"post-content\">\n{}{extra}</div>\n</article>\n</main>\n{ASIDE}",
            prose.to_html()
        ),
    )
}

/// Makes a complete page around a body, with a menu and a footer.
pub(super) fn page_frame(title: &str, meta: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n{meta}<title>{title}</title>\n\
         <link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n{MENU}{body}{FOOT}</body>\n</html>\n"
    )
}

const MENU: &str = "<header>\n<nav><ul><li><a href=\"/\">Home</a></li><li><a href=\"/local/\">Local</a></li>\
     <li><a href=\"/culture/\">Culture</a></li><li><a href=\"/weather/\">Weather</a></li></ul></nav>\n</header>\n";

const ASIDE: &str = "<aside class=\"sidebar\">\n<h3>Most read</h3>\n<ul><li><a href=\"/a/1\">Market hours</a></li>\
     <li><a href=\"/a/2\">Road works</a></li><li><a href=\"/a/3\">Tide table</a></li></ul>\n</aside>\n";

const FOOT: &str =
    "<footer>\n<p><a href=\"/about\">About</a> | <a href=\"/contact\">Contact</a></p>\n</footer>\n";

const CROWD: &str = "<h3>相关报道</h3>\n\
<p><a href=\"/articles/880\">夜市摊位下月起重新编号，旧牌照可以继续使用到年底</a></p>\n\
<p><a href=\"/articles/881\">百货大楼外墙开始清洗，行人请绕走北侧的临时通道</a></p>\n\
<p><a href=\"/articles/882\">中学生自办的旧书交换会吸引了三百多个家庭参加</a></p>\n\
<h3>读者留言</h3>\n\
<p>北街小李：我的皮鞋也是他补的，补过的地方三年都没有再开口，真是好手艺。</p>\n\
<p>过路人甲：看完以后鼻子有点酸，明天就去把那双旧靴子拿给他修，顺便说一声谢谢。</p>\n\
<p>三中毕业生：我们班主任当年推荐过两个同学，原来钱是这样来的，我一直以为是学校出的。</p>\n\
<p>卖豆腐的：他每天收摊以前都会来买一块豆腐，从来不讲价，也从来没有提过这些事情。</p>\n";

/// The page that a site shows for paths it does not have.
pub(super) fn missing_html() -> String {
    page_frame(
        "页面不存在",
        "<meta charset=\"utf-8\">\n",
        "<main><h2>页面不存在</h2>\n<p>您要找的内容可能已经被移走，或者地址输入有误。请返回首页，或者使用搜索框查找其他文章。</p></main>\n",
    )
}

/// The page that asks the reader to log in.
pub(super) fn login_html() -> String {
    page_frame(
        "会员登录",
        "<meta charset=\"utf-8\">\n",
        "<main><h2>会员登录</h2>\n<form method=\"post\" action=\"/login\"><input type=\"text\" name=\"user\">\
         <input type=\"password\" name=\"password\"><button>登录</button></form></main>\n",
    )
}

/// The first lines of a text, and a note that the rest is for subscribers.
pub(super) fn paywall_html(prose: &Prose) -> String {
    let title = escape_html(&prose.title);
    let meta = format!(
        "<meta charset=\"utf-8\">\n<script type=\"application/ld+json\">{{\"@context\":\"https://schema.org\",\
         \"@type\":\"NewsArticle\",\"headline\":\"{title}\",\"isAccessibleForFree\":false}}</script>\n"
    );
    let body = format!(
        "<main><article>\n<h1>{title}</h1>\n{}<div class=\"subscribe\"><p>订阅以后阅读全文。</p></div>\n</article></main>\n",
        prose.to_html()
    );
    page_frame(&title, &meta, &body)
}

/// A page whose content only a script would add.
pub(super) fn shell_html(title: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<title>{}</title>\n</head>\n<body>\n\
         <div id=\"root\"></div>\n<script src=\"/assets/main.3f9a1c.js\"></script>\n\
         <script>window.__BOOT__=true;</script>\n</body>\n</html>\n",
        escape_html(title)
    )
}

/// The page that a parking service shows for a domain that is for sale.
pub(super) fn parked_html(host: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html data-adblockkey=\"MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKdemo\">\n<head>\n\
         <meta charset=\"utf-8\">\n<title>{host}</title>\n</head>\n<body>\n<div id=\"target\"></div>\n\
         <script>window.park = \"eyJ1dWlkIjoiZGVtbyJ9\";</script>\n<script src=\"/bdemo.js\"></script>\n</body>\n</html>\n"
    )
}

/// A page with an instant meta refresh.
pub(super) fn refresh_html(to: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"refresh\" content=\"0; url={}\">\n\
         <title>Moved</title>\n</head>\n<body>\n<p><a href=\"{}\">Continue</a></p>\n</body>\n</html>\n",
        escape_html(to),
        escape_html(to)
    )
}

/// The challenge of a content delivery network.
pub(super) fn challenge_html() -> &'static str {
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>\
     <noscript>Enable JavaScript and cookies to continue</noscript>\
     <script>window._cf_chl_opt={cvId:'3',cType:'managed'};</script></body></html>\n"
}

/// The challenge of a bot detection service.
pub(super) fn captcha_html() -> &'static str {
    "<!DOCTYPE html><html><head><title>Access check</title></head><body>\
     <script src=\"https://ct.captcha-delivery.com/c.js\"></script></body></html>\n"
}
