"""The columns of a project table, and the closed lists their values come from.

One place for each rule: the reader recognises columns by these names and synonyms, the upload page shows them,
the template sheet is made from them, and the matcher compares what they hold. Every code below has words in
`geo/locale/<language>/schema.json` under `column.*`, `category.*`, `fund.*`, `stage.*`, `method.*`.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "integer", "year", "money", "date", "number", "code", "lon", "lat", "geometry", "choice"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in code and SQL, the type of its values, its unit, and how people head it.

    `synonyms` are compared after lower-casing, without marks and doubled blanks; Indonesian first, then English.
    """

    name: str
    type: Kind
    synonyms: tuple[str, ...] = ()
    unit: str | None = None
    required: bool = False
    choices: tuple[str, ...] = ()


STAGES = ("proposed", "planned", "running", "done", "cancelled")

FUNDS = (
    "DDS",  # Dana Desa (APBN)
    "ADD",  # Alokasi Dana Desa
    "PBH",  # Bagi hasil pajak dan retribusi
    "PBK",  # Bantuan keuangan kabupaten
    "PBP",  # Bantuan keuangan provinsi
    "PAD",  # Pendapatan asli desa
    "SWD",  # Swadaya
    "APBD",  # APBD kabupaten (dinas)
    "APBDP",  # APBD provinsi
    "APBN",  # APBN (kementerian/lembaga)
    "DAK",  # DAK Fisik
    "POKIR",  # Pokok pikiran / aspirasi / Jasmas
    "POKMAS",  # Hibah kelompok masyarakat
    "CSR",  # CSR / TJSL
    "BAZNAS",
    "BSPS",
    "DLL",  # Lain-lain: also every fund that is not known
)


@dataclass(frozen=True, slots=True)
class Category:
    """What kind of thing a work builds; `reach_m` is how far two records of one such thing may stand apart
    before the accuracies are added (domain.md, section 5), `shape` what its site usually is."""

    code: str
    shape: Literal["point", "line", "area"]
    reach_m: float
    life_years: int


CATEGORIES = (
    Category("road", "line", 20, 5),
    Category("drainage", "line", 20, 6),
    Category("retaining_wall", "line", 20, 10),
    Category("irrigation", "line", 20, 6),
    Category("pipe", "line", 20, 8),
    Category("river", "line", 30, 8),
    Category("bridge", "point", 30, 15),
    Category("lighting", "point", 20, 5),
    Category("water", "point", 25, 8),
    Category("sanitation", "point", 25, 8),
    Category("housing", "point", 15, 10),
    Category("building", "point", 40, 8),
    Category("small_structure", "point", 25, 8),  # gapura, pos kamling, rambu, batas
    Category("field", "area", 40, 8),  # lapangan, taman, makam
    Category("reservoir", "area", 40, 10),  # embung, kolam
    Category("market", "point", 40, 8),
    Category("other", "point", 30, 5),
)
CATEGORY = {category.code: category for category in CATEGORIES}

METHODS = ("gps", "exif", "file", "drawn", "chord")

COLUMNS = (
    Column("pantau_id", "code", ("pantau id",)),
    Column("id", "code", (
        "id kegiatan", "id keg", "kode", "kode kegiatan unik", "no id", "nomor id", "project id",
        "project_id", "objectid", "record id", "global id",
    )),
    Column("name", "text", (
        "nama kegiatan", "kegiatan", "nama pekerjaan", "pekerjaan", "uraian", "uraian kegiatan",
        "nama paket", "paket", "jenis kegiatan", "nama", "description", "project", "project name", "name",
        "title", "activity", "nama ruas", "nama ruas jalan", "nama jalan", "ruas jalan", "judul kegiatan",
        "nama usulan", "usulan", "nama proyek", "proyek", "rincian kegiatan", "work", "work name",
        "nama segmen", "project description",
    ), required=True),
    Column("category", "choice", (
        "jenis", "jenis pekerjaan", "kategori", "tipe", "category", "type", "project type",
    ), choices=tuple(category.code for category in CATEGORIES)),
    Column("activity_code", "code", ("kode kegiatan", "kd keg", "kode rekening kegiatan", "activity code", "kode")),
    Column("year", "year", (
        "tahun", "tahun anggaran", "ta", "thn", "year", "funding year", "fiscal year", "budget year",
        "tahun kegiatan", "tahun pelaksanaan", "tahun perolehan",
    )),
    Column("stage", "choice", ("tahap", "tahapan", "status", "stage"), choices=STAGES),
    Column("fund", "choice", (
        "sumber dana", "sumberdana", "dana", "sumber", "pendanaan", "fund", "source of fund",
        "funding source",
    ), choices=FUNDS),
    Column("amount", "money", (
        "anggaran", "pagu", "biaya", "nilai", "jumlah dana", "rab", "nilai kontrak", "dana rp", "jumlah",
        "jumlah anggaran", "pagu anggaran", "nilai pekerjaan",
        "nilai kegiatan", "jumlah biaya", "nilai anggaran", "total anggaran", "total biaya", "harga",
        "hps", "nilai pagu", "jumlah rp", "pagu rp", "anggaran rp", "biaya rp", "amount", "cost", "budget",
        "contract cost",
    )),
    Column("volume", "number", (
        "volume", "vol", "panjang", "panjang m", "panjang jalan", "total panjang jalan", "length",
    )),
    Column("unit", "text", ("satuan", "unit")),
    Column("village_code", "code", (
        "kode desa", "kd desa", "kode wilayah", "kode", "kode kelurahan", "kode desa kelurahan",
        "village code", "region code",
    )),
    Column("village", "text", (
        "desa", "nama desa", "kelurahan", "desa kelurahan", "kelurahan desa", "nama kelurahan", "wadmkd",
        "village", "village name",
    )),
    Column("district", "text", (
        "kecamatan", "kec", "nama kecamatan", "kecamatan nama", "district", "subdistrict", "wadmkc",
    )),
    Column("regency", "text", (
        "kabupaten", "kab kota", "kabupaten kota", "kabkota", "nama kabupaten", "kota", "wadmkk",
        "regency", "province", "region", "municipality",
    )),
    Column("place", "text", (
        "lokasi", "alamat", "dusun", "letak", "lokasi spesifik", "dukuh", "lokasi kegiatan",
        "lokasi pekerjaan", "location", "address",
    )),
    Column("rt", "code", ("rt",)),
    Column("rw", "code", ("rw",)),
    Column("contractor", "text", (
        "penyedia", "pelaksana", "nama penyedia", "kontraktor", "rekanan", "contractor", "tpk",
    )),
    Column("contract", "code", (
        "no kontrak", "nomor kontrak", "kontrak", "spk", "contract", "contract id", "report contract id",
    )),
    Column("start_date", "date", ("tanggal mulai", "mulai", "tgl mulai", "start date", "start")),
    Column("end_date", "date", ("tanggal selesai", "selesai", "tgl selesai", "completion date", "end date")),
    Column("lon", "lon", (
        "bujur", "longitude", "long", "lon", "lng", "x", "koordinat x", "bt", "bujur timur", "lng awal",
        "long awal", "lon awal", "bujur awal", "start longitude", "garis bujur", "kordinat x",
    )),
    Column("lat", "lat", (
        "lintang", "latitude", "lat", "y", "koordinat y", "ls", "lintang selatan", "lat awal",
        "lintang awal", "start latitude", "garis lintang", "kordinat y",
    )),
    Column("end_lon", "lon", (
        "bujur akhir", "lng akhir", "long akhir", "lon akhir", "longitude akhir", "x akhir",
        "end longitude", "end lon", "end lng",
    )),
    Column("end_lat", "lat", (
        "lintang akhir", "lat akhir", "latitude akhir", "y akhir", "end latitude", "end lat",
    )),
    Column("coordinate", "geometry", (
        "koordinat", "titik koordinat", "titik", "lokasi koordinat", "lat long", "lat lng", "latlong",
        "lintang bujur", "titik lokasi", "koordinat lokasi", "kordinat", "titik kordinat", "koordinat gps",
        "gps", "geopoint", "coordinates", "coordinate", "wkt", "geom", "geometry",
    )),
    Column("accuracy_m", "number", ("akurasi", "akurasi m", "ketelitian", "accuracy", "hdop"), unit="m"),
)
COLUMN = {column.name: column for column in COLUMNS}

SITE_COLUMNS = (
    "project",  # text: id of the project; several sites may share one
    "source",  # text or None: where the record came from (an upload's source name); never compared as evidence for
    "name",  # text, may be ''
    "category",  # code of CATEGORIES or None
    "activity_code",  # '2.3.10' (no leading zeros, no trailing dot) or None
    "year",  # nullable Int16
    "stage",  # code of STAGES or None
    "fund",  # code of FUNDS or None: the largest share
    "fund_shares",  # tuple of (fund, amount) where openly shared between funds, else None
    "amount",  # float64 in the installation's currency, NaN when not known (for comparison; never shown)
    "region_code",  # official code of the responsible or claimed village, or None
    "place",  # text or None
    "rt",  # text digits without leading zeros or None
    "rw",
    "contractor",  # text or None
    "contract",  # text or None
    "start_date",  # datetime64[ns] or NaT
    "end_date",
    "role",  # planned | claimed | visited
    "method",  # code of METHODS or None
    "accuracy_m",  # float64, NaN when not known
    "geometry",  # EPSG:4326 lon, lat; None where the work has no point
)
"""The columns of the table of sites that the matcher compares (a GeoDataFrame in EPSG:4326, one site a row)."""
