"""Ten minutes of places written in every notation, with the noise of real cells, with one mark lost, and of any text.

What is written must be read as it was written, to a millionth of a degree; a text with a mark lost may be refused but
never be read as another place; and no text whatever raises an exception.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from geo import coordinates
from geo.coordinates import INDONESIA, WORLD, Position

SECONDS = 600
CLOSE = 1.5e-6
DEGREES, MINUTES, SECONDS_MARKS = "°º˚⁰", "'’′`´‘", ("\"", "”", "″", "''", "’’", "“", "˝")
WORDS = {
    "S": ("LS", "S", "ls", "Lintang Selatan", "L.S.", "Selatan"), "N": ("LU", "N", "lu", "Lintang Utara", "U"),
    "E": ("BT", "E", "bt", "Bujur Timur", "B.T.", "Timur", "T"),
}
PARTINGS = (", ", "; ", " / ", " ; ", "\n", "\t", " dan ", " & ", "/", ";", " | ", " - ")
BEFORE = ("", "", "", "Titik: ", "Koordinat ", "koordinat = ", "Lokasi pekerjaan : ", "GPS ", "\ufeff", " ")
BEHIND = ("", "", "", " ", "\n", " (Perlu Validasi)", " depan balai desa", ".", " [cek lagi]", ",", ";")
PIECES = ["-", "8", "114", ".", ",", "°", "'", '"', " ", "LS", "BT", "S", "E", "lat", "(", ")", ";", "1e9", "nan", "\n",
          "POINT", "/", "0", "99999999999", "½", "²", "٣", "http://", "@", "x=", "49S", "650000", "9090000", "s/d",
          "awal", "akhir", "maps?q=", "{\"type\":", "]", "+", "6P3G", "!3d", "%", "\u200b", "\U0001f600", "Â", "â€™"]


@dataclass(frozen=True, slots=True)
class Written:
    """A place as a person would write it; `close` is how near the reading must come, in degrees."""

    notation: str
    text: str
    lon: float
    lat: float
    close: float = CLOSE


def run(say: Callable[[str], None], seconds: float = SECONDS, seed: int = 2026) -> dict:
    """How many texts of each kind were read, refused and read wrongly; the wrong ones are said, and there are none."""
    tried: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    wrong: list[str] = []
    rng = random.Random(seed)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for place in (written(rng) for _ in range(20)):
            judge(place, False, tried, refused, wrong)
            judge(without_a_mark(rng, place), True, tried, refused, wrong)
        for _ in range(10):
            text = anything(rng)
            tried["anything"] += 1
            check_any(text, coordinates.read(text), wrong)
            check_any(text, coordinates.read_axes(text, text[::-1]), wrong)
    for text in wrong[:20]:
        say(f"wrong: {text}")
    say(f"{sum(tried.values()):,} texts in {seconds:.0f} s, {len(wrong)} wrong; "
        f"with a mark lost {refused['mark lost']:,} of {tried['mark lost']:,} were refused")
    return {"texts": dict(tried), "refused": dict(refused), "wrong": wrong[:20], "wrong_count": len(wrong)}


def judge(place: Written, may_refuse: bool, tried: Counter[str], refused: Counter[str], wrong: list[str]) -> None:
    position = coordinates.read(place.text)
    kind = "mark lost" if may_refuse else place.notation
    tried[kind] += 1
    if position.lon is None or position.lat is None:
        refused[kind] += 1
        if not may_refuse:
            wrong.append(f"{place.notation} refused: {place.text!r} {position.fault}")
    elif max(abs(position.lon - place.lon), abs(position.lat - place.lat)) > place.close and not (
            may_refuse and any(note.id == "coordinate.numbers_left_aside" for note in position.notes)):
        wrong.append(f"{kind}: {place.text!r} read as {position.lat}, {position.lon}, not {place.lat}, {place.lon}")


def check_any(text: str, position: Position, wrong: list[str]) -> None:
    if position.lon is not None and position.lat is not None:
        if not WORLD.hold(position.lon, position.lat) or position.fault:
            wrong.append(f"off the earth: {text!r}")
    elif position.fault is None:
        wrong.append(f"neither place nor fault: {text!r}")
    if not all(INDONESIA.hold(offer.lon, offer.lat) for offer in position.suggestions):
        wrong.append(f"a repair elsewhere: {text!r}")


def written(rng: random.Random) -> Written:
    """A place in Indonesia in a notation drawn at random, with the noise of real cells around it."""
    lat, lon = round(rng.uniform(-11, 6), 7), round(rng.uniform(95, 141), 7)
    if abs(lat) < 0.01:
        lat = -8.5
    make = rng.choice((_decimal, _hemispheres, _labels, _sexagesimal, _sexagesimal, _bare, _colons, _link, _wkt))
    place = make(rng, lon, lat)
    if make in (_link, _wkt):
        return place
    text = rng.choice(BEFORE) + place.text + rng.choice(BEHIND)
    if rng.random() < 0.1:
        text = text.translate({ord(digit): chr(0xFF10 + int(digit)) for digit in "0123456789"})
    if rng.random() < 0.1:
        text = text.replace(" ", "\u00a0")
    if rng.random() < 0.1 and "°" in text and "”" not in text and "’" not in text:
        text = text.replace("°", rng.choice(("Â°", "ï¿½", "\ufffd")))
    return Written(place.notation, text, place.lon, place.lat, place.close)


def _decimal(rng: random.Random, lon: float, lat: float) -> Written:
    parts = [f"{lat:.7f}", f"{lon:.7f}"]
    if rng.random() < 0.5:
        parts = [part.replace(".", ",") for part in parts]
        partings = (" ", *PARTINGS, ",")
    else:
        partings = (" ", ",", *PARTINGS)
    if rng.random() < 0.3:
        parts.reverse()
    parting = rng.choice(partings)
    mark = rng.choice(("", "", "°"))
    return Written("decimal", (mark + parting).join(parts) + mark, lon, lat)


def _hemispheres(rng: random.Random, lon: float, lat: float) -> Written:
    mark = rng.choice(("", "", "°"))
    return _with_words(rng, f"{abs(lat):.7f}{mark}", f"{lon:.7f}{mark}", lon, lat, "decimal with hemispheres",
                       comma=rng.random() < 0.5)


def _labels(rng: random.Random, lon: float, lat: float) -> Written:
    north, east = rng.choice((("Lat", "Long"), ("lat", "lng"), ("Latitude", "Longitude"), ("Y", "X"),
                              ("Lintang", "Bujur")))
    sign = rng.choice((": ", "=", " = ", " ", ":", " : "))
    parts = [f"{north}{sign}{lat:.7f}", f"{east}{sign}{lon:.7f}"]
    if rng.random() < 0.5:
        parts.reverse()
    return Written("labels", rng.choice((", ", " ", "; ", "\n", " / ")).join(parts), lon, lat)


def _sexagesimal(rng: random.Random, lon: float, lat: float) -> Written:
    degree, minute, second = rng.choice(DEGREES), rng.choice(MINUTES), rng.choice(SECONDS_MARKS)
    blank, closes = rng.choice(("", "", " ")), rng.random() < 0.8
    with_seconds = rng.random() < 0.7

    def angle(size: float) -> str:
        if not with_seconds:
            minutes = round(abs(size) * 60, 5)
            return f"{int(minutes // 60)}{degree}{blank}{minutes % 60:.5f}" + (minute if closes else "")
        seconds = round(abs(size) * 3600, 4)
        return (f"{int(seconds // 3600)}{degree}{blank}{int(seconds % 3600 // 60)}{minute}{blank}{seconds % 60:.4f}"
                + (second if closes else ""))

    return _with_words(rng, angle(lat), angle(lon), lon, lat, "degrees, minutes" + ", seconds" * with_seconds,
                       comma=rng.random() < 0.4)


def _bare(rng: random.Random, lon: float, lat: float) -> Written:
    def angle(size: float) -> str:
        seconds = round(abs(size) * 3600, 4)
        return f"{int(seconds // 3600)} {int(seconds % 3600 // 60):02d} {seconds % 60:07.4f}"

    return _with_words(rng, angle(lat), angle(lon), lon, lat, "bare numbers", comma=rng.random() < 0.4)


def _colons(rng: random.Random, lon: float, lat: float) -> Written:
    mark = rng.choice((":", "-"))

    def angle(size: float) -> str:
        seconds = round(abs(size) * 3600, 3)
        return f"{int(seconds // 3600)}{mark}{int(seconds % 3600 // 60):02d}{mark}{seconds % 60:06.3f}"

    return _with_words(rng, angle(lat), angle(lon), lon, lat, "colons and dashes", comma=False)


def _with_words(rng: random.Random, north: str, east: str, lon: float, lat: float, notation: str, *,
                comma: bool) -> Written:
    words = rng.choice(WORDS["S" if lat < 0 else "N"]), rng.choice(WORDS["E"])
    if comma:
        north, east = north.replace(".", ","), east.replace(".", ",")
    before, gap = rng.random() < 0.4, rng.choice(("", " ", " "))
    # a mark of seconds beside a lone letter S would be read as seconds by people too
    joint = rng.choice((": ", " ", " = ")) if before else gap
    parts = [f"{word}{joint}{angle}" if before else f"{angle}{gap}{word}"
             for word, angle in zip(words, (north, east), strict=True)]
    if rng.random() < 0.3:
        parts.reverse()
    return Written(notation, rng.choice((" ", *PARTINGS)).join(parts), lon, lat)


def _link(rng: random.Random, lon: float, lat: float) -> Written:
    form = rng.choice((
        "https://www.google.com/maps/place/Balai+Desa/@{0:.7f},{1:.7f},17z/data=!4m6!3m5!8m2!3d{0:.7f}!4d{1:.7f}!16s",
        "https://www.google.com/maps?q={0:.7f},{1:.7f}", "https://maps.google.com/?q={0:.7f}%2C{1:.7f}&z=18",
        "https://www.google.com/maps/search/{0:.7f},+{1:.7f}?hl=id", "geo:{0:.7f},{1:.7f}",
        "maps.google.com/maps?ll={0:.7f},{1:.7f}",
        "https://www.google.com/maps/@{0:.7f},{1:.7f},17z", "https://www.openstreetmap.org/#map=17/{0:.7f}/{1:.7f}",
        "https://www.bing.com/maps?cp={0:.7f}~{1:.7f}&lvl=16", "https://waze.com/ul?ll={0:.7f},{1:.7f}"))
    return Written("link", form.format(lat, lon), lon, lat)


def _wkt(rng: random.Random, lon: float, lat: float) -> Written:
    form = rng.choice(("POINT ({:.7f} {:.7f})", "point({:.7f} {:.7f})", "SRID=4326;POINT({:.7f} {:.7f})",
                       '{{"type": "Point", "coordinates": [{:.7f}, {:.7f}]}}'))
    return Written("wkt", form.format(lon, lat), lon, lat)


def without_a_mark(rng: random.Random, place: Written) -> Written:
    """The same text with one degree, minute or second mark gone."""
    places = [k for k, sign in enumerate(place.text) if sign in "°º˚⁰'’′`´‘\"”″“˝"]
    if not places or place.notation in ("link", "wkt"):
        return place
    k = rng.choice(places)
    # between two digits a blank is left: without it another number would be written
    left = " " if place.text[k - 1:k].isdigit() and place.text[k + 1:k + 2].isdigit() else ""
    return Written(place.notation, place.text[:k] + left + place.text[k + 1:], place.lon, place.lat, place.close)


def anything(rng: random.Random) -> str:
    """Pieces of coordinates in any order, or any signs at all."""
    if rng.random() < 0.7:
        return "".join(rng.choice(PIECES) for _ in range(rng.randint(0, 16)))
    return "".join(chr(rng.randint(1, 0xD7FF)) for _ in range(rng.randint(0, 60)))
