"""Help: one page for each role, and the words used here."""

from flask import Blueprint, g, render_template
from flask_babel import lazy_gettext as _

from app import access
from app.errors import NotFound
from app.frame import ROLE_WORDS

page = Blueprint("help", __name__, url_prefix="/help")

ROLES = ("field", "head", "planner", "auditor", "admin")

# Words a newcomer meets, and what they mean here.
WORDS = (
    (_("Kegiatan"), _("Satu pekerjaan yang didanai, baru direncanakan atau sudah berjalan.")),
    (_("Titik, ketelitian"), _("Letak kegiatan dan seberapa jauh titik itu dapat meleset. Titik dengan ketelitian 15 m "
                               "digambar sebagai lingkaran 15 m.")),
    (_("Indikasi ganda"), _("Dua catatan yang mungkin satu pekerjaan. Selalu ada alasannya, dan selalu dapat "
                            "ditanggapi. Ini bukan tuduhan.")),
    (_("Kuat, sedang, lemah"), _("Seberapa banyak bukti yang menguatkan suatu indikasi, dihitung sama untuk semua "
                                 "desa.")),
    (_("Nilai yang perlu diperiksa"), _("Nilai yang lebih kecil dari kedua kegiatan dikali bagian yang berimpit, satu "
                                        "kali untuk setiap pekerjaan. Ini bukan kerugian.")),
    (_("Hasil telaah"), _("Jawaban seseorang atas sebuah indikasi. Tidak pernah dihapus; terbuka kembali bila data "
                          "yang menjadi dasarnya berubah.")),
    (_("Tidak diketahui"), _("Tidak tertulis di berkas. Tidak pernah dianggap nol atau sama.")),
)


@page.get("")
@access.everyone
def show() -> str:
    own = next((role for role in ROLES if g.person and g.person.holds(role)), "field")
    return _page(own)


@page.get("/<role>")
@access.everyone
def of_role(role: str) -> str:
    if role not in ROLES:
        raise NotFound
    return _page(role)


def _page(role: str) -> str:
    return render_template("help/show.html", role=role, roles=[(one, ROLE_WORDS[one]) for one in ROLES], words=WORDS)
