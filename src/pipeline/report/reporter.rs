//! Joins the link table of a run with its visits.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use rayon::prelude::*;

use super::url_facts::{UrlFacts, read_facts};
use crate::citation::{ArticleCitations, LinkTarget};
use crate::frontier::HostKey;
use crate::model::{ArticleId, CanonicalUrl, ContentHash};
use crate::pipeline::error::RunError;
use crate::pipeline::plan;
use crate::pipeline::role_set::RoleSet;
use crate::pipeline::url_filter::UrlFilter;
use crate::report::{LinkReport, RunReport, RunSummary};
use crate::store::{RunRecord, SnapshotStore, SpentBudgets};
use crate::verdict::LinkState;

/// Joins the link table of a run with the store.
pub struct RunReporter<'a> {
    pub(super) store: &'a dyn SnapshotStore,
    pub(super) record: RunRecord,
    pub(super) roles: RoleSet,
    pub(super) excluded: UrlFilter,
    pub(super) spent: SpentBudgets,
    /// The most reposts that were followed in a chain; 0 if chains were not followed.
    pub(super) max_chain: u64,
    /// Local links that were broken in the run before, which are therefore not new.
    pub(super) missing_before: HashSet<(ArticleId, String)>,
    pub(super) facts: HashMap<CanonicalUrl, Option<Arc<UrlFacts>>>,
    pub(super) hosts: HashSet<HostKey>,
    pub(super) error: Option<RunError>,
}

/// The links of a report, made one piece of the link table at a time.
pub struct RunLinks<'r, 'a> {
    reporter: &'r mut RunReporter<'a>,
    pieces: std::vec::IntoIter<ContentHash>,
    ready: VecDeque<LinkReport>,
}

impl Iterator for RunLinks<'_, '_> {
    type Item = LinkReport;

    fn next(&mut self) -> Option<LinkReport> {
        loop {
            if let Some(link) = self.ready.pop_front() {
                return Some(link);
            }
            match self.reporter.read_piece(self.pieces.next()?) {
                Ok(links) => self.ready = links,
                Err(error) => {
                    self.reporter.error = Some(error);
                    self.pieces = Vec::new().into_iter();
                }
            }
        }
    }
}

impl<'a> RunReporter<'a> {
    /// Opens the report of one run.
    pub fn new(store: &'a dyn SnapshotStore, record: RunRecord) -> Result<Self, RunError> {
        let roles = RoleSet::from_roles(record.details.roles.iter().copied());
        let excluded = UrlFilter::new(&record.details.exclude);
        let mut missing_before = HashSet::new();
        let earlier =
            store.read_runs()?.into_iter().rfind(|run| run.id < record.id && run.finished.is_some());
        for piece in earlier.iter().flat_map(|run| &run.link_table) {
            for article in plan::read_link_table_piece(store, *piece)? {
                for citation in article.citations {
                    if let LinkTarget::Local { path, exists: false } = citation.target {
                        missing_before.insert((article.article.clone(), path));
                    }
                }
            }
        }
        let spent = record.details.spent.clone().unwrap_or_default();
        let max_chain = record.details.max_chain;
        Ok(Self {
            store,
            record,
            roles,
            excluded,
            spent,
            max_chain,
            missing_before,
            facts: HashMap::new(),
            hosts: HashSet::new(),
            error: None,
        })
    }

    /// The head of the report with all counts. It takes one pass over the links and passes each to
    /// `each`.
    pub fn summarize_run(
        &mut self,
        interrupted: bool,
        each: &mut dyn FnMut(&LinkReport),
    ) -> Result<RunReport, RunError> {
        let details = &self.record.details;
        let limits: BTreeSet<&String> = self.spent.run.iter().chain(self.spent.hosts.values()).collect();
        let mut summary = RunSummary {
            articles: details.articles,
            links: details.links,
            urls: details.urls,
            robots_ignored: details.robots_ignored,
            unreadable: details.unreadable.clone(),
            waiting: self.spent.waiting.iter().map(|(host, left)| (host.clone(), left.pages)).collect(),
            limits: limits.into_iter().cloned().collect(),
            ..RunSummary::default()
        };
        let count = |counts: &mut std::collections::BTreeMap<String, u64>, name: String| {
            *counts.entry(name).or_default() += 1;
        };
        for link in self.links() {
            each(&link);
            count(&mut summary.verdicts, link.verdict.as_str().to_owned());
            if let Some(cause) = link.cause {
                count(&mut summary.causes, json_name(&cause));
            }
            if let Some(drift) = &link.drift {
                count(&mut summary.drift, drift.class.as_str().to_owned());
            }
            if link.state != LinkState::Ok {
                count(&mut summary.states, json_name(&link.state));
            }
            if let Some(change) = &link.change {
                count(&mut summary.changes, json_name(change));
            }
        }
        self.take_error()?;
        summary.judged = self.facts.values().flatten().count() as u64;
        summary.hosts = self.hosts.len() as u64;
        Ok(RunReport {
            schema: "driftline/1".to_owned(),
            id: self.record.id.to_string(),
            command: self.record.command.clone(),
            started: self.record.started,
            finished: self.record.finished,
            interrupted,
            interrupted_by: self.record.details.stopped.clone().filter(|_| interrupted),
            normal_forms: self.record.details.normal_forms.clone(),
            summary,
        })
    }

    /// Every link that has a verdict, in path order. An error ends the iteration early, and
    /// [`RunReporter::take_error`] returns it.
    pub fn links(&mut self) -> RunLinks<'_, 'a> {
        let pieces = self.record.link_table.clone().into_iter();
        RunLinks { reporter: self, pieces, ready: VecDeque::new() }
    }

    /// The error that ended [`RunReporter::links`] early, if there was one.
    pub fn take_error(&mut self) -> Result<(), RunError> {
        self.error.take().map_or(Ok(()), Err)
    }

    fn read_piece(&mut self, piece: ContentHash) -> Result<VecDeque<LinkReport>, RunError> {
        let articles = plan::read_link_table_piece(self.store, piece)?;
        self.read_url_facts(&articles)?;
        let reporter = &*self;
        let links_of = |ArticleCitations { article, citations }| {
            let links = citations.into_iter().map(|citation| reporter.report_link(&article, citation));
            links.filter_map(Result::transpose).collect::<Result<Vec<_>, RunError>>()
        };
        let links: Vec<_> = articles.into_par_iter().map(links_of).collect::<Result<_, _>>()?;
        Ok(links.into_iter().flatten().collect())
    }

    /// Reads what is known of the URLs of these articles, each once, on all processors.
    fn read_url_facts(&mut self, articles: &[ArticleCitations]) -> Result<(), RunError> {
        let targets = articles.iter().flat_map(|article| &article.citations);
        let urls: HashSet<&CanonicalUrl> = targets
            .filter_map(|citation| match &citation.target {
                LinkTarget::Web { canonical, .. } if !self.facts.contains_key(canonical) => Some(canonical),
                _ => None,
            })
            .collect();
        let (store, run) = (self.store, self.record.id);
        let urls: Vec<&CanonicalUrl> = urls.into_iter().collect();
        let read = urls.into_par_iter().map(|url| Ok((url.clone(), read_facts(store, run, url)?)));
        let read = read.collect::<Result<Vec<_>, RunError>>()?;
        let asked = read.iter().filter(|(_, facts)| facts.is_some());
        self.hosts.extend(asked.map(|(url, _)| HostKey::from_url(url.as_url())));
        self.facts.extend(read.into_iter().map(|(url, facts)| (url, facts.map(Arc::new))));
        Ok(())
    }
}

/// The name of a value in JSON.
fn json_name<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}
