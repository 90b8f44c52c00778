"""What stands around every page: the menu of whoever is asking, their roles in words, and the way to help.

One table says which pages the menu names and for whom; a page that is not registered is not named.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import urlsplit

from flask import Flask, current_app, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app import access
from app.access import Person


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a menu."""

    href: str
    words: str
    icon: str
    current: bool = False
    count: int | None = None


NAVIGATION = (
    ("home.show", _("Beranda"), "home", None),
    ("map.show", _("Peta"), "map", None),
    ("projects.show_list", _("Kegiatan"), "list", None),
    ("pairs.queue", _("Indikasi ganda"), "pair", None),
    ("inspection.show", _("Pemeriksaan"), "search", access.JUDGES),
    ("uploads.start", _("Unggah"), "upload", access.SENDS),
    ("sites.form", _("Kirim titik"), "pin", access.SENDS),
    ("check.form", _("Cek usulan"), "check", None),
)
"""(endpoint, words, icon, the roles it is for or None for all)."""

ROLE_WORDS = {
    "field": _("Operator desa"),
    "head": _("Kepala desa"),
    "planner": _("Perencana"),
    "auditor": _("Auditor"),
    "treasurer": _("Bendahara"),
    "admin": _("Pengelola"),
}
LANGUAGES = (("id", "Bahasa Indonesia"), ("en", "English"))


class Frame:
    """What layout.html asks for; each part is worked out when the template names it, once for a page."""

    languages = LANGUAGES

    @staticmethod
    def address(endpoint: str, **values: object) -> str | None:
        """As the function of this module: templates link only to pages that are there."""
        return address(endpoint, **values)

    @property
    def person(self) -> Person | None:
        return access.person()

    @property
    def home(self) -> str:
        return address("home.show") or "/"

    @property
    def here(self) -> str:
        """The page one is on, to come back to; after a refused form the page that the form stood on."""
        if request.method in ("GET", "HEAD"):
            return _within(request.full_path.rstrip("?"))
        try:
            came_from = urlsplit(request.referrer or "")
        except ValueError:  # no browser writes such an address
            return self.home
        if came_from.netloc != request.host or not came_from.path.startswith("/"):
            return self.home
        return _within(f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path)

    @property
    def where(self) -> str:
        """The address of the page as paper says it, with its filter."""
        return (access.settings().public_url or request.url_root).rstrip("/") + self.here

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    @cached_property
    def navigation(self) -> list[Entry]:
        if self.person is None:
            return []
        section = (request.endpoint or "").split(".")[0]
        return [Entry(href, str(words), icon,
                      section == endpoint.split(".")[0] or request.path.startswith(f"{href}/"))
                for endpoint, words, icon, roles in NAVIGATION
                if (href := address(endpoint)) and (roles is None or self.person.holds(*roles))]

    @cached_property
    def roles(self) -> list[str]:
        """`Auditor · Kabupaten Banyuwangi`, one line for each grant."""
        if self.person is None:
            return []
        return [f"{ROLE_WORDS[grant.role]} · {grant.name}" if grant.name else str(ROLE_WORDS[grant.role])
                for grant in self.person.grants]

    @cached_property
    def menu(self) -> list[Entry]:
        record = address("record.show") if self.person and self.person.reads_record else None
        people = address("people.show_list") if self.person and self.person.holds(*access.ADMINISTERS) else None
        wanted = ((self.help, gettext("Bantuan"), "help"),
                  (people, gettext("Orang dan peran"), "people"),
                  (record, gettext("Rekaman perubahan"), "list"),
                  (address("devices.show"), gettext("Sesi dan telepon"), "phone"),
                  (address("sign_in.password"), gettext("Kata sandi"), "edit"),
                  (address("sign_in.second_factor"), gettext("Faktor kedua"), "clock"))
        return [Entry(href, words, icon) for href, words, icon in wanted if href]

    @property
    def blind(self) -> int | None:
        """What links of a page hand on, so that what is opened from it is as blind."""
        return 1 if blind() else None

    @property
    def help(self) -> str | None:
        return address("help.show")


def _within(path: str) -> str:
    """A path as a link may hold it: two slashes at its head, and a browser would take what follows for a host."""
    return "/" + path.lstrip("/\\")


def blind() -> bool:
    """Whether the address says that the person asking has chosen to judge without the machine's opinion."""
    return request.args.get("blind", type=int) == 1


def address(endpoint: str, **values: object) -> str | None:
    """The address of a page, None where this installation has no such page."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None


def install(app: Flask) -> None:
    """Give every template `frame`."""
    app.context_processor(lambda: {"frame": Frame()})
