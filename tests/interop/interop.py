"""Crawls a small web on loopback with driftline and gives what it stored to other people's tools.

Checks: warcio finds no fault in an export and in the store's own segments; wacz validates a WACZ;
pywb replays a page and a revisit from both; what wget and warcio wrote is imported and read back,
revisits too; WACZ, ARC and zstd files are imported. Prints a line for each; ends with 1 if any failed.
"""

import gzip
import http.server
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

# The stores and configurations here are this script's own, wherever it copies them.
os.environ["DRIFTLINE_TRUST"] = "1"
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="driftline-interop-state-")
PROGRAM = str(Path(sys.argv[1]).resolve())
TOOLS = Path(sys.argv[2]).resolve()
# The changing page says one thing, then another, then the first again: a revisit.
ERA = 0
FAILED = []


def page(title, text):
    body = f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{title}</title></head><body>"
    body += f"<article><h1>{title}</h1>" + "".join(f"<p>{part}</p>" for part in text) + "</article></body></html>"
    return body.encode()


STEADY = page("渡口通航", [f"第{n}段写的是渡口在春天通航的经过，船工说水位正好。" for n in range(1, 9)])


def chunked(body):
    parts = [body[at : at + 100] for at in range(0, len(body), 100)] + [b""]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        status, fields, body = 200, {"Content-Type": "text/html; charset=utf-8"}, b""
        if self.path in ("/steady", "/copy"):
            body = STEADY
        elif self.path == "/changing":
            number = 7 if ERA == 1 else 3
            body = page("渡口的船", [f"渡口今天有{number}艘船，比昨天多，第{n}句。" for n in range(1, 9)])
        elif self.path == "/packed":
            fields["Content-Encoding"] = "gzip"
            body = gzip.compress(page("压缩的页", [f"这一页是压缩着送来的，第{n}句。" for n in range(1, 9)]))
        elif self.path == "/old":
            status, fields = 301, {"Location": "/steady"}
        elif self.path == "/chunked":
            fields["Transfer-Encoding"] = "chunked"
            body = chunked(STEADY)
        else:
            status = 404
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        if "Transfer-Encoding" not in fields:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def check(what, good, detail=""):
    print(f"interop: {'ok    ' if good else 'FAILED'} {what}")
    if not good:
        FAILED.append(what)
        print(str(detail)[-2000:])


def ran(what, *command, cwd=None, code=0):
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    check(what, done.returncode == code, done.stdout + done.stderr)
    return done.stdout


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def next_second():
    """Replay tools name a capture by its second: two of one page within a second are one to them."""
    now = time.time()
    # A little beyond: `time(2)` reads a clock that goes after by up to a tick of the kernel, so a program
    # started right at the second still writes the one before.
    time.sleep(int(now) + 1.05 - now)


def crawl(folder, port):
    settings = [f'network.resolve={{"*"="127.0.0.1:{port}"}}', "politeness.requests_per_second=1000"]
    options = [part for setting in settings for part in ("--set", setting)]
    done = subprocess.run([PROGRAM, "run", *options, "-q", "-o", os.devnull], cwd=folder, capture_output=True, text=True)
    check(f"run in era {ERA}", done.returncode in (0, 2), done.stdout + done.stderr)


def replay(name, folder, warcs):
    """Serves WARC files with pywb and reads a page, a gzipped one and both ends of a revisit."""
    home = folder / f"pywb-{name}"
    home.mkdir()
    ran(f"pywb takes {name}", TOOLS / "wb-manager", "init", "c", cwd=home)
    ran(f"pywb indexes {name}", TOOLS / "wb-manager", "add", "c", *warcs, cwd=home)
    index = (home / "collections/c/indexes/index.cdxj").read_text().splitlines()
    entries = [(line.split(" ", 2)[1], json.loads(line.split(" ", 2)[2])) for line in index]
    port = free_port()
    server = subprocess.Popen(
        [TOOLS / "wayback", "-b", "127.0.0.1", "-p", str(port)],
        cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        def read(stamp, url):
            error = None
            for _ in range(600):
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/c/{stamp}id_/{url}") as answer:
                        body = answer.read()
                        return gzip.decompress(body).decode() if body[:2] == b"\x1f\x8b" else body.decode()
                except urllib.error.HTTPError as refused:
                    return f"status {refused.code}"
                except OSError as refused:
                    error = refused
                    time.sleep(0.1)
            return f"no answer: {error}"

        def stamps(path, mime):
            return [t for t, e in entries if e["url"].endswith(path) and (e.get("mime") == "warc/revisit") == mime]

        for path in ("/steady", "/copy"):
            found = stamps(path, False) + stamps(path, True)
            text = read(found[0], f"http://news.example{path}") if found else "not in the index"
            check(f"{name}: {path} is replayed", "船工说水位正好" in text, text)
        packed = stamps("/packed", False)
        check(f"{name}: a page that came packed", packed and "压缩着送来" in read(packed[0], "http://news.example/packed"))
        later = stamps("/changing", True)
        check(f"{name}: a revisit is replayed", later and "3艘船" in read(later[-1], "http://news.example/changing"), entries)
        changed = stamps("/changing", False)
        check(f"{name}: the page between", any("7艘船" in read(t, "http://news.example/changing") for t in changed))
    finally:
        server.terminate()
        server.wait()


def started(folder, name):
    there = folder / name
    there.mkdir()
    (there / "driftline.toml").write_text("")
    return there


def wget_leaves_out_what_it_has(folder, site):
    """The revisits of --warc-dedup name a record and a digest of the chunks, and say they are truncated."""
    there = started(folder, "wget-dedup")
    paths = ("steady", "chunked")
    urls = [f"{site}/{path}" for path in paths]
    wget = ["wget", "-q", "-O", os.devnull, "--warc-cdx"]
    ran("wget writes an index", *wget, "--warc-file=one", *urls, cwd=there)
    next_second()
    ran("wget writes revisits", *wget, "--warc-dedup=one.cdx", "--warc-file=two", *urls, cwd=there)
    check("they are revisits", gzip.decompress((there / "two.warc.gz").read_bytes()).count(b"WARC-Type: revisit") == 2)
    ran("import of wget's originals", PROGRAM, "import", "one.warc.gz", cwd=there)
    said = ran("import of wget's revisits", PROGRAM, "import", "two.warc.gz", cwd=there)
    check("both are found", " 2 new snapshots" in said, said)
    for path, url in zip(paths, urls):
        shown = ran(f"show the revisit of /{path}", PROGRAM, "show", url, cwd=there)
        check(f"/{path} is the page", "船工说水位正好" in shown, shown)
        history = ran(f"history of /{path}", PROGRAM, "history", url, cwd=there)
        check(f"/{path} is whole at both visits", "failing" not in history, history)
    ran("export of what wget wrote", PROGRAM, "export", "--warc", "out.warc.gz", cwd=there)
    check("nothing is said to be cut", b"WARC-Truncated" not in gzip.decompress((there / "out.warc.gz").read_bytes()))


def warcio_writes(folder):
    """A body in chunks and gzip, as warcio keeps it, and a revisit of it in a file of its own."""
    try:
        from warcio.statusandheaders import StatusAndHeaders
        from warcio.warcwriter import WARCWriter
    except ImportError:
        print("interop: warcio cannot be imported: its records are left out")
        return
    there = started(folder, "warcio")
    url = "http://news.example/warcio"
    fields = [("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")]

    def head():
        return StatusAndHeaders("200 OK", fields, protocol="HTTP/1.1")

    with open(there / "one.warc.gz", "wb") as out:
        writer = WARCWriter(out, gzip=True)
        date = {"WARC-Date": "2020-01-02T03:04:05Z"}
        payload = io.BytesIO(chunked(gzip.compress(STEADY)))
        record = writer.create_warc_record(url, "response", payload=payload, http_headers=head(), warc_headers_dict=date)
        writer.write_record(record)
        digest = record.rec_headers.get_header("WARC-Payload-Digest")
    with open(there / "two.warc.gz", "wb") as out:
        writer = WARCWriter(out, gzip=True)
        date = {"WARC-Date": "2021-01-02T03:04:05Z"}
        other = "http://news.example/other"
        writer.write_record(writer.create_revisit_record(other, digest, url, "2020-01-02T03:04:05Z", http_headers=head(), warc_headers_dict=date))
    for file in ("one", "two"):
        said = ran(f"import of warcio's {file}.warc.gz", PROGRAM, "import", f"{file}.warc.gz", cwd=there)
        check(f"one snapshot of {file}.warc.gz", " 1 new snapshots" in said, said)
    for address in (url, other):
        shown = ran(f"show {address}", PROGRAM, "show", address, cwd=there)
        check(f"{address} is the page", "船工说水位正好" in shown, shown)


def packages_and_other_formats(folder, exported):
    """A WACZ of driftline and one of py-wacz, an ARC file, and a .warc.zst, counted against warcio's index."""
    there = started(folder, "formats")
    said = ran("import of the exported WACZ", PROGRAM, "import", exported, cwd=there)
    again = ran("import of the exported WACZ again", PROGRAM, "import", exported, cwd=there)
    check("nothing new the second time (WACZ)", " 0 new snapshots" in again and " 0 new snapshots" not in said, said + again)

    def response(number):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + STEADY
        fields = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{number:012}>\r\n"
        fields += f"WARC-Date: 2020-01-02T03:04:0{number}Z\r\nWARC-Target-URI: http://formats.example/{number}\r\n"
        fields += f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(head)}\r\n\r\n"
        return fields.encode() + head + b"\r\n\r\n"

    records = [response(number) for number in range(5)]
    (there / "five.warc.gz").write_bytes(b"".join(gzip.compress(record) for record in records))
    indexed = ran("warcio index", TOOLS / "warcio", "index", "five.warc.gz", cwd=there).splitlines()
    ran("wacz create", TOOLS / "wacz", "create", "-f", "five.warc.gz", "-o", "five.wacz", "-t", cwd=there)
    said = ran("import of py-wacz's file", PROGRAM, "import", "five.wacz", cwd=there)
    check("as many as warcio indexes", f" {len(indexed)} new snapshots" in said and len(indexed) == 5, said)
    about = b"1 0 Somebody\nURL IP-address Archive-date Content-type Archive-length\n\n"
    arc = b"filedesc://a.arc 0.0.0.0 20080430204825 text/plain %d\n%s\n" % (len(about), about)
    block = b"HTTP/1.0 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + STEADY
    arc += b"http://arc.example/ 192.0.2.7 20080430204826 text/html %d\n%s\n" % (len(block), block)
    (there / "old.arc").write_bytes(arc)
    indexed = ran("warcio index of the ARC file", TOOLS / "warcio", "index", "old.arc", cwd=there).splitlines()
    said = ran("import of an ARC file", PROGRAM, "import", "old.arc", cwd=there)
    check("its page is there", " 1 new snapshots" in said and len(indexed) == 2, said + "\n".join(indexed))
    if not shutil.which("zstd"):
        print("interop: zstd is missing: .warc.zst is left out")
        return
    other = started(folder, "zstd")
    (other / "five.warc").write_bytes(b"".join(records))
    ran("zstd packs", "zstd", "-q", "five.warc", cwd=other)
    said = ran("import of a .warc.zst", PROGRAM, "import", "five.warc.zst", cwd=other)
    check("all five are there", " 5 new snapshots" in said, said)


def main():
    global ERA
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    port = web.server_address[1]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "driftline.toml").write_text("")
        paths = ("steady", "copy", "changing", "packed", "old")
        cited = "".join(f"渡口在春天的消息有好几家写过，其中[一家](http://news.example/{path})写得最细。\n\n" for path in paths)
        (folder / "article.md").write_text(f"# 渡口\n\n{cited}")
        for ERA in range(3):
            next_second()
            crawl(folder, port)
        ran("verify", PROGRAM, "store", "verify", cwd=folder)
        ran("export --warc", PROGRAM, "export", "--warc", "all.warc.gz", cwd=folder)
        ran("export --wacz", PROGRAM, "export", "--wacz", "all.wacz", cwd=folder)

        # A segment that is still open has its last name already but for the end.
        segments = []
        for lying in sorted((folder / ".driftline/segments").iterdir()):
            copy = folder / lying.name.removesuffix(".open")
            shutil.copy(lying, copy)
            segments.append(copy)
        check("there are segments", bool(segments))
        for file in [folder / "all.warc.gz", *segments]:
            ran(f"warcio check {'export' if file.name == 'all.warc.gz' else 'segment'}", TOOLS / "warcio", "check", "-v", file)
        ran("wacz validate", TOOLS / "wacz", "validate", "-f", folder / "all.wacz")
        replay("export", folder, [folder / "all.warc.gz"])
        replay("segments", folder, segments)

        if shutil.which("wget"):
            site = f"http://127.0.0.1:{port}"
            for name, options in {"packed": [], "plain": ["--no-warc-compression"]}.items():
                there = started(folder, f"wget-{name}")
                ran(f"wget writes {name}", "wget", "-q", *options, "--warc-file=w", "-O", os.devnull, f"{site}/steady", f"{site}/old", cwd=there)
                warc = "w.warc" if options else "w.warc.gz"
                ran(f"import of wget's {warc}", PROGRAM, "import", warc, cwd=there)
                again = ran(f"import of wget's {warc} again", PROGRAM, "import", warc, cwd=there)
                check(f"nothing new the second time ({warc})", " 0 new snapshots" in again, again)
                shown = ran(f"show what wget fetched ({warc})", PROGRAM, "show", f"{site}/steady", cwd=there)
                check(f"it is the page ({warc})", "船工说水位正好" in shown, shown)
            wget_leaves_out_what_it_has(folder, site)
        else:
            print("interop: wget is missing: its import is left out")
        warcio_writes(folder)
        packages_and_other_formats(folder, folder / "all.wacz")
    web.shutdown()
    return 1 if FAILED else 0


sys.exit(main())
