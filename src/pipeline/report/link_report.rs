//! Makes the report of one link from what is known of its URL.

use super::reporter::RunReporter;
use super::repost_chain::ChainReader;
use super::url_facts::{UrlFacts, list_redirects};
use crate::citation::{Citation, LinkTarget};
use crate::frontier::HostKey;
use crate::model::{ArticleId, CanonicalUrl, Role};
use crate::pipeline::clock::unix_ms;
use crate::pipeline::error::RunError;
use crate::pipeline::page::{StoredDrift, StoredJudgement, compare};
use crate::report::{LinkChange, LinkReport};
use crate::text_diff::{Drift, MovedSide, TRANSLATION};
use crate::verdict::Judgement;

impl RunReporter<'_> {
    pub(super) fn report_link(
        &self,
        article: &ArticleId,
        citation: Citation,
    ) -> Result<Option<LinkReport>, RunError> {
        match &citation.target {
            LinkTarget::Web { url, canonical } => {
                let (url, canonical) = (url.clone(), canonical.clone());
                self.report_web_link(article, citation, url, &canonical)
            }
            LinkTarget::Local { path, exists } => {
                let judgement = Judgement::local_file(path.as_ref(), *exists);
                let known = self.missing_before.contains(&(article.clone(), path.clone()));
                let change = (!exists && !known).then_some(LinkChange::NewlyDead);
                let url = Some(path.clone());
                let mut link = LinkReport::from_judgement(article.as_str(), citation, url, judgement);
                link.change = change;
                Ok(Some(link))
            }
            LinkTarget::Unfetchable { url, scheme } => {
                let judgement = Judgement::unfetched_scheme(scheme);
                let url = Some(url.clone());
                Ok(Some(LinkReport::from_judgement(article.as_str(), citation, url, judgement)))
            }
            LinkTarget::Invalid { reason } => {
                let judgement = Judgement::malformed_url(reason);
                Ok(Some(LinkReport::from_judgement(article.as_str(), citation, None, judgement)))
            }
        }
    }

    fn report_web_link(
        &self,
        article: &ArticleId,
        citation: Citation,
        url: String,
        canonical: &CanonicalUrl,
    ) -> Result<Option<LinkReport>, RunError> {
        let Some(facts) = self.facts.get(canonical).cloned().flatten() else {
            let judgement = if !self.roles.contains(citation.role) {
                Judgement::excluded_by(&format!("links in the role \"{}\" are not checked", citation.role))
            } else if self.excluded.excludes(canonical.as_url()) {
                Judgement::excluded_by("it matches crawl.exclude")
            } else if self.record.finished.is_some() {
                return self.report_unasked_link(article, citation, url, canonical).map(Some);
            } else {
                // The run is not over, so this link may still be judged.
                return Ok(None);
            };
            return Ok(Some(LinkReport::from_judgement(article.as_str(), citation, Some(url), judgement)));
        };
        let visit = &facts.visit;
        let (drift, drifted_now) = self.find_drift(article, citation.role, canonical, &facts)?;
        // A page that answers again with another text is told by its drift, which needs more attention.
        let drifted = drifted_now.then_some(LinkChange::NewlyDrifted);
        let change = drifted.or_else(|| facts.find_state_change());
        let mut link =
            LinkReport::from_judgement(article.as_str(), citation, Some(url), facts.judgement.clone());
        link.set_state(&facts.over_time);
        link.evidence.extend(facts.over_time.explain_verdict(&facts.judgement));
        link.status = visit.hops.last().and_then(|hop| hop.status);
        link.final_url = visit.hops.last().map(|hop| hop.url.clone());
        link.redirects = list_redirects(visit);
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
            let wanted = |role: Role, url: &CanonicalUrl| {
                roles.contains(role) && !self.excluded.excludes(url.as_url())
            };
            let behind = ChainReader { store: self.store, run: self.record.id, most: self.max_chain };
            (link.chain, link.found) = behind.read_chain(canonical, &wanted)?;
        }
        Ok(Some(link))
    }

    /// The report of a link that was due and was not requested: it keeps the state that it had.
    fn report_unasked_link(
        &self,
        article: &ArticleId,
        citation: Citation,
        url: String,
        canonical: &CanonicalUrl,
    ) -> Result<LinkReport, RunError> {
        let host = HostKey::from_url(canonical.as_url());
        let judgement = match self.spent.waiting.get(host.as_str()) {
            Some(waiting) => Judgement::waiting_for_host(&waiting.reason, waiting.status),
            None => Judgement::over_budget(&self.spent.explain_unasked_page(&host)),
        };
        let mut link = LinkReport::from_judgement(article.as_str(), citation, Some(url), judgement);
        let earlier = self.store.read_visits(canonical.key())?;
        let earlier = earlier.iter().rfind(|visit| visit.run < self.record.id);
        if let Some(kept) = earlier.and_then(|visit| StoredJudgement::from_json(&visit.judgement)) {
            link.set_state(&kept.over_time);
        }
        Ok(link)
    }

    /// The drift to report for a link, and whether it is new in this run.
    fn find_drift(
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
        let visit_ms = unix_ms(facts.visit.at);
        let name = if against_local { article.clone() } else { compare::previous_snapshot_key() };
        let mut kept = self.store.read_comparisons(url.key(), &name)?;
        kept.retain(|record| record.at_ms <= visit_ms);
        let newest = kept.pop();
        let made_now = newest.as_ref().is_some_and(|record| record.at_ms == visit_ms);
        let found = newest.as_ref().and_then(StoredDrift::from_record);
        if !against_local {
            let quotes = found.as_ref().and_then(|found| found.quotes.get(article.as_str()).cloned());
            // Otherwise the body equals the previous snapshot.
            let mut drift = found.filter(|_| made_now).map_or_else(Drift::unchanged, |found| found.drift);
            drift.quotes_lost = quotes.unwrap_or_default();
            let is_new = made_now && drift.class.is_drift();
            return Ok((Some(drift), is_new));
        }
        let Some(StoredDrift { mut drift, .. }) = found else { return Ok((None, false)) };
        if !made_now && drift.against == "previous" {
            // The original of a translation: what changed in it was said when it was found.
            drift = Drift::unverifiable(TRANSLATION, "local");
        }
        if !made_now {
            drift.moved_side = MovedSide::Neither;
        }
        if drift.class.is_equal() {
            drift.was_equal = Some(true);
            drift.equal_at = Some(facts.visit.at);
        }
        let known = drift.moved_side == MovedSide::Neither
            && kept.last().and_then(compare::drift_class_of) == Some(drift.class);
        let is_new = made_now && drift.class.is_drift() && !known;
        Ok((Some(drift), is_new))
    }
}
