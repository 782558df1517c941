//! Page layouts: one text, marked up in the ways of many sites.

use fastrand::Rng;

use crate::model::{Story, escape, links, other, paragraphs};
use crate::sites;

pub type Layout = fn(&Story<'_>, &mut Rng) -> Vec<u8>;

pub const LAYOUTS: &[(&str, Layout)] = &[
    ("wordpress", wordpress),
    ("table-gbk", table_gbk),
    ("br", line_breaks),
    ("json-ld", json_ld),
    ("state", embedded_state),
    ("wechat", wechat),
    ("blog", blog),
    ("portal", portal),
    ("bare", bare),
    ("busy-news", sites::busy_news),
    ("magazine", sites::magazine),
    ("forum", sites::forum),
    ("old-table", sites::old_table),
    ("mobile", sites::mobile),
    ("components", sites::components),
    ("static-blog", sites::static_blog),
    ("lines", sites::lines),
    ("no-markup", sites::no_markup),
    ("amp", sites::amp),
    ("nuxt", sites::nuxt),
    ("legacy-charset", sites::legacy_charset),
];

fn comments(story: &Story<'_>, rng: &mut Rng, count: usize) -> String {
    (0..count)
        .map(|n| {
            let (_, blocks) = other(story, rng);
            let text: String = blocks.first().map(|b| b.chars().take(90).collect()).unwrap_or_default();
            format!("<div class=\"comment\"><b>读者{n}</b><p>{}</p></div>", escape(&text))
        })
        .collect()
}

fn nav() -> &'static str {
    "<nav><ul><li><a href=/>首页</a></li><li><a href=/n>新闻</a></li><li><a href=/v>视频</a></li><li><a href=/about>关于我们</a></li></ul></nav>"
}

fn wordpress(s: &Story<'_>, rng: &mut Rng) -> Vec<u8> {
    format!(
        "<!DOCTYPE html><html lang=zh><head><meta charset=utf-8><title>{t} | 某站</title><meta property=\"og:title\" content=\"{t}\">\
         <meta name=author content=\"{a}\"><meta property=\"article:published_time\" content=\"2022-05-06T07:08:09+00:00\">\
         <script>var x={{}};</script></head><body>{nav}<main><article class=\"post hentry\"><header><h1 class=entry-title>{t}</h1>\
         <div class=entry-meta>2022-05-06 · {a}</div></header><div class=entry-content>{p}\
         <div class=sharedaddy><h3>分享此文：</h3><ul><li><a href=#>Twitter</a></li><li><a href=#>Facebook</a></li></ul></div></div>\
         <footer class=entry-footer>发表在 <a href=/c>新闻</a></footer></article><div id=comments>{c}</div></main>\
         <aside><h2>近期文章</h2><ul>{l}</ul></aside><footer>© 2024 某站。版权所有。</footer></body></html>",
        t = escape(s.title),
        a = escape(s.author),
        nav = nav(),
        p = paragraphs(s.blocks),
        c = comments(s, rng, 3),
        l = links(s, rng, 8)
    )
    .into_bytes()
}

fn table_gbk(s: &Story<'_>, rng: &mut Rng) -> Vec<u8> {
    let body: String =
        s.blocks.iter().map(|b| format!("&nbsp;&nbsp;&nbsp;&nbsp;{}<br><br>\n", escape(b))).collect();
    let html = format!(
        "<html><head><title>{t}-某某新闻网</title></head><body bgcolor=#ffffff><table width=760><tr><td colspan=2>\
         <table><tr><td><a href=/>首页</a>|<a href=/g>国际</a>|<a href=/s>社会</a></td></tr></table></td></tr><tr><td width=560>\
         <center><font size=5><b>{t}</b></font></center><p>作者：{a}　2022年5月6日</p><font size=3>{body}</font>\
         <table><tr><td>上一篇：<a href=/1>{o}</a></td></tr></table></td><td valign=top><ul>{l}</ul></td></tr></table>\
         <hr><center>版权所有 某某新闻网 Copyright 2001-2024</center></body></html>",
        t = escape(s.title),
        a = escape(s.author),
        o = escape(&other(s, rng).0),
        l = links(s, rng, 10)
    );
    // What GB18030 cannot hold it can: all of Unicode. So nothing is lost here.
    encoding_rs::GB18030.encode(&html).0.into_owned()
}

fn line_breaks(s: &Story<'_>, rng: &mut Rng) -> Vec<u8> {
    let body = s.blocks.iter().map(|b| escape(b)).collect::<Vec<_>>().join("<br/>\n<br/>\n");
    format!(
        "<!doctype html><html><head><meta charset=utf-8><title>{t}</title></head><body><div id=header>{nav}</div><div id=wrap>\
         <div id=left><h2>{t}</h2><div class=info>来源：某报 发布时间：2022-05-06 浏览：{n}次</div><div id=zoom>{body}</div>\
         <div class=tools><a href=#>打印</a> <a href=#>关闭</a></div></div><div id=right><h3>热点</h3><ul>{l}</ul></div></div></body></html>",
        t = escape(s.title),
        nav = nav(),
        n = rng.u32(100..9999),
        l = links(s, rng, 6)
    )
    .into_bytes()
}

fn json_ld(s: &Story<'_>, rng: &mut Rng) -> Vec<u8> {
    let data = serde_json::json!({
        "@context": "https://schema.org", "@type": "NewsArticle", "headline": s.title, "datePublished": "2022-05-06",
        "author": {"@type": "Person", "name": s.author}, "articleBody": s.blocks.join("\n\n"),
    });
    format!(
        "<!doctype html><html><head><meta charset=utf-8><title>{t} - 某站</title><script type=\"application/ld+json\">{data}</script>\
         </head><body><div id=root></div><ul>{l}</ul><script src=/app.js></script></body></html>",
        t = escape(s.title),
        data = data.to_string().replace("</", "<\\/"),
        l = links(s, rng, 5)
    )
    .into_bytes()
}

fn embedded_state(s: &Story<'_>, rng: &mut Rng) -> Vec<u8> {
    let more: Vec<_> = (0..4)
        .map(|_| {
            let (title, blocks) = other(s, rng);
            let excerpt: String = blocks.first().map(|b| b.chars().take(60).collect()).unwrap_or_default();
            serde_json::json!({"title": title, "excerpt": excerpt})
        })
        .collect();
    let data = serde_json::json!({"props": {"pageProps": {"post": {
        "title": s.title, "body": paragraphs(s.blocks), "author": s.author}, "more": more}}, "buildId": "x1"});
    format!(
        "<!doctype html><html><head><meta charset=utf-8><title>{t}</title></head><body><div id=__next></div>\
         <script id=\"__NEXT_DATA__\" type=\"application/json\">{data}</script><script src=/_next/main.js></script></body></html>",
        t = escape(s.title),
        data = data.to_string().replace("</", "<\\/")
    )
    .into_bytes()
}

fn wechat(s: &Story<'_>, rng: &mut Rng) -> Vec<u8> {
    let body: String = s
        .blocks
        .iter()
        .map(|b| {
            format!(
                "<section style=\"margin:0\"><span style=\"font-size:15px\">{}</span></section><p><br></p>",
                escape(b)
            )
        })
        .collect();
    format!(
        "<!DOCTYPE html><html><head><meta charset=utf-8><title></title><meta property=\"og:title\" content=\"{t}\"></head><body>\
         <div id=js_article><div id=img-content><h1 class=rich_media_title>{t}</h1><div id=meta_content><span>{a}</span>\
         <em id=publish_time></em></div><div class=rich_media_content id=js_content style=\"visibility: hidden;\">{body}</div></div>\
         <div class=rich_media_tool>阅读 {n}　在看</div><div id=js_pc_qr_code>微信扫一扫关注该公众号</div></div>\
         <script>var ct=\"1651821489\";</script></body></html>",
        t = escape(s.title),
        a = escape(s.author),
        n = rng.u32(100..99999)
    )
    .into_bytes()
}

fn blog(s: &Story<'_>, rng: &mut Rng) -> Vec<u8> {
    let mut body = String::new();
    for (at, block) in s.blocks.iter().enumerate() {
        body += &format!("<div>{}</div>\n", escape(block));
        if at == s.blocks.len() / 2 {
            body += "<figure><img src=/x.jpg><figcaption>图：网络</figcaption></figure>";
        }
    }
    format!(
        "<!doctype html><html><head><meta charset=utf-8><title>某人的博客: {t}</title></head><body><div class=sidebar><h3>归档</h3>\
         <ul>{l}</ul></div><div class='post hentry'><h3 class='post-title'>{t}</h3><div class='post-body'>{body}</div>\
         <div class=post-footer>发帖者 {a} 时间： 07:08 <a href=#>没有评论:</a></div></div></body></html>",
        t = escape(s.title),
        a = escape(s.author),
        l = links(s, rng, 12)
    )
    .into_bytes()
}

fn portal(s: &Story<'_>, rng: &mut Rng) -> Vec<u8> {
    let mut body = String::new();
    for (at, block) in s.blocks.iter().enumerate() {
        body += &format!("<p>{}</p>\n", escape(block));
        if at == 1 {
            body += "<div class=ad><span>广告</span></div>";
        }
    }
    let cards: String = (0..5)
        .map(|_| {
            let (title, blocks) = other(s, rng);
            let teaser: String = blocks.first().map(|b| b.chars().take(70).collect()).unwrap_or_default();
            format!(
                "<div class=card><h4><a href=#>{}</a></h4><p>{}……</p></div>",
                escape(title),
                escape(&teaser)
            )
        })
        .collect();
    format!(
        "<!doctype html><html><head><meta charset=utf-8><title>{t}_国际_某某门户</title><meta name=description content=\"x\"></head>\
         <body>{nav}<div class=layout><div class=main><div class=crumb><a href=/>首页</a> &gt; <a href=/w>国际</a></div>\
         <h1>{t}</h1><div class=source><span class=date>2022年05月06日 07:08</span> <span>某某门户</span></div>\
         <div class=content id=article>{body}<p class=editor>责任编辑：某某</p></div><div class=related><h3>相关阅读</h3>{cards}</div>\
         <div class=comments><h3>评论</h3>{c}</div></div><div class=rank><h3>排行</h3><ol>{l}</ol></div></div>\
         <footer><p>某某门户 版权所有 Copyright © 1996-2024. All Rights Reserved</p></footer></body></html>",
        t = escape(s.title),
        nav = nav(),
        c = comments(s, rng, 4),
        l = links(s, rng, 10)
    )
    .into_bytes()
}

fn bare(s: &Story<'_>, _: &mut Rng) -> Vec<u8> {
    format!("<title>{t}</title><h1>{t}</h1>{p}", t = escape(s.title), p = paragraphs(s.blocks)).into_bytes()
}
