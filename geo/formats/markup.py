"""XML as a stream: a DOCTYPE is refused before anything it declares is looked at, and little is ever held at once.

Names lose their prefix, so that a file which never declared `gx:` or its own namespace is read like any other.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO
from xml.parsers import expat

from geo.errors import FileRefused
from geo.formats.text import decoded
from geo.tables import Limits

CHUNK = 1 << 16
DEEPEST = 200
MOST_ELEMENTS = 300_000  # held at once: one placemark, route or track

_PROLOG = re.compile(r"<\?.*?\?>|<!--.*?-->", re.DOTALL)
_FIRST = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_DECLARED = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)""")
_BOM = b"\xef\xbb\xbf"


class Element:
    """An element that was read: its local name, its attributes, what stands in it, and what its reader kept of it."""

    __slots__ = ("attributes", "content", "kept", "parent", "tag")

    def __init__(self, tag: str, attributes: dict[str, str], parent: "Element | None") -> None:
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.content: list[str | Element] = []
        self.kept: list | None = None

    def __iter__(self) -> "Iterator[Element]":
        return (part for part in self.content if isinstance(part, Element))

    def first(self, tag: str) -> "Element | None":
        """The first child of that name."""
        return next((child for child in self if child.tag == tag), None)

    def text(self) -> str:
        """All text in it, as it stands, without blanks around it."""
        return "".join(part if isinstance(part, str) else part.text() for part in self.content).strip()

    def text_of(self, tag: str) -> str:
        """The text of the first child of that name, '' without one."""
        child = self.first(tag)
        return child.text() if child is not None else ""


Ended = Callable[[Element], bool | None]


def root(head: bytes) -> str | None:
    """Local name of the first element of a document that begins with these bytes, None where it is no markup."""
    text = decoded(head, final=False) or head.decode("latin-1")  # whatever stands behind the first element
    if not text.lstrip("\ufeff \t\r\n").startswith("<"):
        return None
    found = _FIRST.search(_PROLOG.sub("", text))
    return found[1] if found else None


def read(opened: BinaryIO, limits: Limits, ended: Mapping[str, Ended], kept: frozenset[str] = frozenset()) -> None:
    """Calls `ended[tag]` when such an element is complete, and forgets it unless the call says True.

    Outside of those elements only the ones named in `kept` stay with their parent. Raises FileRefused for a
    document that is broken, declares a DOCTYPE, nests without end, or holds too much in one element.
    """
    begins = opened.read(CHUNK)
    stream = _Stream(ended, kept, _encoding(opened, begins))
    opened.seek(0)
    until = time.monotonic() + limits.child_seconds
    try:
        chunk = _without_blanks(opened.read(CHUNK))
        while chunk:
            stream.parser.Parse(chunk, False)
            if time.monotonic() > until:
                raise FileRefused("reading.child_slow")
            chunk = opened.read(CHUNK)
        stream.parser.Parse(b"", True)
    except expat.ExpatError as cause:
        raise FileRefused("reading.broken_markup", line=cause.lineno) from cause
    except (LookupError, ValueError) as cause:  # an encoding that nobody knows, or of several bytes a letter
        raise FileRefused("reading.broken_markup", line=1) from cause


def _without_blanks(chunk: bytes) -> bytes:
    """Blank lines before the declaration are an error to the letter, and common."""
    mark = _BOM if chunk.startswith(_BOM) else b""
    return mark + chunk.removeprefix(_BOM).lstrip(b" \t\r\n")


def _encoding(opened: BinaryIO, begins: bytes) -> str | None:
    """Windows' Western code page for a document that calls itself UTF-8 and is not; None leaves it to the document."""
    declared = _DECLARED.search(begins[:400])
    if (declared and declared[1].lower() not in (b"utf-8", b"utf8")) or begins[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None
    if b"\0" in begins[:400]:
        return None
    rest = begins
    tail = b""
    while rest:
        try:
            (tail + rest).decode("utf-8")
            tail = b""
        except UnicodeDecodeError as fault:
            tail = (tail + rest)[fault.start:]
            if fault.reason != "unexpected end of data" or len(tail) > 3:
                return "cp1252"
        rest = opened.read(CHUNK)
    return "cp1252" if tail else None


class _Stream:
    def __init__(self, ended: Mapping[str, Ended], kept: frozenset[str], encoding: str | None) -> None:
        self.ended, self.kept = ended, kept
        self.open: list[Element] = []
        self.inside = 0  # how many open elements somebody waits for
        self.held = 0
        self.parser = expat.ParserCreate(encoding)
        self.parser.buffer_text = True
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._words

    def _doctype(self, *_: object) -> None:
        raise FileRefused("archive.doctype")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.open) >= DEEPEST:
            raise FileRefused("reading.too_deep")
        tag = name.rpartition(":")[2] if ":" in name else name
        if attributes:
            attributes = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        element = Element(tag, attributes, self.open[-1] if self.open else None)
        self.open.append(element)
        self.inside += tag in self.ended

    def _words(self, text: str) -> None:
        if self.inside or (self.open and self.open[-1].tag in self.kept):
            self.open[-1].content.append(text)

    def _end(self, name: str) -> None:
        element = self.open.pop()
        stays = self.inside > 0 or (element.tag in self.kept and element.parent is not None
                                    and element.parent.first(element.tag) is None)
        if element.tag in self.ended:
            self.inside -= 1
            stays = bool(self.ended[element.tag](element))
            if not stays:
                element.content.clear()  # children know their parent: a ring that only the collector would undo
        if not self.inside:
            self.held = 0
        if stays and element.parent is not None:
            element.parent.content.append(element)
            self.held += 1
            if self.held > MOST_ELEMENTS:
                raise FileRefused("reading.too_much_markup", limit=MOST_ELEMENTS)
