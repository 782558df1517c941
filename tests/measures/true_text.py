"""Where a page's true text stands in its source: its lines, its sentences, and what lies outside of it."""

import re

from page_source import letters_of

WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
SENTENCE_END = re.compile(
    r"(?<=[a-zà-ÿа-я\d%)”’\"'][.!?])[”’\"')]*\s+(?=[“‘\"'(]?[A-ZÀ-ÞА-Я\d])|(?<=[。！？])[”’」』）]*|(?<=다\.)\s+"
)
LAST_SIGN = re.compile(r"[.!?。！？…][”’\"')\]」』）]*\s*$")


def is_wide(text):
    """Whether it is in a script whose signs are whole syllables or words."""
    return len(WIDE.findall(text)) * 4 > len(text)


def is_prose(text):
    """A sentence or more, not a heading, a byline or an item of a few words."""
    key, _ = letters_of(text)
    return len(key) >= (18 if is_wide(text) else 45) and bool(LAST_SIGN.search(text))


def sentences_of(text):
    """(start, end) of each sentence, without the white space around it."""
    at, found = 0, []
    for match in [*SENTENCE_END.finditer(text), None]:
        end = match.end() if match else len(text)
        part = text[at:end]
        left, right = len(part) - len(part.lstrip()), len(part.rstrip())
        if right > left:
            found.append((at + left, at + right))
        at = end
    return found


def without_mark(line, page):
    """The line without its number in a list, where the page leaves numbers to the browser."""
    mark = re.match(r"\d{1,3}[.)]\s+(?=.)", line)
    if mark and not page.occurrences(letters_of(line)[0]) and page.occurrences(letters_of(line[mark.end() :])[0]):
        return line[mark.end() :]
    return line


class Paragraph:
    """A line of the true text that is the whole text of one element."""

    def __init__(self, line, run, element):
        self.line, self.run, self.element = line, run, element


class TrueText:
    """A page together with its true text. `why_not` says why no change can be made on it, or is None."""

    def __init__(self, page, text):
        self.page = page
        self.lines = [without_mark(line.strip(), page) for line in text.split("\n") if letters_of(line)[0]]
        self.keys = [letters_of(line)[0] for line in self.lines]
        self.key = "".join(self.keys)
        self.why_not, self.lost_lines = None, 0
        self.true_runs, self.paragraphs, spans, short = set(), [], [], []
        if not self.key:
            self.why_not = "the true text is empty"
            return
        found = 0
        for line, key in zip(self.lines, self.keys):
            places = page.occurrences(key)
            if places:
                found += len(key)
                (short if len(key) < 12 else spans).extend((place, place + len(key)) for place in places)
            else:
                self.lost_lines += 1
                found += self.find_parts(line, spans)
            if len(places) == 1 and is_prose(line):
                self.take_paragraph(line, key, places[0])
        # A word or two, as of a heading, may stand in any menu: such a line counts where the longer ones stand.
        if spans:
            first, last = min(spans)[0], max(span[1] for span in spans)
            spans += [(start, end) for start, end in short if first <= start <= last]
        for start, end in spans:
            first, last = page.run_at(start)[0].number, page.run_at(end - 1)[0].number
            self.true_runs.update(range(first, last + 1))
        if found < 0.9 * len(self.key):
            self.why_not = "less than nine tenths of the true text stand on the page"
        elif not self.paragraphs:
            self.why_not = "no line of the true text is one element of the page"
        if self.why_not:
            return
        self.first, self.last = min(self.true_runs), max(self.true_runs)
        self.container = self.common_ancestor()

    def find_parts(self, line, spans):
        """Looks for the sentences of a line that does not stand on the page as a whole."""
        found = 0
        for start, end in sentences_of(line):
            key, _ = letters_of(line[start:end])
            places = self.page.occurrences(key)
            if places:
                found += len(key)
                spans += [(place, place + len(key)) for place in places]
        return found

    def take_paragraph(self, line, key, place):
        run, at = self.page.run_at(place)
        element = run.block
        whole = self.page.runs_within(element)
        if at == 0 and run.key == key and whole == [run] and element.tag not in ("body", "td", "th", "#root"):
            self.paragraphs.append(Paragraph(line, run, element))

    def common_ancestor(self):
        """The smallest element around all paragraphs; below the body, a part of a page rather than a cell."""
        shared = None
        for paragraph in self.paragraphs:
            chain = list(paragraph.element.parent.ancestors())
            shared = chain if shared is None else [element for element in shared if element in chain]
        for element in shared:
            if element.tag in ("div", "article", "section", "main", "body"):
                return element
        return shared[-1]

    def prose_near_start(self):
        """The paragraph that is the first prose of the true text, among its first three lines."""
        return next((p for line in self.lines[:3] if is_prose(line) for p in [self.paragraph_of(line)]), None)

    def last_prose(self):
        return self.paragraph_of(self.lines[-1]) if is_prose(self.lines[-1]) else None

    def paragraph_of(self, line):
        return next((paragraph for paragraph in self.paragraphs if paragraph.line == line), None)

    def inner(self):
        """Pairs of neighbours: a paragraph and the next one, both between the first and the last."""
        pairs = zip(self.paragraphs, self.paragraphs[1:])
        return [
            (one, two)
            for one, two in pairs
            if one.element.parent is two.element.parent
            and one.element.tag in ("p", "div")
            and two.run.number == one.run.number + 1
            and one.line != self.lines[0]
            and two.line != self.lines[-1]
            and not any(element.tag in ("a", "li", "td", "button") for element in one.element.ancestors())
        ]

    def is_said_once(self, text):
        """Whether each longer sentence of it stands once on the visible page and in the true text."""
        for start, end in sentences_of(text):
            key, _ = letters_of(text[start:end])
            if len(key) >= (8 if is_wide(text) else 20):
                if len(self.page.occurrences(key)) != 1 or self.key.count(key) != 1:
                    return False
        return True

    def sentences(self):
        """(paragraph, start, end) of each sentence that may be changed: once on the page, its tags balanced."""
        found = []
        for paragraph in self.paragraphs:
            run = paragraph.run
            for start, end in sentences_of(run.text):
                text = run.text[start:end]
                source = (run.places[start][0], run.places[end - 1][1])
                if is_prose(text) and self.is_said_once(text) and self.page.is_balanced(*source):
                    found.append((paragraph, start, end))
        return found

    def is_beside(self, run):
        """Whether this run is no part of the true text: by its place, and by its words where it has some."""
        if run.number in self.true_runs:
            return False
        return len(run.key) < 12 or run.key not in self.key

    def is_outside(self, element):
        """Whether an element stands before or after the true text, or in a frame beside it, and holds none of it."""
        runs = self.page.runs_within(element)
        if not runs or any(run.number in self.true_runs for run in runs):
            return False
        before, after = runs[-1].number < self.first, runs[0].number > self.last
        framed = re.compile(r"\b(?:aside|nav|footer|related|sidebar|complementary|navigation)\b")
        return before or after or any(framed.search(e.names()) for e in element.ancestors() if e.tag != "body")

    def left_out_prose(self):
        """Runs of prose among the paragraphs of the true text that are not in it: boxes, captions, appeals."""
        between = self.page.runs[self.first : self.last]
        return [run for run in between if run.number not in self.true_runs and is_prose(run.text)]

    def leaves_out_paragraph(self):
        """Whether one of these stands beside paragraphs of the true text as if it were one of them."""
        parents = {paragraph.element.parent for paragraph in self.paragraphs}
        return any(run.block.parent in parents for run in self.left_out_prose())
