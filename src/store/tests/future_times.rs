//! Times in the future: those of runs are moved to before now, those of imports are kept and not believed.

use super::store_dump::{assert_same_dump, dump_store};
use super::*;

const DAY: i64 = 24 * 60 * 60;
/// 2099-01-01, in seconds after the fixed date.
const FAR_FUTURE: i64 = 2_370_908_800;

fn write_run_at(store: &SledStore, id: u64, seconds: i64) {
    let run = RunRecord {
        id: RunId(id),
        command: "run".to_owned(),
        started: at_second(seconds),
        finished: Some(at_second(seconds + 30)),
        link_table: Vec::new(),
        details: run_details(),
    };
    store.write_run(&run).unwrap();
}

/// A store of three runs: one under a right clock, then two a minute apart under a clock that was 400 days
/// ahead. The second one found a changed page, the third an unchanged one.
fn store_with_clock_ahead(dir: &Path) -> SledStore {
    let store = SledStore::open(dir, &with_journal()).unwrap().0;
    write_run_at(&store, 1, 0);
    store.write_page(stored_page("http://a.example/", 1, 1, b"first")).unwrap();
    write_run_at(&store, 2, 400 * DAY);
    let mut changed = stored_page("http://a.example/", 2, 400 * DAY + 1, b"second");
    changed.comparisons = vec![comparison_record("a.md", 400 * DAY + 1, "local", "minor-edit")];
    let found = changed.visit.snapshot;
    store.write_page(changed).unwrap();
    store.write_page(stored_page("http://b.example/", 2, 400 * DAY + 2, b"other")).unwrap();
    write_run_at(&store, 3, 400 * DAY + 60);
    let mut unchanged = stored_page("http://a.example/", 3, 400 * DAY + 61, b"second");
    (unchanged.keep_body, unchanged.visit.snapshot, unchanged.visit.unchanged) = (false, found, true);
    unchanged.exchanges = Vec::new();
    store.write_page(unchanged).unwrap();
    store.flush().unwrap();
    store
}

#[track_caller]
fn assert_times_are_moved(store: &SledStore, now: jiff::Timestamp) {
    let key = url("http://a.example/").key();
    let visits = store.read_visits(key).unwrap();
    let runs: Vec<u64> = visits.iter().map(|visit| visit.run.0).collect();
    assert_eq!(runs, [1, 2, 3], "the order of the runs is that of their visits");
    assert!(visits.iter().all(|visit| visit.at < now));
    // The distances are kept.
    let between = visits[2].at.duration_since(visits[1].at);
    assert_eq!(between.as_secs(), 60);
    let newest = store.read_url(key).unwrap().unwrap();
    assert_eq!((newest.last_run, newest.latest_body), (RunId(3), Some(ContentHash::of(b"second"))));
    assert_eq!((visits[1].snapshot, visits[2].snapshot), (newest.latest_snapshot, newest.latest_snapshot));
    let snapshots = store.read_snapshots(key).unwrap();
    assert_eq!(snapshots.len(), 2);
    assert!(snapshots.iter().all(|snapshot| snapshot.at() < now && snapshot.hops[0].at < now));
    assert_eq!(Some(snapshots[1].id), newest.latest_snapshot);
    assert_eq!(newest.first_snapshot, Some(snapshots[0].id));
    let compared = store.read_comparisons(key, &ArticleId::new("a.md")).unwrap();
    let at_ms = u64::try_from(visits[1].at.as_millisecond()).unwrap();
    assert_eq!(compared.iter().map(|one| one.at_ms).collect::<Vec<_>>(), [at_ms]);
    for run in store.read_runs().unwrap() {
        assert!(run.started < now && run.finished.is_some_and(|end| end <= now && end >= run.started));
        assert_eq!(run.details.clock_was_ahead, run.id != RunId(1));
    }
    let report = store.verify().unwrap();
    assert!(report.faults.is_empty(), "{:?}", report.faults);
}

#[test]
fn what_a_run_dated_in_the_future_is_moved_to_before_now() {
    for compacted in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let mut store = store_with_clock_ahead(dir.path());
        if compacted {
            store.close().unwrap();
            SledStore::compact(dir.path(), &with_journal()).unwrap();
            store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
        }
        // Seen under the clock that was ahead, nothing is wrong.
        assert_eq!(store.cut_future_times(at_second(401 * DAY)).unwrap(), CutTimes::default());
        let now = at_second(1000);
        let cut = store.cut_future_times(now).unwrap();
        let latest = at_second(400 * DAY + 90);
        assert_eq!((cut.runs, cut.visits), (2, 3));
        assert_eq!(cut.latest.unwrap().as_millisecond(), latest.as_millisecond());
        assert_times_are_moved(&store, now);
        assert_eq!(store.cut_future_times(now).unwrap(), CutTimes::default(), "it is done once");
        // A later run finds its place behind them.
        store.write_page(stored_page("http://a.example/", 4, 1001, b"third")).unwrap();
        store.flush().unwrap();
        let record = store.read_url(url("http://a.example/").key()).unwrap().unwrap();
        assert_eq!((record.last_run, record.latest_body), (RunId(4), Some(ContentHash::of(b"third"))));

        let before = dump_store(&store);
        store.close().unwrap();
        let report = SledStore::rebuild(dir.path(), &with_journal()).unwrap();
        assert_eq!((report.faults, report.repaired), (Vec::new(), RepairReport::default()));
        let (store, _) = SledStore::open(dir.path(), &with_journal()).unwrap();
        assert_same_dump(&dump_store(&store), &before);
    }
}

#[test]
fn the_times_of_an_interrupted_run_are_moved_too() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    // The clock was set ahead in the middle of the run.
    write_run_at(&store, 1, 0);
    store.write_page(stored_page("http://a.example/", 1, 1, b"first")).unwrap();
    store.write_page(stored_page("http://b.example/", 1, 400 * DAY, b"other")).unwrap();
    store.flush().unwrap();
    let mut run = store.read_runs().unwrap().remove(0);
    run.finished = Some(at_second(400 * DAY + 5));
    store.write_run(&run).unwrap();
    store.flush().unwrap();
    let now = at_second(1000);
    let cut = store.cut_future_times(now).unwrap();
    assert_eq!((cut.runs, cut.visits), (1, 1));
    let visit = store.read_visits(url("http://b.example/").key()).unwrap().remove(0);
    assert!(visit.at < now && visit.at > at_second(0), "{}", visit.at);
    assert_eq!(store.read_visits(url("http://a.example/").key()).unwrap()[0].at, at_second(1));
    let run = store.read_runs().unwrap().remove(0);
    assert_eq!(run.started, at_second(0));
    assert!(run.finished.is_some_and(|end| end < now));
}

#[test]
fn an_import_that_is_dated_in_the_future_is_kept_and_is_not_the_newest() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    let key = url("http://a.example/").key();
    // An import is a run without a record.
    store.write_page(stored_page("http://a.example/", 9, FAR_FUTURE, b"of 2099")).unwrap();
    store.flush().unwrap();
    let record = store.read_url(key).unwrap().unwrap();
    assert_eq!((record.last_visit_ms, record.latest_snapshot, record.latest_body), (0, None, None));
    for (run, body) in [(10, b"first"), (11, b"other")] {
        write_run_at(&store, run, i64::try_from(run).unwrap());
        store.write_page(stored_page("http://a.example/", run, i64::try_from(run).unwrap(), body)).unwrap();
        store.flush().unwrap();
        let record = store.read_url(key).unwrap().unwrap();
        assert_eq!((record.last_run, record.latest_body), (RunId(run), Some(ContentHash::of(body))));
    }
    assert_eq!(store.cut_future_times(at_second(1000)).unwrap(), CutTimes::default());
    let check = |store: &SledStore| {
        let record = store.read_url(key).unwrap().unwrap();
        assert_eq!((record.last_run, record.latest_body), (RunId(11), Some(ContentHash::of(b"other"))));
        let visits = store.read_visits(key).unwrap();
        assert_eq!(visits.last().unwrap().at, at_second(FAR_FUTURE));
        assert_eq!(store.read_snapshots(key).unwrap().len(), 3);
    };
    check(&store);
    let policy = PrunePolicy::default();
    assert_eq!(store.prune(&policy, false).unwrap().forgotten, 1, "the newest stays, and the import");
    store.close().unwrap();
    SledStore::compact(dir.path(), &with_journal()).unwrap();
    let (store, _) = SledStore::open(dir.path(), &with_journal()).unwrap();
    check(&store);
    store.close().unwrap();
    SledStore::rebuild(dir.path(), &with_journal()).unwrap();
    check(&SledStore::open(dir.path(), &with_journal()).unwrap().0);
}
