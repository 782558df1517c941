//! `crawl.depth = 2`: what a fetched original names in its turn is crawled as well, and the chain of
//! reposts is followed to the first publisher.
//!
//! A page's leads are followed where it is an original of the archive, or a step of such an
//! original's chain. Chains may meet and bite their tails: a page is followed once in a run.

use std::collections::HashMap;

use super::enqueue::Turn;
use super::{Engine, Work};
use crate::model::{CanonicalUrl, Role};
use crate::pipeline::RunError;
use crate::pipeline::page::stored_json::KeptJudgement;
use crate::pipeline::page::upstream_links::Leads;
use crate::pipeline::plan::Roles;
use crate::pipeline::url_filter::Excluded;
use crate::store::JsonText;

/// How far the leads of fetched originals are followed.
#[derive(Clone, Debug)]
pub struct Following {
    /// How many reposts a chain may have behind the archive's own original.
    pub max_chain: u32,
    /// How many pages one original of the archive may add.
    pub max_found: u32,
    /// Leads in these roles are followed.
    pub roles: Roles,
    /// These URLs are not.
    pub excluded: Excluded,
}

/// Where a page stands in a chain.
#[derive(Clone, Copy)]
struct Step {
    /// The original of the archive with which the chain begins.
    root: u32,
    /// How many reposts lie between.
    far: u32,
}

/// The chains of a run.
pub(super) struct Chains {
    settings: Option<Following>,
    steps: HashMap<u32, Step>,
    /// Leads of pages that were judged before any chain led to them.
    known: HashMap<u32, Leads>,
    /// How many pages each original has added.
    added: HashMap<u32, u32>,
}

impl Chains {
    pub(super) fn new(settings: Option<Following>) -> Self {
        Self { settings, steps: HashMap::new(), known: HashMap::new(), added: HashMap::new() }
    }
}

impl Engine<'_> {
    /// A page has its verdict, and these leads: they are followed if it is part of a chain.
    pub(super) fn follow(&mut self, index: u32, leads: Option<Leads>) -> Result<(), RunError> {
        let Some(leads) = leads.filter(|leads| self.chains.settings.is_some() && !leads.is_empty()) else {
            return Ok(());
        };
        let original = self.planned(index)?.roles.has(Role::Repost);
        if original {
            self.chains.steps.entry(index).or_insert(Step { root: index, far: 0 });
        }
        let Some(step) = self.chains.steps.get(&index).copied() else {
            self.chains.known.insert(index, leads);
            return Ok(());
        };
        let mut open = vec![(step, leads)];
        while let Some((step, leads)) = open.pop() {
            for source in &leads.sources {
                self.find(source, Role::Source, step.root)?;
            }
            let longest = self.chains.settings.as_ref().map_or(0, |settings| settings.max_chain);
            let Some(next) = leads.repost.filter(|_| step.far < longest) else { continue };
            let Some(next) = self.find(&next, Role::Repost, step.root)? else { continue };
            if self.chains.steps.contains_key(&next) {
                continue;
            }
            let step = Step { far: step.far + 1, ..step };
            self.chains.steps.insert(next, step);
            if let Some(leads) = self.chains.known.remove(&next) {
                open.push((step, leads));
            }
        }
        Ok(())
    }

    /// A page that was judged before the run was interrupted.
    pub fn judged_before(&mut self, index: u32, state: &JsonText) -> Result<(), RunError> {
        let leads = self.kept_leads(index, state);
        if self.chains.settings.is_none() {
            return Ok(());
        }
        self.follow(index, leads)
    }

    /// What such a page names; it is counted among the failures where it is not well.
    fn kept_leads(&mut self, index: u32, state: &JsonText) -> Option<Leads> {
        let kept = KeptJudgement::read(state);
        if !kept.as_ref().is_some_and(|kept| kept.judgement.verdict.is_fine()) {
            self.failures.push(index);
        }
        kept?.leads
    }

    /// The place of a page that another one names; it is queued where nothing has asked for it yet.
    /// None where it is not to be followed.
    fn find(&mut self, url: &CanonicalUrl, role: Role, root: u32) -> Result<Option<u32>, RunError> {
        let Some(settings) = &self.chains.settings else { return Ok(None) };
        if !settings.roles.has(role) || settings.excluded.has(url.as_url()) {
            return Ok(None);
        }
        if let Some(index) = self.analyst.plan.index_of(url) {
            return Ok(Some(index));
        }
        let added = self.chains.added.entry(root).or_default();
        if *added >= settings.max_found {
            return Ok(None);
        }
        *added += 1;
        let index = self.analyst.plan.add_found(url);
        let record = self.analyst.store.url(url.key())?;
        match record {
            Some(record) if record.last_run == self.analyst.run => {
                if let Some(leads) = self.kept_leads(index, &record.state) {
                    self.chains.known.insert(index, leads);
                }
            }
            record => {
                let visited = record.map(|record| record.last_visit_ms);
                let turn = Turn::Fresh(self.analyst.plan.priority(index, visited));
                self.enqueue(url.as_url(), Work::Page(index), turn)?;
                self.found += 1;
            }
        }
        Ok(Some(index))
    }
}
