//! `driftline diff`: what differs between two points of a page's life, one of which may be the
//! archive's own copy.

use std::io::{self, Write};

use jiff::Timestamp;
use url::Url;

use crate::app::cli::{DiffArgs, DiffFormat};
use crate::app::commands::diff_files;
use crate::app::commands::diff_output::write_comparison;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::app::snapshot_selector::Moment;
use crate::app::stage_settings;
use crate::app::target;
use crate::app::target::Subject;
use crate::archive;
use crate::archive::ArchiveFile;
use crate::model::ArticleId;
use crate::model::{CanonicalUrl, Role};
use crate::pipeline::page::FetchedPage;
use crate::pipeline::page::snapshot_pair::{extract_page, extract_same_part};
use crate::report::diff::labels::{DiffLabels, SideLabel};
use crate::store::{Snapshot, SnapshotStore, VisitRecord};
use crate::text::{self, PageText, TextError};
use crate::text_diff::{self, Side};

/// Two texts and what they are called.
pub struct Pair {
    /// The page on the web, or the newer of two snapshots.
    pub original: PageText,
    /// The archive's copy, or the older of two snapshots.
    pub local: PageText,
    /// What they are called, and which is shown first.
    pub labels: DiffLabels,
}

/// Runs the command.
pub fn run(context: &Context, args: &DiffArgs) -> Result<ExitStatus, AppError> {
    if let Some(second) = &args.second {
        return diff_files::run(context, args.first.as_ref(), second, args.format);
    }
    let from = args.from.as_deref().map(Moment::parse).transpose()?;
    let to = args.to.as_deref().map(Moment::parse).transpose()?;
    let store = stage_settings::open_reader(&context.settings)?;
    let pair = match Subject::parse(&args.first, context) {
        Subject::Article(article) => of_article(context, &store, article.as_str(), from, to)?,
        Subject::Url(url) => of_url(context, &store, &url, from, to)?,
    };
    let mut out = context.output()?;
    let color = out.has_colors();
    write_pair(&pair, args.format, color, &mut out).map_err(|error| out.failed(error))?;
    out.finish()?;
    Ok(ExitStatus::Clean)
}

/// An article against its original.
pub fn of_article(
    context: &Context,
    store: &dyn SnapshotStore,
    article: &str,
    from: Option<Moment>,
    to: Option<Moment>,
) -> Result<Pair, AppError> {
    let article = ArticleId::new(article);
    let citations = target::citations_of(store, &article)?;
    let urls = target::urls_of(&citations);
    let original = urls.into_iter().find(|(role, _)| *role == Role::Repost);
    let (_, url) = original.ok_or_else(|| AppError::NotFound {
        what: format!("{article}: a repost link"),
        hint: "only an article that says where it is reposted from has an original to be compared with; name a URL to compare its snapshots"
            .to_owned(),
    })?;
    let page = Page { context, store, url: &url, article: Some(&article) };
    page.pair(from, to)
}

fn of_url(
    context: &Context,
    store: &dyn SnapshotStore,
    url: &CanonicalUrl,
    from: Option<Moment>,
    to: Option<Moment>,
) -> Result<Pair, AppError> {
    let articles = target::reposts_of(store, url)?;
    if articles.len() > 1 {
        tracing::warn!("{} articles are reposts of {url}: name one of them for its own copy", articles.len());
    }
    let page = Page { context, store, url, article: articles.first() };
    page.pair(from, to)
}

/// A page of which two points in time are compared.
struct Page<'a> {
    context: &'a Context,
    store: &'a dyn SnapshotStore,
    url: &'a CanonicalUrl,
    /// Its copy in the archive.
    article: Option<&'a ArticleId>,
}

impl Page<'_> {
    /// The two points. Without any, the copy and the newest snapshot; where there is no copy, the
    /// first snapshot and the newest. With one, the other is the newest snapshot, or the copy.
    fn pair(&self, from: Option<Moment>, to: Option<Moment>) -> Result<Pair, AppError> {
        let own = if self.article.is_some() { Moment::Local } else { Moment::First };
        let to = to.unwrap_or(Moment::Latest);
        let from = from.unwrap_or(if to == Moment::Local { Moment::First } else { own });
        match (from == Moment::Local, to == Moment::Local) {
            (true, true) => Err(AppError::Usage(
                "both points are the local copy: name a snapshot for one of them".to_owned(),
            )),
            (true, false) => self.against_copy(&to, Side::Local),
            (false, true) => self.against_copy(&from, Side::Original),
            (false, false) => self.over_time(&from, &to),
        }
    }

    fn labels(
        &self,
        original: SideLabel,
        local: SideLabel,
        before: Side,
        against_snapshot: bool,
    ) -> DiffLabels {
        DiffLabels { original, local, before, against_snapshot, forms: self.context.settings.compare }
    }

    fn against_copy(&self, moment: &Moment, before: Side) -> Result<Pair, AppError> {
        let (local, name) = self.copy()?;
        let (snapshot, page) = self.page(moment)?;
        let original = extract_page(&page, Some(&local.text()));
        let (original, local) =
            original.map_or_else(|error| self.nothing(error), |original| (original, local));
        let original_label = SideLabel::new("the original", name_of(&snapshot));
        let labels = self.labels(original_label, SideLabel::new("the local copy", name), before, false);
        Ok(Pair { original, local, labels })
    }

    fn over_time(&self, from: &Moment, to: &Moment) -> Result<Pair, AppError> {
        let (first, second) = (self.page(from)?, self.page(to)?);
        if first.0.id == second.0.id {
            tracing::warn!(
                "both points are the snapshot of {}: {}",
                shown(first.0.at()),
                self.alone(&first.0)?
            );
        }
        let in_order = first.0.at() <= second.0.at();
        let (older, newer) = if in_order { (first, second) } else { (second, first) };
        let guide = self.copy().ok().map(|(copy, _)| copy.text());
        let texts = extract_same_part(&older.1, &newer.1, guide.as_deref());
        let (local, original) = texts.unwrap_or_else(|error| self.nothing(error));
        let labels = self.labels(
            SideLabel::new("the later snapshot", name_of(&newer.0)),
            SideLabel::new("the earlier snapshot", name_of(&older.0)),
            if in_order { Side::Local } else { Side::Original },
            true,
        );
        Ok(Pair { original, local, labels })
    }

    /// Why two points in time have one snapshot.
    fn alone(&self, snapshot: &Snapshot) -> Result<&'static str, AppError> {
        let visits = self.store.visits(self.url.key())?;
        let answered = |visit: &VisitRecord| {
            visit.hops.last().and_then(|hop| hop.status).is_some_and(|status| (200..400).contains(&status))
        };
        // A page was found, and no snapshot of it is kept: it was pruned, or only checked.
        let other = visits.iter().any(|visit| visit.snapshot != Some(snapshot.id) && answered(visit));
        Ok(if other {
            "it is the only one that is kept; what other visits found is not stored"
        } else {
            "every visit since has found the same page"
        })
    }

    /// What is compared where one side cannot be read: a page without text has lost none.
    fn nothing(&self, error: TextError) -> (PageText, PageText) {
        tracing::warn!("{}: {error}", self.url);
        (PageText::default(), PageText::default())
    }

    /// The archive's copy and its name.
    fn copy(&self) -> Result<(PageText, String), AppError> {
        let article = self.article.ok_or_else(|| AppError::NotFound {
            what: format!("{}: a local copy", self.url),
            hint:
                "no article of the archive is a repost of it; compare snapshots with --from first --to latest"
                    .to_owned(),
        })?;
        let path = self.context.root.join(article.as_str());
        let file = ArchiveFile { id: article.clone(), path };
        let read = archive::read_article(&file, &stage_settings::read_rules(&self.context.settings)?)?;
        Ok((text::of_markdown(&read), article.to_string()))
    }

    /// The snapshot at a point, read as a page.
    fn page(&self, moment: &Moment) -> Result<(Snapshot, FetchedPage), AppError> {
        let url = self.url;
        let Some(snapshot) = moment.find(self.store, url.key())? else {
            return Err(self.missing(moment)?);
        };
        let body = self.store.body(snapshot.body)?;
        let hop = snapshot.last_hop();
        let media = hop.and_then(|hop| hop.headers.iter().find(|field| field.name == "content-type"));
        let found_at = hop.and_then(|hop| Url::parse(&hop.url).ok());
        let found_at = found_at.unwrap_or_else(|| url.as_url().clone());
        let media = media.map(|field| field.value.as_str());
        let page = FetchedPage::of_bytes(body.expose(), media, &found_at, snapshot.body);
        Ok((snapshot, page))
    }

    /// Why there is no snapshot at a point.
    fn missing(&self, moment: &Moment) -> Result<AppError, AppError> {
        let url = self.url;
        let first = self.store.snapshots(url.key())?.into_iter().next();
        let hint = format!("`driftline history {url} -v` lists its snapshots");
        Ok(match (moment, first) {
            (Moment::At(time), Some(first)) => AppError::NotFound {
                what: format!("{url}: a snapshot of {} or before", shown(*time)),
                hint: format!("the first one is of {}", shown(first.at())),
            },
            (Moment::Id(id), Some(_)) => {
                AppError::NotFound { what: format!("{url}: a snapshot with the id {id}"), hint }
            }
            _ => AppError::NotFound {
                what: format!("{url}: a snapshot"),
                hint: "`driftline run PATH` takes one of each page that answers".to_owned(),
            },
        })
    }
}

fn shown(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

fn name_of(snapshot: &Snapshot) -> String {
    format!("{} ({})", snapshot.url, shown(snapshot.at()))
}

/// Writes a comparison in a format. `color` says whether colours reach their reader.
pub fn write_pair(pair: &Pair, format: DiffFormat, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let labels = &pair.labels;
    let (comparison, alignment) = text_diff::compare_aligned(&pair.original, &pair.local, &labels.forms);
    write_comparison(&comparison, &alignment, labels, format, color, out)
}
