//! Decides whether a page's text is in the page itself, or filled in by scripts.

use super::page_view::{PageView, count_visible};
use super::signatures::ShellRules;
use crate::text;

/// Where a page's text comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageKind {
    /// The text is in the page.
    Page,
    /// There is little visible text, and scripts may fill in more or hold it: emptiness proves nothing.
    Scripted,
    /// The page is a shell that scripts fill.
    Shell,
}

/// Decides where a page's text comes from.
pub(super) fn find_page_kind(rules: &ShellRules, view: &PageView<'_>) -> PageKind {
    let has_scripts = || view.source().to_ascii_lowercase().contains("<script");
    if view.visible_length >= rules.max_text || !has_scripts() {
        return PageKind::Page;
    }
    if view.visible_length == 0 || rules.mounts.iter().any(|mount| mount.is_match(view.source())) {
        // The text may be in the state that the scripts are given.
        let in_state = text::extract_page(view.html, Some(view.final_url), None, view.text_rules);
        let has_text = in_state.is_ok_and(|page| count_visible(&page.text()) >= rules.max_text);
        if has_text { PageKind::Scripted } else { PageKind::Shell }
    } else {
        PageKind::Scripted
    }
}
