//! `driftline diff`: shows what differs between two snapshots of a page, or between a snapshot and the
//! archive's copy.

use std::io::{self, Write};

use url::Url;

use crate::app::cli::{DiffArgs, DiffFormat};
use crate::app::commands::diff_files;
use crate::app::commands::diff_output::write_comparison;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::app::snapshot_selector::{SnapshotSelector, format_time};
use crate::app::stage_settings;
use crate::app::target;
use crate::app::target::CommandTarget;
use crate::archive;
use crate::archive::ArchiveFile;
use crate::citation::find_source_rows;
use crate::model::ArticleId;
use crate::model::{CanonicalUrl, Role};
use crate::pipeline::page::snapshot_pair::{extract_page, read_snapshots};
use crate::pipeline::page::{FetchedPage, StoredJudgement};
use crate::report::diff::labels::{DiffLabels, SideLabel};
use crate::store::{Snapshot, SnapshotStore, VisitRecord};
use crate::text::{PageText, TextError};
use crate::text_diff::{self, CompareRules, TextSide};
use crate::verdict::Verdict;

/// Two texts with their labels.
pub struct ComparedPair {
    /// The page on the web, or the newer of two snapshots.
    pub original: PageText,
    /// The archive's copy, or the older of two snapshots.
    pub local: PageText,
    /// The labels, and which side is shown first.
    pub labels: DiffLabels,
    /// What the comparison goes by.
    pub rules: CompareRules,
}

/// Runs the command.
pub fn run_command(context: &Context, args: &DiffArgs) -> Result<ExitStatus, AppError> {
    if let Some(second) = &args.second {
        return diff_files::run_command(context, args.first.as_ref(), second, args.format);
    }
    let from = args.from.as_deref().map(|text| SnapshotSelector::parse_side("--from", text)).transpose()?;
    let to = args.to.as_deref().map(|text| SnapshotSelector::parse_side("--to", text)).transpose()?;
    let store = stage_settings::open_reader(&context.settings)?;
    let pair = match CommandTarget::parse_text(&args.first, context) {
        CommandTarget::Article(article) => compare_article(context, &store, article.as_str(), from, to)?,
        CommandTarget::Url(url) => compare_url(context, &store, &url, from, to)?,
    };
    let mut out = context.open_output()?;
    let color = out.has_colors();
    write_pair(&pair, args.format, color, &mut out).map_err(|error| out.write_error(error))?;
    out.finish()?;
    Ok(ExitStatus::Clean)
}

/// Pairs an article with its original.
pub fn compare_article(
    context: &Context,
    store: &dyn SnapshotStore,
    article: &str,
    from: Option<SnapshotSelector>,
    to: Option<SnapshotSelector>,
) -> Result<ComparedPair, AppError> {
    let article = ArticleId::new(article);
    let citations = target::citations_of_article(store, &article)?;
    let urls = target::distinct_urls(&citations);
    let original = urls.into_iter().find(|(role, _)| *role == Role::Repost);
    let (_, url) = original.ok_or_else(|| AppError::NotFound {
        what: format!("repost link in {article}"),
        hint:
            "only an article with a repost link has an original; name a URL to compare two of its snapshots"
                .to_owned(),
    })?;
    let page = PageHistory { context, store, url: &url, article: Some(&article) };
    page.choose_sides(from, to)
}

fn compare_url(
    context: &Context,
    store: &dyn SnapshotStore,
    url: &CanonicalUrl,
    from: Option<SnapshotSelector>,
    to: Option<SnapshotSelector>,
) -> Result<ComparedPair, AppError> {
    let articles = target::reposts_of_url(store, url)?;
    if articles.len() > 1 {
        tracing::warn!(
            "{} articles are reposts of {url}; the first is compared, name another one to compare it",
            articles.len()
        );
    }
    let page = PageHistory { context, store, url, article: articles.first() };
    page.choose_sides(from, to)
}

/// A page, two states of which are compared.
struct PageHistory<'a> {
    context: &'a Context,
    store: &'a dyn SnapshotStore,
    url: &'a CanonicalUrl,
    /// Its copy in the archive.
    article: Option<&'a ArticleId>,
}

impl PageHistory<'_> {
    /// Chooses the two sides. Without selectors they are the copy and the newest snapshot, or, where
    /// there is no copy, the first snapshot and the newest. With one selector, the other side is the
    /// newest snapshot or the copy.
    fn choose_sides(
        &self,
        from: Option<SnapshotSelector>,
        to: Option<SnapshotSelector>,
    ) -> Result<ComparedPair, AppError> {
        self.warn_if_dead()?;
        let own = if self.article.is_some() { SnapshotSelector::Local } else { SnapshotSelector::First };
        let to = to.unwrap_or(SnapshotSelector::Latest);
        let from = from.unwrap_or(if to == SnapshotSelector::Local { SnapshotSelector::First } else { own });
        match (from == SnapshotSelector::Local, to == SnapshotSelector::Local) {
            (true, true) => Err(AppError::Usage(
                "both sides are the local copy; name a snapshot for one of them".to_owned(),
            )),
            (true, false) => self.compare_with_copy(&to, TextSide::Local),
            (false, true) => self.compare_with_copy(&from, TextSide::Original),
            (false, false) => self.compare_snapshots(&from, &to),
        }
    }

    /// Says that the page was dead at its newest visit, since what is compared is then a snapshot of before.
    fn warn_if_dead(&self) -> Result<(), AppError> {
        let Some(visit) = self.store.read_visits(self.url.key())?.pop() else { return Ok(()) };
        let kept = StoredJudgement::from_json(&visit.judgement);
        if let Some(judgement) = kept.map(|kept| kept.judgement)
            && judgement.verdict == Verdict::Dead
        {
            let cause = judgement.cause.map(|cause| format!(" ({})", cause.as_str())).unwrap_or_default();
            let at = format_time(visit.at);
            tracing::warn!("{}: dead{cause} at the newest visit, {at}; its snapshots are older", self.url);
        }
        Ok(())
    }

    fn make_labels(
        &self,
        original: SideLabel,
        local: SideLabel,
        before: TextSide,
        against_snapshot: bool,
    ) -> DiffLabels {
        DiffLabels { original, local, before, against_snapshot, forms: self.context.settings.compare }
    }

    fn compare_with_copy(
        &self,
        moment: &SnapshotSelector,
        before: TextSide,
    ) -> Result<ComparedPair, AppError> {
        let (local, name) = self.local_copy()?;
        let (snapshot, page) = self.page_at(moment)?;
        let original = extract_page(&page, Some(&local.text()));
        let (original, local) =
            original.map_or_else(|error| self.empty_pair(error), |original| (original, local));
        let original_label = SideLabel::new("the original", snapshot_label(&snapshot));
        let labels = self.make_labels(original_label, SideLabel::new("the local copy", name), before, false);
        let rules = stage_settings::compare_rules(&self.context.settings)?;
        Ok(ComparedPair { original, local, labels, rules })
    }

    fn compare_snapshots(
        &self,
        from: &SnapshotSelector,
        to: &SnapshotSelector,
    ) -> Result<ComparedPair, AppError> {
        let (first, second) = (self.page_at(from)?, self.page_at(to)?);
        if first.0.id == second.0.id {
            tracing::warn!(
                "both sides are the snapshot of {}: {}",
                format_time(first.0.at()),
                self.explain_single_snapshot(&first.0)?
            );
        }
        let in_order = first.0.at() <= second.0.at();
        let (older, newer) = if in_order { (first, second) } else { (second, first) };
        let guide = self.local_copy().ok().map(|(copy, _)| copy.text());
        let versions = read_snapshots(&older.1, &newer.1, guide.as_deref());
        let (local, original) = versions.unwrap_or_else(|error| self.empty_pair(error));
        let labels = self.make_labels(
            SideLabel::new("the later snapshot", snapshot_label(&newer.0)),
            SideLabel::new("the earlier snapshot", snapshot_label(&older.0)),
            if in_order { TextSide::Local } else { TextSide::Original },
            true,
        );
        let rules = stage_settings::compare_rules(&self.context.settings)?;
        Ok(ComparedPair { original, local, labels, rules })
    }

    /// Explains why two selectors lead to the same snapshot.
    fn explain_single_snapshot(&self, snapshot: &Snapshot) -> Result<&'static str, AppError> {
        let key = self.url.key();
        if self.store.read_snapshots(key)?.iter().any(|other| other.id != snapshot.id) {
            return Ok(
                "the store has others; name them with --from and --to, as in --from first --to latest",
            );
        }
        let answered = |visit: &VisitRecord| {
            visit.hops.last().and_then(|hop| hop.status).is_some_and(|status| (200..400).contains(&status))
        };
        // Another visit found a page whose snapshot is not stored: it was pruned, or only checked.
        let is_other = |visit: &VisitRecord| visit.snapshot != Some(snapshot.id) && answered(visit);
        Ok(if self.store.read_visits(key)?.iter().any(is_other) {
            "it is the only one in the store; other visits stored no page"
        } else {
            "every visit since has found the same page"
        })
    }

    /// Returns two empty texts where one side cannot be read, because a page without text is no evidence
    /// of a loss.
    fn empty_pair(&self, error: TextError) -> (PageText, PageText) {
        tracing::warn!("{}: {error}", self.url);
        (PageText::default(), PageText::default())
    }

    /// Reads the archive's copy and returns it with its name.
    fn local_copy(&self) -> Result<(PageText, String), AppError> {
        let article = self.article.ok_or_else(|| AppError::NotFound {
            what: format!("local copy of {}", self.url),
            hint:
                "no article of the archive is a repost of it; compare snapshots with --from first --to latest"
                    .to_owned(),
        })?;
        let path = self.context.root.join(article.as_str());
        let file = ArchiveFile { id: article.clone(), path, named: false };
        let read = archive::read_article(&file, &stage_settings::read_rules(&self.context.settings)?)?;
        let citation_rules = stage_settings::citation_rules(&self.context.settings)?;
        let source_rows = find_source_rows(&read, &citation_rules);
        Ok((PageText::from_article(&read, &source_rows), article.to_string()))
    }

    /// Finds the snapshot that a selector names, and reads it as a page.
    fn page_at(&self, moment: &SnapshotSelector) -> Result<(Snapshot, FetchedPage), AppError> {
        let url = self.url;
        let Some(snapshot) = moment.find_snapshot(self.store, url.key())? else {
            return Err(moment.explain_missing(self.store, self.url)?);
        };
        let body = self.store.read_body(snapshot.body)?;
        let hop = snapshot.last_hop();
        let media = hop.and_then(|hop| hop.headers.iter().find(|field| field.name == "content-type"));
        let found_at = hop.and_then(|hop| Url::parse(&hop.url).ok());
        let found_at = found_at.unwrap_or_else(|| url.as_url().clone());
        let media = media.map(|field| field.value.as_str());
        let page = FetchedPage::from_bytes(
            body.expose(),
            media,
            &found_at,
            snapshot.body,
            &stage_settings::text_rules(&self.context.settings)?,
        );
        Ok((snapshot, page))
    }
}

fn snapshot_label(snapshot: &Snapshot) -> String {
    format!("{} ({})", snapshot.url, format_time(snapshot.at()))
}

/// Compares two texts and writes the result. `color` says whether the output shows colours.
pub fn write_pair(
    pair: &ComparedPair,
    format: DiffFormat,
    color: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let labels = &pair.labels;
    let (comparison, alignment) = text_diff::compare_aligned(&pair.original, &pair.local, &pair.rules);
    write_comparison(&comparison, &alignment, labels, format, color, out)
}
