"""Vector tiles: private to the reader, and asked for again with every look, so that an edit shows at once.

The answer to "has anything changed?" costs one count; a tile is made only where something has.
"""

import gzip
import hashlib
from collections.abc import Callable

from flask import Blueprint, Response, request

from app import access, past
from app.db import Connection
from app.errors import NotFound
from app.maps.shades import LEVELS, MEASURES
from app.queries import shades, tiles
from app.queries.filters import Filter
from app.queries.past_maps import Then
from app.queries.squares import Tile
from app.queries.tiles import Standing
from app.view import breaks

page = Blueprint("tiles", __name__, url_prefix="/tiles")

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
WORTH_PACKING = 512


@page.get("/works/<int:z>/<int:x>/<int:y>")
@access.signed_in
def works(z: int, x: int, y: int) -> Response:
    chosen = Filter.parse(request.query_string.decode("utf-8", "replace"))
    then, fault = past.read(request.args.get("as_of"))
    if fault:  # a page never asks so, and the works of today would be taken for those of another day
        raise NotFound
    if then:
        return _tile(Tile(z, x, y), f"{then.code} {chosen.query_string()}",
                     lambda connection, tile, _: Then(then.end).tile(connection, tile, chosen))
    return _tile(Tile(z, x, y), chosen.query_string(),
                 lambda connection, tile, stands: tiles.works(connection, tile, chosen, stands), chosen)


@page.get("/shades/<level>/<measure>/<int:z>/<int:x>/<int:y>")
@access.signed_in
def shaded(level: str, measure: str, z: int, x: int, y: int) -> Response:
    """Regions with what is in them; `breaks` are the edges of the classes that the page has drawn its legend of."""
    if level not in LEVELS or measure not in MEASURES:
        raise NotFound
    chosen, edges = Filter.parse(request.query_string.decode("utf-8", "replace")), breaks()
    return _tile(Tile(z, x, y), f"{level} {measure} {edges} {chosen.query_string()}",
                 lambda connection, tile, _: shades.tile(connection, tile, chosen, level, measure, edges))


@page.get("/regions/<int:z>/<int:x>/<int:y>")
@access.signed_in
def regions(z: int, x: int, y: int) -> Response:
    return _tile(Tile(z, x, y), "regions", lambda connection, tile, _: tiles.regions(connection, tile))


def _tile(tile: Tile, what: str, make: Callable[[Connection, Tile, Standing], bytes],
          chosen: Filter | None = None) -> Response:
    if not tile.exists:
        raise NotFound
    with access.reading() as connection:
        stands = tiles.standing(connection, tile, chosen)
        answer = Response(mimetype=MEDIA_TYPE)
        answer.set_etag(hashlib.sha256(f"{stands.version} {what} {tile}".encode()).hexdigest()[:24])
        answer.headers["Cache-Control"] = "private, no-cache"
        answer.headers["Vary"] = "Accept-Encoding, Cookie"
        if request.if_none_match.contains_weak(answer.get_etag()[0]):
            answer.status_code = 304
            return answer
        content = make(connection, tile, stands)
    if len(content) > WORTH_PACKING and "gzip" in request.accept_encodings:
        content = gzip.compress(content, 5)
        answer.headers["Content-Encoding"] = "gzip"
    answer.set_data(content)
    return answer
