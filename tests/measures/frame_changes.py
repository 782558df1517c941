"""Changes of what surrounds an article: none of them may be called drift.

As in `text_changes`, each function returns (old, new) or says why it cannot be done. What is changed of
the page's own stands outside the true text; what is put on the page has one text on the old side and
another on the new, or is on the new side only.
"""

import hashlib
import html
import json
import re

from page_source import letters_of, with_edits

NAVIGATION = re.compile(r"\b(?:nav|navbar|navigation|menu|main-menu|topnav|nav-?list|menubar)\b")
FOOTER = re.compile(r"\b(?:footer|site-footer|contentinfo|colophon)\b")
COMMENTS = re.compile(r"\b(?:comments|comment-list|commentlist|disqus_thread)\b")
COUNTER = re.compile(
    r"^(?:\d[\d.,]*\s?[KkM]?\s*(?:views?|comments?|shares?|likes?|reads?|replies|votes?|retweets?|followers?)?"
    r"|\d+\s*(?:minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|[smhdw])\s*(?:ago)?"
    r"|(?:comments?|views?|shares?|likes?)\s*\(?\d[\d.,]*\)?)$",
    re.I,
)
# On pages of these kinds a list of links or a comment may be what the page is for.
LISTS_ARE_CONTENT = {"listing", "collection", "forum", "product", "service"}


def unchanged(truth, words, random):
    return truth.page.source, truth.page.source


def text_nodes(truth, element):
    """(start, end, text) of each piece of text in an element that no tag divides and the true text has not."""
    pieces, page = [], truth.page
    for run in page.runs_within(element):
        if not truth.is_beside(run):
            continue
        start = 0
        for at in range(1, len(run.text) + 1):
            if at == len(run.text) or "<" in page.source[run.places[at - 1][1] : run.places[at][1]]:
                text = run.text[start:at]
                first, last = at - len(text.lstrip()), start + len(text.rstrip())
                within = element.start <= run.places[start][0] < element.end
                if within and letters_of(text)[0]:
                    pieces.append((run.places[first][0], run.places[last - 1][1], text.strip()))
                start = at
    return pieces


def other_text(text, words, random):
    """Other words for a text of the frame: of its kind by its length, its figures changed."""
    if COUNTER.match(text.strip()):
        return re.sub(r"\d", lambda digit: str((int(digit[0]) + random.randint(1, 8)) % 9 + 1), text)
    letters = len(letters_of(text)[0])
    if letters < 20:
        return random.choice(words["words"])
    return random.choice(words["summaries"] if letters > 70 else words["headlines"])


def exchanged(truth, elements, words, random):
    edits = []
    for element in elements:
        for start, end, text in text_nodes(truth, element):
            edits.append((start, end, html.escape(other_text(text, words, random), quote=False)))
    return truth.page.source, with_edits(truth.page.source, edits)


def outermost(elements):
    chosen = []
    for element in elements:
        if not any(other in chosen for other in element.ancestors()):
            chosen.append(element)
    return chosen


def own_lists(truth, least_letters, needs_summary):
    """Lists of the page of at least three siblings, each a link with a text, outside of the true text."""
    lists = []
    for parent in truth.page.elements:
        items = [child for child in parent.children if child.tag in ("li", "article", "div", "section", "a")]
        items = [item for item in items if item.runs[0] is not None and item.tag == items[0].tag]
        if len(items) < 3 or NAVIGATION.search(" ".join(e.names() for e in parent.ancestors())):
            continue
        texts = [truth.page.text_of(item) for item in items]
        if not all(least_letters <= len(letters_of(text)[0]) <= 600 for text in texts):
            continue
        if needs_summary and not all(len(truth.page.runs_within(item)) > 1 for item in items):
            continue
        linked = [i.tag == "a" or any(e.tag == "a" for e in truth.page.elements_in(i)) for i in items]
        runs = [run for item in items for run in truth.page.runs_within(item)]
        if all(linked) and all(map(truth.is_outside, items)) and all(map(truth.is_beside, runs)):
            lists.append(items)
    return lists


def own_links(truth, words, random):
    lists = [] if truth.kind in LISTS_ARE_CONTENT else own_lists(truth, 15, False)
    if not lists:
        return "no list of links outside of the article"
    return exchanged(truth, random.choice(lists), words, random)


def own_cards(truth, words, random):
    lists = [] if truth.kind in LISTS_ARE_CONTENT else own_lists(truth, 60, True)
    if not lists:
        return "no cards outside of the article"
    return exchanged(truth, random.choice(lists), words, random)


def navigation(truth, words, random):
    menus = outermost(e for e in truth.page.elements if NAVIGATION.search(e.names()) and truth.is_outside(e))
    nodes = [node for menu in menus for node in text_nodes(truth, menu) if len(letters_of(node[2])[0]) < 25]
    if len(nodes) < 3:
        return "no navigation outside of the article"
    chosen = random.sample(nodes, min(4, len(nodes)))
    edits = [(start, end, random.choice(words["words"])) for start, end, _ in chosen]
    return truth.page.source, with_edits(truth.page.source, edits)


def footer(truth, words, random):
    found = outermost(e for e in truth.page.elements if FOOTER.search(e.names()) and truth.is_outside(e))
    found = [e for e in found if truth.page.runs_within(e)[0].number > truth.last]
    # A footer of an article may hold its sources or its author.
    found = [e for e in found if not any(around.tag == "article" for around in e.ancestors())]
    if not found:
        return "no footer after the article"
    element = found[-1]
    if len(letters_of(truth.page.text_of(element))[0]) > 3000:
        return "the footer is longer than a footer"
    edits = []
    for start, end, text in text_nodes(truth, element):
        year = re.search(r"\b20\d\d\b", text)
        if year:
            new = text[: year.start()] + str(int(year[0]) + 1) + text[year.end() :]
        elif random.random() < 0.5:
            new = other_text(text, words, random)
        else:
            continue
        edits.append((start, end, html.escape(new, quote=False)))
    return (truth.page.source, with_edits(truth.page.source, edits)) if edits else "no footer after the article"


def own_counters(truth, words, random):
    edits = []
    for run in truth.page.runs:
        if run.number in truth.true_runs or not COUNTER.match(run.text.strip()):
            continue
        # A year is none, and nothing in a menu.
        if re.fullmatch(r"(?:19|20)\d\d", run.text.strip()) or NAVIGATION.search(run.block.names()):
            continue
        # Within the article's range a figure or a time may be a row of a table or a step of a recipe.
        within = truth.first <= run.number <= truth.last
        if within and not re.search(r"\b(?:ago|views?|comments?|shares?|likes?)\b", run.text, re.I):
            continue
        for start, end, text in text_nodes(truth, run.block):
            if COUNTER.match(text.strip()) and not any(start < other[1] and other[0] < end for other in edits):
                edits.append((start, end, other_text(text, words, random)))
    if truth.kind in LISTS_ARE_CONTENT or not edits:
        return "no counter outside of the article"
    return truth.page.source, with_edits(truth.page.source, edits)


def after_article(truth):
    return truth.container.inner_end if truth.container.tag == "body" else truth.container.end


def put_on_both(truth, place, old, new):
    source = truth.page.source
    return with_edits(source, [(place, place, old)]), with_edits(source, [(place, place, new)])


def most_read(truth, words, random):
    heads = random.sample(words["headlines"], 10)
    sides = [
        f'<aside class="most-read"><h3>{words["most_read"]}</h3><ol>'
        + "".join(f'<li><a href="/news/{place}">{head}</a></li>' for place, head in enumerate(part))
        + "</ol></aside>"
        for part in (heads[:5], heads[5:])
    ]
    return put_on_both(truth, after_article(truth), *sides)


def cards(truth, words, random):
    texts = list(zip(random.sample(words["headlines"], 8), random.sample(words["summaries"], 8)))
    sides = [
        f'<section class="related-stories"><h2>{words["related"]}</h2>'
        + "".join(
            f'<div class="card"><a href="/story/{place}"><h3>{head}</h3></a><p>{summary}</p></div>'
            for place, (head, summary) in enumerate(part)
        )
        + "</section>"
        for part in (texts[:4], texts[4:])
    ]
    return put_on_both(truth, after_article(truth), *sides)


def counters(truth, words, random):
    lead = truth.paragraphs[0].element
    sides = []
    for _ in range(2):
        figures = [random.randint(1200, 98000), random.randint(2, 400), random.randint(2, 23), random.randint(2, 900)]
        parts = (f"<span>{text.format(figure)}</span>" for text, figure in zip(words["counters"], figures))
        sides.append(f'<div class="post-stats">{" ".join(parts)}</div>')
    place = lead.start if lead.tag in ("p", "div") and random.random() < 0.5 else after_article(truth)
    return put_on_both(truth, place, *sides)


def cookie_box(words, attributes):
    title, text, accept, settings = words["cookies"]
    return f"<div {attributes}><h2>{title}</h2><p>{text}</p><button>{accept}</button><button>{settings}</button></div>"


def added(truth, place, text):
    return truth.page.source, with_edits(truth.page.source, [(place, place, text)])


def dialog(truth, words, random):
    end = truth.page.source.lower().rfind("</body>")
    place = end if end >= 0 else len(truth.page.source)
    return added(truth, place, cookie_box(words, 'role="dialog" aria-modal="true" class="consent-layer"'))


def dialog_without_role(truth, words, random):
    body = next((element for element in truth.page.elements if element.tag == "body"), None)
    if body is None:
        return "no body"
    return added(truth, body.inner, cookie_box(words, 'class="cookie-banner" id="cookie-notice"'))


def advert(truth, words, random):
    inner = truth.inner()
    if not inner:
        return "no two paragraphs beside each other"
    label, text = words["advert"]
    box = f'<div class="ad ad-slot-inline"><span>{label}</span><a href="https://shop.example/boots">{text}</a></div>'
    return added(truth, random.choice(inner)[0].element.end, box)


def newsletter(truth, words, random):
    inner = truth.inner()
    title, text, button = words["newsletter"]
    box = (
        f'<div class="newsletter-signup"><h3>{title}</h3><p>{text}</p><form action="/newsletter" method="post">'
        f'<input type="email" name="mail" placeholder="name@example.org"><button>{button}</button></form></div>'
    )
    place = random.choice(inner)[0].element.end if inner and random.random() < 0.5 else after_article(truth)
    return added(truth, place, box)


def comment(truth, words, random):
    if truth.kind in LISTS_ARE_CONTENT:
        return "comments may be the content"
    text = f'<div class="comment"><b>Harbour_77</b><p>{words["comment"]}</p></div>'
    own = [
        element
        for element in truth.page.elements
        if COMMENTS.search(element.names())
        and element.tag in ("div", "section")
        and not element.hidden
        and element.start >= max(paragraph.element.end for paragraph in truth.paragraphs)
        and (element.runs[0] is None or truth.is_outside(element))
    ]
    if own:
        return added(truth, own[0].inner_end, text)
    section = f'<section id="comments"><h2>{words["comments"]}</h2>{text}</section>'
    return added(truth, after_article(truth), section)


def machinery(truth, words, random):
    """Random ids and hashes of classes, nonces, and the figures in embedded data: nothing a reader sees."""
    source = truth.page.source
    salt = str(random.random())

    def other_hash(match):
        digest = hashlib.sha256((salt + match[0]).encode()).digest()
        parts = zip(match[0], digest)
        return "".join(str(byte % 9 + 1) if sign.isdigit() else chr(97 + byte % 26) for sign, byte in parts)

    hashed = re.compile(
        r"(?<=[-_])(?=[a-zA-Z]*\d)(?=\d*[a-zA-Z])[0-9a-zA-Z]{5,12}(?=[\s\"'.{,:>])|(?<=\d)\d{7,}(?=[\"'])"
    )
    edits = []
    for element in truth.page.elements:
        tag = source[element.start : element.inner]
        for match in re.finditer(r"\b(class|id|nonce|data-[\w-]+)\s*=\s*(\"[^\"]*\"|'[^']*')", tag):
            changed = hashed.sub(other_hash, match[2])
            if match[1] == "nonce":
                changed = f'"{hashlib.sha256((salt + "nonce").encode()).hexdigest()[:16]}"'
            if changed != match[2]:
                edits.append((element.start + match.start(2), element.start + match.end(2), changed))
        if element.tag == "style":
            content = source[element.inner : element.inner_end]
            edits.append((element.inner, element.inner_end, hashed.sub(other_hash, content)))
        if element.tag == "script" and "ld+json" not in element.attributes.get("type", ""):
            content = source[element.inner : element.inner_end]
            changed = re.sub(r"(?<=[:,\"'=])\d{7,}(?=[,\"'}\];])", other_hash, content)
            edits.append((element.inner, element.inner_end, changed))
    state = json.dumps({"visit": hashlib.sha256(salt.encode()).hexdigest(), "served": random.randint(10**9, 2 * 10**9)})
    end = source.lower().rfind("</body>")
    if end >= 0 and not any(start <= end < stop for start, stop, _ in edits):
        edits.append((end, end, f"<script>window.__visit={state}</script>"))
    edits = [edit for edit in edits if source[edit[0] : edit[1]] != edit[2]]
    return (source, with_edits(source, edits)) if edits else "nothing random on the page"


FRAME_CHANGES = {
    "nothing": unchanged,
    "most read exchanged": most_read,
    "own links exchanged": own_links,
    "navigation changed": navigation,
    "footer changed": footer,
    "counters changed": counters,
    "own counters changed": own_counters,
    "dialog added": dialog,
    "dialog without role": dialog_without_role,
    "advert added": advert,
    "cards exchanged": cards,
    "own cards exchanged": own_cards,
    "comment added": comment,
    "newsletter added": newsletter,
    "ids and data changed": machinery,
}
