"""Words are looked up once, and still said to each reader in their own language, with values that stay text."""

import pytest
from markupsafe import Markup

from geo.sentences import worded


@pytest.fixture
def said(app):
    """What one compiled template says to a reader of either language, in turn."""
    def render(source: str, **values: object) -> list[str]:
        template, found = None, []
        for language in ("id", "en", "id"):
            with app.test_request_context(headers={"Cookie": f"language={language}"}):
                template = template or app.jinja_env.from_string(source)  # as a page is, by its first reader
                found.append(template.render(**values))
        return found

    return render


def test_a_constant_of_a_template_is_worded_for_each_reader(said):
    wanted = [worded("export.empty", language) for language in ("id", "en", "id")]
    assert wanted[0] != wanted[1]
    assert said("{{ 'export.empty'|sentence }}") == wanted


def test_a_number_is_written_for_each_reader(said):
    assert said("{{ 1234567|whole }}") == ["1.234.567", "1,234,567", "1.234.567"]
    assert said("{{ n|money }}", n=1234567) == ["Rp 1.234.567", "Rp 1,234,567", "Rp 1.234.567"]
    assert said("{{ n|short_money }}", n=1_250_000_000)[:2] == ["Rp 1,2 miliar", "Rp 1.2 billion"]


def test_a_sentence_is_found_for_each_reader_and_its_values_are_escaped(said):
    assert said("{{ _('Desa') }}") == ["Desa", "Village", "Desa"]
    indonesian, english, _ = said("{{ _('%(n)s belum ada titik', n=hostile) }}", hostile="<script>%(n)s</script>")
    assert indonesian == "&lt;script&gt;%(n)s&lt;/script&gt; belum ada titik"
    assert english.startswith("&lt;script&gt;%(n)s&lt;/script&gt; ")


def test_a_doubled_percent_sign_is_one(said):
    assert said("{{ _('Kertas A4 mendatar, skala 100 %%.') }}")[0] == "Kertas A4 mendatar, skala 100 %."


def test_what_is_marked_as_safe_stays_so(said):
    assert said("{{ _('%(n)s belum ada titik', n=bold) }}", bold=Markup("<b>3</b>"))[0] == "<b>3</b> belum ada titik"
