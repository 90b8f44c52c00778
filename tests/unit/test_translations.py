"""What is said in Indonesian is said in English too: the pages (gettext) and the sentences of geo/ (geo/locale)."""

import re
from collections import Counter
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from geo import sentences

APP = Path(__file__).parents[2] / "app"
TRANSLATIONS = APP / "translations"
KEYWORDS = DEFAULT_KEYWORDS | {"lazy_gettext": None, "lazy_ngettext": (1, 2)}

ALIKE = frozenset({"Auditor", "Google Maps", "Menu", "Volume"})
"""Said with the same letters in both languages."""

SAID_AS_IT_IS = frozenset({"CSV", "Enter", "PantauDesa", "RT", "RW"})
"""Text of templates that is a name, of a key too."""


@cache
def said() -> Catalog:
    """Every message of the current tree."""
    with (TRANSLATIONS / "babel.cfg").open(encoding="utf-8") as mapping:
        methods, options = parse_mapping_cfg(mapping)
    found = Catalog()
    for _file, _line, words, _comments, context in extract_from_dir(APP, methods, options, KEYWORDS):
        found.add(words, context=context)
    return found


@cache
def english() -> Catalog:
    with (TRANSLATIONS / "en/LC_MESSAGES/messages.po").open("rb") as text:
        return read_po(text, locale="en")


def messages(catalogue: Catalog) -> dict[tuple[str | None, str], Message]:
    return {(one.context, forms(one.id)[0]): one for one in catalogue if one.id}


def forms(words: str | tuple | list) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)


def places(words: str) -> Counter:
    """The place-holders of a sentence of the pages: `%(n)s` for the server, `{n}` for scripts."""
    return Counter(re.findall(r"%\(\w+\)[a-z]|\{\w+\}", words))


def test_words_are_found_in_templates_and_in_code():
    known = messages(said())
    assert len(known) > 400
    assert (None, "Beranda") in known, "a lazy text of a table in app/frame.py"
    assert (None, "%(count)s indikasi ganda belum ditelaah.") in known, "ngettext in app/pages/home.py"
    assert forms(known[None, "%(n)s kegiatan"].id) == ("%(n)s kegiatan", "%(n)s kegiatan"), "ngettext in a template"


def test_every_message_has_an_english_translation():
    known = messages(english())
    missing = [key for key, one in messages(said()).items()
               if key not in known or len(forms(known[key].string)) != len(forms(one.id))
               or not all(forms(known[key].string))]
    assert not missing, f"{len(missing)} without words in {TRANSLATIONS / 'en'}: {missing}"


def test_no_translation_is_fuzzy_or_of_something_nobody_says_any_more():
    assert not [one.id for one in english() if one.id and one.fuzzy]
    assert not list(english().obsolete)
    left_over = set(messages(english())) - set(messages(said()))
    assert not left_over


def test_english_keeps_every_place_holder():
    for one in english():
        if one.id:
            wanted = places(forms(one.id)[0])
            assert all(places(text) == wanted for text in forms(one.id) + forms(one.string)), one.id


def test_no_message_holds_a_lone_percent_sign():
    """Jinja writes values into every message, so a lone one would break its page."""
    for one in english():
        if one.id:
            assert not [text for text in forms(one.id) + forms(one.string)
                        if "%" in re.sub(r"%\(\w+\)[a-z]|%%", "", text)]


def test_english_is_not_the_indonesian_over_again():
    same = {text for one in english() if one.id for text in forms(one.string) if text in forms(one.id)}
    assert same <= ALIKE


def test_who_invented_works_is_told_in_every_language():
    kept = "DATA CONTOH, bukan kegiatan nyata"
    assert english().get(kept).string.startswith(kept)


@pytest.mark.parametrize("template", sorted(APP.rglob("templates/**/*.html")),
                         ids=lambda path: str(path.relative_to(APP / "templates")))
def test_a_template_says_nothing_outside_of_gettext(template):
    text = re.sub(r"\{#.*?#\}", "", template.read_text("utf-8"), flags=re.S)
    text = re.sub(r"\{% macro _(classes|told)\(.*?endmacro", "", text, flags=re.S)  # they write attributes
    text = re.sub(r"<(script|style|code)\b.*?</\1>", "", text, flags=re.S)
    text = re.sub(r"\{%\s*trans\b.*?endtrans\s*%\}|\{% block \w+_class %\}.*?endblock", "", text, flags=re.S)
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "\0", text, flags=re.S)
    shown = re.findall(r'\b(?:title|alt|placeholder|aria-label|data-busy)="([^"]*)"', text)
    shown += re.split(r"<[^>]*>", text)
    plain = {re.sub(r"&\w+;", " ", part).strip(" \n.,:;()·–→↓›/") for one in shown for part in one.split("\0")}
    assert not {words for words in plain - SAID_AS_IT_IS if re.search(r"[^\W\d_]{2}", words)}


def test_words_that_scripts_ask_for_stand_in_the_page():
    layout = (APP / "templates/layout.html").read_text("utf-8")
    asked = re.findall(r'\bword\("(\w+)"', (APP / "static/pantau.js").read_text("utf-8"))
    assert asked
    assert not [name for name in asked if f"data-say-{name.lower()}=" not in layout]


@pytest.mark.parametrize("script", ["map", "check", "sites", "rows_map"])
def test_words_that_the_script_of_a_map_asks_for_stand_in_its_page(script):
    pages = [path.read_text("utf-8") for path in APP.rglob("templates/**/*.html")]
    (page,) = [text for text in pages if f"filename='{script}.js'" in text]
    for part in re.findall(r"{% include '([^']+)' %}", page):
        page += (APP / "templates" / part).read_text("utf-8")
    asked = {name for file in (f"{script}.js", "map_layer.js")
             for name in re.findall(r"\bwords\.(\w+)", (APP / "static" / file).read_text("utf-8"))}
    assert "map" in asked
    assert asked <= set(re.findall(r"'(\w+)': _\(", page))


def test_the_library_says_the_same_sentences_in_both_languages():
    indonesian, englished = (sentences.words(language) for language in sentences.LANGUAGES)
    assert indonesian.keys() == englished.keys()
    for name, words in indonesian.items():
        assert holders(words) == holders(englished[name]), name


def holders(words: str) -> set[tuple[str, str | None]]:
    """Place-holders of a sentence of geo/ and how their values are written."""
    return {(name, spec) for _text, name, spec, _conversion in Formatter().parse(words) if name is not None}
