"""The environment is read in one place, and all that is wrong in it is said at once."""

from pathlib import Path

import pytest

from app.settings import Settings, SettingsWrong


def test_nothing_set_means_a_private_installation_on_this_machine() -> None:
    settings = Settings.from_environment({})
    assert (settings.host, settings.port, settings.currency, settings.database_url) == ("127.0.0.1", None, "IDR", None)


def test_every_wrong_setting_is_named_at_once() -> None:
    with pytest.raises(SettingsWrong) as refused:
        Settings.from_environment({"PANTAU_PORT": "eighty", "PANTAU_CURRENCY": "rupiah", "PANTAU_SERVING": "perhaps",
                                   "PANTAU_PUBLIC_URL": "pantau.example"})
    said = str(refused.value)
    for variable in ("PANTAU_PORT", "PANTAU_CURRENCY", "PANTAU_SERVING", "PANTAU_PUBLIC_URL"):
        assert variable in said


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert Settings.from_environment({"PANTAU_PORT": " ", "PANTAU_VAR": ""}).port is None


def test_a_relative_folder_is_made_absolute() -> None:
    assert Settings.from_environment({"PANTAU_VAR": "here"}).var == Path("here").resolve()


def test_serving_without_https_is_unsafe_and_says_what_to_do(tmp_path) -> None:
    assert "PANTAU_PUBLIC_URL" in " ".join(Settings().unsafe_for_serving())
    heads = {"public_url": "https://pantau.example", "heads": tmp_path}
    assert Settings(**heads).unsafe_for_serving() == []
    assert "PANTAU_PROXIES" in " ".join(Settings(**heads, host="0.0.0.0").unsafe_for_serving())


def test_serving_wants_the_heads_of_the_record_outside_its_own_folder(tmp_path) -> None:
    safe = {"public_url": "https://pantau.example", "var": tmp_path / "var"}
    for heads in (None, tmp_path / "var", tmp_path / "var" / "heads", tmp_path / "nowhere"):
        assert "PANTAU_HEADS" in " ".join(Settings(**safe, heads=heads).unsafe_for_serving()), heads
