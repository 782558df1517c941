"""Changes of an article's text: each must be noticed. A change is a pair of sources, old and new.

Each function takes the true text on its page, the words of its language and a random source. It returns
(old, new), or a string that says why the change cannot be made on this page.
"""

import html
import re

from page_source import letters_of, with_edits

# Not a part of a word, an address or a date, nor the number of an item.
FIGURE = re.compile(r"(?<![\w.,/:#-])(?:[$€£¥]\s?)?(\d+(?:[.,]\d+)*)(?![\w/:#)-]|[.,]\d)")


def replaced_sentence(truth, words, random):
    choice = truth.sentences()
    if not choice:
        return "no sentence that stands once on the page"
    paragraph, start, end = random.choice(choice)
    run = paragraph.run
    edit = (run.places[start][0], run.places[end - 1][1], html.escape(random.choice(words["sentences"]), quote=False))
    return truth.page.source, with_edits(truth.page.source, [edit])


def changed_figure(truth, words, random):
    choice = []
    for paragraph, start, end in truth.sentences():
        for match in FIGURE.finditer(paragraph.run.text, start, end):
            places = paragraph.run.places[match.start(1) : match.end(1)]
            whole = truth.page.source[places[0][0] : places[-1][1]] == match[1]
            in_note = any(e.tag in ("sup", "sub") for e in paragraph.run.parents[match.start(1)].ancestors())
            if whole and not in_note:
                choice.append((places[0][0], match[1]))
    if not choice:
        return "no sentence with a figure"
    start, figure = random.choice(choice)
    at = random.choice([place for place, sign in enumerate(figure) if sign.isdigit()])
    others = [digit for digit in "123456789" if digit != figure[at]]
    edit = (start + at, start + at + 1, random.choice(others))
    return truth.page.source, with_edits(truth.page.source, [edit])


def without(truth, paragraph, why_not):
    if paragraph is None:
        return why_not
    if not truth.is_said_once(paragraph.line):
        return "the paragraph's words stand elsewhere too"
    element = paragraph.element
    if not truth.page.is_balanced(element.start, element.end):
        return "the paragraph's tags are crossed"
    return truth.page.source, with_edits(truth.page.source, [(element.start, element.end, "")])


def lost_lead(truth, words, random):
    return without(truth, truth.prose_near_start(), "the true text does not begin with a paragraph of the page")


def lost_inner(truth, words, random):
    choice = [one for one, _ in truth.inner() if truth.is_said_once(one.line)]
    return without(truth, random.choice(choice) if choice else None, "no inner paragraph that is said once")


def lost_last(truth, words, random):
    return without(truth, truth.last_prose(), "the true text does not end with a paragraph of the page")


def opening_tag(truth, element):
    """The tag of a paragraph for another one beside it, without what may stand only once."""
    source = truth.page.source[element.start : element.inner]
    return re.sub(r"\s(?:id|name)\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+)", "", source)


def paragraph_like(truth, element, text):
    return f"{opening_tag(truth, element)}{text}</{element.tag}>"


def added_paragraph(truth, words, random):
    inner = truth.inner()
    if not inner:
        return "no two paragraphs beside each other"
    one, _ = random.choice(inner)
    text = html.escape(" ".join(random.sample(words["sentences"], 2)), quote=False)
    end = one.element.end
    return truth.page.source, with_edits(truth.page.source, [(end, end, paragraph_like(truth, one.element, text))])


def correction_on_top(truth, words, random):
    lead = truth.prose_near_start()
    if lead is None or lead.element.tag not in ("p", "div"):
        return "the true text does not begin with a paragraph of the page"
    start = lead.element.start
    text = paragraph_like(truth, lead.element, html.escape(words["correction"], quote=False))
    return truth.page.source, with_edits(truth.page.source, [(start, start, text)])


def changed_link_paragraph(truth, words, random):
    """A sentence that is one link: the page's own where it has one, or else one put on both sides."""
    if "link" not in words:
        return "no words in the page's language"
    own = [
        paragraph
        for paragraph in truth.paragraphs
        if truth.is_said_once(paragraph.line)
        and all(any(e.tag == "a" for e in parent.ancestors()) for parent in paragraph.run.parents)
        and len(letters_of(paragraph.line)[0]) >= 45
    ]
    if own:
        paragraph = random.choice(own)
        run = paragraph.run
        place = (run.places[0][0], run.places[len(run.text.rstrip()) - 1][1])
        if truth.page.is_balanced(*place):
            return truth.page.source, with_edits(truth.page.source, [(*place, words["other_link"])])
    inner = truth.inner()
    if not inner:
        return "no two paragraphs beside each other"
    element = random.choice(inner)[0].element
    sides = [
        paragraph_like(truth, element, f'<a href="https://commission.example/report">{words[side]}</a>')
        for side in ("link", "other_link")
    ]
    return tuple(with_edits(truth.page.source, [(element.end, element.end, side)]) for side in sides)


TEXT_CHANGES = {
    "sentence replaced": replaced_sentence,
    "figure changed": changed_figure,
    "lead lost": lost_lead,
    "inner paragraph lost": lost_inner,
    "last paragraph lost": lost_last,
    "paragraph added": added_paragraph,
    "correction on top": correction_on_top,
    "link paragraph changed": changed_link_paragraph,
}
