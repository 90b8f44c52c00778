"""Sentences as message ids with values, worded when a person is there to read them.

What is stored or sent is always the id and the values, never the words: the same stored pair can be read in
Indonesian and in English, and a better wording reaches old records too.

The words stand in `geo/locale/<language>/<subject>.json`: `{"place.near": "berjarak {distance_m:m}"}`.
A place-holder may name how its value is written:

    {x}         text as it is                    {x:n}      a number, decimal mark of the language
    {x:money}   Rp 1.234.567                     {x:m}      6 m, 1,2 km
    {x:share}   92 %                             {x:date}   23 Nov 2026
    {x:word}    another message id, worded       {x:words}  a list of them, joined
                (or a sentence as `Sentence.to_json` gives it, with its own values)
    {x:year}    2024, without a thousands mark   {x:point}  -8.219233, 114.369227 (from a lon, lat pair)
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from string import Formatter

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

LANGUAGES = ("id", "en")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A message id and the values it is worded with; JSON-able through `to_json` and `from_json`."""

    id: str
    values: Mapping[str, object] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        return {"id": self.id, **({"values": dict(self.values)} if self.values else {})}

    @classmethod
    def from_json(cls, stored: Mapping) -> "Sentence":
        return cls(stored["id"], stored.get("values", {}))


@cache
def locale_of(language: str) -> Locale:
    """What babel writes a language's numbers and dates by: understanding the code takes it longer than writing one."""
    return Locale.parse(language)


@cache
def words(language: str) -> Mapping[str, str]:
    """Every message of one language, gathered from its files; a message id stands in one file only."""
    gathered: dict[str, str] = {}
    folder = resources.files("geo") / "locale" / language
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        for message_id, text in json.loads(file.read_text("utf-8")).items():
            if message_id in gathered:
                raise ValueError(f"{message_id} stands twice in geo/locale/{language}")
            gathered[message_id] = text
    return gathered


def worded(sentence: Sentence | str, language: str = "id", currency: str = "IDR") -> str:
    """The sentence in words.

    >>> worded(Sentence("unit.metres", {"x": 1234.5}), "id")
    '1,2 km'
    """
    sentence = Sentence(sentence) if isinstance(sentence, str) else sentence
    text = words(language).get(sentence.id)
    if text is None:
        raise KeyError(f"geo/locale/{language} has no words for {sentence.id!r}")
    return _Writer(language, currency).vformat(text, (), sentence.values)


def metres(x_m: float, language: str = "id") -> str:
    """A distance as a person says it: whole metres below one kilometre, one decimal of kilometres above."""
    if x_m < 1:
        return f"{format_decimal(round(x_m, 1), '0.#', locale=locale_of(language))} m"
    if x_m < 999.5:
        return f"{format_decimal(round(x_m), locale=locale_of(language))} m"
    return f"{format_decimal(x_m / 1000, '#,##0.#', locale=locale_of(language))} km"


def money(amount: object, language: str = "id", currency: str = "IDR") -> str:
    """An amount in full: `Rp 1.234.567`; other currencies keep their code and two decimals."""
    if currency == "IDR":
        return f"Rp {format_decimal(amount, '#,##0', locale=locale_of(language))}"
    return f"{currency} {format_decimal(amount, '#,##0.00', locale=locale_of(language))}"


class _Writer(Formatter):
    def __init__(self, language: str, currency: str) -> None:
        self.language, self.currency = language, currency

    def format_field(self, value: object, spec: str) -> str:
        if value is None:
            return worded("unit.not_known", self.language)
        match spec:
            case "":
                return str(value)
            case "n":
                return format_decimal(value, locale=locale_of(self.language))
            case "money":
                return money(value, self.language, self.currency)
            case "m":
                return metres(float(value), self.language)
            case "share":
                return f"{format_decimal(round(100 * float(value)), locale=locale_of(self.language))} %"
            case "date":
                day = value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
                return format_date(day, "d MMM y", locale=locale_of(self.language))
            case "year":
                return str(int(value))
            case "point":
                lon, lat = value
                return f"{lat:.6f}, {lon:.6f}"
            case "word":
                return worded(_told(value), self.language, self.currency)
            case "words":
                return ", ".join(worded(_told(one), self.language, self.currency) for one in value)
        return super().format_field(value, spec)


def _told(value: object) -> Sentence | str:
    return Sentence.from_json(value) if isinstance(value, Mapping) else str(value)
