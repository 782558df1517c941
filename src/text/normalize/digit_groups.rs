//! Finds figures whose digits are set in groups: `1,250,000`, `1 250 000`, `1'250'000`, `12,50,000`.
//!
//! How digits are grouped is the form of a figure and not its value. A point stays, since it is in decimal
//! numbers, versions and dates, too.

use crate::unicode::decimal_digits::to_ascii_digit;

/// The length in bytes of the figure in groups that begins at an offset; 0 where none begins there.
///
/// The groups have three digits, and the first one to three; in India all but the last have two, and the
/// first one or two. They are parted by one and the same mark: a comma, an apostrophe, or a blank that does
/// not break.
pub fn grouped_length(text: &str, at: usize) -> usize {
    // How many digits there are, and how many bytes they take.
    let digits_at = |from: usize| {
        let rest = text.get(from..).unwrap_or_default().chars();
        rest.take(4)
            .take_while(|c| is_decimal(*c))
            .fold((0, 0), |(n, bytes), c| (n + 1, bytes + c.len_utf8()))
    };
    let (first, bytes) = digits_at(at);
    if !(1..=3).contains(&first) || follows_figure(text, at) {
        return 0;
    }
    let mut end = at + bytes;
    let Some(mark) = text.get(end..).and_then(|rest| rest.chars().next()).filter(is_group_mark) else {
        return 0;
    };
    let (mut groups, mut indian, mut last) = (0, false, 3);
    while text.get(end..).is_some_and(|rest| rest.starts_with(mark)) {
        let (digits, bytes) = digits_at(end + mark.len_utf8());
        match digits {
            3 => {}
            2 if mark == ',' && (groups == 0 || last == 2) => indian = true,
            _ => break,
        }
        if groups > 0 && last == 3 && indian {
            break;
        }
        end += mark.len_utf8() + bytes;
        (groups, last) = (groups + 1, digits);
    }
    let whole = if indian { groups > 1 && last == 3 && first < 3 } else { groups > 0 };
    // `1,250,00` is no figure in groups.
    let goes_on = text.get(end..).is_some_and(|rest| {
        let mut next = rest.chars();
        next.next() == Some(mark) && next.next().is_some_and(is_decimal)
    });
    if whole && !goes_on { end - at } else { 0 }
}

/// Whether a character is a decimal digit, of any width and script.
pub fn is_decimal(c: char) -> bool {
    c.is_ascii_digit() || ('０'..='９').contains(&c) || to_ascii_digit(c) != c
}

/// Whether a mark parts groups of digits.
fn is_group_mark(c: &char) -> bool {
    matches!(c, ',' | '，' | '٬' | '\'' | '’' | '\u{a0}' | '\u{2009}' | '\u{202f}')
}

/// Whether a text is one mark that parts groups of digits and nothing else.
pub fn is_group_mark_alone(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| is_group_mark(&c)) && chars.next().is_none()
}

/// Whether the digit at an offset goes on a figure that began before it.
fn follows_figure(text: &str, at: usize) -> bool {
    let mut before = text.get(..at).unwrap_or_default().chars().rev();
    match before.next() {
        Some(c) if is_decimal(c) => true,
        Some(c) if is_group_mark(&c) || matches!(c, '.' | '/' | ':') => before.next().is_some_and(is_decimal),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normalize::full_normal_form;

    #[test]
    fn figures_in_groups_are_found_whole() {
        for (text, found) in [
            ("1,250,000 pounds", "1,250,000"),
            ("1\u{202f}250\u{a0}", "1\u{202f}250"),
            ("1’250’000.50", "1’250’000"),
            ("4'500", "4'500"),
            ("１２，０００人", "１２，０００"),
            ("२५,०००", "२५,०००"),
            ("12,50,000 rupees", "12,50,000"),
            ("4,500.75", "4,500"),
            ("1.250.000", ""),
            ("12,50", ""),
            ("2021,300", ""),
            ("1,2,300", ""),
            ("1,250,00", ""),
            ("1 250", ""),
            ("12.03.2021", ""),
            ("10.0.0.1", ""),
        ] {
            assert_eq!(text.get(..grouped_length(text, 0)), Some(found), "{text}");
        }
        assert_eq!(grouped_length("0.123,456", 2), 0);
    }

    #[test]
    fn grouping_is_form_and_the_decimal_point_is_not() {
        for other in [
            "1250000",
            "1\u{202f}250\u{202f}000",
            "1'250'000",
            "12,50,000",
            "１，２５０，０００",
            "١٬٢٥٠٬٠٠٠",
        ] {
            assert_eq!(full_normal_form(&format!("cost {other} in all")), "cost1250000inall", "{other}");
        }
        assert_eq!(full_normal_form("cost 4,500.5"), full_normal_form("cost 4500.5"));
        for (a, b) in [("1,250", "12,50"), ("1,250", "1.250"), ("3.5", "35"), ("1,2", "12")] {
            assert_ne!(full_normal_form(a), full_normal_form(b), "{a} {b}");
        }
    }
}
