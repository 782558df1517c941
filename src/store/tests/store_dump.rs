//! Dumps everything that a store holds, and compares two dumps.

use std::collections::BTreeMap;

use super::*;

/// Every record of a store as raw bytes, and every content decompressed, by tree and key.
pub(super) type Dump = BTreeMap<(&'static str, Vec<u8>), Vec<u8>>;

pub(super) fn dump_store(store: &SledStore) -> Dump {
    dump_with(store, true)
}

/// The same without the kinds of contents. They depend on the order of captures (the first one of a body is
/// noted) and on the way into the store (whether the journal holds a link table).
pub(super) fn dump_of_any_order(store: &SledStore) -> Dump {
    dump_with(store, false)
}

pub(super) fn dump_with(store: &SledStore, origins: bool) -> Dump {
    let database = &store.database;
    let mut all = Dump::new();
    for (name, tree) in [
        ("urls", &database.urls),
        ("snapshots", &database.snapshots),
        ("comparisons", &database.comparisons),
        ("runs", &database.runs),
    ] {
        for entry in tree.iter() {
            let (key, value) = entry.unwrap();
            all.insert((name, key.to_vec()), value.to_vec());
        }
    }
    crate::store::db::folded_visits::for_each_visit(database, |key, value| {
        all.insert(("visits", key.to_vec()), value.to_vec());
        Ok(())
    })
    .unwrap();
    for key in database.content.manifests.keys().unwrap() {
        let hash = ContentHash::from_bytes(key.as_ref().try_into().unwrap());
        let mut kind = format!(
            "{:?} ",
            content::manifest::read_manifest(&database.content, hash).unwrap().unwrap().kind
        );
        if !origins {
            kind.clear();
        }
        let mut value = kind.into_bytes();
        value.extend(content::read::read_content(&database.content, hash).unwrap());
        all.insert(("contents", hash.as_bytes().to_vec()), value);
    }
    all
}

/// Fails with the keys and the beginnings of the records that differ.
#[track_caller]
pub(super) fn assert_same_dump(found: &Dump, expected: &Dump) {
    let named = |(tree, key): &(&'static str, Vec<u8>)| format!("{tree} {:02x?}", &key[..key.len().min(24)]);
    let lost: Vec<_> = expected.keys().filter(|key| !found.contains_key(*key)).map(named).collect();
    let added: Vec<_> = found.keys().filter(|key| !expected.contains_key(*key)).map(named).collect();
    let other: Vec<_> = found
        .iter()
        .filter(|(key, value)| expected.get(*key).is_some_and(|other| other != *value))
        .map(|(key, value)| {
            let show = |value: &[u8]| {
                value.iter().take(300).map(|b| b.escape_ascii().to_string()).collect::<String>()
            };
            format!("{}\n  found {}\n  not   {}", named(key), show(value), show(&expected[key]))
        })
        .collect();
    assert!(
        lost.is_empty() && added.is_empty() && other.is_empty(),
        "lost {lost:#?}\nadded {added:#?}\ndifferent {}",
        other.join("\n")
    );
}
