//! Reads the settings: the defaults, the file, the environment and the command line become one
//! validated [`Settings`].
//!
//! Every key, its default and its meaning stand in `config/default.toml` and nowhere else: the file is
//! embedded, it is what `init` writes, and the known keys are read from it. A wrong key or value is an
//! error that names the place, because a setting that is silently ignored misleads its author.
//!
//! A file that was found may have come with the archive. What reaches beyond the archive counts only where
//! the user has said so: `config/trust.toml` lists for each key what that is.

mod contact;
mod error;
mod fail_on;
mod fields;
#[cfg(test)]
mod guard_tests;
mod guarded_keys;
mod keys;
mod layers;
mod load;
mod merge;
pub mod quantity;
#[cfg(test)]
mod rule_tests;
mod rules;
mod sections;
mod template;
#[cfg(test)]
mod tests;
mod withheld;

pub use contact::Contact;
pub use error::{SettingOrigin, SettingsError};
pub use fail_on::FailOn;
pub use guarded_keys::GuardedValue;
pub use load::{CONFIG_NAME, DEFAULTS, LoadedSettings, SettingSources, find_config};
pub use rules::{RULE_TABLES, RuleTable, RuleTables};
pub use sections::{
    ArchiveSettings, CrawlSettings, DEFAULT_USER_AGENT, HostSettings, NetworkSettings, PolitenessSettings,
    ReportSettings, Settings, StoreSettings,
};
pub use template::new_config;
pub use withheld::{WithheldSettings, quote_for_shell};
