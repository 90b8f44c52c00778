"""Sentences of templates and pages in the reader's language, each looked up once for a language.

A list of fifty works says the same few words hundreds of times; asking for the request's catalogue each time was a
third of such a page. What is said with values is filled in each time, and values are escaped.
"""

from functools import lru_cache

from flask import Flask
from flask_babel import get_domain, get_locale
from markupsafe import Markup


def install(app: Flask) -> None:
    """Give templates the quick `_` in place of the one that Flask-Babel has given them."""
    app.jinja_env.globals.update(_=_said, gettext=_said)


def language() -> str:
    """The language of this answer, `id` where nobody asks."""
    locale = get_locale()
    return locale.language if locale else "id"


@lru_cache(maxsize=16_384)
def _found(text: str, _language: str) -> Markup:
    """The catalogue is that of the context, whose language is the key."""
    return Markup(get_domain().get_translations().ugettext(text))


def _said(text: str, **values: object) -> Markup:
    found = _found(text, language())
    return found % values if "%" in found else found
