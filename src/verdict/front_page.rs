//! Recognises front pages: the home page of a site, and the front of a folder. Sites redirect requests for
//! missing pages there.

use url::Url;

/// Whether a URL is the front page of a folder that holds another page of the same site.
pub(super) fn is_front_above(front: &Url, page: &Url) -> bool {
    let site = |url: &Url| url.host_str().map(|host| psl::domain_str(host).unwrap_or(host).to_owned());
    let folder = match front.path().rsplit_once('/') {
        Some((folder, name)) if is_index_name(name) => folder,
        _ => front.path().trim_end_matches('/'),
    };
    let below = page.path().strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    below && site(front) == site(page)
}

/// Whether a URL is a site's home page.
pub(super) fn is_home_page(url: &Url) -> bool {
    is_index_name(url.path().trim_start_matches('/')) && url.query().is_none_or(str::is_empty)
}

/// Whether a file name is one that servers use for the front page of a folder.
fn is_index_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let (stem, extension) = name.split_once('.').unwrap_or((&name, ""));
    let known = matches!(extension, "html" | "htm" | "shtml" | "php" | "asp" | "aspx" | "jsp");
    name.is_empty() || (matches!(stem, "index" | "default") && known)
}
