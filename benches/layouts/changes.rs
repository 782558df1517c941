//! Changes of a text, each with the class that it must be given.

use driftline::text::{NormalForms, folded, sentence};
use driftline::text_diff::DriftClass;
use fastrand::Rng;

/// What was done to a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    None,
    Punctuation,
    Script,
    Sentence,
    Figure,
    Negation,
    Inserted,
    Deleted,
    Correction,
    Major,
    Truncated,
    Rewritten,
    Other,
}

pub const CHANGES: &[Change] = &[
    Change::None,
    Change::Punctuation,
    Change::Script,
    Change::Sentence,
    Change::Figure,
    Change::Negation,
    Change::Inserted,
    Change::Deleted,
    Change::Correction,
    Change::Major,
    Change::Truncated,
    Change::Rewritten,
    Change::Other,
];

impl Change {
    /// Whether this is drift.
    pub fn is_drift(self) -> bool {
        !matches!(self, Self::None | Self::Punctuation | Self::Script)
    }

    /// Whether a class is right for it, where `ratio` of the letters changed.
    pub fn accepts(self, class: DriftClass, ratio: f64) -> bool {
        use DriftClass::{Cosmetic, Different, Identical, MajorEdit, MinorEdit, Rewritten, Truncated};
        match self {
            Self::None => matches!(class, Identical | Cosmetic),
            Self::Punctuation | Self::Script => class == Cosmetic,
            Self::Correction => matches!(class, MinorEdit | MajorEdit),
            Self::Truncated => class == Truncated,
            Self::Rewritten => matches!(class, Rewritten | Different),
            Self::Other => class == Different,
            // A short text has few sentences: one of them is much. Near the threshold both are right.
            _ if (0.08..0.125).contains(&ratio) => matches!(class, MinorEdit | MajorEdit),
            _ if (0.4..0.5).contains(&ratio) => matches!(class, MajorEdit | Rewritten),
            _ if ratio > 0.45 => matches!(class, Rewritten | MajorEdit | Different),
            _ if ratio > 0.1 => class == MajorEdit,
            _ => class == MinorEdit,
        }
    }
}

fn letters(text: &str) -> usize {
    folded(text, &NormalForms::default()).chars().count()
}

/// The sentences of a block.
fn cut(block: &str) -> Vec<String> {
    sentence::sentences(block).into_iter().filter_map(|range| block.get(range)).map(str::to_owned).collect()
}

/// A place of a sentence with at least some letters, away from the text's edges.
fn place(blocks: &[String], rng: &mut Rng) -> Option<(usize, usize)> {
    let mut all = Vec::new();
    for (b, block) in blocks.iter().enumerate() {
        for (s, sentence) in cut(block).iter().enumerate() {
            if letters(sentence) >= 12 {
                all.push((b, s));
            }
        }
    }
    (all.len() >= 4).then(|| all[1 + rng.usize(..all.len() - 2)])
}

fn edit(blocks: &[String], at: (usize, usize), with: impl FnOnce(&str) -> String) -> Vec<String> {
    let mut blocks = blocks.to_vec();
    let mut sentences = cut(&blocks[at.0]);
    // A sentence without an end mark may have joined the next one.
    let Some(sentence) = sentences.get_mut(at.1) else { return blocks };
    *sentence = with(sentence);
    let glue = if blocks[at.0].is_ascii() { " " } else { "" };
    blocks[at.0] = sentences.into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(glue);
    blocks.retain(|block| !block.is_empty());
    blocks
}

/// The text changed, and the share of its letters that changed; none where it is too short for that.
pub fn apply(
    change: Change,
    blocks: &[String],
    other: &[String],
    rng: &mut Rng,
) -> Option<(Vec<String>, f64)> {
    let total = blocks.iter().map(|b| letters(b)).sum::<usize>().max(1) as f64;
    let foreign: Vec<String> = other.iter().flat_map(|b| cut(b)).filter(|s| letters(s) >= 12).collect();
    let one_foreign =
        |rng: &mut Rng| (!foreign.is_empty()).then(|| foreign[rng.usize(..foreign.len())].clone());
    Some(match change {
        Change::None => (blocks.to_vec(), 0.0),
        Change::Punctuation => {
            let swapped: Vec<String> =
                blocks.iter().map(|b| b.replace('，', ", ").replace('“', "「").replace('”', "」")).collect();
            (swapped != blocks).then_some((swapped, 0.0))?
        }
        Change::Script => {
            let swapped: Vec<String> = blocks.iter().map(|b| to_traditional(b)).collect();
            (swapped != blocks).then_some((swapped, 0.0))?
        }
        Change::Sentence => {
            let at = place(blocks, rng)?;
            let new = one_foreign(rng)?;
            let old = cut(&blocks[at.0])[at.1].clone();
            let ratio = letters(&old).max(letters(&new)) as f64 / total;
            (edit(blocks, at, |_| new), ratio)
        }
        Change::Figure => {
            let mut all = Vec::new();
            for (b, block) in blocks.iter().enumerate() {
                all.extend(block.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(i, c)| (b, i, c)));
            }
            let (b, i, c) = (!all.is_empty()).then(|| all[rng.usize(..all.len())])?;
            let new = char::from_digit((c.to_digit(10)? + 1 + rng.u32(..8)) % 10, 10)?;
            let mut blocks = blocks.to_vec();
            blocks[b].replace_range(i..=i, &new.to_string());
            (blocks, 1.0 / total)
        }
        Change::Negation => {
            let all: Vec<usize> = (0..blocks.len()).filter(|b| blocks[*b].contains('会')).collect();
            let b = (!all.is_empty()).then(|| all[rng.usize(..all.len())])?;
            let mut blocks = blocks.to_vec();
            blocks[b] = blocks[b].replacen('会', "不会", 1);
            (blocks, 1.0 / total)
        }
        Change::Inserted => {
            let at = place(blocks, rng)?;
            let new = one_foreign(rng)?;
            let ratio = letters(&new) as f64 / (total + letters(&new) as f64);
            (edit(blocks, at, |old| format!("{old}{new}")), ratio)
        }
        Change::Deleted => {
            let at = place(blocks, rng)?;
            let ratio = letters(&cut(&blocks[at.0])[at.1]) as f64 / total;
            (edit(blocks, at, |_| String::new()), ratio)
        }
        Change::Correction => {
            let mut blocks = blocks.to_vec();
            blocks.push("更正：本文此前的版本对人数的说法有误，特此说明。".to_owned());
            (blocks, 0.0)
        }
        Change::Major | Change::Rewritten => {
            let sentences: Vec<(usize, usize)> =
                (0..blocks.len()).flat_map(|b| (0..cut(&blocks[b]).len()).map(move |s| (b, s))).collect();
            if sentences.len() < 10 || foreign.len() < 4 {
                return None;
            }
            let every = if change == Change::Major { 5 } else { 0 };
            let mut now = blocks.to_vec();
            let mut changed = 0;
            for (n, at) in sentences.iter().enumerate().rev() {
                let replace = if every > 0 { n % every == 2 } else { n % 5 != 2 };
                if !replace {
                    continue;
                }
                let old = cut(&blocks[at.0])[at.1].clone();
                let new = one_foreign(rng)?;
                changed += letters(&old).max(letters(&new));
                now = edit(&now, *at, |_| new);
            }
            let after = now.iter().map(|b| letters(b)).sum::<usize>() as f64;
            let ratio = changed as f64 / total.max(after);
            if change == Change::Rewritten && ratio < 0.6 {
                return None;
            }
            (now, ratio)
        }
        Change::Truncated => {
            if blocks.len() < 4 {
                return None;
            }
            let kept: Vec<String> = blocks[..blocks.len() / 2].to_vec();
            let ratio = 1.0 - kept.iter().map(|b| letters(b)).sum::<usize>() as f64 / total;
            (0.3..0.85).contains(&ratio).then_some((kept, ratio))?
        }
        Change::Other => (other.to_vec(), 1.0),
    })
}

fn to_traditional(text: &str) -> String {
    const PAIRS: &[(char, char)] = &[
        ('国', '國'),
        ('说', '說'),
        ('为', '為'),
        ('这', '這'),
        ('来', '來'),
        ('时', '時'),
        ('们', '們'),
        ('个', '個'),
        ('会', '會'),
        ('发', '發'),
        ('后', '後'),
        ('台', '臺'),
        ('经', '經'),
        ('过', '過'),
    ];
    text.chars()
        .map(|c| PAIRS.iter().find(|(simple, _)| *simple == c).map_or(c, |(_, traditional)| *traditional))
        .collect()
}
