//! Finds where a fetched page says that it comes from: its own repost line and its own labelled
//! sources.
//!
//! The page's main part is read as an article of the archive is, so the markers of
//! `config/archive.toml` and the labels of `config/citation.toml` apply to both.
//!
//! The page's main part is read as an article of the archive is, so the markers of
//! `config/archive.toml` and the labels of `config/citation.toml` hold for both.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::archive;
use crate::archive::ReadRules;
use crate::citation;
use crate::citation::{CitationRules, LocalFiles};
use crate::model::ArticleId;
use crate::model::{CanonicalUrl, Role};

use super::html_rows;

/// The most sources of a page that are stored.
const MAX_SOURCES: usize = 50;

/// The pages that a page names as its original and as its sources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UpstreamLinks {
    /// The page that it says it is reposted from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repost: Option<CanonicalUrl>,
    /// The pages that it cites as sources, each once, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<CanonicalUrl>,
}

/// The rules for finding upstream links.
#[derive(Clone)]
pub struct UpstreamRules {
    /// The rules for reading articles.
    pub read_rules: Arc<ReadRules>,
    /// The rules for the roles of links.
    pub citation_rules: Arc<CitationRules>,
}

impl UpstreamLinks {
    /// Finds the upstream links of a page at this URL. Links to the page itself do not count.
    pub fn from_page(html: &str, url: &Url, rules: &UpstreamRules) -> Self {
        let markdown = html_rows::main_part_as_markdown(html, url);
        let id = ArticleId::new(url.as_str());
        let article = archive::parse_article(id, PathBuf::new(), &markdown, &rules.read_rules);
        let mut leads = Self::default();
        for citation in
            citation::cite_article(&article, &rules.citation_rules, &LocalFiles::below(Path::new("")))
        {
            let target = citation.target.canonical().filter(|target| !is_same_page(target.as_url(), url));
            let Some(target) = target else { continue };
            match citation.role {
                Role::Repost => leads.repost = leads.repost.or_else(|| Some(target.clone())),
                Role::Source if leads.sources.len() < MAX_SOURCES && !leads.sources.contains(target) => {
                    leads.sources.push(target.clone());
                }
                _ => {}
            }
        }
        leads.sources.retain(|source| Some(source) != leads.repost.as_ref());
        leads
    }

    /// Whether the page names nothing.
    pub fn is_empty(&self) -> bool {
        self.repost.is_none() && self.sources.is_empty()
    }
}

/// Whether two URLs are equal except for the scheme, `www.` and a closing slash.
fn is_same_page(one: &Url, other: &Url) -> bool {
    let host = |url: &Url| url.host_str().map(|host| host.trim_start_matches("www.").to_owned());
    let path = |url: &Url| url.path().trim_end_matches('/').to_owned();
    host(one) == host(other) && path(one) == path(other) && one.query() == other.query()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn leads(body: &str) -> (Option<String>, Vec<String>) {
        let rules = UpstreamRules {
            read_rules: Arc::new(ReadRules::embedded().unwrap()),
            citation_rules: Arc::new(CitationRules::embedded().unwrap()),
        };
        let url = Url::parse("https://second.example/p/7").unwrap();
        let found = UpstreamLinks::from_page(body, &url, &rules);
        let text = |url: &CanonicalUrl| url.to_string();
        (found.repost.as_ref().map(text), found.sources.iter().map(text).collect())
    }

    fn page(inner: &str) -> String {
        let prose = "<p>图书馆馆长公布了新的时间表，因为春天雨水太多，电车公司增开了晚班，编号为十二。</p>";
        format!(
            "<html><body><nav><a href='https://second.example/'>首页</a> <a href='https://portal.example/x'>来源</a></nav>\
             <article><h1>码头修好了</h1>{}</article>\
             <div class='related'>相关链接：<a href='https://other.example/9'>原文</a></div></body></html>",
            inner.replace("PROSE", &prose.repeat(4))
        )
    }

    #[test]
    fn repost_lines_are_found_at_either_end() {
        for inner in [
            "<p>本文转载自：<a href='https://first.example/a/1'>某报</a></p>PROSE",
            "<p>2023-01-02 编辑 <a href='//first.example/a/1'>轉載自第一報</a></p>PROSE",
            "PROSE<p>Originally published at <a href=https://first.example/a/1>First</a>.</p>",
            "PROSE<p><a href='https://first.example/a/1'>原文链接</a></p>",
        ] {
            let (repost, sources) = leads(&page(inner));
            assert_eq!(repost.as_deref(), Some("https://first.example/a/1"), "{inner}");
            assert_eq!(sources, [""; 0], "{inner}");
        }
    }

    #[test]
    fn labelled_sources_count_and_other_links_do_not() {
        let (repost, sources) = leads(&page(
            "<p>他在<a href='https://mention.example/'>这里</a>说过。</p>PROSE\
             <p>信息来源：<a href='https://one.example/1'>一报</a> <a href='/p/8?a=1&amp;b=2'>二报</a></p>\
             <p>参考链接：</p><ul><li><a href='https://three.example/3'>三报</a></li><li>https://four.example/4</li></ul>",
        ));
        assert_eq!(repost, None);
        assert_eq!(
            sources,
            [
                "https://one.example/1",
                "https://second.example/p/8?a=1&b=2",
                "https://three.example/3",
                "https://four.example/4"
            ]
        );
    }

    #[test]
    fn a_page_that_names_nobody_or_itself_has_no_leads() {
        for inner in [
            "PROSE",
            "<p>转载自<a href='https://second.example/p/7#top'>本站</a></p>PROSE",
            "<p>转载自<a href='http://www.second.example/p/7/'>本站</a></p>PROSE",
            "<p>转载自<a href='https://first.example/'>某站</a></p>PROSE",
            "PROSE<p>图片来源：<a href='https://pictures.example/1'>图库</a></p>",
        ] {
            assert_eq!(leads(&page(inner)), (None, Vec::new()), "{inner}");
        }
        assert_eq!(leads(""), (None, Vec::new()));
        assert!(UpstreamLinks::default().is_empty());
    }
}
