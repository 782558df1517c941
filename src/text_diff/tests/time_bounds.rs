//! Tests that a comparison takes bounded time on any input. The limits are loose, for slow machines and
//! builds without optimisation; work that grows with the square of its input exceeds them by far.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use crate::text::{self, PageText, TextRules};
use crate::text_diff::align::search_budget::SEARCH_STEPS;
use crate::text_diff::{CompareRules, DriftClass, SearchBudget, compare, is_verbatim_in_page};

const LIMIT: Duration = Duration::from_secs(20);

fn within<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = time_spent();
    let result = work();
    let took = time_spent().saturating_sub(start);
    println!("{what}: {} ms", took.as_millis());
    assert!(took < LIMIT, "{what} took {took:?}");
    result
}

/// The processor time of this thread, where the system reports it (Linux), else the wall-clock time. A busy
/// machine must not fail a bound on work.
fn time_spent() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let used = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = used.and_then(|text| text.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

fn page(text: &str) -> PageText {
    PageText { blocks: text.lines().map(Into::into).collect(), ..PageText::default() }
}

/// Text without repetition: sentences of characters from a generator with a fixed seed.
fn letters(seed: u64, sentences: usize) -> String {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut text = String::new();
    for n in 0..sentences {
        for _ in 0..rng.usize(8..32) {
            text.push(char::from_u32(rng.u32(0x4E00..0x5E00)).unwrap_or('一'));
        }
        text.push_str(if n % 6 == 5 { "。\n" } else { "。" });
    }
    text
}

#[test]
fn nested_tags_take_bounded_time() {
    let html =
        format!("<p>外面的一句话。</p>{}里面的一句话。{}", "<div>".repeat(20_000), "</div>".repeat(20_000));
    within("20,000 nested tags", || {
        let found = text::extract_page(&html, None, None, TextRules::built_in());
        assert!(text::visible_text(&html, TextRules::built_in()).text.contains("里面的一句话"));
        assert!(found.is_ok_and(|page| page.whole.contains("里面的一句话")));
    });
    let inline = format!("<p>一句话。{}", "<b><i><font size=2>字".repeat(20_000));
    within("60,000 open formatting tags", || {
        text::extract_page(&inline, None, Some("一句话。"), TextRules::built_in())
    })
    .ok();
}

#[test]
fn ten_megabytes_take_bounded_time() {
    let body = letters(1, 170_000);
    let html = format!("<p>{}</p>", body.replace('\n', "</p><p>"));
    assert!(html.len() > 9_000_000);
    within("10 MB, no guide", || text::extract_page(&html, None, None, TextRules::built_in())).ok();
    assert!(within("10 MB, the quick comparison", || is_verbatim_in_page(
        &text::visible_text(&html, TextRules::built_in()).text,
        &body
    )));
    let other = page(&body.replacen('一', "二", 1));
    let found = within("10 MB compared", || compare(&page(&body), &other, &CompareRules::default()));
    assert!(matches!(found.class, DriftClass::MinorEdit | DriftClass::Identical));
}

#[test]
fn a_text_is_compared_even_without_a_budget() {
    let body = letters(4, 3_000);
    let places = u32::try_from(body.matches('一').count()).unwrap_or_default();
    assert!((2..50).contains(&places));
    let other = page(&body.replace('一', "二"));
    let mut spent = SearchBudget::of_steps(0);
    let rules = CompareRules::default();
    let (found, _) = crate::text_diff::classify::classify(&page(&body), &other, &rules, &mut spent);
    assert!((1..=places).contains(&found.changed_sentences), "{found:?}");
}

#[test]
fn texts_of_thousands_of_changes_stay_below_the_budget() {
    let mut rng = fastrand::Rng::with_seed(7);
    let words = ["alpha", "beta", "gamma", "delta", "omega", "kappa"];
    let sentences: Vec<String> = (0..3_000)
        .map(|at| {
            let some: Vec<&str> = (0..8).map(|_| words[rng.usize(..words.len())]).collect();
            format!("Sentence {at} says {} about the matter at hand.", some.join(" "))
        })
        .collect();
    let with =
        |head: &str| sentences.iter().map(|one| format!("{head} {one}")).collect::<Vec<_>>().join("\n");
    let (a, b) = (page(&with("It is not so that")), page(&with("It is so that")));
    let steps_of = |a: &PageText, b: &PageText| {
        let mut budget = SearchBudget::of_comparison();
        let rules = CompareRules::default();
        let (found, _) = crate::text_diff::classify::classify(a, b, &rules, &mut budget);
        (found.class, SEARCH_STEPS - budget.steps_left())
    };
    let (class, steps) = steps_of(&a, &b);
    println!("3,000 negated sentences: {steps} steps");
    assert_eq!(class, DriftClass::MinorEdit);
    assert!((1..SEARCH_STEPS / 10).contains(&steps), "{steps}");
    // The steps are counted and not timed, so they are the same again.
    assert_eq!(steps_of(&a, &b), (class, steps));
    let many = letters(2, 10_000);
    let changed: String =
        many.chars().map(|c| if rng.u32(..100) < 20 && c != '。' && c != '\n' { '改' } else { c }).collect();
    let (class, steps) = steps_of(&page(&many), &page(&changed));
    println!("200,000 characters, a fifth changed: {steps} steps");
    assert!(class.is_drift() && steps < SEARCH_STEPS, "{class:?} {steps}");
}

#[test]
fn a_text_with_many_changes_takes_bounded_time() {
    let a = letters(2, 10_000);
    let mut rng = fastrand::Rng::with_seed(3);
    let b: String = a
        .chars()
        .map(|c| {
            if c != '。' && c != '\n' && rng.u32(..100) < 60 {
                char::from_u32(rng.u32(0x4E00..0x5E00)).unwrap_or('一')
            } else {
                c
            }
        })
        .collect();
    assert!(a.chars().count() > 190_000);
    let found = within("200,000 characters, 60 % changed", || {
        compare(&page(&a), &page(&b), &CompareRules::default())
    });
    assert!(found.class.is_drift());
}

#[test]
fn a_line_of_few_distinct_letters_takes_bounded_time() {
    let mut rng = fastrand::Rng::with_seed(6);
    for alphabet in ["甲乙丙丁".to_owned(), ('あ'..='ん').collect::<String>()] {
        let alphabet: Vec<char> = alphabet.chars().collect();
        let a: Vec<char> = (0..200_000).map(|_| alphabet[rng.usize(..alphabet.len())]).collect();
        let b =
            a.iter().map(|c| if rng.u32(..100) < 60 { alphabet[rng.usize(..alphabet.len())] } else { *c });
        let (b, a) = (b.collect::<String>(), a.into_iter().collect::<String>());
        let what = format!("200,000 letters of {} in one line, 60 % changed", alphabet.len());
        let found = within(&what, || compare(&page(&a), &page(&b), &CompareRules::default()));
        assert!(found.class.is_drift());
    }
}

#[test]
fn a_repeated_sentence_takes_bounded_time() {
    let a = "同一句话说了一遍又一遍。".repeat(20_000);
    let b = "同一句话说了一遍又一遍。".repeat(19_000) + &"另一句话也说了一遍又一遍。".repeat(500);
    let found =
        within("one sentence 20,000 times", || compare(&page(&a), &page(&b), &CompareRules::default()));
    assert!(found.class.is_drift());
    let short = "好。".repeat(20_000);
    within("one short sentence 20,000 times", || {
        compare(&page(&short), &page(&short.replacen("好", "坏", 9_000)), &CompareRules::default())
    });
}
