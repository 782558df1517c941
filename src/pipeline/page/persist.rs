//! A judged page's way into the store: one deposit with its visit, its snapshot, its comparisons.

use std::cell::OnceCell;

use jiff::Timestamp;
use url::Url;

use crate::archive;
use crate::archive::ArchiveFile;
use crate::fetch::Response;
use crate::fetch::body::charset;
use crate::model::ArticleId;
use crate::model::ContentHash;
use crate::model::Untrusted;
use crate::store::{ComparisonRecord, Deposit, Hop, SnapshotId, UrlRecord, VisitRecord};
use crate::text;
use crate::text::{PageText, WholeText, normalize};
use crate::text_diff::DriftClass;
use crate::verdict::{self, Judgement};

use crate::pipeline::RunError;
use crate::pipeline::engine::work_item::PageJob;
use crate::pipeline::page::compare;
use crate::pipeline::page::judge::{Analyst, Judged};
use crate::pipeline::page::stored_json::KeptJudgement;
use crate::pipeline::page::upstream_links::Leads;
use crate::pipeline::plan::PlannedUrl;

/// How much of a body is read, in bytes: the text of a page stands in less.
const READ: usize = 4 << 20;

/// A body's hash, computed where it is asked for: a check hardly needs it.
pub struct BodyHash {
    body: Untrusted,
    hash: OnceCell<ContentHash>,
}

impl BodyHash {
    /// That of this body.
    pub fn of(body: &Untrusted) -> Self {
        Self { body: body.clone(), hash: OnceCell::new() }
    }

    /// The hash.
    pub fn get(&self) -> ContentHash {
        *self.hash.get_or_init(|| ContentHash::of(self.body.expose()))
    }
}

impl From<ContentHash> for BodyHash {
    /// Of a body that is in the store, it is known.
    fn from(hash: ContentHash) -> Self {
        Self { body: Untrusted::default(), hash: hash.into() }
    }
}

/// The page as it came, read once.
pub struct Original {
    hash: BodyHash,
    /// Where it was found in the end.
    pub url: Url,
    /// The decoded page, where it is text.
    pub html: Option<String>,
    /// All that is visible on it.
    pub whole: WholeText,
}

impl Original {
    /// Reads an answer's body.
    pub fn read(response: &Response, url: &Url, hash: BodyHash) -> Self {
        let content_type = response.header("content-type");
        let bytes = response.body.expose();
        Self::of_bytes(bytes, content_type, url, hash)
    }

    /// The hash of the body.
    pub fn hash(&self) -> ContentHash {
        self.hash.get()
    }

    /// Whether nothing was sent.
    fn is_empty(&self) -> bool {
        self.hash() == ContentHash::of(b"")
    }

    /// Reads a body that was stored with this media type.
    pub fn of_bytes(bytes: &[u8], content_type: Option<&str>, url: &Url, hash: impl Into<BodyHash>) -> Self {
        let bytes = bytes.get(..READ).unwrap_or(bytes);
        let html = text::is_text(content_type, bytes).then(|| charset::decode(bytes, content_type).text);
        let whole = html.as_deref().map(text::whole_text).unwrap_or_default();
        Self { hash: hash.into(), url: url.clone(), html, whole }
    }
}

/// The archive's copy of a page.
pub struct Local {
    /// The article.
    pub article: ArticleId,
    /// Its text.
    pub text: PageText,
    /// Its body as one string.
    pub body: String,
    /// The same in the run's normal forms.
    pub folded: String,
    /// The hash of its title and body in them.
    pub fingerprint: ContentHash,
}

/// What an answer brought.
pub enum Content {
    /// Nothing that could be kept.
    None,
    /// The newest snapshot still holds.
    Unmodified,
    /// The newest snapshot's own body, and every comparison with it is kept.
    Same,
    /// A body.
    Body {
        /// The page.
        original: Box<Original>,
        /// The copies that are compared with it.
        locals: Vec<Local>,
    },
}

impl Analyst {
    /// The local copies of a page, read again from the archive: nothing of them is held in memory
    /// over the run. A file that is gone meanwhile is passed over.
    pub(in crate::pipeline) fn locals(&self, planned: &PlannedUrl) -> Vec<Local> {
        let articles = planned.reposts.iter().filter_map(|index| self.plan.articles.get(*index as usize));
        articles
            .filter_map(|planned| {
                let file = ArchiveFile { id: planned.id.clone(), path: planned.path.clone() };
                let article = archive::read_article(&file, &self.read).ok()?;
                let text = text::of_markdown(&article);
                let body = text.text();
                let folded = normalize::folded(&body, &self.forms);
                let fingerprint =
                    normalize::fingerprint_of(&normalize::folded(&text.title, &self.forms), &folded);
                Some(Local { article: article.id, text, body, folded, fingerprint })
            })
            .collect()
    }

    /// Builds and hands over the deposit of a judged page.
    pub(in crate::pipeline) fn conclude(
        &self,
        planned: &PlannedUrl,
        job: &PageJob,
        previous: Option<&UrlRecord>,
        judgement: Judgement,
        content: &Content,
    ) -> Result<Judged, RunError> {
        let at = job.chain.last().map_or_else(Timestamp::now, |last| last.at);
        let at_ms = u64::try_from(at.as_millisecond()).unwrap_or_default();
        let key = planned.url.key();
        let fine = judgement.verdict.is_fine();

        let mut comparisons = Vec::new();
        let mut drift = None;
        let mut snapshot = None;
        let mut unchanged = false;
        let mut keep_body = false;
        if fine && self.keep {
            let same = match content {
                Content::None => false,
                Content::Unmodified | Content::Same => true,
                Content::Body { original, .. } => {
                    previous.is_some_and(|record| record.latest_body == Some(original.hash()))
                }
            };
            unchanged = same;
            if same {
                snapshot = previous.and_then(|record| record.latest_snapshot);
            } else if let Content::Body { original, .. } = content
                && !planned.roles.only_image()
            {
                // An empty answer takes no page's place.
                let kept = previous.and_then(|record| record.latest_snapshot).filter(|_| original.is_empty());
                keep_body = kept.is_none();
                snapshot = kept.or(Some(SnapshotId { url: key, at_ms }));
            }
            comparisons = self.compare(planned, previous, content, at_ms)?;
            drift = compare::most_serious(&comparisons);
            if same && comparisons.is_empty() {
                drift = self.kept_drift(planned)?;
            }
        } else if fine {
            unchanged = matches!(content, Content::Unmodified);
        }

        let before = previous.and_then(|record| KeptJudgement::read(&record.state));
        let (before, known_leads) = before.map(|kept| (kept.over_time, kept.leads)).unwrap_or_default();
        let leads = self.leads(planned, previous, content, fine, known_leads)?;
        // A success counts at once. Failures are counted when the run is over and it is clear that
        // the fault was not our own network's.
        let over_time = if fine { before.advance(&judgement, at, true) } else { before };
        let kept =
            KeptJudgement { judgement: judgement.clone(), over_time, leads: leads.clone() }.to_json()?;
        let last = job.chain.last().and_then(|exchange| exchange.outcome.as_ref().ok());
        let visit = VisitRecord {
            url: planned.url.clone(),
            run: self.run,
            at,
            elapsed_ms: u64::try_from(job.elapsed.as_millis()).unwrap_or(u64::MAX),
            attempts: job.asked(),
            hops: job
                .chain
                .iter()
                .map(|exchange| Hop {
                    url: exchange.url.to_string(),
                    status: exchange.outcome.as_ref().ok().map(|response| response.status),
                })
                .collect(),
            content_type: last.and_then(Response::media_type),
            snapshot,
            unchanged,
            judgement: kept.clone(),
        };
        let exchanges = if keep_body { job.chain.clone() } else { Vec::new() };
        let body = if let Content::Body { original, .. } = content { Some(original) } else { None };
        let body_hash = body.filter(|_| keep_body).map(|original| original.hash());
        let deposit = Deposit { exchanges, keep_body, body_hash, visit, state: kept, comparisons };
        self.store.deposit(deposit)?;
        let ended = job.chain.last().filter(|last| last.outcome.is_ok()).map(|last| {
            let tells = body.filter(|_| verdict::stands_for_all(&judgement));
            Box::new((last.url.clone(), tells.map(|original| original.hash())))
        });
        Ok(Judged { plan: job.plan, judgement, ended, drift, leads })
    }

    /// What the page names in its turn: of its content, or what is known of it from before.
    fn leads(
        &self,
        planned: &PlannedUrl,
        previous: Option<&UrlRecord>,
        content: &Content,
        fine: bool,
        known: Option<Leads>,
    ) -> Result<Option<Leads>, RunError> {
        let Some(rules) = self.leads.as_ref().filter(|_| fine && !planned.roles.only_image()) else {
            return Ok(known);
        };
        let of = |page: &Original| {
            page.html.as_deref().map(|html| Leads::of_page(html, &page.url, rules)).unwrap_or_default()
        };
        match content {
            Content::None => Ok(known),
            Content::Body { original, .. } => Ok(Some(of(original))),
            Content::Unmodified | Content::Same if known.is_some() => Ok(known),
            Content::Unmodified | Content::Same => Ok(self.newest_page(previous)?.as_ref().map(of)),
        }
    }

    fn kept_drift(&self, planned: &PlannedUrl) -> Result<Option<DriftClass>, RunError> {
        let mut worst = None;
        for index in &planned.reposts {
            let Some(article) = self.plan.articles.get(*index as usize) else { continue };
            let kept: Vec<ComparisonRecord> = self.store.comparisons(planned.url.key(), &article.id)?;
            worst = worst.max(kept.last().and_then(compare::class_of));
        }
        Ok(worst)
    }
}
