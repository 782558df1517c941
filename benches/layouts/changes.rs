//! Changes of a text, each with the class that it must be given.

use driftline::text::{NormalForms, normalize, sentence};
use driftline::text_diff::DriftClass;
use fastrand::Rng;

use crate::model::Lang;

/// What was done to a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    None,
    Punctuation,
    Script,
    Width,
    Spacing,
    Sentence,
    Figure,
    Negation,
    Name,
    Inserted,
    Paragraph,
    Title,
    Deleted,
    Correction,
    Major,
    Truncated,
    Rewritten,
    Other,
    /// A sentence put behind the last one, in its paragraph.
    Appended,
    /// A paragraph that moved, and a figure in it that changed.
    MovedFigure,
    /// The first half lost.
    Headless,
}

pub const CHANGES: &[Change] = &[
    Change::None,
    Change::Punctuation,
    Change::Script,
    Change::Width,
    Change::Spacing,
    Change::Sentence,
    Change::Figure,
    Change::Negation,
    Change::Name,
    Change::Inserted,
    Change::Paragraph,
    Change::Title,
    Change::Deleted,
    Change::Correction,
    Change::Major,
    Change::Truncated,
    Change::Rewritten,
    Change::Other,
    Change::Appended,
    Change::MovedFigure,
    Change::Headless,
];

impl Change {
    /// Whether this is drift.
    pub fn is_drift(self) -> bool {
        !matches!(self, Self::None | Self::Punctuation | Self::Script | Self::Width | Self::Spacing)
    }

    /// Whether a class is right for it, where `ratio` of the letters changed.
    pub fn accepts(self, class: DriftClass, ratio: f64) -> bool {
        use DriftClass::{Cosmetic, Different, Identical, MajorEdit, MinorEdit, Rewritten, Truncated};
        match self {
            // A page's white space is its layout.
            Self::None | Self::Spacing => matches!(class, Identical | Cosmetic),
            Self::Punctuation | Self::Script | Self::Width => class == Cosmetic,
            Self::Title => class == MinorEdit,
            Self::Correction => matches!(class, MinorEdit | MajorEdit),
            Self::Truncated | Self::Headless => class == Truncated,
            Self::MovedFigure => matches!(class, MinorEdit | MajorEdit),
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
    normalize::normal_form(text, &NormalForms::default()).chars().count()
}

/// The sentences of a block.
fn cut(block: &str) -> Vec<String> {
    sentence::sentence_ranges(block).filter_map(|range| block.get(range)).map(str::to_owned).collect()
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

/// An article before its change.
pub struct Text<'a> {
    pub title: &'a str,
    pub blocks: &'a [String],
    pub lang: Lang,
}

/// An article after its change.
pub struct Changed {
    pub title: String,
    pub blocks: Vec<String>,
    /// The share of its letters that changed.
    pub ratio: f64,
}

/// The text changed; none where it is too short for that, or has not what the change is about.
pub fn apply(
    change: Change,
    text: &Text<'_>,
    foreign: &(String, Vec<String>),
    rng: &mut Rng,
) -> Option<Changed> {
    let title = match change {
        Change::Other => foreign.0.clone(),
        // A title that nothing of the old one is left in.
        Change::Title if !text.title.contains(foreign.0.as_str()) => {
            // A page that still shows the old one says nothing.
            let old = normalize::normal_form(text.title, &NormalForms::default());
            let body = normalize::normal_form(&text.blocks.concat(), &NormalForms::default());
            if letters(&foreign.0) < 6 || old.chars().count() < 6 || body.contains(&old) {
                return None;
            }
            foreign.0.clone()
        }
        Change::Title => return None,
        _ => text.title.to_owned(),
    };
    let (blocks, ratio) = changed(change, text, &foreign.1, rng)?;
    Some(Changed { title, blocks, ratio })
}

fn changed(change: Change, text: &Text<'_>, other: &[String], rng: &mut Rng) -> Option<(Vec<String>, f64)> {
    let (blocks, lang) = (text.blocks, text.lang);
    let total = blocks.iter().map(|b| letters(b)).sum::<usize>().max(1) as f64;
    let foreign: Vec<String> = other.iter().flat_map(|b| cut(b)).filter(|s| letters(s) >= 12).collect();
    let one_foreign =
        |rng: &mut Rng| (!foreign.is_empty()).then(|| foreign[rng.usize(..foreign.len())].clone());
    Some(match change {
        Change::None | Change::Title => (blocks.to_vec(), 0.0),
        Change::Punctuation => {
            let swapped: Vec<String> =
                blocks.iter().map(|b| b.replace('，', ", ").replace('“', "「").replace('”', "」")).collect();
            (swapped != blocks).then_some((swapped, 0.0))?
        }
        Change::Script => {
            let swapped: Vec<String> = blocks.iter().map(|b| to_traditional(b)).collect();
            (swapped != blocks).then_some((swapped, 0.0))?
        }
        Change::Width => {
            let swapped: Vec<String> = blocks.iter().map(|b| full_width(b)).collect();
            (swapped != blocks).then_some((swapped, 0.0))?
        }
        Change::Spacing => {
            let mut spaced: Vec<String> = blocks.iter().map(|b| format!("\u{3000}\u{3000}{b}")).collect();
            // Lines that were one, and one that was two.
            if spaced.len() > 2 && lang != Lang::English {
                let at = rng.usize(..spaced.len() - 1);
                let next = spaced.remove(at + 1);
                spaced[at] += next.trim();
            }
            (spaced, 0.0)
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
            let (from, to) = match lang {
                Lang::Simplified => ("会", "不会"),
                Lang::Traditional => ("會", "不會"),
                Lang::Japanese => ("ます", "ません"),
                Lang::English => (" will ", " will not "),
            };
            let all: Vec<usize> = (0..blocks.len()).filter(|b| blocks[*b].contains(from)).collect();
            let b = (!all.is_empty()).then(|| all[rng.usize(..all.len())])?;
            let mut blocks = blocks.to_vec();
            blocks[b] = blocks[b].replacen(from, to, 1);
            (blocks, 1.0 / total)
        }
        Change::Name => {
            let names: &[(&str, &str)] = &[
                ("王建国", "王建军"),
                ("李梅", "李敏"),
                ("陈志明", "陈子明"),
                ("赵大海", "钱大海"),
                ("王建國", "王建軍"),
                ("陳志明", "陳子明"),
                ("趙大海", "錢大海"),
                ("田中一郎", "田中次郎"),
                ("山本さん", "山下さん"),
                ("佐藤記者", "加藤記者"),
                ("Peter Brown", "Peter Green"),
                ("Jane Miller", "June Miller"),
                ("Captain Harris", "Captain Morris"),
            ];
            let all: Vec<(usize, &(&str, &str))> = (0..blocks.len())
                .flat_map(|b| {
                    names.iter().filter(move |(from, _)| blocks[b].contains(from)).map(move |n| (b, n))
                })
                .collect();
            let (b, (from, to)) = (!all.is_empty()).then(|| all[rng.usize(..all.len())])?;
            let mut blocks = blocks.to_vec();
            blocks[b] = blocks[b].replacen(from, to, 1);
            (blocks, 2.0 / total)
        }
        Change::Inserted => {
            let at = place(blocks, rng)?;
            let new = one_foreign(rng)?;
            let ratio = letters(&new) as f64 / (total + letters(&new) as f64);
            (edit(blocks, at, |old| format!("{old}{new}")), ratio)
        }
        Change::Paragraph => {
            let new = format!("{}{}", one_foreign(rng)?, one_foreign(rng)?);
            if blocks.len() < 3 {
                return None;
            }
            let ratio = letters(&new) as f64 / (total + letters(&new) as f64);
            let mut blocks = blocks.to_vec();
            blocks.insert(1 + rng.usize(..blocks.len() - 1), new);
            (blocks, ratio)
        }
        Change::Deleted => {
            let at = place(blocks, rng)?;
            let ratio = letters(&cut(&blocks[at.0])[at.1]) as f64 / total;
            (edit(blocks, at, |_| String::new()), ratio)
        }
        Change::Correction => {
            let mut blocks = blocks.to_vec();
            let note = lang.pick([
                [
                    "更正：本文此前的版本对人数的说法有误，特此说明。",
                    "【勘误】第二段中的日期应为六月。",
                    "编者注：本文发布后已作修改。",
                ],
                [
                    "更正：本文先前的版本對人數的說法有誤，特此說明。",
                    "【更正啟事】第二段的日期應為六月。",
                    "編按：本文刊出後已作修改。",
                ],
                [
                    "【訂正】記事の初出で人数に誤りがありました。",
                    "お詫びと訂正：日付は六月でした。",
                    "追記：公開後に一部を修正しました。",
                ],
                [
                    "Correction: An earlier version of this article gave a wrong number.",
                    "Editor's note: this story was changed after it appeared.",
                    "This article has been corrected to give the right date.",
                ],
            ])[rng.usize(..3)];
            blocks.push(note.to_owned());
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
        Change::Headless => {
            if blocks.len() < 4 {
                return None;
            }
            let kept: Vec<String> = blocks[blocks.len() / 2..].to_vec();
            let ratio = 1.0 - kept.iter().map(|b| letters(b)).sum::<usize>() as f64 / total;
            (0.4..0.7).contains(&ratio).then_some((kept, ratio))?
        }
        Change::Appended => {
            let new = one_foreign(rng)?;
            let mut blocks = blocks.to_vec();
            let last = blocks.last_mut()?;
            let ends = |text: &str| text.ends_with(['。', '.', '！', '？', '!', '?']);
            if !ends(last) || !ends(&new) || text.blocks.concat().contains(&new) {
                return None;
            }
            *last = format!("{last}{}{new}", if lang == Lang::English { " " } else { "" });
            let ratio = letters(&new) as f64 / (total + letters(&new) as f64);
            (blocks, ratio)
        }
        Change::MovedFigure => {
            let digit = |block: &String| block.char_indices().find(|(_, c)| c.is_ascii_digit());
            let fit = |at: &usize| {
                let block = &blocks[*at];
                letters(block) >= 24 && digit(block).is_some() && letters(block) as f64 <= 0.4 * total
            };
            let all: Vec<usize> = (0..blocks.len()).filter(fit).collect();
            if blocks.len() < 5 || all.is_empty() {
                return None;
            }
            let at = all[rng.usize(..all.len())];
            let mut blocks = blocks.to_vec();
            let mut moved = blocks.remove(at);
            let (i, c) = digit(&moved)?;
            let new = char::from_digit((c.to_digit(10)? + 1 + rng.u32(..8)) % 10, 10)?;
            moved.replace_range(i..=i, &new.to_string());
            let to = (at + 2 + rng.usize(..blocks.len() - 2)) % (blocks.len() + 1);
            blocks.insert(to, moved);
            (blocks, 0.0)
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

/// Letters and digits in their full-width forms.
fn full_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '0'..='9' | 'A'..='Z' | 'a'..='z' | '%' => {
                char::from_u32(u32::from(c) - 0x21 + 0xff01).unwrap_or(c)
            }
            _ => c,
        })
        .collect()
}
