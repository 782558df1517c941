//! Tests of the settings as a whole: sources, their order, and what is said of mistakes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Duration;

use super::keys::KnownKeys;
use super::layers::SettingLayers;
use super::load::default_table;
use super::merge::{BaseFolders, read_settings};
use super::*;
use crate::app::trust::UserTrust;
use crate::model::Role;

/// Loads a file's text, variables and `--set` arguments in a folder of its own.
fn load(file: &str, environment: &[(&str, &str)], set: &[&str]) -> Result<LoadedSettings, SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(CONFIG_NAME);
    fs::write(&path, file).unwrap();
    let environment: Vec<(OsString, OsString)> =
        environment.iter().map(|&(name, value)| (name.into(), value.into())).collect();
    let set: Vec<String> = set.iter().map(|&argument| argument.to_owned()).collect();
    Settings::load(&SettingSources {
        config: Some(&path),
        search_from: Path::new("."),
        environment: &environment,
        set: &set,
        store: None,
        trust: &UserTrust::default(),
    })
}

pub(super) fn settings(file: &str, environment: &[(&str, &str)], set: &[&str]) -> Settings {
    load(file, environment, set).unwrap_or_else(|error| panic!("{error}")).settings
}

/// The message and the hint of a mistake, without the folder.
pub(super) fn mistake(file: &str, environment: &[(&str, &str)], set: &[&str]) -> String {
    let error = load(file, environment, set).expect_err("this must be refused");
    let text = format!("{error} | {}", error.hint().unwrap_or_default());
    match text.find(CONFIG_NAME) {
        Some(place) => text[place..].to_owned(),
        None => text,
    }
}

#[test]
fn the_defaults_are_valid_and_are_those_of_the_public_face() {
    let settings = Settings::defaults(Path::new("/archive")).unwrap();
    assert_eq!(settings.network.timeout, Duration::from_secs(30));
    assert_eq!(settings.network.connect_timeout, Duration::from_secs(10));
    assert_eq!(settings.network.max_body, 16 << 20);
    assert_eq!((settings.network.max_redirects, settings.network.retries), (10, 2));
    assert!(!settings.network.allow_private);
    assert_eq!(settings.network.proxy, None);
    assert_eq!(settings.network.sent_user_agent(), DEFAULT_USER_AGENT);
    assert!(!settings.network.has_contact());
    let polite = settings.politeness.towards("a.example");
    assert!((polite.requests_per_second - 1.0).abs() < f64::EPSILON);
    assert_eq!((polite.per_host_concurrency, settings.politeness.concurrency), (1, 256));
    assert!(polite.robots);
    assert_eq!(
        settings.crawl.roles,
        BTreeSet::from([Role::Repost, Role::Source, Role::Mention, Role::Image])
    );
    assert_eq!((settings.crawl.max_pages, settings.crawl.max_time), (None, None));
    assert_eq!(settings.store.dir, Path::new("/archive/.driftline"));
    assert_eq!(settings.report.fail_on, BTreeSet::from([FailOn::NewlyDead, FailOn::NewlyDrifted]));
}

#[test]
fn later_sources_win_key_by_key() {
    let file = "[network]\ntimeout = \"1s\"\nconnect_timeout = \"1s\"\nretries = 1\nmax_redirects = 1\n";
    let environment = [
        ("DRIFTLINE_NETWORK__CONNECT_TIMEOUT", "2s"),
        ("DRIFTLINE_NETWORK__RETRIES", "2"),
        ("DRIFTLINE_NETWORK__MAX_REDIRECTS", "2"),
        ("UNRELATED__VARIABLE", "x"),
    ];
    let set = ["network.retries=3", "network.max_redirects=4", "network.max_redirects=5"];
    let network = settings(file, &environment, &set).network;
    assert_eq!(network.timeout, Duration::from_secs(1));
    assert_eq!(network.connect_timeout, Duration::from_secs(2));
    assert_eq!(network.retries, 3);
    assert_eq!(network.max_redirects, 5);
    assert_eq!(network.max_body, 16 << 20);
}

#[test]
fn an_unknown_key_names_file_line_and_the_nearest_key() {
    let cases = [
        (
            "[network]\n\ntimeuot = \"5s\"\n",
            "3: unknown key `network.timeuot` | did you mean `network.timeout`?",
        ),
        ("[netwrok]\ntimeout = \"5s\"\n", "1: unknown key `netwrok` | did you mean `network`?"),
        (
            "[network]\nrequests_per_second = 2.0\n",
            "2: unknown key `network.requests_per_second` | did you mean `politeness.requests_per_second`?",
        ),
        (
            "[hosts.\"a.example\"]\nrobot = false\n",
            "2: unknown key `hosts.\"a.example\".robot` | did you mean `hosts.\"a.example\".robots`?",
        ),
        ("[rules.citatoin]\nx = 1\n", "1: unknown key `rules.citatoin` | did you mean `rules.citation`?"),
        ("zzzzzzzzzz = 1\n", "1: unknown key `zzzzzzzzzz` | `driftline init` writes a file with every key"),
    ];
    for (file, expected) in cases {
        assert_eq!(mistake(file, &[], &[]), format!("{CONFIG_NAME}:{expected}"));
    }
}

#[test]
fn of_several_mistakes_the_first_in_the_file_is_named() {
    let file = "[store]\nwrac = true\n\n[archive]\nincldue = []\n";
    assert!(mistake(file, &[], &[]).starts_with("driftline.toml:2: unknown key `store.wrac`"));
}

#[test]
fn a_wrong_type_names_the_line_and_what_is_expected() {
    assert_eq!(
        mistake("[network]\ntimeout = 30\n", &[], &[]),
        "driftline.toml:2: `network.timeout` must be a string such as \"30s\", not the number 30 | "
    );
    assert_eq!(
        mistake("[politeness]\nrobots = \"no\"\n", &[], &[]),
        "driftline.toml:2: `politeness.robots` must be true or false such as true, not the string \"no\" | "
    );
    assert_eq!(
        mistake("network = 3\n", &[], &[]),
        "driftline.toml:1: `network` must be a table, not the number 3 | "
    );
    assert_eq!(
        mistake("[crawl]\nroles = [1]\n", &[], &[]),
        "driftline.toml:2: `crawl.roles` must be a list of strings such as [\"repost\", \"source\", \"mention\", \
         \"image\"], not the list [1] | "
    );
}

#[test]
fn broken_toml_names_the_line() {
    let text = mistake("[network]\ntimeout = \n", &[], &[]);
    assert!(text.starts_with("driftline.toml:2: invalid TOML: "), "{text}");
    let text = mistake("[network]\nretries = 1\nretries = 2\n", &[], &[]);
    assert!(text.starts_with("driftline.toml:3: invalid TOML: duplicate key"), "{text}");
}

#[test]
fn a_value_without_sense_names_key_and_what_is_allowed() {
    let cases = [
        ("network.timeout=5", "\"5\" is not a time such as"),
        ("network.timeout=0s", "must be greater than 0"),
        ("network.max_body=big", "\"big\" is not a size such as"),
        ("network.retries=-1", "-1 is not between 0 and 20"),
        ("politeness.requests_per_second=-0.5", "-0.5 must be 0 or more"),
        ("politeness.concurrency=0", "0 is not between 1 and 65535"),
        ("network.proxy=nowhere", "\"nowhere\" is not http://HOST:PORT"),
        ("network.nameservers=[\"dns\"]", "\"dns\" is not IP or IP:PORT"),
        ("network.resolve={\"a b\"=\"127.0.0.1\"}", "not a host name"),
        ("network.resolve={\"a\"=\"localhost:1\"}", "\"localhost:1\" is not IP or IP:PORT"),
        ("crawl.roles=[\"reposts\"]", "\"reposts\" is not one of repost, source"),
        ("report.fail_on=[\"newly-deaf\"]", "\"newly-deaf\" is not one of newly-dead, newly-suspect, dead"),
        ("hosts.\"a.example\".concurrency=3", "per_host_concurrency"),
        ("hosts.\"a.example\".host_key=domain", "set it in [politeness]"),
        ("network.accept_language=fr\u{e9}", "is neither \"article\" nor languages such as"),
        ("network.contact=me", "\"me\" is not a contact such as"),
        ("network.contact=ü;(x)@example.org", "\"ü\", \"(\", \")\" must not be in a contact"),
        ("archive.include=[\"**/[.md\"]", "\"**/[.md\" is not a file pattern: unclosed character class"),
        ("archive.exclude=[\"!a.md\"]", "must not start with \"!\""),
        ("network.ca_certs=[\"\"]", "is empty"),
        ("politeness.host_key=ip", "\"ip\" is not one of host, domain, address"),
    ];
    for (argument, expected) in cases {
        let text = mistake("", &[], &[argument]);
        let key = argument.split('=').next().unwrap();
        assert!(text.contains(expected), "{argument}: {text}");
        assert!(text.contains(&format!("--set {argument}")) && text.contains(key), "{argument}: {text}");
    }
}

#[test]
fn arguments_are_toml_or_else_strings() {
    let set = [
        "network.resolve={\"*\"=\"127.0.0.1:1\", \"B.example\"=\"[::1]:2\"}",
        "network.user_agent=some agent/1.0",
        "network.nameservers=127.0.0.1:5353",
        "hosts.\"a.example\".robots=false",
        "hosts.\"a.example\".max_pages_per_host=7",
        "network.max_body=1000",
        "politeness.requests_per_second=5",
        "store.cache=8 MiB",
    ];
    let settings = settings("", &[], &set);
    let resolve =
        [("*".to_owned(), "127.0.0.1:1".to_owned()), ("b.example".to_owned(), "[::1]:2".to_owned())];
    assert_eq!(settings.network.resolve, resolve);
    assert_eq!(settings.network.sent_user_agent(), "some agent/1.0");
    assert_eq!(settings.network.nameservers, ["127.0.0.1:5353".parse().unwrap()]);
    assert_eq!(settings.network.max_body, 1000);
    assert!(!settings.politeness.towards("a.example").robots);
    assert!(settings.politeness.towards("b.example").robots);
    assert_eq!(settings.politeness.towards("a.example").max_pages_per_host, Some(7));
    assert_eq!(settings.politeness.towards("b.example").max_pages_per_host, None);
    assert!((settings.politeness.every_host.requests_per_second - 5.0).abs() < f64::EPSILON);
    assert_eq!(settings.store.cache, 8 << 20);
}

#[test]
fn arguments_that_are_none_say_so() {
    assert!(mistake("", &[], &["network.timeout"]).contains("has no `=`"));
    assert!(mistake("", &[], &["a b.c=1"]).contains("not a dotted TOML key"));
    assert!(mistake("", &[], &["network.timeuot=1s"]).contains("did you mean `network.timeout`?"));
    let text = mistake("", &[("DRIFTLINE_NETWORK__TIMEUOT", "1s")], &[]);
    assert!(text.starts_with("environment: DRIFTLINE_NETWORK__TIMEUOT: unknown key"), "{text}");
}

#[test]
fn tables_for_hosts_can_come_from_the_environment() {
    let environment =
        [("DRIFTLINE_HOSTS", "{ \"a.example\" = { per_host_concurrency = 4 } }"), ("DRIFTLINE_X", "1")];
    let settings = settings("[hosts.\"a.example\"]\nrobots = false\n", &environment, &[]);
    let polite = settings.politeness.towards("a.example");
    assert_eq!((polite.per_host_concurrency, polite.robots), (4, false));
}

#[test]
fn one_host_has_one_table() {
    let file = "[hosts.\"a.example\"]\nrobots = false\n[hosts.\"A.Example\"]\nper_host_concurrency = 2\n";
    let text = mistake(file, &[], &[]);
    assert!(text.starts_with("driftline.toml:2: ") && text.contains("keep one table"), "{text}");
    let polite = settings("[hosts.\"A.Example.\"]\nrobots = false\n", &[], &[]).politeness;
    assert!(!polite.towards("a.example").robots);
}

#[test]
fn paths_are_relative_to_whoever_wrote_them() {
    let loaded = load("[network]\nca_certs = [\"ca.pem\"]\n", &[], &[]).unwrap();
    assert_eq!(loaded.settings.network.ca_certs, [loaded.root.join("ca.pem")]);
    assert_eq!(loaded.settings.store.dir, loaded.root.join(".driftline"));
    let loaded = load("", &[], &["network.ca_certs=[\"ca.pem\"]", "store.dir=s"]).unwrap();
    let current = std::env::current_dir().unwrap();
    assert_eq!(loaded.settings.network.ca_certs, [current.join("ca.pem")]);
    assert_eq!(loaded.settings.store.dir, current.join("s"));
}

#[test]
fn rules_are_kept_by_table() {
    let file = "[rules.citation.source]\nheads = [\"底稿\"]\n[[rules.verdict.wall]]\nname = \"x\"\ntitle = [\"x\"]\n";
    let set = ["rules.citation.addresses.tracking=[\"utm_*\"]"];
    let rules = settings(file, &[], &set).rules;
    assert_eq!(rules.table("citation")["source"]["heads"].as_array().unwrap().len(), 1);
    assert_eq!(rules.table("citation")["addresses"]["tracking"].as_array().unwrap().len(), 1);
    assert!(rules.table("verdict")["wall"].is_array());
    assert!(rules.table("article").is_empty());
}

#[test]
fn every_rule_table_stands_in_the_defaults() {
    let table = default_table().unwrap();
    let mut named: Vec<&str> = table["rules"].as_table().unwrap().keys().map(String::as_str).collect();
    named.sort_unstable();
    let mut listed: Vec<&str> = RULE_TABLES.iter().map(|table| table.name).collect();
    listed.sort_unstable();
    assert_eq!(named, listed);
}

#[test]
fn a_contact_goes_into_the_user_agent_unless_one_is_chosen() {
    let contact = "network.contact=archive@example.org";
    let network = settings("", &[], &[contact]).network;
    assert!(network.sent_user_agent().ends_with(" (+archive@example.org)") && network.has_contact());
    let network = settings("", &[], &[contact, "network.user_agent=mine"]).network;
    assert_eq!(network.sent_user_agent(), "mine");
}

#[test]
fn a_new_file_can_hold_the_contact() {
    let contact = "https://example.org/bot".parse().unwrap();
    let loaded = settings(&new_config(Some(&contact)), &[], &[]);
    assert_eq!(loaded.network.contact, Some(contact));
}

#[test]
fn the_file_is_found_in_the_folder_or_above_it() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("a/b");
    fs::create_dir_all(&deep).unwrap();
    fs::write(folder.path().join(CONFIG_NAME), "[network]\nmax_redirects = 7\n").unwrap();
    let trust = UserTrust::default();
    let sources = SettingSources {
        config: None,
        search_from: &deep,
        environment: &[],
        set: &[],
        store: None,
        trust: &trust,
    };
    let loaded = Settings::load(&sources).unwrap();
    assert_eq!(loaded.settings.network.max_redirects, 7);
    assert_eq!(loaded.root, fs::canonicalize(folder.path()).unwrap());
    fs::write(folder.path().join("a").join(CONFIG_NAME), "[network]\nmax_redirects = 8\n").unwrap();
    assert_eq!(Settings::load(&sources).unwrap().settings.network.max_redirects, 8);
}

#[test]
fn a_named_file_must_be_there() {
    let sources = SettingSources {
        config: Some(Path::new("/no/such/driftline.toml")),
        search_from: Path::new("."),
        environment: &[],
        set: &[],
        store: None,
        trust: &UserTrust::default(),
    };
    let error = Settings::load(&sources).unwrap_err();
    assert!(error.to_string().contains("/no/such"), "{error}");
    assert!(!error.is_io());
}

#[test]
fn what_init_writes_changes_nothing_and_can_be_uncommented() {
    let written = new_config(None);
    let defaults = settings("", &[], &[]);
    let same = |text: &str| {
        let mut loaded = settings(text, &[], &[]);
        // Each is read in a folder of its own.
        loaded.store.dir.clone_from(&defaults.store.dir);
        loaded.store.without_links_below.clone_from(&defaults.store.without_links_below);
        loaded == defaults
    };
    assert!(same(&written));
    let uncommented: Vec<String> = written
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(key) if key.starts_with(|c: char| c.is_ascii_lowercase()) => key.to_owned(),
            _ => line.to_owned(),
        })
        .collect();
    assert_eq!(uncommented.join("\n").trim_end(), DEFAULTS.trim_end());
    assert!(same(&uncommented.join("\n")));
}

#[test]
fn every_key_of_the_defaults_is_used() {
    // A key that nobody reads would be accepted and do nothing: change each and see a difference.
    let other = |value: &toml::Value, key: &str| -> String {
        match (key, value) {
            ("archive.include" | "archive.exclude" | "crawl.exclude" | "network.ca_certs", _) => {
                "[\"x\"]".to_owned()
            }
            ("network.canaries", _) => "[\"http://up.example/\"]".to_owned(),
            ("network.nameservers", _) => "[\"127.0.0.1:1\"]".to_owned(),
            ("network.proxy", _) => "\"http://127.0.0.1:1\"".to_owned(),
            ("crawl.roles", _) => "[\"image\"]".to_owned(),
            ("report.fail_on", _) => "[\"dead\"]".to_owned(),
            ("store.allow", _) => "[\"links\"]".to_owned(),
            ("network.max_body" | "store.cache" | "crawl.max_bytes" | "politeness.max_bytes_per_host", _) => {
                "\"3 MiB\"".to_owned()
            }
            ("store.min_free", _) => "\"5%\"".to_owned(),
            ("crawl.depth", _) => "2".to_owned(),
            ("crawl.max_chain", _) => "7".to_owned(),
            ("politeness.host_key", _) => "\"domain\"".to_owned(),
            ("network.contact", _) => "\"archive@example.org\"".to_owned(),
            ("network.accept_language", _) => "\"fr, en;q=0.7\"".to_owned(),
            ("store.dir" | "network.user_agent", _) => "\"other\"".to_owned(),
            (_, toml::Value::String(_)) => "\"7s\"".to_owned(),
            (_, toml::Value::Integer(_)) => "5".to_owned(),
            (_, toml::Value::Float(_)) => "0.25".to_owned(),
            (_, toml::Value::Boolean(flag)) => (!flag).to_string(),
            _ => panic!("{key} has a type that this test does not know"),
        }
    };
    let defaults = Settings::defaults(Path::new("/archive")).unwrap();
    let table = default_table().unwrap();
    let keys = KnownKeys::from_defaults(&table);
    let mut changed = 0;
    for (section, inner) in &table {
        for (name, value) in inner.as_table().unwrap() {
            if value.is_table() {
                continue;
            }
            let key = format!("{section}.{name}");
            let mut layers = SettingLayers::new(&keys, table.clone()).unwrap();
            layers.add_argument(&format!("{key}={}", other(value, &key))).unwrap();
            let bases = BaseFolders { config: Path::new("/archive"), current: Path::new("/archive") };
            let settings = read_settings(&layers, bases).unwrap_or_else(|error| panic!("{error}"));
            assert_ne!(settings, defaults, "{key} is read by nobody");
            changed += 1;
        }
    }
    assert!(changed > 25, "only {changed} keys were tried");
}

#[test]
fn the_free_space_is_a_size_a_percentage_or_left_to_the_program() {
    use crate::store::MinFree;
    let min_free = |text: &str| settings("", &[], &[&format!("store.min_free={text}")]).store.min_free;
    assert_eq!(settings("", &[], &[]).store.min_free, MinFree::Auto);
    assert_eq!(min_free("2 GiB"), MinFree::Bytes(2 << 30));
    assert_eq!(min_free("5%"), MinFree::Percent(5));
    for wrong in ["101%", "some", "-1%", "1.5%"] {
        let said = mistake("", &[], &[&format!("store.min_free={wrong}")]);
        assert!(said.contains("store.min_free") && said.contains('%'), "{said}");
    }
}

#[test]
fn a_patience_that_is_set_counts_and_the_default_is_as_long_as_a_rest() {
    let seconds =
        |file: &str, host: &str| settings(file, &[], &[]).politeness.towards(host).patience.as_secs();
    assert_eq!(seconds("[politeness]\nretry_after_cap = \"1h\"", "a.example"), 3600);
    assert_eq!(seconds("[politeness]\nretry_after_cap = \"1h\"\npatience = \"30s\"", "a.example"), 30);
    let hosts = "[politeness]\nretry_after_cap = \"1h\"\n[hosts.\"a.example\"]\npatience = \"1s\"\n\
                 [hosts.\"b.example\"]\nretry_after_cap = \"2h\"";
    assert_eq!((seconds(hosts, "a.example"), seconds(hosts, "b.example")), (1, 7200));
    assert_eq!(seconds(hosts, "c.example"), 3600);
}
