"""What people type into the forms there are reaches no column in which payloads are not planted.

The long form, with all sixty and a browser: `./pantau bench payloads`."""

import pytest

from tests.hostile.payloads import fields
from tests.hostile.sending import Sent


@pytest.mark.timeout(900)
def test_what_is_typed_into_a_form_is_planted_or_refused_and_in_no_page_a_node(knocker, told, superuser):
    sent = Sent(knocker, told)
    sent.all(texts=("panjang " * 1200,), only=knocker.unsafe())  # longer than any column takes
    assert "\n".join(sent.faults) == ""
    assert sent.kept - {f"{table}.{column}" for table, column, _kind in fields(superuser)} == set()
    assert {"finding.title", "verdict.note", "answer.text", "person.full_name", "site.reason"} <= sent.kept
