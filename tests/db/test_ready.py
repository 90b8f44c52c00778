"""The database made ready: by a superuser's URL, founded once, and never under another currency."""

import dataclasses
import stat

import psycopg
import pytest

from app.installation.ready import Place, prepare, ready
from app.installation.terminal import Stop, quiet
from app.queries import installation
from app.settings import Settings


def prepared(settings: Settings) -> Place:
    return prepare(settings, None, tell=quiet)


def test_the_application_signs_in_as_the_web_role(settings):
    place = prepared(settings)
    with psycopg.connect(place.web_url) as connection:
        row = connection.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = session_user").fetchone()
        assert row == (False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT secret FROM installation")


def test_the_password_of_the_web_role_is_kept_for_its_owner_alone(settings):
    prepared(settings)
    assert stat.S_IMODE((settings.var / "web_password").stat().st_mode) == 0o600


def test_the_operator_founds_the_installation_once(settings):
    first, second = prepared(settings), prepared(settings)
    assert first.secret == second.secret
    assert len(first.secret) >= 64
    with second.operator() as connection:
        assert installation.found(connection) == ("IDR", "Asia/Jakarta", False)
        assert not installation.is_in_use(connection)


def test_what_the_operator_does_is_stored_whole_or_not_at_all(settings):
    place = prepared(settings)

    def half() -> None:
        with place.operator() as connection:
            installation.mark_as_demonstration(connection)
            connection.execute("SELECT 1/0")

    with pytest.raises(psycopg.errors.DivisionByZero):
        half()
    assert not prepared(settings).demonstration


def test_another_currency_is_refused_and_the_founded_one_named(settings):
    prepared(settings)
    with pytest.raises(Stop, match="PANTAU_CURRENCY=IDR, not PHP"):
        prepared(dataclasses.replace(settings, currency="PHP"))


def test_a_database_that_nobody_answers_at_is_said_to_be_unreachable(settings):
    wrong = dataclasses.replace(settings, database_url="postgresql:///x?host=/nowhere")
    with pytest.raises(Stop, match="DATABASE_URL cannot be reached"), ready(wrong, tell=quiet):
        pass


def test_no_secret_is_shown_where_a_place_is_printed(settings):
    place = prepared(settings)
    assert place.secret not in repr(place)
    assert "postgres" not in repr(place)
