"""What an address of the map asks for: filter, style, shaded regions, drawn area. One reading, one writing.

`/map?year=2024&by=stage&shade=money&of=village&area=POLYGON((...))#13/-8.2/114.3`; the hash is the browser's own.
With `as_of=2026-03-03` the works are those of that day; then no region is shaded and nothing speaks of indications.
What cannot be understood is left aside and, where a person would miss it, said in `fault`.
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime
from types import ModuleType
from typing import Self
from urllib.parse import parse_qs, parse_qsl, urlencode
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import gettext

from app import access, past
from app.errors import NotFound
from app.frame import address
from app.maps import shades
from app.maps.families import STYLES
from app.past import Past
from app.queries import maps
from app.queries.areas import Area, AreaFaulty
from app.queries.filters import Filter
from app.queries.past_maps import Then

PAST_STYLES = tuple(style for style in STYLES if style != "flag")
"""How an indication stood is not kept."""
WIDEST_DEG = 6.0
"""An area beyond this is not one that anybody works in, and would ask for everything."""


@dataclass(frozen=True, slots=True)
class View:
    """A view of the map that can be shared; the same one shows each person what they may see."""

    chosen: Filter = Filter()
    by: str = STYLES[0]
    shade: str | None = None
    of: str = shades.LEVELS[0]
    area: Area | None = None
    fault: str | None = None
    past: Past | None = None

    @classmethod
    def asked(cls) -> Self:
        """The view of this request."""
        return cls.parse(request.query_string.decode("utf-8", "replace"))

    @classmethod
    def parse(cls, query_string: str) -> Self:
        asked = parse_qs(query_string, max_num_fields=500)

        def one_of(name: str, known: tuple[str, ...]) -> str | None:
            value = asked.get(name, [""])[-1]
            return value if value in known else None

        area, fault = _area(asked["area"][-1]) if asked.get("area") else (None, None)
        then, late = past.read(asked.get("as_of", [""])[-1])
        by = one_of("by", PAST_STYLES if then else STYLES) or STYLES[0]
        chosen = Filter.parse(query_string)
        return cls(chosen.without("suspected") if then else chosen, by,
                   None if then else one_of("shade", shades.MEASURES), one_of("of", shades.LEVELS) or shades.LEVELS[0],
                   area, fault or late, then)

    def query_string(self, mark: bool = False, **other: object) -> str:
        """As a query string, with other values for some fields."""
        view = replace(self, **other) if other else self
        pairs = [("by", view.by)] if view.by != STYLES[0] else []
        if view.shade:
            pairs += [("shade", view.shade), ("of", view.of)]
        if view.area:
            pairs.append(("area", view.area.text))
        if view.past:
            pairs.append(("as_of", view.past.code))
        written = "&".join(part for part in (view.chosen.query_string(), urlencode(pairs)) if part)
        return f"?{written}" if mark and written else written

    @property
    def kept(self) -> dict[str, str]:
        """What a form of filters sends along."""
        known = {"by": self.by if self.by != STYLES[0] else None, "shade": self.shade,
                 "of": self.of if self.shade else None, "area": self.area.text if self.area else None,
                 "as_of": self.past.code if self.past else None}
        return {name: value for name, value in known.items() if value}

    @property
    def fields(self) -> list[tuple[str, str]]:
        """What a form that asks for another day sends along: everything else."""
        return parse_qsl(self.query_string(past=None))

    @property
    def works(self) -> ModuleType | Then:
        """Where the works are asked for: as they are, or as they stood."""
        return Then(self.past.end) if self.past else maps

    @property
    def exports(self) -> str | None:
        """The page that exports these works; None where this installation has no exports."""
        found = address("exports.form")
        query = replace(self, by=STYLES[0], shade=None, past=None).query_string()
        return found and (f"{found}?{query}" if query else found)


def breaks() -> list[float]:
    """The edges of classes that this request names. Raises NotFound where they are not numbers."""
    try:
        edges = [float(part) for part in request.args.get("breaks", "").split(",") if part][:9]
    except ValueError:
        raise NotFound from None
    if not all(map(math.isfinite, edges)):
        raise NotFound
    return edges


def latest_year() -> int:
    """This year, where the installation stands: years of a map count back from it."""
    return datetime.now(ZoneInfo(access.settings().timezone)).year


def _area(text: str) -> tuple[Area | None, str | None]:
    try:
        area = Area.parse(text)
    except AreaFaulty as error:
        kind = str(error).rpartition(".")[2]
        return None, {
            "too_many": gettext("Area di alamat ini mempunyai terlalu banyak titik sudut, jadi tidak dipakai. "
                                "Gambar yang lebih sederhana."),
            "crosses_itself": gettext("Garis area di alamat ini saling memotong, jadi tidak jelas mana yang di dalam. "
                                      "Area tidak dipakai; gambar ulang."),
            "not_on_earth": gettext("Area di alamat ini berada di luar bumi, jadi tidak dipakai."),
        }.get(kind) or gettext("Area di alamat ini tidak terbaca, jadi tidak dipakai. Gambar ulang di peta.")
    west, south, east, north = area.geometry.bounds
    if east - west > WIDEST_DEG or north - south > WIDEST_DEG:
        return None, gettext("Area di alamat ini terlalu luas, jadi tidak dipakai. Gambar area yang lebih kecil.")
    return area, None
