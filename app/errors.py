"""From what went wrong to what a person reads: one table of statuses, one of constraints, one handler.

`Refused` and its children are the person's own matter: they carry a sentence to show. Whatever is in no table is a
fault of ours: it is logged with its cause and answered with a reference, and nothing else.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import structlog
from flask import Flask, Response, redirect, render_template, request
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _
from procrastinate.exceptions import ConnectorException
from werkzeug.exceptions import HTTPException

from app.db import PoolTimeout
from geo.errors import GeoError
from geo.sentences import Sentence, worded

log = structlog.get_logger()


class Refused(Exception):
    """What was asked cannot be done as it was asked; `sentence` says why and what to do."""

    def __init__(self, sentence: object = None) -> None:
        self.sentence = sentence
        super().__init__(str(type(self).__doc__))


class NotFound(Refused):
    """There is no such thing, or it is not for this person: both are answered alike."""


class NotAllowed(Refused):
    """This person may not do this."""


class SignInNeeded(Refused):
    """Nobody is signed in."""


class Changed(Refused):
    """Somebody else changed it in the meantime."""


class Broken(Refused):
    """A rule of the database was broken, in words: for a page that answers with its form."""


class Repeated(Exception):
    """This very form was sent and stored before; `answer` is what was answered then: an address of ours, or an id."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        super().__init__(answer)


class TooMany(Refused):
    """Too many attempts in a short time."""


RETRY_AFTER_S = 5
STATUS: dict[type[Exception], int] = {
    SignInNeeded: 401,
    NotAllowed: 403,
    NotFound: 404,
    Changed: 409,
    Refused: 422,
    GeoError: 422,
    TooMany: 429,
    PoolTimeout: 503,
    ConnectorException: 503,  # as the next, where a job was being queued
    psycopg.OperationalError: 503,  # the database is away or takes too long: a form's key tells what was stored
}

CONSTRAINTS = {
    "a project has a name": _("Kegiatan harus mempunyai nama."),
    "a name has at most 1,000 characters": _("Nama kegiatan paling panjang 1.000 huruf."),
    "a budget year lies between 1990 and 2100": _("Tahun anggaran harus antara 1990 dan 2100."),
    "an amount is not negative": _("Nilai uang tidak boleh negatif."),
    "a stage is one of the five": _("Tahap tidak dikenal."),
    "fund shares are a list": _("Rincian sumber dana tidak terbaca."),
    "a source key stands once": _("Kegiatan ini sudah tercatat."),
    "a geometry is not empty and lies on earth":
        _("Lokasi harus berada di muka bumi: bujur -180 sampai 180, lintang -90 sampai 90."),
    "a place is replaced, never changed":
        _("Lokasi yang sudah tercatat tidak diubah; kirim lokasi baru, yang lama tetap tersimpan."),
    "an accuracy lies between 0 and 10,000 m": _("Ketelitian harus antara 0 dan 10.000 meter."),
    "a verdict is given by another person":
        _("Hasil telaah harus diberikan orang lain, bukan yang mencatat kegiatan ini."),
    "a note has at most 4,000 characters": _("Catatan paling panjang 4.000 huruf."),
    "a verdict is a kind, not_related, needs_visit or withdrawn": _("Pilih salah satu hasil telaah."),
    "an answer says something": _("Tulis tanggapan, paling panjang 4.000 huruf."),
    "a finding is followed up before it is closed":
        _("Temuan ditanggapi, ditindaklanjuti, lalu ditutup; yang sudah ditutup hanya dapat dibuka lagi."),
    "a finding is closed by another person":
        _("Temuan harus ditutup auditor lain, bukan yang menulis atau menindaklanjutinya, atau mencatat kegiatannya."),
    "a finding says condition, criteria and recommendation":
        _("Isi judul, kondisi, kriteria, dan rekomendasi; masing-masing bagian paling panjang 8.000 huruf."),
    "an amount of a finding is not negative": _("Nilai uang tidak boleh negatif."),
    "an event of a finding says something": _("Tulis keterangan, paling panjang 4.000 huruf."),
    "a number has at most 200 characters": _("Nomor dan surat tugas paling panjang 200 huruf."),
    "a part of a working paper has at most 8,000 characters":
        _("Setiap bagian kertas kerja paling panjang 8.000 huruf."),
    "a review's note has at most 4,000 characters": _("Catatan paling panjang 4.000 huruf."),
    "a working paper is reviewed by another person":
        _("Pereviu harus orang lain, bukan yang menulis kertas kerja ini atau mencatat kegiatannya."),
    "working_paper_review_pkey": _("Versi kertas kerja ini sudah direviu."),
    "a version of a pair's paper stands once":
        _("Orang lain baru saja menyimpan kertas kerja ini. Muat ulang halaman, lalu gabungkan tulisan Anda."),
    "a version of a group's paper stands once":
        _("Orang lain baru saja menyimpan kertas kerja ini. Muat ulang halaman, lalu gabungkan tulisan Anda."),
    "a full name has 1 to 200 characters": _("Tulis nama lengkap, paling panjang 200 huruf."),
    "a grant ends after it begins": _("Peran harus berakhir setelah dimulai. Periksa kedua tanggalnya."),
    "a role in a region is held once at a time":
        _("Peran ini di wilayah ini sudah ada untuk sebagian atau seluruh masa itu. Akhiri yang lama dahulu."),
    "the last administrator stays":
        _("Ini pengelola terakhir seluruh instalasi. Beri peran itu, tanpa batas waktu, kepada orang lain dahulu."),
    "a person has at most 10 devices": _("Paling banyak 10 telepon. Cabut yang tidak dipakai lagi, lalu coba lagi."),
    "a device has a name of 1 to 60 characters": _("Beri nama telepon itu, paling panjang 60 huruf."),
    "a user name is taken once": _("Nama pengguna ini sudah dipakai."),
    "a user name is 2 to 60 small letters, digits, dots or dashes":
        _("Nama pengguna terdiri dari 2 sampai 60 huruf kecil, angka, titik, atau tanda hubung."),
    "an upload has one unfinished job": _("Unggahan ini sedang dikerjakan."),
    "a list has one unfinished job": _("Daftar ini sedang dicek."),
    "a draft has one unfinished job": _("Rancangan ini sedang dikerjakan."),
    "a change of the model has a reason": _("Tulis alasan perubahan, paling panjang 1.000 huruf."),
    "a model is saved as it was shown":
        _("Bobot yang berlaku sudah berganti sejak rancangan ini dihitung. Hitung lagi apa yang berubah, lalu simpan."),
    "a check is registered as one work": _("Usulan ini sudah didaftarkan."),
    "a row of a list is checked once": _("Baris ini sudah dicek."),
    "a region code is in force once": _("Kode wilayah ini sudah ada."),
}
"""Sentences for the constraints that a person can run into; the others are faults of ours."""


def constraint_sentence(error: psycopg.Error) -> object | None:
    """What a person reads where the database refused; None where no person could have caused it."""
    return CONSTRAINTS.get(error.diag.constraint_name or "")


@contextmanager
def rules_in_words() -> Iterator[None]:
    """Raise Broken where the database refuses what a person could have caused."""
    try:
        yield
    except psycopg.IntegrityError as error:
        if (sentence := constraint_sentence(error)) is None:
            raise
        raise Broken(sentence) from error


def install(app: Flask) -> None:
    """Answer every exception of a request by the tables above."""
    app.register_error_handler(Exception, _answer)


def _answer(error: Exception) -> Response | tuple[object, int, dict[str, str]]:
    if isinstance(error, Repeated):
        return redirect(error.answer, 303)
    if isinstance(error, HTTPException):
        page, status, headers = _page(error.code or 500, _words_of(error.code or 500))
        return page, status, headers | _said_by(error)
    if isinstance(error, psycopg.Error) and (sentence := constraint_sentence(error)):
        return _page(409 if isinstance(error, psycopg.errors.UniqueViolation) else 422, str(sentence))
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return _page(403, _words_of(403))
    for kind in type(error).__mro__:
        if kind in STATUS:
            return _page(STATUS[kind], said(error) or _words_of(STATUS[kind]))
    reference = secrets.token_hex(4)
    log.error("unexpected", reference=reference, path=request.path, exc_info=error)
    return _page(500, gettext("Terjadi kesalahan pada sistem, bukan pada Anda. Tidak ada yang tersimpan setengah. "
                              "Sampaikan nomor ini kepada pengelola: %(reference)s", reference=reference))


def _said_by(error: HTTPException) -> dict[str, str]:
    """What a program may go by; the sentence of Werkzeug is for developers, and stays away."""
    kept = dict(error.get_headers())
    return {name: kept[name] for name in ("Allow", "Retry-After") if name in kept}


def said(error: Exception) -> str | None:
    """The sentence that an exception carries, in the reader's language; None where it has none."""
    if isinstance(error, GeoError):
        return worded(error.sentence, str(get_locale()))
    sentence = getattr(error, "sentence", None)
    if isinstance(sentence, Sentence):
        return worded(sentence, str(get_locale()))
    return str(sentence) if sentence else None


def _words_of(status: int) -> str:
    return str({
        400: _("Permintaan tidak terbaca. Muat ulang halaman, lalu coba lagi."),
        401: _("Silakan masuk dahulu."),
        403: _("Anda tidak berwenang melakukan ini."),
        404: _("Halaman atau data ini tidak ada, atau bukan untuk Anda."),
        405: _("Cara membuka halaman ini tidak dikenal."),
        409: _("Sudah diubah orang lain. Muat ulang halaman untuk melihat keadaan terbaru."),
        413: _("Berkas terlalu besar."),
        429: _("Terlalu banyak percobaan. Tunggu beberapa menit."),
        503: _("Sistem sedang sibuk. Coba lagi sebentar; yang sudah tersimpan tetap aman."),
    }.get(status, _("Permintaan ini tidak dapat dipenuhi.")))


def _page(status: int, sentence: str) -> tuple[object, int, dict[str, str]]:
    headers = {"Retry-After": str(RETRY_AFTER_S)} if status == 503 else {}
    machine = request.path.startswith("/api/")
    if machine or request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return {"error": sentence}, status, headers
    return render_template("errors/error.html", status=status, sentence=sentence), status, headers
