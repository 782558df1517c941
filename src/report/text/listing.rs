//! Collects the findings that the text report lists.
//!
//! Links arrive as a stream and may be hundreds of thousands. Only the findings that are listed are
//! kept as a whole; a finding past the limit costs one number for its URL.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use url::Url;

use crate::report::finding::{FindingGroup, describe_finding, groups_of_link, link_target};
use crate::report::{LinkReport, sanitize};

/// How many further places of one URL are named; the rest are counted.
const MAX_OTHER_PLACES: usize = 2;

/// One finding: a URL, or what is written, with the places that hold it.
pub(super) struct ListedFinding {
    pub(super) place: String,
    pub(super) role: &'static str,
    pub(super) target: String,
    pub(super) detail: String,
    pub(super) others: Vec<String>,
    pub(super) more_places: usize,
    /// How many further pages of its host could not be checked for the same reason.
    pub(super) more_pages: usize,
}

/// The findings of one group: the first ones in full, the rest counted.
#[derive(Default)]
pub(super) struct GroupFindings {
    pub(super) findings: Vec<ListedFinding>,
    /// The index of each finding in the list, by target.
    by_target: HashMap<String, usize>,
    /// The index of the first finding of a host that could not be checked, by host and reason.
    by_reason: HashMap<(String, String), usize>,
    /// Hashes of the targets that are counted with the first page of their host.
    with_host: HashSet<u64>,
    /// Hashes of the targets that are only counted.
    pub(super) unlisted: HashSet<u64>,
}

impl GroupFindings {
    fn add_finding(&mut self, group: FindingGroup, link: &LinkReport, max_listed: usize, is_cut: bool) {
        let target = link_target(link);
        let place = format!("{}:{}:{}", sanitize::one_line(&link.article), link.line, link.column);
        if let Some(finding) = self.by_target.get(target).and_then(|&at| self.findings.get_mut(at)) {
            if finding.others.len() < MAX_OTHER_PLACES {
                finding.others.push(place);
            } else {
                finding.more_places += 1;
            }
        } else if let Some(first) = self.find_same_reason(group, link, is_cut) {
            if self.with_host.insert(fingerprint(target))
                && let Some(finding) = self.findings.get_mut(first)
            {
                finding.more_pages += 1;
            }
        } else if self.findings.len() < max_listed {
            self.by_target.insert(target.to_owned(), self.findings.len());
            self.findings.push(ListedFinding {
                place,
                role: link.role.as_str(),
                target: sanitize::one_line(target).into_owned(),
                detail: describe_finding(group, link, is_cut),
                others: Vec::new(),
                more_places: 0,
                more_pages: 0,
            });
        } else {
            self.unlisted.insert(fingerprint(target));
        }
    }

    /// The listed finding of the same host with the same reason, where the host is why its pages were not
    /// requested. The next finding is noted as the first where there is none.
    fn find_same_reason(&mut self, group: FindingGroup, link: &LinkReport, is_cut: bool) -> Option<usize> {
        if !matches!(group, FindingGroup::Failing | FindingGroup::Suspect) || link.attempts > 0 {
            return None;
        }
        let host = Url::parse(link_target(link)).ok()?.host_str()?.to_owned();
        let key = (host, describe_finding(group, link, is_cut));
        let next = self.findings.len();
        let first = *self.by_reason.entry(key).or_insert(next);
        (first < next).then_some(first)
    }

    pub(super) fn len(&self) -> usize {
        self.findings.len() + self.with_host.len() + self.unlisted.len()
    }
}

fn fingerprint(target: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    target.hash(&mut hasher);
    hasher.finish()
}

/// The findings of a report, collected link by link.
pub struct FindingListing {
    pub(super) max_listed: usize,
    is_cut: bool,
    pub(super) groups: BTreeMap<FindingGroup, GroupFindings>,
}

impl FindingListing {
    /// Lists at most `max_listed` findings of each group. Long evidence `is_cut` where people read it at once,
    /// on a terminal; a file or another program gets it whole.
    pub fn new(max_listed: usize, is_cut: bool) -> Self {
        Self { max_listed, is_cut, groups: BTreeMap::new() }
    }

    /// Adds a link of the report. Links must come in path order.
    pub fn add_link(&mut self, link: &LinkReport) {
        for group in groups_of_link(link) {
            self.groups.entry(group).or_default().add_finding(group, link, self.max_listed, self.is_cut);
        }
    }
}
