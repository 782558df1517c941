//! `driftline diff`: what differs between two points of a page's life, one of which may be the
//! archive's own copy.

use std::io::{self, Write};

use crate::app::cli::{DiffArgs, DiffFormat};
use crate::app::command::{diff_files, show};
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::app::moment::Moment;
use crate::app::subject::{self, Subject};
use crate::app::wiring;
use crate::article::{self, ArchiveFile, ArticleId};
use crate::citation::{CanonicalUrl, Role};
use crate::snapshot::{Snapshot, SnapshotStore};
use crate::text::{self, NormalForms, PageText};
use crate::text_diff::{self, Alignment, Comparison};
use crate::view::diff_text::Labels;
use crate::view::{diff_html, diff_json, diff_text};

/// Two texts and what they are called.
pub struct Pair {
    /// The page on the web, or the newer of two snapshots.
    pub original: PageText,
    /// Its name.
    pub original_name: String,
    /// The archive's copy, or the older of two snapshots.
    pub local: PageText,
    /// Its name.
    pub local_name: String,
}

/// Runs the command.
pub fn run(context: &Context, args: &DiffArgs) -> Result<ExitStatus, AppError> {
    if let Some(second) = &args.second {
        return diff_files::run(context, args.first.as_ref(), second, args.format);
    }
    let store = wiring::open_existing_store(&context.settings)?;
    let from = args.from.as_deref().map(Moment::parse).transpose()?;
    let to = args.to.as_deref().map(Moment::parse).transpose()?;
    let pair = match Subject::parse(&args.first, context) {
        Subject::Article(article) => of_article(context, &store, article.as_str(), from, to)?,
        Subject::Url(url) => of_url(context, &store, &url, from, to)?,
    };
    let mut out = context.output()?;
    render(&pair, args.format, &mut out).map_err(|error| out.failed(error))?;
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
    let citations = subject::citations_of(store, &article)?;
    let urls = subject::urls_of(&citations);
    let original = urls.into_iter().find(|(role, _)| *role == Role::Repost);
    let (_, url) = original.ok_or_else(|| AppError::NotFound {
        what: format!("{article}: a repost link"),
        hint: "only an article that says where it is reposted from has an original to be compared with"
            .to_owned(),
    })?;
    pair(context, store, &url, Some(&article), &from.unwrap_or(Moment::Local), &to.unwrap_or(Moment::Latest))
}

fn of_url(
    context: &Context,
    store: &dyn SnapshotStore,
    url: &CanonicalUrl,
    from: Option<Moment>,
    to: Option<Moment>,
) -> Result<Pair, AppError> {
    let article = subject::reposts_of(store, url)?.into_iter().next();
    let from = from.unwrap_or(if article.is_some() { Moment::Local } else { Moment::First });
    pair(context, store, url, article.as_ref(), &from, &to.unwrap_or(Moment::Latest))
}

fn pair(
    context: &Context,
    store: &dyn SnapshotStore,
    url: &CanonicalUrl,
    article: Option<&ArticleId>,
    from: &Moment,
    to: &Moment,
) -> Result<Pair, AppError> {
    let (local, local_name) = side(context, store, url, article, from, None)?;
    let guide = (*from == Moment::Local).then(|| local.text());
    let (original, original_name) = side(context, store, url, article, to, guide.as_deref())?;
    Ok(Pair { original, original_name, local, local_name })
}

fn side(
    context: &Context,
    store: &dyn SnapshotStore,
    url: &CanonicalUrl,
    article: Option<&ArticleId>,
    moment: &Moment,
    guide: Option<&str>,
) -> Result<(PageText, String), AppError> {
    if *moment == Moment::Local {
        let article = article.ok_or_else(|| AppError::NotFound {
            what: format!("{url}: a local copy"),
            hint:
                "no article of the archive is a repost of it; compare snapshots with --from first --to latest"
                    .to_owned(),
        })?;
        let path = context.root.join(article.as_str());
        let file = ArchiveFile { id: article.clone(), path };
        let read = article::read_article(&file, &wiring::read_rules(&context.settings)?)?;
        return Ok((text::of_markdown(&read), article.to_string()));
    }
    let snapshot = moment.find(store, url.key())?.ok_or_else(|| AppError::NotFound {
        what: format!("{url}: a snapshot"),
        hint: format!("`driftline history {url}` lists what is known of it"),
    })?;
    let body = store.body(snapshot.body)?;
    let page = show::read_snapshot(&snapshot, &body, guide)?;
    Ok((page, name_of(&snapshot)))
}

fn name_of(snapshot: &Snapshot) -> String {
    format!("{} ({})", snapshot.url, snapshot.at().strftime("%Y-%m-%d %H:%M:%SZ"))
}

/// Writes a comparison in a format. Colours are left to the stream, which strips them where they
/// are not wanted.
pub fn render(pair: &Pair, format: DiffFormat, out: &mut dyn Write) -> io::Result<()> {
    let (comparison, alignment) =
        text_diff::compare_aligned(&pair.original, &pair.local, &NormalForms::default());
    let labels = Labels { original: pair.original_name.clone(), local: pair.local_name.clone() };
    write(&comparison, &alignment, &labels, format, out)
}

/// Writes what a comparison found.
pub fn write(
    comparison: &Comparison,
    alignment: &Alignment,
    labels: &Labels,
    format: DiffFormat,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        DiffFormat::Text => diff_text::render(alignment, comparison, labels, true, out),
        DiffFormat::Html => diff_html::render(alignment, comparison, labels, out),
        DiffFormat::Json => diff_json::render(alignment, comparison, labels, out),
    }
}
