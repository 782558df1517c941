//! Finds quotations in articles that have disappeared from their sources.

use std::collections::BTreeMap;

use crate::archive;
use crate::archive::ArchiveFile;
use crate::report::sanitize;
use crate::text_diff::quotes::{self, SourceText};

use super::analyst::Analyst;
use super::inputs::FetchedPage;
use crate::pipeline::error::RunError;
use crate::pipeline::plan::PlannedUrl;

/// The most lost quotations of an article that are stored.
const MAX_QUOTES: usize = 10;
/// Longer quotations are cut to this many characters.
const MAX_CHARS: usize = 200;

impl Analyst {
    /// The quotations of each article that cites a page that the page no longer holds, by the article's
    /// id. The first snapshot and the one before the newest show what the page held.
    pub(in crate::pipeline) fn find_lost_quotes(
        &self,
        planned: &PlannedUrl,
        before: &FetchedPage,
        now: &FetchedPage,
    ) -> Result<BTreeMap<String, Vec<String>>, RunError> {
        let mut lost = BTreeMap::new();
        // Made on first use, since most articles quote nothing.
        let mut sources: Option<(Vec<SourceText>, SourceText)> = None;
        for planned_article in planned.citers.iter().filter_map(|at| self.plan.articles.get(*at as usize)) {
            let file = ArchiveFile {
                id: planned_article.id.clone(),
                path: planned_article.path.clone(),
                named: false,
            };
            let Ok(article) = archive::read_article(&file, &self.read_rules) else { continue };
            let body = article.body_text();
            if quotes::find_quotations(&body).is_empty() {
                continue;
            }
            let (earlier, newest) = match &mut sources {
                Some(made) => made,
                none => {
                    let first = self.read_first_page(planned)?;
                    let first = first.map(|(_, page)| page).filter(|page| page.hash() != before.hash());
                    let earlier = first.iter().chain([before]).map(|page| SourceText::new(&page.whole.text));
                    none.insert((earlier.collect(), SourceText::new(&now.whole.text)))
                }
            };
            let mut gone = quotes::find_lost_quotes(&body, earlier, newest);
            gone.truncate(MAX_QUOTES);
            if !gone.is_empty() {
                let short =
                    gone.iter().map(|quote| sanitize::shorten_text(quote, MAX_CHARS).into_owned()).collect();
                lost.insert(article.id.to_string(), short);
            }
        }
        Ok(lost)
    }
}
