//! Holds what a page is judged by: the page as received, and the archive's copies of it.

use std::cell::OnceCell;
use std::sync::LazyLock;

use url::Url;

use crate::fetch::Response;
use crate::fetch::body::charset;
use crate::model::{ArticleId, ContentHash, Untrusted};
use crate::text::{self, PageText, TextError, TextRules, VisibleText};

/// How many bytes of a body are read. The text of a page is within them.
const MAX_BYTES_READ: usize = 4 << 20;

/// The longest JSON document that is read as a notice, in bytes.
const MAX_NOTICE: usize = 4 << 10;

/// The hash of a body, computed on first use: `check` hardly needs it.
pub struct BodyHash {
    body: Untrusted,
    hash: OnceCell<ContentHash>,
}

impl BodyHash {
    /// The hash of this body, not computed yet.
    pub fn of_body(body: &Untrusted) -> Self {
        Self { body: body.clone(), hash: OnceCell::new() }
    }

    /// The hash.
    pub fn get(&self) -> ContentHash {
        *self.hash.get_or_init(|| ContentHash::of(self.body.expose()))
    }
}

impl From<ContentHash> for BodyHash {
    /// The hash of a stored body is known.
    fn from(hash: ContentHash) -> Self {
        Self { body: Untrusted::default(), hash: hash.into() }
    }
}

/// A page as received, decoded once.
pub struct FetchedPage {
    hash: BodyHash,
    /// The URL after all redirects.
    pub url: Url,
    /// The decoded page, or the reason why the body is not read as text. A document that is no page (PDF) is
    /// made one.
    html: Result<String, TextError>,
    /// Whether the body is a page, so that its words and its markup speak for it.
    is_page: bool,
    /// The visible text.
    pub whole: VisibleText,
    /// The rules by which its text is found.
    pub text_rules: TextRules,
}

impl FetchedPage {
    /// Reads the body of an answer.
    pub fn from_response(response: &Response, url: &Url, hash: BodyHash, text_rules: &TextRules) -> Self {
        let content_type = response.header("content-type");
        let bytes = response.body.expose();
        Self::from_bytes(bytes, content_type, url, hash, text_rules)
    }

    /// The hash of the body.
    pub fn hash(&self) -> ContentHash {
        self.hash.get()
    }

    /// Whether the body is empty.
    pub(super) fn is_empty(&self) -> bool {
        self.hash() == ContentHash::of(b"")
    }

    /// Reads a body with this media type.
    pub fn from_bytes(
        bytes: &[u8],
        content_type: Option<&str>,
        url: &Url,
        hash: impl Into<BodyHash>,
        text_rules: &TextRules,
    ) -> Self {
        let start = bytes.get(..MAX_BYTES_READ).unwrap_or(bytes);
        let is_pdf = text::is_pdf(content_type, bytes);
        let html = match () {
            // A document's index is at its end.
            () if is_pdf => text_rules.pdf().read_as_page(bytes),
            () if text::is_text(content_type, start) => Ok(charset::decode_text(start, content_type).text),
            () => Err(TextError::NotText),
        };
        let whole = match &html {
            Ok(html) => text::visible_text(html, text_rules),
            Err(_) => read_notice(content_type, start),
        };
        let text_rules = text_rules.clone();
        Self { hash: hash.into(), url: url.clone(), html, is_page: !is_pdf, whole, text_rules }
    }

    /// The decoded page.
    ///
    /// # Errors
    /// Why the body is not read as text.
    pub fn html(&self) -> Result<&str, TextError> {
        self.html.as_deref().map_err(|reason| *reason)
    }

    /// What a page shows by which its link is judged; `None` and nothing for a document, whose words are not
    /// those of a server.
    pub fn shown_by_server(&self) -> (Option<&str>, &VisibleText) {
        static NOTHING: LazyLock<VisibleText> = LazyLock::new(VisibleText::default);
        if self.is_page { (self.html.as_deref().ok(), &self.whole) } else { (None, &NOTHING) }
    }
}

/// The text of a short JSON document: an interface says in it that a page is not there.
fn read_notice(content_type: Option<&str>, bytes: &[u8]) -> VisibleText {
    let media = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let is_json = media.eq_ignore_ascii_case("application/json") || media.ends_with("+json");
    if !is_json || bytes.len() > MAX_NOTICE {
        return VisibleText::default();
    }
    VisibleText { text: charset::decode_text(bytes, content_type).text, ..VisibleText::default() }
}

/// The archive's copy of a page.
pub struct LocalCopy {
    /// The article that holds it.
    pub article: ArticleId,
    /// The title and the blocks of text.
    pub text: PageText,
    /// The body as one string.
    pub body: String,
    /// The body in the run's normal forms.
    pub folded: String,
    /// The hash of title and body in the run's normal forms.
    pub fingerprint: ContentHash,
}

/// The content that an answer brought.
pub enum PageContent {
    /// Nothing that can be stored.
    None,
    /// The server says that the newest snapshot is still current.
    Unmodified,
    /// The body equals the newest snapshot, and every comparison with it is stored.
    Same,
    /// A body to compare and store.
    Body {
        /// The page.
        original: Box<FetchedPage>,
        /// The copies that it is compared with.
        locals: Vec<LocalCopy>,
    },
}
