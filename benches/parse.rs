//! Measures the speed of the markdown reader over made-up articles in the forms that archives have.

#![expect(missing_docs, reason = "the macros of criterion make items without them")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::PathBuf;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use driftline::archive::{ReadRules, parse_article};
use driftline::citation::{CitationRules, LocalFiles, cite_article};
use driftline::model::ArticleId;

/// A reposted article of about 10 KB.
fn article() -> String {
    let mut text = String::from(
        "### [:house:返回](README.md)\n---\n\n## 某地的[[zh:某事]]\n`1/2/2023 3:04 AM UTC 某人` [轉載自GNews](https://g.example/articles/1)\n\n翻译：甲\n",
    );
    for n in 0..24 {
        let _ = write!(
            text,
            "\n据[[zh:某报]]报道，[第{n}件事](https://news.example/{n}?a=1&amp;b=2)发生在[[zh:某城]]，当地的人们说他们从来没有见过这样的事情，\
             也没有听说过类似的事情。**官方**尚未回应，记者仍在等候答复，详情见后续报道。\n![](https://img.example/{n}.jpg)\n"
        );
    }
    text.push_str("\n参考资料：\n\n1. [甲](https://s.example/1)\n2. [https://s.example/a\\_b](https://s.example/a_b)\n\n编辑：乙\n\n免责声明：本文仅代表作者。\n\n- [条款](https://g.example/terms)\n");
    text
}

fn parse(c: &mut Criterion) {
    let text = article();
    let (Ok(read), Ok(rules)) = (ReadRules::embedded(), CitationRules::embedded()) else { return };
    let one =
        || parse_article(ArticleId::new("a.md"), PathBuf::from("/nonexistent/a.md"), black_box(&text), &read);
    let mut group = c.benchmark_group("article");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("parse", |b| b.iter(one));
    group.bench_function("parse and cite", |b| {
        b.iter(|| cite_article(&one(), &rules, &LocalFiles::below("/nonexistent")));
    });
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);
