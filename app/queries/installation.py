"""The one row that says what this installation is."""

from app.db import Connection


def is_demonstration(connection: Connection) -> bool:
    return bool((connection.execute("SELECT demonstration FROM installation").fetchone() or [False])[0])


def found(connection: Connection) -> tuple[str, str, bool] | None:
    """(currency, time zone, demonstration), or None before the first start has founded the installation."""
    return connection.execute("SELECT currency, timezone, demonstration FROM installation").fetchone()


def data_version(connection: Connection) -> int:
    """The version of what the maps show, as this transaction sees it."""
    return connection.execute("SELECT data_version()").fetchone()[0]


# For the operator of the machine only.


def begin(connection: Connection, currency: str, timezone: str, secret: bytes) -> None:
    """Found the installation with its root region; does nothing when it has been founded."""
    connection.execute(
        """
        INSERT INTO installation (currency, timezone, secret) VALUES (%s, %s, %s)
        ON CONFLICT (only_one) DO NOTHING
        """, [currency, timezone, secret])
    connection.execute(
        """
        INSERT INTO region (code, level, name)
        SELECT '0', 'root', '' WHERE NOT EXISTS (SELECT FROM region WHERE level = 'root')
        """)


def mark_as_demonstration(connection: Connection) -> None:
    connection.execute("UPDATE installation SET demonstration = true")


def secret(connection: Connection) -> str:
    """The key that signs forms of this installation; the web role cannot read it."""
    return connection.execute("SELECT encode(secret, 'hex') FROM installation").fetchone()[0]


def has_people(connection: Connection) -> bool:
    """Whether anybody was ever let in."""
    return connection.execute("SELECT EXISTS (SELECT FROM person)").fetchone()[0]


def is_in_use(connection: Connection) -> bool:
    """Whether somebody has begun to work here: a person or a work is recorded."""
    return connection.execute(
        "SELECT EXISTS (SELECT FROM person) OR EXISTS (SELECT FROM project)").fetchone()[0]
