//! Tests of what a configuration may set that nobody has trusted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::guarded_keys::{TRUST_LIST, class_path};
use super::load::default_table;
use super::*;
use crate::app::trust::{ConfigFile, UserTrust};
use crate::files::AcceptedKinds;

/// The leaves of a table as dotted keys, with `[rules]` and `network.resolve` as one each.
fn leaves(table: &toml::Table) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for (section, value) in table {
        match value {
            toml::Value::Table(inner) if section != "rules" => {
                keys.extend(inner.keys().map(|key| format!("{section}.{key}")));
            }
            _ => {
                keys.insert(section.clone());
            }
        }
    }
    keys
}

#[test]
fn every_key_is_classified() {
    let list: toml::Table = TRUST_LIST.parse().unwrap();
    assert_eq!(leaves(&list), leaves(&default_table().unwrap()));
    let words = ["any", "at-most", "at-least", "rate", "inside", "trusted"];
    for (section, value) in &list {
        let values: Vec<_> = value.as_table().map_or_else(|| vec![value], |inner| inner.values().collect());
        for value in values {
            let word = value.as_str().unwrap_or_default();
            assert!(words.contains(&word), "{section}: {value}");
        }
    }
}

#[test]
fn a_host_is_classified_as_all_hosts_are() {
    let path = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    assert_eq!(class_path(&path(&["hosts", "a.example", "robots"])), ["politeness", "robots"]);
    assert_eq!(class_path(&path(&["network", "proxy"])), ["network", "proxy"]);
}

/// The keys of a configuration that need trust.
fn guarded(config: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("archive")).unwrap();
    let path = folder.path().join("archive").join(CONFIG_NAME);
    fs::write(&path, config).unwrap();
    let file = ConfigFile::read(&path, AcceptedKinds::Files).unwrap();
    Settings::find_guarded(&file).unwrap().iter().map(GuardedValue::key).collect()
}

#[test]
fn what_reaches_out_needs_trust() {
    for line in [
        "[network]\nallow_private = true",
        "[network]\nproxy = \"http://127.0.0.1:1\"",
        "[network]\nresolve = { \"a.example\" = \"127.0.0.1\" }",
        "[network]\nnameservers = [\"127.0.0.1\"]",
        "[network]\nca_certs = [\"ca.pem\"]",
        "[network]\ncanaries = [\"http://up.example/\"]",
        "[network]\nuser_agent = \"Googlebot/2.1\"",
        "[network]\nretries = 3",
        "[network]\nretry_wait = \"999ms\"",
        "[network]\nmax_body = \"17 MiB\"",
        "[politeness]\nrobots = false",
        "[politeness]\nrequests_per_second = 1.01",
        "[politeness]\nrequests_per_second = 0",
        "[politeness]\nrequests_per_second = inf",
        "[politeness]\nper_host_concurrency = 2",
        "[politeness]\nbackoff = \"1s\"",
        "[politeness]\nmax_crawl_delay = \"0s\"",
        "[politeness]\nmax_crawl_delay = \"11m\"",
        "[politeness]\nbreaker_pause = \"1h\"",
        "[network]\ntimeout = \"31s\"",
        "[network]\nconnect_timeout = \"1h\"",
        "[network]\noutage_patience = \"1h\"",
        "[hosts.\"a.example\"]\nrobots = false",
        "[hosts.\"a.example\"]\nrequests_per_second = 5.0",
        "[crawl]\nmax_found = 21",
        "[store]\ndir = \"../other\"",
        "[store]\ndir = \"/tmp/other\"",
        "[store]\ndir = \"a/../../other\"",
        "[store]\ndir = \"a/../b\"",
        "[store]\ncache = \"1 GiB\"",
        "[store]\nwarc = false",
    ] {
        assert_eq!(guarded(line).len(), 1, "{line}");
    }
}

#[test]
fn reading_comparing_reporting_and_restraint_need_none() {
    for line in [
        "[archive]\ninclude = [\"**/*.txt\"]",
        "[network]\nallow_private = false\nresolve = {}\nretries = 1\nretry_wait = \"5s\"\ntimeout = \"20s\"",
        "[network]\nmax_body = \"1000\"\ncontact = \"a@b.example\"",
        "[politeness]\nrobots = true\nrequests_per_second = 0.5\nbackoff = \"2m\"\nmax_pages_per_host = 9",
        "[hosts.\"a.example\"]\nrequests_per_second = 1\nrobots = true",
        "[crawl]\nroles = [\"navigation\"]\ndepth = 2\nmax_time = \"1h\"",
        "[compare]\nscript = false",
        "[store]\ndir = \"kept/here\"",
        "[store]\ndir = \"./.driftline\"\ncache = \"8 MiB\"",
        "[report]\nfail_on = [\"dead\"]",
        "[rules.citation.addresses]\ntracking = [\"utm_*\"]",
    ] {
        assert_eq!(guarded(line), Vec::<String>::new(), "{line}");
    }
}

#[test]
fn certificates_are_trusted_with_their_content() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(CONFIG_NAME);
    fs::write(&path, "[network]\nca_certs = [\"ca.pem\"]\n").unwrap();
    let digest = |pem: &str| {
        fs::write(folder.path().join("ca.pem"), pem).unwrap();
        Settings::find_guarded(&ConfigFile::read(&path, AcceptedKinds::Files).unwrap()).unwrap()[0]
            .digest
            .clone()
    };
    assert_ne!(digest("one"), digest("two"));
    assert_eq!(digest("one"), digest("one"));
}

#[test]
fn defaults_take_the_place_of_what_is_withheld() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[network]\nproxy = \"http://127.0.0.1:1\"\nmax_redirects = 3\nretries = 9\n\
                  [hosts.\"a.example\"]\nrobots = false\nrequests_per_second = 0.5\n";
    fs::write(folder.path().join(CONFIG_NAME), config).unwrap();
    let sources = SettingSources {
        config: None,
        search_from: folder.path(),
        environment: &[],
        set: &["network.retries=4".to_owned()],
        store: None,
        trust: &UserTrust::default(),
    };
    let loaded = Settings::load(&sources).unwrap();
    let network = &loaded.settings.network;
    assert_eq!((network.proxy.as_ref(), network.max_redirects, network.retries), (None, 3, 4));
    let host = loaded.settings.politeness.towards("a.example");
    assert!(host.robots && host.requests_per_second < 0.6);
    let message = loaded.withheld.unwrap().message();
    // What the command line sets is not missed.
    assert!(
        message.ends_with("used for network.proxy (line 2), hosts.\"a.example\".robots (line 6)"),
        "{message}"
    );

    let named = folder.path().join(CONFIG_NAME);
    let loaded = Settings::load(&SettingSources { config: Some(&named), ..sources }).unwrap();
    assert!(loaded.withheld.is_none() && loaded.settings.network.proxy.is_some());
}

#[test]
fn a_value_that_cannot_be_read_is_still_a_mistake() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(CONFIG_NAME), "[politeness]\nbackoff = \"soon\"\n").unwrap();
    let sources = SettingSources {
        config: None,
        search_from: Path::new(folder.path()),
        environment: &[],
        set: &[],
        store: None,
        trust: &UserTrust::default(),
    };
    assert!(Settings::load(&sources).unwrap_err().to_string().contains("\"soon\" is not a time"));
}
