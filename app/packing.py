"""Pages sent packed: on a slow line a page of words waits five times as long without.

How well a page packs tells a little of what is in it, to whoever can make somebody's browser ask for pages of their
choosing and see how long the answers are. Cookies of this application do not travel with requests that other sites
make in the background, and each answer is longer by a random number of bytes besides.
"""

import gzip
import io
import secrets

from flask import Flask, Response, request

MEDIA_TYPES = ("text/html", "application/json")
WORTH_PACKING = 1_000
LEVEL = 5
MOST_ADDED = 100


def install(app: Flask) -> None:
    app.after_request(_pack)


def _pack(answer: Response) -> Response:
    if answer.mimetype not in MEDIA_TYPES or answer.is_streamed or answer.direct_passthrough:
        return answer
    answer.vary.add("Accept-Encoding")
    content = answer.get_data()
    if len(content) < WORTH_PACKING or "Content-Encoding" in answer.headers or "gzip" not in request.accept_encodings:
        return answer
    answer.set_data(packed(content))
    answer.headers["Content-Encoding"] = "gzip"
    return answer


def packed(content: bytes) -> bytes:
    """Gzipped, with a name of random length that every reader passes over."""
    written = io.BytesIO()
    name = "a" * (1 + secrets.randbelow(MOST_ADDED))
    with gzip.GzipFile(name, "wb", LEVEL, written, mtime=0) as file:
        file.write(content)
    return written.getvalue()
