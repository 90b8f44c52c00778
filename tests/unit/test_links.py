"""Map links: the point a link carries in itself, and what is said where it carries none."""

import pytest

from geo.coordinates import looks_like_one, read

LINKS = [
    "https://www.google.com/maps/place/-8.219233,114.369227",
    "https://www.google.com/maps/place/8%C2%B013'09.2388%22S+114%C2%B022'09.2172%22E/@-8.3,114.5,17z",
    "https://www.google.com/maps/place/Kantor+Desa/@-8.3,114.5,17z/data=!3m1!4b1!8m2!3d-8.219233!4d114.369227!16s",
    "https://www.google.com/maps?q=loc:-8.219233,114.369227",
    "https://maps.google.com/maps?q=-8.219233%2C114.369227&z=17&hl=id",
    "https://www.google.com/maps/search/-8.219233,+114.369227?entry=tts",
    "https://www.google.com/maps/search/?api=1&query=-8.219233%2C114.369227",
    "https://www.google.com/maps/dir/?api=1&destination=-8.219233,114.369227",
    "geo:-8.219233,114.369227?z=17",
    "https://www.openstreetmap.org/?mlat=-8.219233&mlon=114.369227#map=17/-8.3/114.4",
    "https://waze.com/ul?ll=-8.219233,114.369227&navigate=yes",
    "https://www.bing.com/maps?cp=-8.219233~114.369227&lvl=16",
    "https://maps.apple.com/?ll=-8.219233,114.369227&q=Titik",
    "maps.google.com/?q=-8.219233,114.369227",
    "https://maps.app.goo.gl/AbC -8.219233, 114.369227",
]
VIEWS = [
    "www.google.com/maps/@-8.219233,114.369227,17z",
    "https://www.openstreetmap.org/#map=17/-8.219233/114.369227",
    "https://www.google.com/maps/embed?pb=!1m18!1m12!1m3!1d3948.3!2d114.369227!3d-8.219233!2m3",
]


@pytest.mark.parametrize("text", LINKS)
def test_the_point_of_a_link_is_read_and_a_pin_beats_the_view(text):
    position = read(text)
    assert position.fault is None
    assert (position.lat, position.lon) == (pytest.approx(-8.219233, abs=1e-6), pytest.approx(114.369227, abs=1e-6))
    assert position.notes == ()
    assert looks_like_one(text)


def test_a_route_is_both_ends_of_a_road_or_its_destination_and_said():
    near = read("https://www.google.com/maps/dir/-8.202665,114.320276/-8.2030,114.3210/")
    far = read("https://www.google.com/maps/dir/-8.3,114.3/-8.219233,114.369227/@-8.2,114.3,12z")
    asked = read("https://www.google.com/maps/dir/?api=1&origin=-8.2026,114.3202&destination=-8.2030,114.3210")
    assert [one.how for one in (near, far, asked)] == ["chord", "link", "chord"]
    assert (far.lat, far.lon) == (-8.219233, 114.369227)
    assert all([note.id for note in one.notes] == ["coordinate.link_way"] for one in (near, far, asked))


@pytest.mark.parametrize("text", VIEWS)
def test_the_middle_of_a_screen_is_read_and_called_so(text):
    position = read(text)
    assert (position.lat, position.lon) == (-8.219233, 114.369227)
    assert [note.id for note in position.notes] == ["coordinate.link_view"]


@pytest.mark.parametrize(("text", "reason"), [
    ("https://maps.app.goo.gl/AbCdEf123", "coordinate.short_link"),
    ("https://goo.gl/maps/AbCdEf", "coordinate.short_link"),
    ("https://g.co/kgs/abc", "coordinate.short_link"),
    ("bit.ly/petadesa", "coordinate.short_link"),
    ("s.id/abc", "coordinate.short_link"),
    ("https://www.google.com/maps/place/Banyuwangi", "coordinate.link_without_point"),
    ("https://www.google.co.id/maps/place/Q9J9%2B8M+Banyuwangi", "coordinate.plus_short"),
    ("https://www.google.com/maps?q=-8.219233,114.369227 tetapi -8.3, 114.5", "coordinate.two_places"),
    ("https://www.google.com/maps?q=-98.2,114.3", "coordinate.not_latitude"),
])
def test_a_link_without_a_point_says_why(text, reason):
    """No test of ours may open a socket, so a link that were followed would fail here."""
    assert read(text).fault.id == reason
