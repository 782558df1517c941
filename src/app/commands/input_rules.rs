//! The rules that `text` and `diff` of two files read their files by.

use crate::app::error::AppError;
use crate::app::settings::Settings;
use crate::app::stage_settings;
use crate::archive::ReadRules;
use crate::citation::CitationRules;
use crate::text::TextRules;

/// The rules by which files are read.
#[derive(Clone, Debug)]
pub struct InputRules {
    /// The rules for markdown.
    pub articles: ReadRules,
    /// The rules by which an article's lists of sources are told from its text.
    pub citations: CitationRules,
    /// The rules for HTML.
    pub pages: TextRules,
}

impl InputRules {
    /// The built-in rules with the user's additions.
    pub fn from_settings(settings: &Settings) -> Result<Self, AppError> {
        Ok(Self {
            articles: stage_settings::read_rules(settings)?,
            citations: stage_settings::citation_rules(settings)?,
            pages: stage_settings::text_rules(settings)?,
        })
    }
}
