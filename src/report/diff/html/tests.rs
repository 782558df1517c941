#![allow(clippy::unwrap_used)]

use super::page::write_page;
use crate::report::diff::labels::{DiffLabels, SideLabel};
use crate::text::{NormalForms, PageText};
use crate::text_diff;

fn page(a: &str, b: &str) -> String {
    let text = |text: &str| PageText {
        title: "<b>T</b>".into(),
        blocks: text.lines().map(Into::into).collect(),
        ..PageText::default()
    };
    let (comparison, alignment) =
        text_diff::compare_aligned(&text(a), &text(b), &text_diff::CompareRules::default());
    let labels = DiffLabels {
        original: SideLabel::new("the original", "<script>x</script>".into()),
        local: SideLabel::new("the local copy", "\" onload=x".into()),
        before: crate::text_diff::TextSide::Original,
        against_snapshot: false,
        forms: NormalForms::default(),
    };
    let mut out = Vec::new();
    write_page(&alignment, &comparison, &labels, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn hostile_text_is_escaped_and_only_one_script_may_run() {
    let found = page(
        "<script>alert(1)</script>甲乙丙丁。<img src=x onerror=y>",
        "<script>alert(2)</script>甲乙丙戊。",
    );
    assert_eq!(found.matches("<script>").count(), 1);
    assert_eq!(found.matches("<img").count(), 0);
    assert!(found.contains("&lt;script&gt;") && found.contains("&quot; onload=x"));
    assert!(found.contains("default-src 'none'") && !found.contains("unsafe-inline"));
    assert!(!found.contains("http://") && !found.contains("https://"));
}

#[test]
fn changes_are_numbered_and_marked() {
    let same = "没有变化的一句话。\n".repeat(9);
    let found = page(&format!("{same}共有十二人到场了。"), &format!("{same}共有十五人到场了。"));
    assert!(found.contains("<del>二</del>") && found.contains("<ins>五</ins>"));
    assert!(found.contains("<details><summary>7 unchanged sentences</summary>"));
    assert!(found.contains("aria-label=\"Change 1 of 1\"") && found.contains("id=\"c1\""));
}

#[test]
fn variants_can_be_shown() {
    assert!(
        page("台灣人民的好日子。\n别的。", "台湾人民的好日子。\n另外。").contains("<i class=\"v\">灣</i>")
    );
}
