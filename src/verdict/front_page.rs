//! Recognises front pages: the home page of a site, and the front of a folder. Sites redirect requests for
//! missing pages there.

use url::Url;

use super::address::{file_stem, is_same_site};

/// Whether a URL is the front page of a folder that holds another page of the same site.
pub(super) fn is_front_above(front: &Url, page: &Url) -> bool {
    let folder = match front.path().rsplit_once('/') {
        Some((folder, name)) if is_index_name(name) => folder,
        _ => front.path().trim_end_matches('/'),
    };
    let below = page.path().strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    below && is_same_site(front, page)
}

/// Whether a URL is a site's home page.
pub(super) fn is_home_page(url: &Url) -> bool {
    is_index_name(url.path().trim_start_matches('/')) && url.query().is_none_or(str::is_empty)
}

/// Whether a URL is the front page of a site or of its edition in a language (`/zh/`, `/home`), whatever its
/// query says about the visitor. Sites lead requests for missing pages there.
pub(super) fn is_front_page(url: &Url) -> bool {
    let path = url.path().trim_start_matches('/');
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    is_index_name(path) || (is_index_name(rest) && (is_language(first) || is_front_name(first)))
}

/// Whether a name is the code of a language, with a region or a script where it has one (`zh`, `pt-br`, `zh_hant`).
fn is_language(name: &str) -> bool {
    let (language, rest) = name.split_once(['-', '_']).unwrap_or((name, ""));
    let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphabetic());
    language.len() == 2 && is_word(language) && is_word(rest) && matches!(rest.len(), 0 | 2 | 4)
}

/// Whether a name is one that sites give to their front page.
fn is_front_name(name: &str) -> bool {
    matches!(file_stem(&name.to_ascii_lowercase()), "home" | "homepage" | "main" | "welcome" | "front")
}

/// Whether a file name is one that servers use for the front page of a folder.
fn is_index_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let (stem, extension) = name.split_once('.').unwrap_or((&name, ""));
    let known = matches!(extension, "html" | "htm" | "shtml" | "php" | "asp" | "aspx" | "jsp");
    name.is_empty() || (matches!(stem, "index" | "default") && known)
}
