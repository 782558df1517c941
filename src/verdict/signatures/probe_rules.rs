//! The rules for addresses: which part of one names the page.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use regex::Regex;

use super::document::ProbeTable;
use super::phrases::compile_patterns;
use crate::model::RuleError;

/// Which parts of an address name the page, and which targets of redirects name none.
#[derive(Clone, Debug)]
pub(in crate::verdict) struct ProbeRules {
    naming_parameters: GlobSet,
    other_parameters: GlobSet,
    token_parameters: GlobSet,
    /// The extensions of files that are programs.
    pub(in crate::verdict) program_extensions: Vec<String>,
    /// Ends of paths that only say how a page is shown.
    pub(in crate::verdict) views: Vec<Regex>,
    /// Paths of search pages.
    pub(in crate::verdict) searches: Vec<Regex>,
}

impl ProbeRules {
    pub(super) fn from_table(table: ProbeTable) -> Result<Self, RuleError> {
        Ok(Self {
            naming_parameters: compile_names(&table.naming_parameters, "probe.naming_parameters")?,
            other_parameters: compile_names(&table.other_parameters, "probe.other_parameters")?,
            token_parameters: compile_names(&table.token_parameters, "probe.token_parameters")?,
            program_extensions: table.program_extensions,
            views: compile_patterns(&table.views, "probe.views")?,
            searches: compile_patterns(&table.searches, "probe.searches")?,
        })
    }

    /// Whether a query parameter of this name may say which page is meant.
    pub(in crate::verdict) fn names_page(&self, parameter: &str) -> bool {
        self.naming_parameters.is_match(parameter) && !self.other_parameters.is_match(parameter)
    }

    /// Whether a query parameter of this name holds what is valid once, or for a while.
    pub(in crate::verdict) fn is_token(&self, parameter: &str) -> bool {
        self.token_parameters.is_match(parameter)
    }
}

/// Compiles names of parameters in which `*` stands for any letters; case is ignored.
fn compile_names(names: &[String], key: &str) -> Result<GlobSet, RuleError> {
    let mut set = GlobSetBuilder::new();
    for (at, name) in names.iter().enumerate() {
        let glob = GlobBuilder::new(name).case_insensitive(true).build();
        set.add(glob.map_err(|error| RuleError::invalid(format!("{key}[{at}]"), error.to_string()))?);
    }
    set.build().map_err(|error| RuleError::invalid(key, error.to_string()))
}
