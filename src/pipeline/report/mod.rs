//! The report of a run, from the store alone: its link table joined with the visits.
//!
//! Links are made one at a time and never held together, so a report of a large archive needs no
//! more memory than what is remembered of its distinct URLs.

pub(in crate::pipeline) mod repost_chain;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use rayon::prelude::*;

use crate::citation::{ArticleCitations, Citation, LinkTarget};
use crate::frontier::HostKey;
use crate::model::ArticleId;
use crate::model::ContentHash;
use crate::model::{CanonicalUrl, Role};
use crate::report::{LinkChange, LinkReport, Redirect, RunReport, RunSummary};
use crate::store::{RunId, RunRecord, SnapshotStore, VisitRecord};
use crate::text_diff::{Drift, MovedSide};
use crate::verdict::{Judgement, LinkState, Verdict};

use super::RunError;
use super::engine::SpentBudgets;
use super::page::compare;
use super::page::stored_json::{KeptDrift, KeptJudgement};
use super::plan::{self, Roles};
use super::report::repost_chain::Behind;
use super::url_filter::Excluded;

/// What is known of one URL in one run.
struct UrlFacts {
    visit: VisitRecord,
    judgement: Judgement,
    over_time: LinkState,
    before: Option<Verdict>,
    had_snapshot_before: bool,
}

/// Joins a run's link table with the store.
pub struct Reporter<'a> {
    store: &'a dyn SnapshotStore,
    record: RunRecord,
    roles: Roles,
    excluded: Excluded,
    spent: SpentBudgets,
    /// How far chains of reposts were followed; 0: not at all.
    max_chain: u64,
    /// Local links that were broken in the run before: those are not new.
    missing_before: HashSet<(ArticleId, String)>,
    facts: HashMap<CanonicalUrl, Option<Arc<UrlFacts>>>,
    hosts: HashSet<HostKey>,
    error: Option<RunError>,
}

/// The links of a report, made one piece of the link table at a time.
pub struct Links<'r, 'a> {
    reporter: &'r mut Reporter<'a>,
    pieces: std::vec::IntoIter<ContentHash>,
    ready: VecDeque<LinkReport>,
}

impl Iterator for Links<'_, '_> {
    type Item = LinkReport;

    fn next(&mut self) -> Option<LinkReport> {
        loop {
            if let Some(link) = self.ready.pop_front() {
                return Some(link);
            }
            match self.reporter.piece(self.pieces.next()?) {
                Ok(links) => self.ready = links,
                Err(error) => {
                    self.reporter.error = Some(error);
                    self.pieces = Vec::new().into_iter();
                }
            }
        }
    }
}

impl<'a> Reporter<'a> {
    /// A reporter of one run.
    pub fn new(store: &'a dyn SnapshotStore, record: RunRecord) -> Result<Self, RunError> {
        let roles = record.detail.get("roles").and_then(|roles| serde_json::from_value(roles.clone()).ok());
        let roles = Roles::of(roles.unwrap_or_else(|| vec![Role::Repost, Role::Source, Role::Mention]));
        let excluded =
            record.detail.get("exclude").and_then(|list| serde_json::from_value(list.clone()).ok());
        let excluded: Vec<String> = excluded.unwrap_or_default();
        let excluded = Excluded::new(&excluded);
        let spent = record.detail.get("spent").and_then(|spent| serde_json::from_value(spent.clone()).ok());
        let max_chain = record.detail.get("max_chain").and_then(serde_json::Value::as_u64);
        let mut missing_before = HashSet::new();
        let earlier = store.runs()?.into_iter().rfind(|run| run.id < record.id && run.finished.is_some());
        for piece in earlier.iter().flat_map(|run| &run.link_table) {
            for article in plan::read_piece(store, *piece)? {
                for citation in article.citations {
                    if let LinkTarget::Local { path, exists: false } = citation.target {
                        missing_before.insert((article.article.clone(), path));
                    }
                }
            }
        }
        Ok(Self {
            store,
            record,
            roles,
            excluded,
            spent: spent.unwrap_or_default(),
            max_chain: max_chain.unwrap_or_default(),
            missing_before,
            facts: HashMap::new(),
            hosts: HashSet::new(),
            error: None,
        })
    }

    /// The head of the report, with all counts: one pass over the links, each of which is shown to `each`.
    pub fn head(
        &mut self,
        interrupted: bool,
        each: &mut dyn FnMut(&LinkReport),
    ) -> Result<RunReport, RunError> {
        let detail = |name: &str| self.record.detail.get(name).and_then(serde_json::Value::as_u64);
        let mut summary = RunSummary {
            articles: detail("articles").unwrap_or_default(),
            links: detail("links").unwrap_or_default(),
            urls: detail("urls").unwrap_or_default(),
            robots_ignored: self.record.detail.get("robots_ignored") == Some(&serde_json::Value::Bool(true)),
            unreadable: self
                .record
                .detail
                .get("unreadable")
                .and_then(|files| serde_json::from_value(files.clone()).ok())
                .unwrap_or_default(),
            ..RunSummary::default()
        };
        let count = |counts: &mut std::collections::BTreeMap<String, u64>, name: String| {
            *counts.entry(name).or_default() += 1;
        };
        for link in self.links() {
            each(&link);
            count(&mut summary.verdicts, link.verdict.as_str().to_owned());
            if let Some(cause) = link.cause {
                count(&mut summary.causes, name_of(&cause));
            }
            if let Some(drift) = &link.drift {
                count(&mut summary.drift, drift.class.as_str().to_owned());
            }
            if let Some(change) = &link.change {
                count(&mut summary.changes, name_of(change));
            }
        }
        self.finish()?;
        summary.judged = self.facts.values().flatten().count() as u64;
        summary.hosts = self.hosts.len() as u64;
        Ok(RunReport {
            schema: "driftline/1".to_owned(),
            id: self.record.id.to_string(),
            command: self.record.command.clone(),
            started: self.record.started,
            finished: self.record.finished,
            interrupted,
            normal_forms: self
                .record
                .detail
                .get("normal_forms")
                .and_then(|names| serde_json::from_value(names.clone()).ok())
                .unwrap_or_default(),
            summary,
        })
    }

    /// Every link that has a verdict, in path order, one at a time. An error ends them early:
    /// [`Reporter::finish`] gives it.
    pub fn links(&mut self) -> Links<'_, 'a> {
        let pieces = self.record.link_table.clone().into_iter();
        Links { reporter: self, pieces, ready: VecDeque::new() }
    }

    /// The error that ended [`Reporter::links`] early, if one did.
    pub fn finish(&mut self) -> Result<(), RunError> {
        self.error.take().map_or(Ok(()), Err)
    }

    fn piece(&mut self, piece: ContentHash) -> Result<VecDeque<LinkReport>, RunError> {
        let articles = plan::read_piece(self.store, piece)?;
        self.learn(&articles)?;
        let reporter = &*self;
        let links_of = |ArticleCitations { article, citations }| {
            let links = citations.into_iter().map(|citation| reporter.link(&article, citation));
            links.filter_map(Result::transpose).collect::<Result<Vec<_>, RunError>>()
        };
        let links: Vec<_> = articles.into_par_iter().map(links_of).collect::<Result<_, _>>()?;
        Ok(links.into_iter().flatten().collect())
    }

    fn link(&self, article: &ArticleId, citation: Citation) -> Result<Option<LinkReport>, RunError> {
        match &citation.target {
            LinkTarget::Web { url, canonical } => {
                let (url, canonical) = (url.clone(), canonical.clone());
                self.web_link(article, citation, url, &canonical)
            }
            LinkTarget::Local { path, exists } => {
                let judgement = Judgement::local_file(path.as_ref(), *exists);
                let known = self.missing_before.contains(&(article.clone(), path.clone()));
                let change = (!exists && !known).then_some(LinkChange::NewlyDead);
                let url = Some(path.clone());
                let mut link = LinkReport::unasked(article.as_str(), citation, url, judgement);
                link.change = change;
                Ok(Some(link))
            }
            LinkTarget::Unfetchable { url, scheme } => {
                let judgement = Judgement::scheme(scheme);
                let url = Some(url.clone());
                Ok(Some(LinkReport::unasked(article.as_str(), citation, url, judgement)))
            }
            LinkTarget::Invalid { reason } => {
                let judgement = Judgement::malformed(reason);
                Ok(Some(LinkReport::unasked(article.as_str(), citation, None, judgement)))
            }
        }
    }

    fn web_link(
        &self,
        article: &ArticleId,
        citation: Citation,
        url: String,
        canonical: &CanonicalUrl,
    ) -> Result<Option<LinkReport>, RunError> {
        let Some(facts) = self.facts.get(canonical).cloned().flatten() else {
            let judgement = if !self.roles.has(citation.role) {
                Judgement::excluded(&format!("links in the role \"{}\" are not asked for", citation.role))
            } else if self.excluded.has(canonical.as_url()) {
                Judgement::excluded("crawl.exclude names it")
            } else if self.record.finished.is_some() {
                Judgement::over_budget(&self.spent.reason(&HostKey::from_url(canonical.as_url())))
            } else {
                // Not judged yet: the run is not over.
                return Ok(None);
            };
            return Ok(Some(LinkReport::unasked(article.as_str(), citation, Some(url), judgement)));
        };
        let visit = &facts.visit;
        let (drift, drifted_now) = self.drift(article, citation.role, canonical, &facts)?;
        let verdict = facts.judgement.verdict;
        let change = if verdict == Verdict::Dead && facts.before != Some(Verdict::Dead) {
            Some(LinkChange::NewlyDead)
        } else if drifted_now {
            Some(LinkChange::NewlyDrifted)
        } else if verdict.is_fine() && matches!(facts.before, Some(Verdict::Dead | Verdict::Failing)) {
            Some(LinkChange::Recovered)
        } else {
            None
        };
        let mut link = LinkReport::unasked(article.as_str(), citation, Some(url), facts.judgement.clone());
        link.state = facts.over_time.state;
        link.strikes = facts.over_time.strikes;
        link.first_failed = facts.over_time.first_failed;
        link.last_ok = facts.over_time.last_ok;
        link.status = visit.hops.last().and_then(|hop| hop.status);
        link.final_url = visit.hops.last().map(|hop| hop.url.clone());
        link.redirects = redirects(visit);
        link.attempts = visit.attempts;
        link.fetched_at = Some(visit.at);
        link.elapsed_ms = Some(visit.elapsed_ms);
        link.content_type.clone_from(&visit.content_type);
        link.unchanged = visit.unchanged;
        link.snapshot = visit.snapshot.map(|id| id.to_string());
        link.drift = drift;
        link.change = change;
        if self.max_chain > 0 && link.role == Role::Repost {
            let roles = self.roles;
            let wanted = |role: Role, url: &CanonicalUrl| roles.has(role) && !self.excluded.has(url.as_url());
            let behind = Behind { store: self.store, run: self.record.id, most: self.max_chain };
            (link.chain, link.found) = behind.read(canonical, &wanted)?;
        }
        Ok(Some(link))
    }

    /// Reads what is known of the URLs of these articles: of each once, on all processors.
    fn learn(&mut self, articles: &[ArticleCitations]) -> Result<(), RunError> {
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

    /// The drift to report for a link, and whether it is new in this run.
    fn drift(
        &self,
        article: &ArticleId,
        role: Role,
        url: &CanonicalUrl,
        facts: &UrlFacts,
    ) -> Result<(Option<Drift>, bool), RunError> {
        if !facts.judgement.verdict.is_fine() || facts.visit.snapshot.is_none() {
            return Ok((None, false));
        }
        let against_local = role == Role::Repost;
        let cited = matches!(role, Role::Source | Role::Mention);
        let has_earlier = cited && facts.had_snapshot_before;
        if !against_local && !has_earlier {
            return Ok((None, false));
        }
        let visit_ms = u64::try_from(facts.visit.at.as_millisecond()).unwrap_or_default();
        let name = if against_local { article.clone() } else { compare::previous_snapshot() };
        let mut kept = self.store.comparisons(url.key(), &name)?;
        kept.retain(|record| record.at_ms <= visit_ms);
        let newest = kept.pop();
        let made_now = newest.as_ref().is_some_and(|record| record.at_ms == visit_ms);
        let found = newest.as_ref().and_then(KeptDrift::of);
        if !against_local {
            let quotes = found.as_ref().and_then(|found| found.quotes.get(article.as_str()).cloned());
            // Else the body is the previous snapshot's own.
            let mut report = found.filter(|_| made_now).map_or_else(Drift::unchanged, |found| found.report);
            report.quotes_lost = quotes.unwrap_or_default();
            let is_new = made_now && report.class.is_drift();
            return Ok((Some(report), is_new));
        }
        let Some(KeptDrift { mut report, .. }) = found else { return Ok((None, false)) };
        if !made_now {
            report.moved_side = MovedSide::Neither;
        }
        if report.class.is_equal() {
            report.was_equal = Some(true);
            report.equal_at = Some(facts.visit.at);
        }
        let known = report.moved_side == MovedSide::Neither
            && kept.last().and_then(compare::class_of) == Some(report.class);
        let is_new = made_now && report.class.is_drift() && !known;
        Ok((Some(report), is_new))
    }
}

fn read_facts(
    store: &dyn SnapshotStore,
    run: RunId,
    url: &CanonicalUrl,
) -> Result<Option<UrlFacts>, RunError> {
    let mut visits = store.visits(url.key())?;
    let Some(place) = visits.iter().rposition(|visit| visit.run == run) else {
        return Ok(None);
    };
    let earlier = visits.iter().take(place).rfind(|visit| visit.run < run);
    let before = earlier.and_then(|visit| KeptJudgement::read(&visit.judgement));
    let had_snapshot_before = visits.iter().take(place).any(|visit| visit.snapshot.is_some());
    let mut visit = visits.swap_remove(place);
    // Read once and kept no longer: facts are held for every URL.
    let Some(kept) = KeptJudgement::read(&std::mem::take(&mut visit.judgement)) else { return Ok(None) };
    Ok(Some(UrlFacts {
        visit,
        judgement: kept.judgement,
        over_time: kept.over_time,
        before: before.map(|kept| kept.judgement.verdict),
        had_snapshot_before,
    }))
}

fn redirects(visit: &VisitRecord) -> Vec<Redirect> {
    let next = visit.hops.iter().skip(1);
    let pairs = visit.hops.iter().zip(next);
    pairs.map(|(hop, to)| Redirect { status: hop.status.unwrap_or_default(), to: to.url.clone() }).collect()
}

/// The name that a value has in JSON.
fn name_of<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}
