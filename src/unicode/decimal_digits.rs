//! Reads the decimal digits of other scripts as those of ASCII, which say the same number.

/// The zeros of the decimal digits that are written in running text today, of which each is followed by the
/// digits one to nine (Unicode general category Nd; NFKC leaves them as they are).
const ZEROS: [char; 24] = [
    '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}',
    '\u{c66}', '\u{ce6}', '\u{d66}', '\u{de6}', '\u{e50}', '\u{ed0}', '\u{f20}', '\u{1040}', '\u{1090}',
    '\u{17e0}', '\u{1810}', '\u{1946}', '\u{19d0}', '\u{1bb0}', '\u{a8d0}',
];

/// The ASCII digit of a decimal digit of another script; any other character as it is.
pub fn to_ascii_digit(c: char) -> char {
    if c < ZEROS[0] || ('\u{1bba}'..'\u{a8d0}').contains(&c) || c > '\u{a8d9}' {
        return c;
    }
    let before = ZEROS.partition_point(|zero| *zero <= c);
    let zero = before.checked_sub(1).and_then(|at| ZEROS.get(at));
    let value = zero.map(|zero| u32::from(c) - u32::from(*zero)).filter(|value| *value < 10);
    value.and_then(|value| char::from_digit(value, 10)).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_other_scripts_are_read_and_other_characters_stay() {
        let read = |text: &str| text.chars().map(to_ascii_digit).collect::<String>();
        assert_eq!(read("٠١٩ ۴۵ ०९ ๑๒ ໓ ၄ ៥ 7"), "019 45 09 12 3 4 5 7");
        assert_eq!(read("سعر 甲½² ꣚"), "سعر 甲½² ꣚");
        assert!(ZEROS.is_sorted());
        for zero in ZEROS {
            assert!(zero.is_numeric() && to_ascii_digit(zero) == '0', "{zero:?}");
        }
    }
}
