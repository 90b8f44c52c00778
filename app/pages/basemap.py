"""Tiles of the basemap file that an administrator has put here."""

from flask import Blueprint, Response, request

from app import access, drawing
from app.errors import NotFound
from app.maps.pmtiles import BasemapFaulty, unpacked

page = Blueprint("basemap", __name__, url_prefix="/basemap")

FRESH_S = 86_400


@page.get("/<int:z>/<int:x>/<int:y>")
@access.signed_in
def tile(z: int, x: int, y: int) -> Response:
    """One tile; without content where the file has none there."""
    basemap, _ = drawing.basemap()
    if basemap is None or z > 30 or x >= 2**z or y >= 2**z:
        raise NotFound
    try:
        content = basemap.tile(z, x, y)
        packed = basemap.packed and basemap.vector
        if content and packed and "gzip" not in request.accept_encodings:
            content, packed = unpacked(content), False
    except BasemapFaulty:
        raise NotFound from None
    answer = Response(content or b"", status=200 if content else 204, mimetype=basemap.media)
    if content and packed:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding, Cookie"
    answer.headers["Cache-Control"] = f"private, max-age={FRESH_S}"
    answer.set_etag(f"{basemap.changed:.0f}-{basemap.size}-{z}-{x}-{y}")
    return answer.make_conditional(request)
