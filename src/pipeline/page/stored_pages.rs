//! Reads what a page is compared with: local copies from the archive, earlier snapshots from the store.
//! They are not held in memory over the run.

use url::Url;

use super::analyst::Analyst;
use super::inputs::{FetchedPage, LocalCopy};
use crate::archive::{self, ArchiveFile};
use crate::citation::find_source_rows;
use crate::model::ContentHash;
use crate::pipeline::error::RunError;
use crate::pipeline::plan::PlannedUrl;
use crate::store::{Snapshot, UrlRecord};
use crate::text::{PageText, normalize};

impl Analyst {
    /// Reads the local copies of a page from the archive. A file that has disappeared is skipped.
    pub(in crate::pipeline) fn read_local_copies(&self, planned: &PlannedUrl) -> Vec<LocalCopy> {
        let articles = planned.reposts.iter().filter_map(|index| self.plan.articles.get(*index as usize));
        articles
            .filter_map(|planned| {
                let file = ArchiveFile { id: planned.id.clone(), path: planned.path.clone(), named: false };
                let article = archive::read_article(&file, &self.read_rules).ok()?;
                let text =
                    PageText::from_article(&article, &find_source_rows(&article, &self.citation_rules));
                let body = text.text();
                let folded = normalize::normal_form(&body, &self.compare.forms);
                let fingerprint = normalize::titled_fingerprint(
                    &normalize::normal_form(&text.title, &self.compare.forms),
                    &folded,
                );
                Some(LocalCopy { article: article.id, text, body, folded, fingerprint })
            })
            .collect()
    }

    /// Reads the first snapshot of a page.
    pub(in crate::pipeline) fn read_first_page(
        &self,
        planned: &PlannedUrl,
    ) -> Result<Option<(Snapshot, FetchedPage)>, RunError> {
        let mut snapshots = self.store.read_snapshots(planned.url.key())?.into_iter();
        let Some(first) = snapshots.find(|snapshot| snapshot.at() <= self.latest_believed()) else {
            return Ok(None);
        };
        Ok(self.read_snapshot(&first)?.map(|page| (first, page)))
    }

    /// Reads the newest snapshot of a page.
    pub(in crate::pipeline) fn read_newest_page(
        &self,
        previous: Option<&UrlRecord>,
    ) -> Result<Option<FetchedPage>, RunError> {
        let Some(id) = previous.and_then(|record| record.latest_snapshot) else { return Ok(None) };
        let Some(snapshot) = self.store.read_snapshot(id)? else { return Ok(None) };
        self.read_snapshot(&snapshot)
    }

    /// Reads the snapshot with this body.
    pub(in crate::pipeline) fn read_page_with_body(
        &self,
        planned: &PlannedUrl,
        body: ContentHash,
    ) -> Result<Option<FetchedPage>, RunError> {
        let snapshots = self.store.read_snapshots(planned.url.key())?;
        let found = snapshots.iter().rfind(|snapshot| snapshot.body == body);
        found.map_or(Ok(None), |snapshot| self.read_snapshot(snapshot))
    }

    /// Reads a snapshot as a page.
    pub(in crate::pipeline) fn read_snapshot(
        &self,
        snapshot: &Snapshot,
    ) -> Result<Option<FetchedPage>, RunError> {
        let body = self.store.read_body(snapshot.body)?;
        let Some(hop) = snapshot.last_hop() else { return Ok(None) };
        let Ok(url) = Url::parse(&hop.url) else { return Ok(None) };
        let media = hop.headers.iter().find(|field| field.name == "content-type");
        let media = media.map(|field| field.value.as_str());
        Ok(Some(FetchedPage::from_bytes(body.expose(), media, &url, snapshot.body, &self.compare.text)))
    }
}
