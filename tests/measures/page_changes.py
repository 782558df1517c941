"""Is what changed on a page noticed, and nothing else? A measure over real pages whose true text is known.

    python3 tests/measures/page_changes.py DRIFTLINE FOLDER [--half open|kept] [--sample N] [-v] [--keep DIR]

FOLDER holds `article-pages` and `web-pages`. The README beside this file says what is changed and how.
Needs Python 3.10 and nothing else.
"""

import argparse
import collections
import concurrent.futures
import gzip
import hashlib
import html
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from frame_changes import FRAME_CHANGES
from page_source import Page, letters_of
from phrases import LANGUAGES, language_of
from text_changes import TEXT_CHANGES
from true_text import TrueText

UNCHANGED = {"identical", "cosmetic"}
CHANGED = {"minor-edit", "major-edit", "truncated", "rewritten", "different"}
# The three measures; the copies are of the true text, in markdown.
NOTICED, FRAME, COPY_NOTICED, COPY_FRAME = "text changed", "frame changed", "copy, text changed", "copy, unchanged page"
WRONG = {NOTICED: "missed", FRAME: "called drift", COPY_NOTICED: "missed", COPY_FRAME: "called drift"}
# An unchanged page has between the paragraphs of its true text nothing else, or boxes that are not of it.
WHOLE, BOXES_WITHIN = "nothing", "nothing, boxes within"

Entry = collections.namedtuple("Entry", "name group kind title text path")
Result = collections.namedtuple("Result", "measure change entry said wrong")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=["open", "kept"], default="open", help="the kept half is never looked at")
    parser.add_argument("--sample", type=int, help="this many pages, the same ones each time")
    parser.add_argument("--minutes", type=float, help="begin no page after this time")
    parser.add_argument("--only", help="changes whose name contains this")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="keep the files of wrong pairs of the open half here")
    parser.add_argument("--keep-all", action="store_true", help="with --keep: of right pairs too")
    parser.add_argument("--most-missed", type=float, help="end with 1 where a larger share is missed")
    parser.add_argument("--most-false", type=float, help="end with 1 where a larger share is called drift")
    parser.add_argument("-v", "--verbose", action="store_true", help="list the wrong ones, of the open half only")
    return parser.parse_args()


def number_of(*parts):
    return int.from_bytes(hashlib.sha256("\n".join(parts).encode()).digest()[:8], "big")


def read_entries(folder):
    truth = json.loads((folder / "article-pages/ground-truth.json").read_text(encoding="utf-8"))
    for name, row in truth.items():
        path = folder / f"article-pages/html/{name}.html.gz"
        yield Entry(name, "article-pages", "article", None, row["articleBody"], path)
    for line in (folder / "web-pages/truth.jsonl").read_text(encoding="utf-8").strip().split("\n"):
        row = json.loads(line)
        path = folder / f"web-pages/html/{row['page']}.html.gz"
        yield Entry(row["page"], f"web: {row['kind']}", row["kind"], row["title"], row["text"], path)


def chosen_entries(folder, half, sample):
    entries = [
        entry
        for entry in read_entries(folder)
        if (number_of("half", entry.group, entry.name) % 2 == 0) == (half == "open")
    ]
    entries.sort(key=lambda entry: number_of("sample", entry.group, entry.name))
    return entries[:sample]


def escaped(line):
    """A line of text as markdown that says the same; marks of lists stay."""
    mark = re.match(r"(?:[-*+]|\d+[.)])\s+", line)
    head, rest = (line[: mark.end()], line[mark.end() :]) if mark else ("", line)
    rest = re.sub(r"([\\`*_\[\]<>|~])", r"\\\1", rest)
    return head + re.sub(r"^([#+=-])", r"\\\1", rest)


def markdown_copy(title, text):
    lines = [escaped(line.strip()) for line in text.split("\n") if line.strip()]
    return "\n\n".join([f"# {escaped(title)}", *lines]) + "\n"


def title_of(entry, page):
    if entry.title:
        return " ".join(entry.title.split())
    headings = [page.text_of(e) for e in page.elements if e.tag == "h1" and e.runs[0] is not None]
    if len(headings) > 1:
        head = next((page.source[e.inner : e.inner_end] for e in page.elements if e.tag == "title"), "")
        headings = [text for text in headings if letters_of(text)[0] in letters_of(html.unescape(head))[0]]
    return headings[0] if len(headings) == 1 else None


class Measure:
    def __init__(self, options):
        self.options = options
        self.program = options.program.resolve()
        self.left_out = collections.Counter()
        self.end = time.monotonic() + 60 * options.minutes if options.minutes else None

    def compare(self, folder, old, new):
        command = [self.program, "diff", "--format", "json", old, new]
        try:
            run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
        except subprocess.TimeoutExpired:
            return "no answer"
        try:
            return json.loads(run.stdout)["drift"]["class"]
        except (ValueError, KeyError, TypeError):
            return f"error {run.returncode}"

    def judge(self, folder, entry, measure, change, old, new):
        """Compares two texts, (name, content) each, and keeps their files where they are wanted."""
        for name, content in (old, new):
            (folder / name).write_text(content, encoding="utf-8", errors="surrogateescape")
        said = self.compare(folder, old[0], new[0])
        must_be_noticed = measure in (NOTICED, COPY_NOTICED)
        wrong = said not in CHANGED if must_be_noticed else said not in UNCHANGED | {"unverifiable"}
        options = self.options
        if options.keep and options.half == "open" and (wrong or options.keep_all):
            place = options.keep / measure.replace(" ", "-").replace(",", "") / change.replace(" ", "-")
            place = place / f"{entry.group.split(':')[0]}-{entry.name[:12]}"
            place.mkdir(parents=True, exist_ok=True)
            for name, content in (old, new):
                (place / name).write_text(content, encoding="utf-8", errors="surrogateescape")
            (place / "said").write_text(said + "\n", encoding="utf-8")
        return Result(measure, change, entry, said, wrong)

    def leave_out(self, measure, change, reason):
        self.left_out[measure, change, reason] += 1

    def is_wanted(self, change):
        return not self.options.only or self.options.only in change

    def measure_page(self, entry):
        if self.end and time.monotonic() > self.end:
            self.leave_out("page", "all", "the time was over")
            return []
        with gzip.open(entry.path) as file:
            source = file.read().decode("utf-8", errors="surrogateescape")
        truth = TrueText(Page(source), entry.text)
        truth.kind = entry.kind
        if truth.why_not:
            self.leave_out("page", "all", truth.why_not)
            return []
        words = {**LANGUAGES.get(language_of(entry.text), {})}
        results = []
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            changed = self.measure_pairs(folder, entry, truth, words, results)
            self.measure_copies(folder, entry, truth, changed, results)
        return results

    def measure_pairs(self, folder, entry, truth, words, results):
        changed = {}
        for measure, changes in ((NOTICED, TEXT_CHANGES), (FRAME, FRAME_CHANGES)):
            for change, make in changes.items():
                if not self.is_wanted(change):
                    continue
                # The frame's words are English on any page, as those of foreign advertising often are.
                frame_words = LANGUAGES["en"] if measure == FRAME else words
                chance = random.Random(number_of("change", change, entry.group, entry.name))
                try:
                    pair = make(truth, frame_words, chance)
                except KeyError:
                    pair = "no words in the page's language"
                except ValueError as error:
                    pair = str(error)
                if isinstance(pair, str):
                    self.leave_out(measure, change, pair)
                    continue
                old, new = pair
                if measure == NOTICED and change != "link paragraph changed":
                    changed[change] = new
                results.append(self.judge(folder, entry, measure, change, ("old.html", old), ("new.html", new)))
        return changed

    def measure_copies(self, folder, entry, truth, changed, results):
        title = title_of(entry, truth.page)
        reason = None
        if title is None:
            reason = "the title is not known"
        elif truth.lost_lines:
            reason = "a line of the true text does not stand on the page"
        elif truth.leaves_out_paragraph():
            reason = "the true text leaves out a paragraph among its own"
        unchanged = BOXES_WITHIN if truth.left_out_prose() else WHOLE
        sides = {unchanged: truth.page.source, **changed}
        for change, new in sides.items():
            if not self.is_wanted(change):
                continue
            measure = COPY_FRAME if change == unchanged else COPY_NOTICED
            if reason:
                self.leave_out(measure, change, reason)
                continue
            copy = ("copy.md", markdown_copy(title, entry.text))
            results.append(self.judge(folder, entry, measure, change, copy, ("page.html", new)))


def print_table(results, measure, changes):
    groups = sorted({result.entry.group for result in results})
    own = [result for result in results if result.measure == measure]
    print(f"\n{measure}: {WRONG[measure]} of all")
    print(" " * 24 + "".join(f"{group.removeprefix('web: '):>15}" for group in groups) + f"{'all':>20}")
    for change in [*changes, "total"]:
        row = [result for result in own if change in (result.change, "total")]
        cells = []
        for group in groups:
            part = [result.wrong for result in row if result.entry.group == group]
            cells.append(f"{sum(part)}/{len(part)}" if part else "-")
        wrong, total = sum(result.wrong for result in row), len(row)
        share = f"{wrong}/{total} {wrong / total:7.1%}" if total else "-"
        print(f"  {change:22}" + "".join(f"{cell:>15}" for cell in cells) + f"{share:>20}")
    unread = sum(result.said not in UNCHANGED | CHANGED for result in own)
    if unread:
        print(f"  of these {unread} were unverifiable or failed")
    return sum(result.wrong for result in own) / max(len(own), 1)


def main():
    options = arguments()
    measure = Measure(options)
    entries = chosen_entries(options.folder, options.half, options.sample)
    results = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for found in pool.map(measure.measure_page, entries):
            results += found
    results.sort(key=lambda result: (result.measure, result.change, result.entry.group, result.entry.name))
    pages = len({(result.entry.group, result.entry.name) for result in results})
    print(f"{options.half} half: {pages} of {len(entries)} pages, {len(results)} comparisons")
    shares = {
        NOTICED: print_table(results, NOTICED, TEXT_CHANGES),
        FRAME: print_table(results, FRAME, FRAME_CHANGES),
        COPY_NOTICED: print_table(results, COPY_NOTICED, [c for c in TEXT_CHANGES if c != "link paragraph changed"]),
        COPY_FRAME: print_table(results, COPY_FRAME, [WHOLE, BOXES_WITHIN]),
    }
    print("\nleft out:")
    for (part, change, reason), count in sorted(measure.left_out.items()):
        print(f"  {count:4} {part}, {change}: {reason}")
    if options.verbose and options.half == "open":
        print("\nwrong:")
        for result in results:
            if result.wrong:
                entry = result.entry
                print(f"  {result.measure}, {result.change}: {entry.group} {entry.name[:12]} {result.said}")
    print()
    for part, share in shares.items():
        print(f"{part}: {share:.2%} {WRONG[part]}")
    missed = max(shares[NOTICED], shares[COPY_NOTICED])
    false = max(shares[FRAME], shares[COPY_FRAME])
    too_many = options.most_missed is not None and missed > options.most_missed
    too_many |= options.most_false is not None and false > options.most_false
    return 1 if too_many or not results else 0


if __name__ == "__main__":
    sys.exit(main())
