"""Links to maps: the point a link carries in itself.

A pin beats the view: `@lat,lon` in a Google link is only the middle of the screen, and the pin `!3d…!4d…` of the same
link may stand kilometres away. A short link carries no point and is never followed: nothing here asks a network.
"""

import re
from urllib.parse import unquote

from geo.angles import scan

SHORT = re.compile(r"\b(?:maps\.app\.goo\.gl|goo\.gl|g\.co/|bit\.ly|s\.id/|tinyurl\.com|g\.page|t\.co/|cutt\.ly|"
                   r"rebrand\.ly|shorturl)", re.IGNORECASE)
_LINK = re.compile(r"https?:/?/?\w|\b(?:www\.|maps?\.)[a-z]|\bgoo\.gl|\bgeo:\s?-?\d|\bgoogle\.\w+(?:\.\w+)?/maps|"
                   r"\b(?:openstreetmap|osm)\.org|\bwaze\.com|\bbing\.com/maps|\bbit\.ly/|\bs\.id/|\bg\.co/|\bg\.page/",
                   re.IGNORECASE)
_D = r"(-?\d{1,3}(?:\.\d+)?)"
_F = r"(-?\d{1,3}\.\d+)"
_PIN = re.compile(rf"!3d{_F}!4d{_F}")
_WAY = re.compile(rf"!1d{_F}!2d{_F}")
_EMBEDDED = re.compile(rf"!2d{_F}!3d{_F}")
_NAMED = (
    re.compile(rf"[?&#](?:q|ll|query|destination|daddr|saddr|origin|center|sll|cbll|viewpoint|coordinate|address|to)="
               rf"(?:loc:|ll\.|[^&#@]*@)?\s*{_F}\s*,\s*{_F}(?![\d.])", re.IGNORECASE),
    re.compile(rf"[?&]mlat={_F}&mlon={_F}", re.IGNORECASE),
    re.compile(rf"[?&]lat(?:itude)?={_F}&(?:lon|lng|long|longitude)={_F}", re.IGNORECASE),
    re.compile(rf"[?&](?:cp|sp)=(?:point\.)?{_F}[~_]{_F}", re.IGNORECASE),
    re.compile(rf"\bgeo:\s?{_D},{_D}", re.IGNORECASE),
    re.compile(rf"/(?:search|place|dir)/(?:[^/]*/)?\s*{_F},\s*{_F}"),
    re.compile(rf"/maps?/{_F},\s*{_F}"),
    re.compile(rf"[?&](?:query|q)={_F}\s+{_F}"),
)
_VIEW = (re.compile(rf"@{_F},{_F}"), re.compile(rf"#(?:map=)?\d+(?:\.\d+)?/{_F}/{_F}"))
_PLACE = re.compile(r"/(?:place|search|dir)/([^/@?]+)|[?&](?:q|query|destination|daddr)=([^&#]+)")
MOST_TEXT = 4000


def is_one(text: str) -> bool:
    """Whether a cell holds a link to a map, or what looks like one."""
    return bool(_LINK.search(text[:MOST_TEXT]))


def point_of(text: str) -> tuple[float, float, str] | None:
    """lat, lon and what they are in the link: pin | named | view; None where it carries none.

    >>> point_of("https://www.google.com/maps/place/X/@-8.21,114.37,17z/data=!3d-8.219233!4d114.369227")
    (-8.219233, 114.369227, 'pin')
    """
    text = opened(text)
    if pins := list(_PIN.finditer(text)):
        return float(pins[-1][1]), float(pins[-1][2]), "pin"
    for pattern in _NAMED:
        if found := pattern.search(text):
            return float(found[1]), float(found[2]), "named"
    if place := _typed(text):
        return place
    for pattern, what in ((_WAY, "named"), (_EMBEDDED, "view")):  # these two write longitude first
        if ways := list(pattern.finditer(text)):
            return float(ways[-1][2]), float(ways[-1][1]), what
    for pattern in _VIEW:
        if found := pattern.search(text):
            return float(found[1]), float(found[2]), "view"
    return None


def way_of(text: str) -> list[tuple[float, float]]:
    """lat, lon of both ends of a link to a route; [] where it names none, one, or more than two points."""
    text = opened(text)
    if found := re.search(r"/dir/([^@?#]+)", text):
        ends = [re.fullmatch(rf"\s*{_F},\s*{_F}\s*", part) for part in found[1].split("/")]
    else:
        ends = [re.search(rf"[?&](?:{names})=\s*{_F},\s*{_F}(?![\d.])", text)
                for names in ("origin|saddr", "destination|daddr")]
    points = [(float(one[1]), float(one[2])) for one in ends if one]
    return points if len(points) == 2 and points[0] != points[1] else []


def _typed(text: str) -> tuple[float, float, str] | None:
    """Degrees, minutes and seconds in the name of a place: /place/8°13'09.2"S+114°22'09.2"E."""
    for found in _PLACE.finditer(text):
        angles = scan(found[1] or found[2] or "").angles
        if len(angles) == 2 and {angles[0].marked, angles[1].marked} <= set("NSEW") and not any(
                angle.faulty or angle.minus for angle in angles):
            size = {angle.marked: abs(angle.degrees) for angle in angles}
            lat = size.get("N", -size["S"] if "S" in size else None)
            lon = size.get("E", -size["W"] if "W" in size else None)
            if lat is not None and lon is not None:
                return lat, lon, "named"
    return None


def without(text: str) -> str:
    """The rest of a cell beside its links."""
    return re.sub(r"\S*(?:https?:|www\.|goo\.gl|bit\.ly|s\.id/|g\.co/|g\.page)\S*", " ", text)


def opened(text: str) -> str:
    """A link with its encoded signs as a person reads them."""
    text = unquote(text[:MOST_TEXT].replace("%2B", "+") if "%20" in text else text[:MOST_TEXT].replace("+", " "))
    return text.replace("\u2212", "-")
