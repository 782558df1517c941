"""A page's source as a tree and as runs of visible text, each letter with its place in the source.

Written by hand because a change must be put at an exact place of the source, and `html.parser` gives
neither the ends of elements nor the places of references. Stylesheets are not read: an element counts
as hidden by its tag, its attributes and the usual names of classes.
"""

import html
import re
import unicodedata
from bisect import bisect_right

VOID = set("area base br col embed hr img input link meta param source track wbr".split())
RAW = set("script style textarea title noscript template iframe xmp noembed noframes".split())
HIDDEN = RAW | set("head svg math object audio video select datalist canvas map".split())
INLINE = set(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rp rt ruby s samp small "
    "span strike strong sub sup time tt u var wbr".split()
)
# A start tag of the second set ends an open element of the first.
CLOSES = {
    "p": set(
        "address article aside blockquote details div dl fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr main "
        "nav ol p pre section table ul".split()
    ),
    "li": {"li"},
    "dt": {"dt", "dd"},
    "dd": {"dt", "dd"},
    "option": {"option", "optgroup"},
    "td": {"td", "th", "tr", "tbody"},
    "th": {"td", "th", "tr", "tbody"},
    "tr": {"tr", "tbody"},
}
# An end tag closes none of these from within (HTML, "has an element in scope").
SCOPE = set("table td th button object html".split())
TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<[!?][^>]*>|<(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*)"
    r"(?P<attributes>[^>=]*(?:=\s*(?:\"[^\"]*\"|'[^']*')?[^>=]*)*)>",
    re.S,
)
ATTRIBUTE = re.compile(r"([^\s=/\"'>]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+)))?")
REFERENCE = re.compile(r"&(?:#\d+;?|#[xX][0-9a-fA-F]+;?|[a-zA-Z][a-zA-Z0-9]*;?)")
HIDDEN_CLASSES = set(
    "hidden hide d-none sr-only visually-hidden visuallyhidden screen-reader-text screen-reader u-hidden is-hidden "
    "offscreen off-screen invisible".split()
)
HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:[;\s]|$)", re.I)


class Element:
    """An element with the places of its tags in the source; `end` is behind its end tag."""

    __slots__ = ("tag", "attributes", "parent", "children", "start", "inner", "inner_end", "end", "hidden", "runs")

    def __init__(self, tag, attributes, parent, start, inner):
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.start, self.inner, self.inner_end, self.end = start, inner, inner, inner
        self.children = []
        self.runs = [None, None]
        # Whole pages are hidden by a style until their script has run.
        classes = set() if tag in ("html", "body") else set(attributes.get("class", "").lower().split())
        style = "" if tag in ("html", "body") else attributes.get("style", "")
        self.hidden = (
            (parent is not None and parent.hidden)
            or tag in HIDDEN
            or "hidden" in attributes
            or bool(classes & HIDDEN_CLASSES or HIDDEN_STYLE.search(style))
        )

    def names(self):
        """What the author called it: tag, class, id and role."""
        return " ".join([self.tag, *(self.attributes.get(key, "") for key in ("class", "id", "role"))]).lower()

    def ancestors(self):
        """Itself and the elements around it, from within."""
        element = self
        while element is not None:
            yield element
            element = element.parent


class Run:
    """Visible text without a block's border in it; `places` are source ranges, one a letter of `text`."""

    __slots__ = ("number", "text", "places", "block", "parents", "key", "key_at")

    def __init__(self, number, block):
        self.number, self.block = number, block
        self.text, self.places, self.parents = "", [], []
        self.key, self.key_at = "", []


def letters_of(text):
    """Letters and digits only, in one case, and for each of them its place in the text."""
    key, at = [], []
    for place, sign in enumerate(text):
        for part in unicodedata.normalize("NFKC", sign).casefold():
            if part.isalnum():
                key.append(part)
                at.append(place)
    return "".join(key), at


def attributes_of(source):
    found = {}
    for match in ATTRIBUTE.finditer(source):
        value = next((part for part in match.groups()[1:] if part is not None), "")
        found.setdefault(match[1].lower(), html.unescape(value))
    return found


class Page:
    """The tree of a page, its visible runs in order, and their letters joined as `key`."""

    def __init__(self, source):
        self.source = source
        self.root = Element("#root", {}, None, 0, 0)
        self.elements, self.runs = [], []
        self.open, self.run = self.root, None
        self.tags = []
        self.read()
        self.run_starts, parts, total = [], [], 0
        for run in self.runs:
            run.key, run.key_at = letters_of(run.text)
            self.run_starts.append(total)
            parts.append(run.key)
            total += len(run.key)
        self.key = "".join(parts)

    def read(self):
        source, at = self.source, 0
        while at < len(source):
            token = TOKEN.search(source, at)
            self.take_text(at, token.start() if token else len(source))
            if not token:
                break
            at = token.end()
            if token["name"] is None:
                continue
            name = token["name"].lower()
            if token["end"]:
                self.take_end_tag(name, token)
                continue
            self.take_start_tag(name, token)
            if name in RAW:
                close = re.compile(rf"</{name}(?=[\s/>])[^>]*>", re.I).search(source, at)
                at = close.end() if close else len(source)
                self.open.inner_end = close.start() if close else at
                self.close(at)
        while self.open is not self.root:
            self.open.inner_end = len(source)
            self.close(len(source))

    def take_start_tag(self, name, token):
        while self.open.tag in CLOSES and name in CLOSES[self.open.tag]:
            self.open.inner_end = token.start()
            self.close(token.start())
        if name == "body" and any(element.tag == "head" for element in self.open.ancestors()):
            while self.open.tag != "html" and self.open is not self.root:
                self.open.inner_end = token.start()
                self.close(token.start())
        element = Element(name, attributes_of(token["attributes"]), self.open, token.start(), token.end())
        self.open.children.append(element)
        self.elements.append(element)
        self.tags.append((token.start(), 0, element))
        self.open = element
        if name not in INLINE:
            self.run = None
        if name in VOID:
            self.close(token.end())

    def take_end_tag(self, name, token):
        # Only an element that is open here is closed; an end tag of nothing is left out, as browsers do.
        for element in self.open.ancestors():
            if element.tag == name:
                break
            if element.tag in SCOPE and name not in SCOPE | {"tr", "tbody", "thead", "body"}:
                return
        else:
            return
        while self.open is not element:
            self.open.inner_end = token.start()
            self.close(token.start())
        element.inner_end = token.start()
        self.tags.append((token.start(), 1, element))
        self.close(token.end())

    def close(self, end):
        if self.open.tag not in INLINE:
            self.run = None
        self.open.end = end
        self.open = self.open.parent

    def take_text(self, start, end):
        if start >= end or self.open.hidden:
            return
        at = start
        while at < end:
            reference = REFERENCE.match(self.source, at, end) if self.source[at] == "&" else None
            stop = reference.end() if reference else at + 1
            for sign in html.unescape(self.source[at:stop]) if reference else self.source[at]:
                self.take_sign(" " if sign.isspace() or sign == "\u200b" else sign, (at, stop))
            at = stop

    def take_sign(self, sign, place):
        if self.run is None:
            if sign == " ":
                return
            block = next(element for element in self.open.ancestors() if element.tag not in INLINE)
            self.run = Run(len(self.runs), block)
            self.runs.append(self.run)
        run = self.run
        if sign == " " and (not run.text or run.text[-1] == " "):
            return
        run.text += sign
        run.places.append(place)
        run.parents.append(self.open)
        if run.parents[-1:] != run.parents[-2:-1]:
            for element in self.open.ancestors():
                element.runs = [run.number if element.runs[0] is None else element.runs[0], run.number]

    def run_at(self, place):
        """The run that holds the letter at this place of `key`, and the place in the run's own key."""
        number = bisect_right(self.run_starts, place) - 1
        return self.runs[number], place - self.run_starts[number]

    def occurrences(self, key):
        found, at = [], self.key.find(key) if key else -1
        while at >= 0:
            found.append(at)
            at = self.key.find(key, at + 1)
        return found

    def runs_within(self, element):
        if element.runs[0] is None:
            return []
        return self.runs[element.runs[0] : element.runs[1] + 1]

    def elements_in(self, element):
        """The elements below it, in the order of their start tags."""
        for child in element.children:
            yield child
            yield from self.elements_in(child)

    def text_of(self, element):
        return " ".join(run.text.strip() for run in self.runs_within(element))

    def is_balanced(self, start, end):
        """Whether each element with a tag in this range of the source lies wholly in it."""
        first = bisect_right(self.tags, start - 1, key=lambda tag: tag[0])
        for at, _, element in self.tags[first:]:
            if at >= end:
                return True
            if element.start < start or element.end > end:
                return False
        return True


def with_edits(source, edits):
    """The source with each (start, end, new text) put in; the ranges must not overlap."""
    parts, at = [], 0
    for start, end, text in sorted(edits, key=lambda edit: (edit[0], edit[1])):
        if start < at:
            raise ValueError("two edits overlap")
        parts += [source[at:start], text]
        at = end
    return "".join([*parts, source[at:]])
