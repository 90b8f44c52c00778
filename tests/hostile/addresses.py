"""What somebody types who wants to be led elsewhere, to read what no tile is, or to write where no file belongs."""

import random
from collections.abc import Iterator, Sequence
from itertools import product
from urllib.parse import quote

EVIL = "evil.example"
_HEADS = ("//", "///", "////", "/\\", "\\\\", "\\/", "/\t/", "/\n/", "/\r/", "\t//", " //", "\x00//", "/\x00/", "/.//",
          "/..//", "/%2f", "/%2f%2f", "/%5c", "/%09/", "/%0a/", "/%0d%0a/", "//%2f", "https:", "https:/", "https://",
          "http:\\\\", "HTTPS://", "hTTp:", "\x01https://", "java\tscript:", "javascript:", "javascript://",
          "data:text/html,", "vbscript:", "file:///", "ftp://", "blob:", "about:", "mailto:", "//\t/", "/\u200b/",
          "/\u2044/", "/\uff0f", "\uff0f\uff0f", "/\uff0f/", "//\u3002", "/;@", "/@", "/#@", "?//", "#//", "@", ".",
          "/?//", "/x/..//", "/\u00a0/", "/\u2028/", "/\x7f/", "/\x85/", "/\ufeff/", "/\u202e/", "/%00/", "/%E2%80%AE/")
_HOSTS = (EVIL, f"localhost@{EVIL}", f"localhost:80@{EVIL}", f"{EVIL}:80/x", f"{EVIL}%2f@localhost",
          "evil\u3002example",
          "evil\uff0eexample", "[::ffff:7f00:1]", "0x7f000001", f"{EVIL}/..//{EVIL}", f"{EVIL}?x=/", f"{EVIL}#/x",
          f"{EVIL}\\@localhost")


def redirects() -> list[str]:
    """Some 700 ways to write an address that some reader takes for another site's."""
    return [head + host for head, host in product(_HEADS, _HOSTS)] + [
        "http://[", "/[", "//[::1", "http:///", "https:evil.example", "/\\\\\\", "%2f%2fevil.example", "", "/",
        "x" * 9000,
        "/" + "\u0661" * 200, "/\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace")]


INJECTED = ("'", "''", '"', "1'--", "1 OR 1=1", "1;SELECT pg_sleep(9)", "1) UNION SELECT NULL--", "$$x$$", "\\", "%27",
            "1/**/OR/**/1", "CAST(1 AS text)", "%s", "%(x)s", "{0}", "${7*7}", "{{7*7}}", "\u02bc", "\uff07", "0x31")
_NUMBERS = ("-1", "-0", "+1", "00", "01", "1.0", "1e3", "0x10", "1_0", " 1", "1 ", "1%20", "\u0661", "\uff11", "\u00b2",
            "2147483647", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808", "9" * 40, "9" * 400,
            "NaN", "Infinity", "null", "true", "", "..", "%2e%2e", "%2f", "1%2f2", "1%00", "%c0%ae", "a", "\u00e9",
            "19", "22",
            "23", "31", "32", "64")
_FILTERS = ("year", "district", "village", "fund", "category", "stage", "pointless", "suspected", "q", "as_of",
            "breaks",
            "by", "shade", "of", "area", "work", "code", "lon", "lat", "order", "after", "page", "everywhere", "state")
_MARK = "Qzinject"
_LAYERS = ("works", "regions", "shades/village/money", "shades/district/works", "shades/root/x", "nothing")


def tiles(count: int, seed: int = 7) -> Iterator[str]:
    """Addresses of tiles that nobody's map asks for; every word in them that could reach a statement bears the mark."""
    chosen = random.Random(seed)

    def number(size: int) -> str:
        kind = chosen.random()
        if kind < 0.55:
            return str(chosen.randrange(size))
        return chosen.choice(_NUMBERS) if kind < 0.85 else quote(chosen.choice(INJECTED) + _MARK, safe="")

    for _ in range(count):
        z = chosen.randrange(23)
        address = "/".join(["/basemap" if chosen.random() < 0.1 else f"/tiles/{chosen.choice(_LAYERS)}",
                            str(z) if chosen.random() < 0.7 else number(20), number(2**z), number(2**z)])
        query = "&".join(f"{name}={quote(_value(chosen), safe='')}" for name in
                         chosen.sample(_FILTERS, chosen.randrange(4)))
        yield f"{address}?{query}" if query else address


def _value(chosen: random.Random) -> str:
    kind = chosen.random()
    if kind < 0.3:
        return chosen.choice(_NUMBERS)
    if kind < 0.5:
        return chosen.choice(("2024", "DDS", "road", "done", "1", "35.10.01", "2026-01-01", "0,5,10"))
    return chosen.choice(INJECTED) + _MARK


def queries(names: Sequence[str], each: int = 4) -> Iterator[dict[str, str]]:
    """Parameters of a page, one at a time, each with some of the injections."""
    for number, name in enumerate(names):
        for turn in range(each):
            yield {name: INJECTED[(number * each + turn) % len(INJECTED)] + _MARK}


def is_marked(text: str) -> bool:
    return _MARK.lower() in text.lower()


_STEMS = ("../../etc/passwd", "..\\..\\windows\\system32", "/etc/cron.d/x", "C:\\x", "file:///x", "a\0b", "\0",
          "x\r\nSet-Cookie: a=b",
          "x\nX: y", "\u202efdp.exe", "\u202d\u2066x\u2069", "x" * 300, "\u00e9" * 200, "\U0001f600" * 120, "CON",
          "NUL", "aux.txt", "LPT1",
          "COM\u00b9", ".", "..", "...", ".htaccess", ".csv", "", " ", "\t", "x ", "x.", "x::$DATA", "x;y", "x=y",
          'x"y', "x'y",
          "x\\y", 'x\\"y', "x%00y", "x%2e%2e%2fy", "%s%n", "${HOME}", "$(id)", "`id`", "|id", ";id;", "&id",
          "<script>", "x>y",
          "x?y", "x*y", "x|y", "x:y", "~", "~root", "-rf", "--help", "x\u2028y", "x\u0085y", "\ufeffx", "\u200bx",
          "x\u0301", "\u1100\u1161",
          "\uff0e\uff0e\uff0fx", "\u2024\u2024/x", "=1+1", "@x", "+x", "x,y", "x\x1b[31my", "x\x7fy", "\ud7ffx",
          "filename*=UTF-8''x",
          "a\"; filename=\"b", "a\r\n\r\n<script>", "desa\u00a0kami", "\u0627\u0644\u0639\u0631\u0628\u064a\u0629",
          "\u6751", "\u1b05\u1b13")
_ENDS = ("", ".csv", ".xlsx", ".svg", ".html", ".php\0.csv", ".csv\n", ".csv/", ".CSV ", ".tar.gz", ".csv;.html",
         "/../x.csv", "\\..\\x.csv",
         '".csv')


def names() -> list[str]:
    """A thousand names of files and more."""
    return [stem + end for end, stem in product(_ENDS, _STEMS)]
