//! Finds what is suspicious about a page with a status of success: redirects away, offers of the domain,
//! words, emptiness, another kind of file, a text that is not the local copy's.

use url::Url;

use super::address::{extension, file_stem, is_same_site, path_segments, without_fragment};
use super::front_page::{is_front_above, is_front_page, is_home_page};
use super::page_case::PageCase;
use super::page_features::PageKind;
use super::parking::find_sale_offer;
use super::sibling::SiblingPattern;
use super::signatures::PhraseSet;

/// Up to this share of the local copy, a page does not hold it.
const LACKS_LOCAL: f64 = 0.2;
/// Up to this share, a page is about something else.
const IS_OTHER_TEXT: f64 = 0.05;
/// Extensions of files that are no pages.
const FILES: [&str; 15] = [
    "jpg", "jpeg", "png", "gif", "webp", "avif", "svg", "bmp", "pdf", "mp4", "mp3", "zip", "doc", "docx",
    "xlsx",
];

/// What is suspicious about a page.
pub(super) struct Suspicion {
    pub(super) reason: String,
    pub(super) trigger: Trigger,
    /// Whether the page itself says that it does not exist.
    pub(super) says_gone: bool,
    /// Whether it is a redirect to a front, where a site sends requests for pages that do not exist.
    pub(super) leads_to_front: bool,
}

/// What raised a suspicion.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trigger {
    /// A redirect to somewhere other than the page's new address.
    Redirect,
    /// An offer of the domain.
    SaleOffer,
    /// Words in the title or in the heading.
    Title,
    /// Words on a short page.
    Words,
    /// Hardly any text.
    Shortness,
    /// A widget that asks for proof of a human, on a short page.
    Captcha,
    /// A page in the place of a picture or of another file.
    OtherKind,
    /// A text that is not the local copy's.
    OtherText,
    /// A body that another address of the host has, too, or a soft 404 of an earlier visit.
    Doubt,
}

impl Suspicion {
    fn new(trigger: Trigger, reason: String) -> Self {
        Self { reason, trigger, says_gone: false, leads_to_front: false }
    }
}

impl PageCase<'_> {
    /// What is suspicious about the page; `None` where the page holds enough of the local copy.
    pub(super) fn find_suspicion(&self, kind: PageKind) -> Option<Suspicion> {
        if self.evidence.html.is_none() && self.evidence.visible.is_empty() {
            return None;
        }
        let found = match find_sale_offer(&self.signatures.parking, &self.view) {
            Some(reason) => Suspicion { says_gone: true, ..Suspicion::new(Trigger::SaleOffer, reason) },
            // A cited home page that says "not found" speaks for the whole site.
            None if is_home_page(self.evidence.requested) => return None,
            None => self.find_suspicious_looks(kind)?,
        };
        let held = self.evidence.local.share().is_some_and(|share| share > LACKS_LOCAL);
        (!held).then_some(found)
    }

    /// The sibling that can prove the suspicion: that of the address that was asked for, where a redirect of
    /// the same site led away from it. Another site has addresses of its own.
    pub(super) fn sibling_for(&self, suspicion: &Suspicion) -> SiblingPattern {
        let (from, to) = (self.evidence.requested, self.view.final_url);
        let is_about_requested = matches!(suspicion.trigger, Trigger::Redirect | Trigger::SaleOffer);
        let base = if is_about_requested || is_same_site(from, to) { from } else { to };
        SiblingPattern::new(base, &self.signatures.probe)
    }

    fn find_suspicious_looks(&self, kind: PageKind) -> Option<Suspicion> {
        let rules = &self.signatures.soft404;
        // A shell may hold hidden words for any page that does not exist.
        let short = kind != PageKind::Shell && self.view.visible_length <= rules.max_text;
        let titled = |word: &str| (Trigger::Title, format!("the title holds {word:?}"));
        let headed = |word: &str| (Trigger::Title, format!("the heading holds {word:?}"));
        let worded = |word: &str| (Trigger::Words, format!("a short page that holds {word:?}"));
        let find_words = |titles: &PhraseSet, phrases: &PhraseSet| {
            let in_title = titles.find_first(self.view.title).map(titled);
            in_title.or_else(|| phrases.find_first(Some(self.view.visible).filter(|_| short)?).map(worded))
        };
        let in_heading = || {
            let heading = Some(&self.view.claims().heading).filter(|_| kind != PageKind::Shell)?;
            rules.titles.find_first(heading).map(headed)
        };
        let not_found = find_words(&rules.titles, &rules.phrases).or_else(in_heading);
        let says_gone = not_found.is_some();
        if let Some((reason, leads_to_front)) = self.find_stray_redirect() {
            return Some(Suspicion { reason, trigger: Trigger::Redirect, says_gone, leads_to_front });
        }
        let empty = || {
            // Where scripts fill the page, its source is the same for every address.
            let empty = kind == PageKind::Page && self.view.visible_length < rules.short_text;
            empty.then(|| {
                (Trigger::Shortness, format!("only {} visible characters", self.view.visible_length))
            })
        };
        let found = not_found
            .or_else(|| find_words(&rules.hints, &rules.hints))
            .or_else(|| self.find_captcha())
            .or_else(empty)
            .or_else(|| self.find_other_kind())
            .or_else(|| self.find_other_text(kind))
            .or_else(|| self.find_doubt(kind));
        let (trigger, reason) = found?;
        Some(Suspicion { says_gone, ..Suspicion::new(trigger, reason) })
    }

    /// A widget that asks for proof of a human, on a short page.
    fn find_captcha(&self) -> Option<(Trigger, String)> {
        let rules = &self.signatures.captcha;
        let short = self.view.visible_length <= rules.max_text;
        let widget = rules.widgets.find_first(Some(self.view.source()).filter(|_| short)?)?;
        Some((Trigger::Captcha, format!("a short page with {widget:?}")))
    }

    /// A page in the place of a picture or of another file.
    fn find_other_kind(&self) -> Option<(Trigger, String)> {
        let (segments, _) = path_segments(self.evidence.requested);
        let asked = extension(segments.last()?)?;
        let is_file = FILES.iter().any(|file| file.eq_ignore_ascii_case(asked));
        let is_page = self.view.response.header("content-type").is_some_and(|kind| {
            kind.trim_start().get(..9).is_some_and(|start| start.eq_ignore_ascii_case("text/html"))
        });
        (is_file && is_page).then(|| (Trigger::OtherKind, format!("a page in the place of a .{asked} file")))
    }

    /// A text of which the local copy is no part.
    fn find_other_text(&self, kind: PageKind) -> Option<(Trigger, String)> {
        if kind != PageKind::Page {
            return None;
        }
        let share = self.evidence.local.share().filter(|share| *share <= IS_OTHER_TEXT)?;
        Some((Trigger::OtherText, format!("the page holds {:.0} % of the local copy", share * 100.0)))
    }

    /// What is known against the page from outside, where it looks like the front of a site. Where scripts fill
    /// pages, all have one body.
    fn find_doubt(&self, kind: PageKind) -> Option<(Trigger, String)> {
        let doubt = self.evidence.doubt.filter(|_| kind == PageKind::Page)?;
        let is_filled =
            || self.signatures.shell.mounts.iter().any(|mount| mount.is_match(self.view.source()));
        let is_front = is_front_page(self.evidence.requested) || self.evidence.requested.path() == "/";
        (!is_front && self.is_list_of_headlines() && !is_filled()).then(|| (Trigger::Doubt, doubt.to_owned()))
    }

    /// A redirect to a front page, to an error page, to a search, or up to a page above; and whether it ends
    /// at a front, where a site sends requests for pages that do not exist. Other redirects may have many
    /// reasons.
    fn find_stray_redirect(&self) -> Option<(String, bool)> {
        let (from, to) = (self.evidence.requested, self.view.final_url);
        if self.evidence.chain.len() < 2 || without_fragment(from) == without_fragment(to) {
            return None;
        }
        let (segments, _) = path_segments(from);
        let stem = file_stem(segments.last().copied().unwrap_or_default());
        // A site whose scripts read the fragment names the page there; fragments are not sent.
        if !stem.is_empty() && self.is_named_in_fragment(stem) {
            return None;
        }
        // Another site gets queries of its own, such as the address to return to.
        let is_front = if is_same_site(from, to) { is_front_page(to) } else { is_home_page(to) };
        if is_front && !is_front_page(from) {
            return Some((format!("redirected to the home page {to}"), true));
        }
        let (errors, searches) = (&self.signatures.soft404.paths, &self.signatures.probe.searches);
        for (rules, what) in [(errors, ""), (searches, "a search, ")] {
            let matches = |url: &Url| rules.iter().any(|path| path.is_match(url.path()));
            if matches(to) && !matches(from) {
                return Some((format!("redirected to {what}{to}"), true));
            }
        }
        let pattern = SiblingPattern::new(from, &self.signatures.probe);
        let keeps_code = path_segments(to).0.iter().any(|segment| pattern.is_name(segment));
        let keeps_name = to.path().contains(stem) || keeps_code || self.is_named_in_query(stem);
        // A front page may get a query that says where the visitor comes from.
        let is_front = to.query().is_none() || to.path() == "/" || repeats_address(to, from);
        let goes_up = path_segments(to).0.len() < segments.len();
        if stem.is_empty() || keeps_name || !is_front || !goes_up || self.view.claims().is_article {
            return None;
        }
        let section =
            is_front_above(to, from) && self.view.visible_length >= self.signatures.soft404.short_text;
        Some((format!("redirected up to {to}"), section))
    }

    /// Whether a redirect names the page in the fragment of its target.
    fn is_named_in_fragment(&self, stem: &str) -> bool {
        self.evidence.chain.iter().any(|exchange| {
            let location = exchange.outcome.as_ref().ok().and_then(|response| response.header("location"));
            location.and_then(|to| to.split_once('#')).is_some_and(|(_, fragment)| fragment.contains(stem))
        })
    }

    /// Whether the target's query names the page by a parameter that names pages.
    fn is_named_in_query(&self, stem: &str) -> bool {
        let rules = &self.signatures.probe;
        self.view.final_url.query_pairs().any(|(name, value)| rules.names_page(&name) && value == stem)
    }
}

/// Whether the query of a redirect's target only repeats the address that was asked for.
pub(super) fn repeats_address(target: &Url, asked: &Url) -> bool {
    let (segments, _) = path_segments(asked);
    let stem = file_stem(segments.last().copied().unwrap_or_default());
    let label = asked.host_str().and_then(|host| host.split('.').next()).unwrap_or_default();
    target.query_pairs().any(|(_, value)| {
        value.contains(asked.path()) && asked.path().len() > 1
            || value.len() > 2 && (value == stem || value == label)
    })
}
