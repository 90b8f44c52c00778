"""What a map's tests look at: a page as text, a tile as features."""

import gzip

import mapbox_vector_tile

TILE = "14/13397/8567"  # holds build.HOME
HOSTILE = "</script><img src=x onerror=alert(1)>\"'"


def decoded(answer):
    content = gzip.decompress(answer.data) if answer.headers.get("Content-Encoding") == "gzip" else answer.data
    return mapbox_vector_tile.decode(content)


def shown(browser, **query):
    answer = browser.get("/map", query_string=query)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)
