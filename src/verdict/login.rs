//! Recognises redirects to a login, and login forms.

use url::Url;

use super::page_view::PageView;
use super::signatures::LoginRules;

/// How a redirect shows that it leads to a login.
pub(super) enum LoginRedirect {
    /// Its query has this parameter, which holds the address to return to.
    WithReturn(String),
    /// Only its path or host is that of a login.
    WithoutReturn,
}

/// Whether a page was redirected to a login, and how that shows. A URL that is itself a login cannot be
/// redirected to one.
pub(super) fn find_login_redirect(
    rules: &LoginRules,
    requested: &Url,
    final_url: &Url,
) -> Option<LoginRedirect> {
    let has_path = |url: &Url| rules.paths.iter().any(|pattern| pattern.is_match(url.path()));
    let has_host = |url: &Url| {
        url.host_str().is_some_and(|host| rules.hosts.iter().any(|pattern| pattern.is_match(host)))
    };
    if has_path(requested) || has_host(requested) || !(has_path(final_url) || has_host(final_url)) {
        return None;
    }
    let parameter = final_url.query_pairs().find_map(|(name, value)| {
        let is_return = rules.parameters.iter().any(|known| known.eq_ignore_ascii_case(&name));
        (is_return && value.contains('/')).then(|| name.into_owned())
    });
    Some(parameter.map_or(LoginRedirect::WithoutReturn, LoginRedirect::WithReturn))
}

/// Whether a page's source has a password field.
pub(super) fn has_password_field(rules: &LoginRules, source: &str) -> bool {
    rules.fields.iter().any(|field| field.is_match(source))
}

/// The fact that shows a login form in the place of a page: a password field or words that ask to log in,
/// on a short page without a paragraph.
pub(super) fn find_login_form(rules: &LoginRules, view: &PageView<'_>) -> Option<String> {
    if rules.paths.iter().any(|path| path.is_match(view.requested.path())) || view.holds_prose() {
        return None;
    }
    if view.visible_length <= rules.max_text && has_password_field(rules, view.source()) {
        Some(format!("a password field, and only {} visible characters", view.visible_length))
    } else if view.visible_length <= rules.max_phrase_text {
        Some(format!("a short page that says {:?}", rules.phrases.find_first(view.visible)?))
    } else {
        None
    }
}
