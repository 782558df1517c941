//! Gives each link of an article its role and its target.

use std::collections::HashSet;

use super::citation::Citation;
use super::link_target::LinkTarget;
use super::local::archive_files::LocalFiles;
use super::local::local_target;
use super::repair::destination::Destination;
use super::repair::repair_link;
use super::roles::assign_roles;
use super::rules::CitationRules;
use crate::archive::{Article, LinkForm};
use crate::model::{Role, UrlKey, has_userinfo, mask_credentials, mask_destination};

/// The number of bytes of a destination that are kept as it is written. No server answers to a longer one.
const LONGEST_WRITTEN: usize = 16 * 1024;

/// Returns the citations of an article in the order of its links.
///
/// `files` are the files of the archive, to which links may lead. A link that contains several URLs gives a
/// citation for each of them.
pub fn cite_article(article: &Article, rules: &CitationRules, files: &LocalFiles) -> Vec<Citation> {
    let found = assign_roles::assign_roles(article, rules);
    let mut out = Vec::with_capacity(article.links.len());
    for (link, found) in article.links.iter().zip(found) {
        let role = found.role.unwrap_or(Role::Mention);
        let bare = matches!(link.form, LinkForm::Bare | LinkForm::Autolink);
        let label = if bare { found.label.unwrap_or_default() } else { link.label.clone() };
        let repaired = match link.form {
            LinkForm::Autolink => repair_link::repair_autolink(&link.destination),
            _ => repair_link::repair_destination(&link.destination, &link.label),
        };
        for mut repaired in repaired {
            // "install.sh" may be a host name. If a file of that name exists, the link means the file.
            if repaired.repairs == ["missing-scheme"] {
                let here = local_target::resolve_local_target(&link.destination, &article.path, files);
                if matches!(here, LinkTarget::Local { exists: true, .. }) {
                    repaired.destination = Destination::Local(link.destination.clone());
                    repaired.repairs.clear();
                }
            }
            let target = match repaired.destination {
                Destination::Web { url, canonical } => {
                    let canonical = match rules.tracking_parameters() {
                        [] => canonical,
                        names => canonical.without_parameters(names),
                    };
                    let is_secret = has_userinfo(canonical.as_url());
                    LinkTarget::Web { url: if is_secret { mask_destination(&url) } else { url }, canonical }
                }
                Destination::Local(path) => local_target::resolve_local_target(&path, &article.path, files),
                Destination::Words(text) => {
                    match local_target::resolve_local_target(&text, &article.path, files) {
                        there @ LinkTarget::Local { exists: true, .. } => there,
                        _ => LinkTarget::Invalid {
                            reason: "the destination is words, not a URL or a path".into(),
                        },
                    }
                }
                Destination::Other { url, scheme } => {
                    LinkTarget::Unfetchable { url: mask_credentials(&url).into_owned(), scheme }
                }
                Destination::Nowhere(reason) => LinkTarget::Invalid { reason },
            };
            let target = match target {
                // A URL that is too broken to be one; a file that exists keeps its name.
                LinkTarget::Local { path, exists: false } => {
                    LinkTarget::Local { path: mask_credentials(&path).into_owned(), exists: false }
                }
                target => target,
            };
            let is_local = matches!(target, LinkTarget::Local { .. }) && role != Role::Image;
            let is_shown = !repaired.repairs.is_empty() || matches!(target, LinkTarget::Invalid { .. });
            let repairs: Vec<String> = repaired.repairs.iter().map(|&name| name.to_owned()).collect();
            let is_secret = target.canonical().is_some_and(|url| has_userinfo(url.as_url()));
            let mask =
                if is_secret { mask_destination } else { |text: &str| mask_credentials(text).into_owned() };
            out.push(Citation {
                position: link.position,
                role: if is_local { Role::Local } else { role },
                label: mask_credentials(&label).into_owned(),
                written: is_shown.then(|| mask(capped_text(&link.destination, LONGEST_WRITTEN))),
                repairs,
                target,
            });
        }
    }
    spread_source_role(&mut out);
    out
}

/// The start of a text, of at most about `limit` bytes.
fn capped_text(text: &str, limit: usize) -> &str {
    let end = text.char_indices().map(|(at, _)| at).find(|at| *at >= limit);
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// Gives every link to a page the role of source if the article cites the page as a source anywhere.
fn spread_source_role(citations: &mut [Citation]) {
    let sources: HashSet<UrlKey> = citations
        .iter()
        .filter(|citation| citation.role == Role::Source)
        .filter_map(|citation| Some(citation.target.canonical()?.key()))
        .collect();
    if sources.is_empty() {
        return;
    }
    for citation in citations.iter_mut().filter(|citation| citation.role == Role::Mention) {
        if citation.target.canonical().is_some_and(|url| sources.contains(&url.key())) {
            citation.role = Role::Source;
        }
    }
}
