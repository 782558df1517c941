//! The parts of an address that rules look at: its segments, a name and its extension, its site.

use url::Url;

/// The segments of a URL's path, and its closing slash.
pub(super) fn path_segments(url: &Url) -> (Vec<&str>, &str) {
    let path = url.path().strip_prefix('/').unwrap_or(url.path());
    let (bare, slash) = match path.strip_suffix('/') {
        Some(bare) if !bare.is_empty() => (bare, "/"),
        _ => (path, ""),
    };
    (if bare.is_empty() { Vec::new() } else { bare.split('/').collect() }, slash)
}

/// A file name without its extensions.
pub(super) fn file_stem(name: &str) -> &str {
    name.split('.').next().unwrap_or_default()
}

/// The extension of a file name.
pub(super) fn extension(name: &str) -> Option<&str> {
    let (_, extension) = name.rsplit_once('.')?;
    let is_usual =
        (1..=5).contains(&extension.len()) && extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_usual.then_some(extension)
}

/// A URL without its fragment.
pub(super) fn without_fragment(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    url
}

/// Whether two addresses are of one registrable domain.
pub(super) fn is_same_site(one: &Url, other: &Url) -> bool {
    let site = |url: &Url| url.host_str().map(|host| psl::domain_str(host).unwrap_or(host).to_owned());
    site(one) == site(other)
}
