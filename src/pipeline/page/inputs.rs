//! What a page is judged by: the page as received, and the archive's copies of it.

use std::cell::OnceCell;

use url::Url;

use crate::fetch::Response;
use crate::fetch::body::charset;
use crate::model::{ArticleId, ContentHash, Untrusted};
use crate::text::{self, PageText, WholeText};

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
pub struct FetchedPage {
    hash: BodyHash,
    /// Where it was found in the end.
    pub url: Url,
    /// The decoded page, where it is text.
    pub html: Option<String>,
    /// All that is visible on it.
    pub whole: WholeText,
}

impl FetchedPage {
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
    pub(super) fn is_empty(&self) -> bool {
        self.hash() == ContentHash::of(b"")
    }

    /// Reads a body that was stored with this media type.
    pub fn of_bytes(bytes: &[u8], content_type: Option<&str>, url: &Url, hash: impl Into<BodyHash>) -> Self {
        let bytes = bytes.get(..READ).unwrap_or(bytes);
        let html = text::is_text(content_type, bytes).then(|| charset::decode_text(bytes, content_type).text);
        let whole = html.as_deref().map(text::whole_text).unwrap_or_default();
        Self { hash: hash.into(), url: url.clone(), html, whole }
    }
}

/// The archive's copy of a page.
pub struct LocalCopy {
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
pub enum PageContent {
    /// Nothing that could be kept.
    None,
    /// The newest snapshot still holds.
    Unmodified,
    /// The newest snapshot's own body, and every comparison with it is kept.
    Same,
    /// A body.
    Body {
        /// The page.
        original: Box<FetchedPage>,
        /// The copies that are compared with it.
        locals: Vec<LocalCopy>,
    },
}
