//! Follows the links that a fetched original names (`crawl.depth = 2`): its sources, and the chain of
//! reposts up to the first publisher.
//!
//! A page's links are followed where it is an original of the archive, or a step of such an
//! original's chain. Chains may meet or form a circle, so a page is followed once in a run.

use super::crawl_state::Engine;
use super::repost_chains::ChainStep;
use super::schedule::Schedule;
use super::work_item::Work;
use crate::model::{CanonicalUrl, Role};
use crate::pipeline::error::RunError;
use crate::pipeline::page::{StoredJudgement, UpstreamLinks};
use crate::pipeline::plan::LastVisit;
use crate::store::JsonText;

impl Engine<'_> {
    /// Follows the upstream links of a judged page if the page is part of a chain.
    pub(super) fn follow_leads(&mut self, index: u32, leads: Option<UpstreamLinks>) -> Result<(), RunError> {
        let Some(leads) = leads.filter(|leads| self.chains.settings.is_some() && !leads.is_empty()) else {
            return Ok(());
        };
        let original = self.planned_url(index)?.roles.contains(Role::Repost);
        if original {
            self.chains.steps.entry(index).or_insert(ChainStep { root: index, far: 0 });
        }
        let Some(step) = self.chains.steps.get(&index).copied() else {
            self.chains.known.insert(index, leads);
            return Ok(());
        };
        let mut open = vec![(step, leads)];
        while let Some((step, leads)) = open.pop() {
            for source in &leads.sources {
                self.queue_lead(source, Role::Source, step.root)?;
            }
            let longest = self.chains.settings.as_ref().map_or(0, |settings| settings.max_chain);
            let Some(next) = leads.repost.filter(|_| step.far < longest) else { continue };
            let Some(next) = self.queue_lead(&next, Role::Repost, step.root)? else { continue };
            if self.chains.steps.contains_key(&next) {
                continue;
            }
            let step = ChainStep { far: step.far + 1, ..step };
            self.chains.steps.insert(next, step);
            if let Some(leads) = self.chains.known.remove(&next) {
                open.push((step, leads));
            }
        }
        Ok(())
    }

    /// Takes in a page that was judged before the run was interrupted.
    pub fn restore_judged_page(&mut self, index: u32, state: &JsonText) -> Result<(), RunError> {
        let leads = self.stored_leads(index, state);
        if self.chains.settings.is_none() {
            return Ok(());
        }
        self.follow_leads(index, leads)
    }

    /// The upstream links of such a page. It counts as a failure unless its verdict is fine.
    fn stored_leads(&mut self, index: u32, state: &JsonText) -> Option<UpstreamLinks> {
        let kept = StoredJudgement::from_json(state);
        if !kept.as_ref().is_some_and(|kept| kept.judgement.verdict.is_fine()) {
            self.failures.push(index);
        }
        kept?.leads
    }

    /// The plan's index of a page that another page names. The page is queued if nothing has asked for
    /// it yet. `None` if it is not to be followed.
    fn queue_lead(&mut self, url: &CanonicalUrl, role: Role, root: u32) -> Result<Option<u32>, RunError> {
        let Some(settings) = &self.chains.settings else { return Ok(None) };
        if !settings.roles.contains(role) || settings.excluded.excludes(url.as_url()) {
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
        let language = self.analyst.plan.get(root).and_then(|planned| planned.language.clone());
        let index = self.analyst.plan.add_found_url(url, language);
        let record = self.analyst.store.read_url(url.key())?;
        match record {
            Some(record) if record.last_run == self.analyst.run => {
                if let Some(leads) = self.stored_leads(index, &record.state) {
                    self.chains.known.insert(index, leads);
                }
            }
            record => {
                let visited = record.as_ref().map(LastVisit::from);
                let turn = Schedule::Fresh(self.analyst.plan.priority_of(index, visited));
                self.enqueue(url.as_url(), Work::Page(index), turn)?;
                self.found += 1;
            }
        }
        Ok(Some(index))
    }
}
