//! Where the reader finds other links than the `CommonMark` standard, and why.

/// A wanted difference.
pub(super) struct Deviation {
    pub text: &'static str,
    /// What the reader finds.
    pub links: &'static [&'static str],
    pub reason: &'static str,
}

const UNUSED: &str = "A definition that no link uses is listed: its writer cites the address";
const QUOTED_CODE: &str =
    "Indentation inside quotations is not code: a link too many is better than one lost";
const HTML_BLOCK: &str = "Links inside HTML blocks are read: exporters wrap articles in elements";
const EMPHASIS: &str = "Marks of emphasis are left out of labels without a look for their pair";
const LOOSE_DESTINATION: &str =
    "A destination with white space, breaks or open parentheses is a slip that readers see through";
const LENIENT_DEFINITION: &str =
    "A title that breaks the rules, or text above, does not undo a definition with an address";
const IMAGE_DESCRIPTION: &str =
    "Links in the description of an image are not listed: no reader can follow them";

const fn deviation(text: &'static str, links: &'static [&'static str], reason: &'static str) -> Deviation {
    Deviation { text, links, reason }
}

/// All wanted differences among the texts, in their order.
pub(super) const DEVIATIONS: &[Deviation] = &[
    deviation(
        "[&#1234567890;](/a)",
        &["/a | \u{fffd}"],
        "Numbers beyond Unicode decode to U+FFFD as in HTML",
    ),
    deviation("# `[a](/b)\n`c", &[], "A link in a heading may run on to the next line, and so may code"),
    deviation("> text\n>\n>     [a](/b)", &["/b | a"], QUOTED_CODE),
    deviation(
        "-     [a](/b)",
        &["/b | a"],
        "Items are aligned with spaces more often than they start with code",
    ),
    deviation("<div>\n[a](/b)\n</div>", &["/b | a"], HTML_BLOCK),
    deviation("<del>\n[a](/b)\n</del>", &["/b | a"], HTML_BLOCK),
    deviation(
        "<!DOCTYPE [a](/b)>",
        &["/b | a"],
        "Declarations do not occur in articles and are read as text",
    ),
    deviation("[a]: /b 't\n\nu'\n\n[a]", &["/b | a"], LENIENT_DEFINITION),
    deviation("[a]: <>\n\n[a]", &[], "A shortcut reference needs a definition with an address"),
    deviation(
        "[a]: first\n[a]: second\n\n[x][a]",
        &["first | a", "first | x"],
        "Of two definitions with a word the second is text, with a reference in it",
    ),
    deviation("text\n[a]: /b\n\n[a]", &["/b | a"], LENIENT_DEFINITION),
    deviation("[a]: /b \"t\" ok\n\n[a]", &["/b | a"], LENIENT_DEFINITION),
    deviation("[a]: /b\n\n[a]: /c\n\n[a]", &["/c | a", "/b | a"], UNUSED),
    deviation("[a]: /b\n\n[a]\n\n[unused]: /c", &["/b | a", "/c | unused"], UNUSED),
    deviation(">     [a](/b)", &["/b | a"], QUOTED_CODE),
    deviation(
        "[a][`b]`\n\n[a]: /c",
        &["/c | a"],
        "A label without a definition leaves the text before it a reference",
    ),
    deviation("*[a*](/b)", &["/b | a"], EMPHASIS),
    deviation("*a [b*](/c)", &["/c | b"], EMPHASIS),
    deviation("[a*b](/c*d)", &["/c*d | ab"], EMPHASIS),
    deviation("[a](/b c)", &["/b c | a"], LOOSE_DESTINATION),
    deviation("[a](b\nc)", &["b\nc | a"], LOOSE_DESTINATION),
    deviation("[a](<b\nc>)", &["<b\nc> | a"], LOOSE_DESTINATION),
    deviation("[a](<b\\>)", &["<b> | a"], LOOSE_DESTINATION),
    deviation("[a](b(c)", &["b(c | a"], LOOSE_DESTINATION),
    deviation("[a](/b \"t \"u\" v\")", &["/b | a"], "A title may hold its own quotation mark"),
    deviation("[a *b [c *d](/e) f*](/g)](/h)", &["/e | c d"], EMPHASIS),
    deviation("![[[a](/b)](/c)](/d)", &["!/d | [[a](/b)](/c)"], IMAGE_DESCRIPTION),
    deviation("[a *b](c*)", &["c* | a b"], EMPHASIS),
    deviation("[a][b\\!]\n\n[b!]: /c", &["/c | b!"], UNUSED),
    deviation(
        "[[*a* b]]\n\n[*a* b]: /c",
        &["/c | *a* b"],
        "Double brackets are a wikilink, and the definition is unused",
    ),
    deviation("\\[a]\n\n[a]: /b", &["/b | a"], UNUSED),
    deviation("[a*]: /b\n\n*[a*]", &["/b | a"], EMPHASIS),
    deviation("[a](not a link)\n\n[a]: /b", &["not a link | a", "/b | a"], LOOSE_DESTINATION),
    deviation("[a]()\n\n[a]: /b", &[" | a", "/b | a"], UNUSED),
    deviation("![a [b](/c)](/d)", &["!/d | a [b](/c)"], IMAGE_DESCRIPTION),
    deviation("!\\[a]\n\n[a]: /b", &["/b | a"], UNUSED),
    deviation(
        "[<https://a.example/b>](/c)",
        &["/c | <https://a.example/b>"],
        "An autolink in a label is the label's text: no link holds another",
    ),
    deviation("a <!B [c](/d)>", &["/d | c"], "Declarations do not occur in articles and are read as text"),
    deviation("a <![CDATA[[c](/d)]]>", &[], "CDATA hides its content (6.6); the oracle reads it"),
];
