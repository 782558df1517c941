//! The compiled rules, and how a user's table extends the embedded ones.

use regex::Regex;
use toml::Table;

use super::document::{
    CaptchaTable, LoginTable, ParkingTable, RuleDocument, ShellTable, SiteNotices, Soft404Table, WallTable,
};
use super::phrases::{PhraseSet, compile_patterns};
use super::probe_rules::ProbeRules;
use super::wall::Wall;
use crate::model::{RuleError, extend_rule_file};
use crate::text::rules::SITE_FILES;

/// The embedded files, which together are one document.
const EMBEDDED: &str = concat!(
    include_str!("../../../config/walls.toml"),
    "\n",
    include_str!("../../../config/parking.toml"),
    "\n",
    include_str!("../../../config/soft404.toml"),
    "\n",
    include_str!("../../../config/gates.toml"),
    "\n",
    include_str!("../../../config/addresses.toml"),
);

/// The rules, ready to match.
#[derive(Clone, Debug)]
pub struct Signatures {
    pub(in crate::verdict) walls: Vec<Wall>,
    /// What known sites say, in words of their own, in the place of a page that is gone.
    pub(in crate::verdict) notices: Vec<Wall>,
    pub(in crate::verdict) parking: ParkingRules,
    pub(in crate::verdict) soft404: Soft404Rules,
    pub(in crate::verdict) login: LoginRules,
    pub(in crate::verdict) shell: ShellRules,
    pub(in crate::verdict) probe: ProbeRules,
    pub(in crate::verdict) captcha: CaptchaRules,
}

/// Rules for parked domains.
#[derive(Clone, Debug)]
pub(in crate::verdict) struct ParkingRules {
    pub(in crate::verdict) markers: PhraseSet,
    pub(in crate::verdict) hosts: Vec<String>,
    pub(in crate::verdict) phrases: PhraseSet,
    pub(in crate::verdict) patterns: Vec<Regex>,
    pub(in crate::verdict) urls: Vec<Regex>,
    pub(in crate::verdict) max_text: usize,
}

/// Rules for pages that ask for proof of a human.
#[derive(Clone, Debug)]
pub(in crate::verdict) struct CaptchaRules {
    pub(in crate::verdict) widgets: PhraseSet,
    pub(in crate::verdict) max_text: usize,
}

/// Rules for pages that say "not found" with a status of success, and for gates before every page.
#[derive(Clone, Debug)]
pub(in crate::verdict) struct Soft404Rules {
    pub(in crate::verdict) titles: PhraseSet,
    pub(in crate::verdict) phrases: PhraseSet,
    pub(in crate::verdict) hints: PhraseSet,
    pub(in crate::verdict) paths: Vec<Regex>,
    pub(in crate::verdict) max_text: usize,
    pub(in crate::verdict) short_text: usize,
    pub(in crate::verdict) gates: PhraseSet,
    pub(in crate::verdict) gate_paths: Vec<Regex>,
    pub(in crate::verdict) troubles: PhraseSet,
    pub(in crate::verdict) similarity: f64,
    pub(in crate::verdict) similarity_with_title: f64,
}

/// Rules for logins.
#[derive(Clone, Debug)]
pub(in crate::verdict) struct LoginRules {
    pub(in crate::verdict) paths: Vec<Regex>,
    pub(in crate::verdict) parameters: Vec<String>,
    pub(in crate::verdict) hosts: Vec<Regex>,
    pub(in crate::verdict) fields: Vec<Regex>,
    pub(in crate::verdict) max_text: usize,
    pub(in crate::verdict) phrases: PhraseSet,
    pub(in crate::verdict) max_phrase_text: usize,
}

/// Rules for pages that scripts fill.
#[derive(Clone, Debug)]
pub(in crate::verdict) struct ShellRules {
    pub(in crate::verdict) mounts: Vec<Regex>,
    pub(in crate::verdict) max_text: usize,
}

impl Signatures {
    /// The rules that come with the program.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "the embedded files are constant, and a test builds them"
    )]
    pub fn embedded() -> Self {
        Self::with_user(&Table::new()).expect("the embedded signatures are valid")
    }

    /// The embedded rules with a user's table added: rules are appended to lists, and numbers replace the
    /// embedded ones.
    ///
    /// # Errors
    /// A key that no rule has, a value of the wrong type, an invalid regular expression, or a rule without
    /// any condition. The error names the key in the user's table.
    pub fn with_user(table: &Table) -> Result<Self, RuleError> {
        // The user's table is also built alone, so that an error counts entries as the user does.
        let own: RuleDocument = extend_rule_file("", table)?;
        Self::from_document(own)?;
        let mut document: RuleDocument = extend_rule_file(EMBEDDED, table)?;
        for (name, source) in SITE_FILES {
            document.notice.extend(read_site_notices(name, source)?);
        }
        Self::from_document(document)
    }

    fn from_document(document: RuleDocument) -> Result<Self, RuleError> {
        let RuleDocument { wall, notice, parking, soft404, login, shell, probe, captcha } = document;
        let walls = |tables: Vec<WallTable>, list: &str| -> Result<Vec<Wall>, RuleError> {
            let tables = tables.into_iter().enumerate();
            tables.map(|(at, table)| Wall::from_table(table, &format!("{list}[{at}]"))).collect()
        };
        Ok(Self {
            walls: walls(wall, "wall")?,
            notices: walls(notice, "notice")?,
            parking: ParkingRules::from_table(parking)?,
            soft404: Soft404Rules::from_table(&soft404)?,
            login: LoginRules::from_table(login)?,
            shell: ShellRules::from_table(&shell)?,
            probe: ProbeRules::from_table(probe)?,
            captcha: CaptchaRules::from_table(&captcha)?,
        })
    }
}

/// The notices of a site's file, which count on the site's hosts only.
fn read_site_notices(name: &str, source: &str) -> Result<Vec<WallTable>, RuleError> {
    let site: SiteNotices =
        toml::from_str(source).map_err(|error| RuleError::invalid(name, error.message().to_owned()))?;
    let hosts = site.hosts;
    let with_hosts = |notice| WallTable { hosts: hosts.clone(), ..notice };
    Ok(site.notice.into_iter().map(with_hosts).collect())
}

impl ParkingRules {
    fn from_table(table: ParkingTable) -> Result<Self, RuleError> {
        Ok(Self {
            markers: PhraseSet::new(&table.markers, "parking.markers")?,
            hosts: table.hosts,
            phrases: PhraseSet::new(&table.phrases, "parking.phrases")?,
            patterns: compile_patterns(&table.patterns, "parking.patterns")?,
            urls: compile_patterns(&table.urls, "parking.urls")?,
            max_text: table.max_text,
        })
    }
}

impl CaptchaRules {
    fn from_table(table: &CaptchaTable) -> Result<Self, RuleError> {
        Ok(Self { widgets: PhraseSet::new(&table.widgets, "captcha.widgets")?, max_text: table.max_text })
    }
}

impl Soft404Rules {
    fn from_table(table: &Soft404Table) -> Result<Self, RuleError> {
        for (value, key) in [
            (table.similarity, "soft404.similarity"),
            (table.similarity_with_title, "soft404.similarity_with_title"),
        ] {
            if !(0.0..=1.0).contains(&value) {
                return Err(RuleError::invalid(key, "expected a share between 0 and 1"));
            }
        }
        Ok(Self {
            titles: PhraseSet::new(&table.titles, "soft404.titles")?,
            phrases: PhraseSet::new(&table.phrases, "soft404.phrases")?,
            hints: PhraseSet::new(&table.hints, "soft404.hints")?,
            paths: compile_patterns(&table.paths, "soft404.paths")?,
            max_text: table.max_text,
            short_text: table.short_text,
            gates: PhraseSet::new(&table.gates, "soft404.gates")?,
            gate_paths: compile_patterns(&table.gate_paths, "soft404.gate_paths")?,
            troubles: PhraseSet::new(&table.troubles, "soft404.troubles")?,
            similarity: table.similarity,
            similarity_with_title: table.similarity_with_title,
        })
    }
}

impl LoginRules {
    fn from_table(table: LoginTable) -> Result<Self, RuleError> {
        Ok(Self {
            paths: compile_patterns(&table.paths, "login.paths")?,
            parameters: table.parameters,
            hosts: compile_patterns(&table.hosts, "login.hosts")?,
            fields: compile_patterns(&table.fields, "login.fields")?,
            max_text: table.max_text,
            phrases: PhraseSet::new(&table.phrases, "login.phrases")?,
            max_phrase_text: table.max_phrase_text,
        })
    }
}

impl ShellRules {
    fn from_table(table: &ShellTable) -> Result<Self, RuleError> {
        Ok(Self { mounts: compile_patterns(&table.mounts, "shell.mounts")?, max_text: table.max_text })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn extend(text: &str) -> Result<Signatures, RuleError> {
        Signatures::with_user(&text.parse().unwrap())
    }

    #[test]
    fn the_embedded_rules_are_complete() {
        let rules = Signatures::embedded();
        assert!(rules.walls.len() > 20 && rules.walls.iter().all(|wall| !wall.name.is_empty()));
        assert!(rules.parking.max_text > 0 && rules.soft404.max_text > 0);
        assert!(rules.login.max_text > 0 && rules.shell.max_text > 0);
        assert!((0.9..1.0).contains(&rules.soft404.similarity));
    }

    #[test]
    fn a_users_table_extends_the_rules() {
        let rules = extend(
            "[[wall]]\nname = \"mine\"\nheader = { name = \"x-mine\" }\n[soft404]\nshort_text = 7\n\
             [[notice]]\nname = \"theirs\"\nhosts = [\"a.example\"]\ntext = [\"withdrawn\"]",
        )
        .unwrap();
        let embedded = Signatures::embedded();
        assert_eq!(rules.notices.len(), embedded.notices.len() + 1);
        assert_eq!(rules.walls.len(), embedded.walls.len() + 1);
        assert_eq!(rules.soft404.short_text, 7);
        assert!(rules.soft404.titles.find_first("Page NOT Found").is_some(), "the embedded lists stay");
    }

    /// A table with every key. Where a rule gets a new key, this shows that a user can set it.
    #[test]
    fn a_user_can_set_every_key() {
        let condition = "name = \"n\"\nhosts = [\"a.example\"]\nstatuses = [403]\n\
                         header = { name = \"x\", value = \"y\" }\ntitle = [\"t\"]\nmax_title = 9\nbody = [\"b\"]\n\
                         body_all = [\"b\"]\ntext = [\"t\"]\nfinal_url = ['^x']\nmax_text = 9\nmax_source = 9\n";
        let table = format!(
            "[[wall]]\n{condition}[[notice]]\n{condition}\
             [parking]\nmarkers = [\"m\"]\nhosts = [\"h.example\"]\nphrases = [\"p\"]\nmax_text = 1\n\
             [soft404]\ntitles = [\"zz\"]\nphrases = [\"p\"]\nhints = [\"h\"]\npaths = ['x']\nmax_text = 2\n\
             short_text = 3\ngates = [\"g\"]\ngate_paths = ['g']\ntroubles = [\"t\"]\nsimilarity = 0.5\n\
             similarity_with_title = 0.25\n\
             [login]\npaths = ['l']\nparameters = [\"p\"]\nhosts = ['h']\nfields = ['f']\nmax_text = 4\n\
             phrases = [\"p\"]\nmax_phrase_text = 5\n\
             [shell]\nmounts = ['m']\nmax_text = 6\n"
        );
        let (rules, embedded) = (extend(&table).unwrap(), Signatures::embedded());
        assert_eq!((rules.parking.max_text, rules.soft404.max_text, rules.soft404.short_text), (1, 2, 3));
        assert_eq!((rules.login.max_text, rules.login.max_phrase_text, rules.shell.max_text), (4, 5, 6));
        assert!((rules.soft404.similarity - 0.5).abs() < 1e-9);
        assert!((rules.soft404.similarity_with_title - 0.25).abs() < 1e-9);
        assert_eq!(rules.soft404.titles.find_first("zz"), Some("zz"));
        assert_eq!(rules.parking.hosts.len(), embedded.parking.hosts.len() + 1);
        for (with_user, own) in [
            (&rules.soft404.paths, &embedded.soft404.paths),
            (&rules.soft404.gate_paths, &embedded.soft404.gate_paths),
            (&rules.login.paths, &embedded.login.paths),
            (&rules.login.hosts, &embedded.login.hosts),
            (&rules.login.fields, &embedded.login.fields),
            (&rules.shell.mounts, &embedded.shell.mounts),
        ] {
            assert_eq!(with_user.len(), own.len() + 1);
        }
    }

    #[test]
    fn a_wrong_rule_names_its_key_in_the_users_table() {
        for (text, key) in [
            ("[[wall]]\nname = \"all\"", "wall[0]"),
            ("[[wall]]\nname = \"x\"\nstatusses = [1]", "wall[0].statusses"),
            ("[[notice]]\nname = \"x\"\ntext = [\"\"]", "notice[0].text[0]"),
            ("[login]\npaths = [\"a\", \"(\"]", "login.paths[1]"),
            ("[soft404]\nsimilarity = 95", "soft404.similarity"),
            ("[soft404]\ntitles = 3", "soft404.titles"),
        ] {
            let error = extend(text).unwrap_err();
            assert_eq!(error.key(), key, "{error}");
        }
        let error = extend("[soft404]\ntitels = [\"x\"]").unwrap_err();
        let nearest = "soft404.titles".to_owned();
        assert_eq!(error, RuleError::UnknownKey { key: "soft404.titels".into(), nearest: Some(nearest) });
    }

    /// The samples that the documentation shows under `[rules.verdict]` and `[rules.key_changes]`.
    #[test]
    fn the_samples_in_the_documentation_are_accepted() {
        let docs = include_str!("../../../docs/verdicts.md");
        let samples: Vec<&str> =
            docs.split("```toml\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|s| s.0).collect();
        assert!(!samples.is_empty());
        for sample in samples {
            let table: Table = sample.parse().unwrap_or_else(|error| panic!("{sample}: {error}"));
            let rules = table.get("rules").and_then(toml::Value::as_table).expect("a sample has [rules]");
            assert_eq!(table.len(), 1, "{sample}");
            for (name, value) in rules {
                let own = value.as_table().expect("a table");
                let checked = match name.as_str() {
                    "verdict" => Signatures::with_user(own).map(drop),
                    "key_changes" => crate::text_diff::KeyChangeRules::with_user(own).map(drop),
                    other => panic!("[rules.{other}] is not a rule table of docs/verdicts.md"),
                };
                checked.unwrap_or_else(|error| panic!("[rules.{name}]: {error}"));
            }
        }
    }
}
