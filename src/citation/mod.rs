//! Links, roles, repair: an [`crate::archive::Article`] in, its [`Citation`]s out.
//!
//! A citation says what a link is *for* (its [`Role`], from the evidence around it), where it leads
//! (its [`Target`], repaired with a record where the written destination was broken), and where it
//! stands. Its [`CanonicalUrl`] is what the crawl asks for: two articles that cite one page cause
//! one request.

mod local;
mod read_archive;
mod repair;
mod repeated_links;
mod roles;
mod rules;

pub use local::files::Files;
pub use read_archive::{read_archive, read_archive_as};
pub use rules::CitationRules;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::archive::{Article, LinkForm, Position};
use crate::model::{ArticleId, CanonicalUrl, Role, UrlKey};
use repair::Lead;

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// A page on the web. `url` keeps the fragment and is what reports show.
    Web {
        /// The URL as a careful reader would follow it.
        url: String,
        /// What is asked for.
        canonical: CanonicalUrl,
    },
    /// A file of the archive; `exists` says whether it is there.
    Local {
        /// The destination, decoded, relative to the archive's root where that is possible.
        path: String,
        /// Whether the file (or a folder with an index file) exists.
        exists: bool,
    },
    /// A scheme that is not for fetching: mail, telephone, script, data.
    Unfetchable {
        /// The destination.
        url: String,
        /// The scheme, in lower case.
        scheme: String,
    },
    /// No URL can be made of what is written.
    Invalid {
        /// Why not, for people.
        reason: String,
    },
}

impl Target {
    /// What is asked for, where the link leads to the web.
    pub fn canonical(&self) -> Option<&CanonicalUrl> {
        match self {
            Self::Web { canonical, .. } => Some(canonical),
            _ => None,
        }
    }

    /// The destination as it is shown: a URL or a path; none where the link is invalid.
    pub fn shown(&self) -> Option<&str> {
        match self {
            Self::Web { url, .. } | Self::Unfetchable { url, .. } => Some(url),
            Self::Local { path, .. } => Some(path),
            Self::Invalid { .. } => None,
        }
    }
}

/// A link with its meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// Where the link starts in its file.
    pub position: Position,
    /// What it is for.
    pub role: Role,
    /// The link's text (or, for a bare URL after a label, the label), wikilinks resolved.
    pub label: String,
    /// The destination as written, only where it had to be repaired.
    pub written: Option<String>,
    /// The names of the repairs that were made, in their order.
    pub repairs: Vec<String>,
    /// Where it leads.
    pub target: Target,
}

/// One article's citations: what the link table of a run keeps of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticleCitations {
    /// The article.
    pub article: ArticleId,
    /// Its links in the order in which they stand.
    pub citations: Vec<Citation>,
}

/// What can be wrong with the rules of this stage.
#[derive(Debug, thiserror::Error)]
pub enum CitationError {
    /// A rule is wrong.
    #[error("rule \"{key}\": {reason}")]
    Rule {
        /// The rule's key.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// An article's links with their meaning, in the order in which they stand.
///
/// `files` are the archive's, for links to them. A link that holds several URLs gives a
/// citation for each.
pub fn cite(article: &Article, rules: &CitationRules, files: &Files) -> Vec<Citation> {
    let found = roles::find(article, rules);
    let mut out = Vec::with_capacity(article.links.len());
    for (link, found) in article.links.iter().zip(found) {
        let role = found.role.unwrap_or(Role::Mention);
        let bare = matches!(link.form, LinkForm::Bare | LinkForm::Autolink);
        let label = if bare { found.label.unwrap_or_default() } else { link.label.clone() };
        for mut repaired in repair::repair(&link.destination, &link.label) {
            // "install.sh" may be a host; where such a file is there, it is the file.
            if repaired.repairs == ["missing-scheme"] {
                let here = local::target(&link.destination, &article.path, files);
                if matches!(here, Target::Local { exists: true, .. }) {
                    repaired.lead = Lead::Local(link.destination.clone());
                    repaired.repairs.clear();
                }
            }
            let target = match repaired.lead {
                Lead::Web { url, canonical } => {
                    let canonical = match rules.tracking() {
                        [] => canonical,
                        names => canonical.without_parameters(names),
                    };
                    Target::Web { url, canonical }
                }
                Lead::Local(path) => local::target(&path, &article.path, files),
                Lead::Words(text) => match local::target(&text, &article.path, files) {
                    there @ Target::Local { exists: true, .. } => there,
                    _ => Target::Invalid { reason: "words, not a destination".into() },
                },
                Lead::Other { url, scheme } => Target::Unfetchable { url, scheme },
                Lead::Nowhere(reason) => Target::Invalid { reason },
            };
            let is_local = matches!(target, Target::Local { .. }) && role != Role::Image;
            let repairs: Vec<String> = repaired.repairs.iter().map(|&name| name.to_owned()).collect();
            out.push(Citation {
                position: link.position,
                role: if is_local { Role::Local } else { role },
                label: label.clone(),
                written: (!repairs.is_empty()).then(|| link.destination.clone()),
                repairs,
                target,
            });
        }
    }
    agree(&mut out);
    out
}

/// A page that is cited as a source anywhere in an article is its source wherever it stands.
fn agree(citations: &mut [Citation]) {
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
