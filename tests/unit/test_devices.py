"""What browsers call themselves, as their people would."""

import pytest

from app import create_app
from app.devices import in_words
from app.settings import Settings


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    app = create_app(Settings(var=tmp_path_factory.mktemp("var")), database_url="postgresql://127.0.0.1:1/none",
                     secret="only for tests")
    with app.test_request_context():
        yield


@pytest.mark.parametrize(("agent", "words"), [
    ("Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile "
     "Safari/537.36", "Chrome di Android"),
    ("Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 SamsungBrowser/25.0 Chrome/121 Mobile Safari/537.36",
     "Samsung Internet di Android"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605 Version/17.5 Mobile Safari/604.1",
     "Safari di iPhone"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0",
     "Edge di Windows"),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox di Linux"),
    ("curl/8.5.0", "perangkat yang tidak dikenal"), ("", "perangkat yang tidak dikenal"),
    (None, "perangkat yang tidak dikenal"),
])
def test_a_browser_is_named_as_people_know_it(asked, agent, words):
    assert in_words(agent) == words
