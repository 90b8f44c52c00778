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
        "uuid", "meta instance id", "instance id", "key", "kode paket", "id paket", "kode rup", "id rup",
        "kode unik", "nomor ruas", "no ruas", "kode ruas", "id ruas", "id pembangunan", "project code",
        "project no", "project number", "reference no", "submission id", "kode usulan", "id usulan",
        "kode pekerjaan", "id pekerjaan", "kode proyek", "id proyek", "id rtlh", "id pju", "id tiang", "no tiang",
        "subproject id", "sub project id", "activity id", "nomor tiang",
        "kode tiang",
    )),
    Column("name", "text", (
        "nama kegiatan", "kegiatan", "nama pekerjaan", "pekerjaan", "uraian", "uraian kegiatan",
        "nama paket", "paket", "jenis kegiatan", "nama", "description", "project", "project name", "name",
        "title", "activity", "nama ruas", "nama ruas jalan", "nama jalan", "ruas jalan", "judul kegiatan",
        "nama usulan", "usulan", "nama proyek", "proyek", "rincian kegiatan", "work", "work name",
        "nama segmen", "project description",
        "nama keg", "uraian pekerjaan", "nama sub kegiatan", "sub kegiatan", "judul", "judul pekerjaan",
        "bidang jenis kegiatan", "program kegiatan", "nama program", "rencana kegiatan", "usulan kegiatan",
        "usulan pekerjaan", "kegiatan pembangunan", "nama pembangunan", "nama jembatan", "nama bangunan",
        "nama sarana", "nama infrastruktur", "infrastruktur", "nama objek", "nama ruas gang", "nama gang",
        "project title", "subproject", "sub project", "subproject name", "subproject title", "sub project title",
        "scope of work", "activity name",
        "activity description", "nama penerima", "nama penerima manfaat", "nama penerima bantuan",
        "penerima manfaat", "penerima bantuan", "nama kepala keluarga", "nama kk", "kepala keluarga",
        "beneficiary name", "beneficiary",
    ), required=True),
    Column("category", "choice", (
        "jenis", "jenis pekerjaan", "kategori", "tipe", "category", "type", "project type",
        "jenis infrastruktur", "jenis lampu", "jenis bangunan", "jenis konstruksi", "jenis sarana", "jenis prasarana",
        "tipe pekerjaan", "tipe kegiatan", "sector", "work type", "type of work", "kategori kegiatan",
        "jenis kegiatan",
    ), choices=tuple(category.code for category in CATEGORIES)),
    Column("activity_code", "code", (
        "kode kegiatan", "kd keg", "kode rekening kegiatan", "activity code", "kode", "id keg", "kode keg",
        "kode rekening", "kode rek", "kd kegiatan", "kode sub kegiatan",
    )),
    Column("year", "year", (
        "tahun", "tahun anggaran", "ta", "thn", "year", "funding year", "fiscal year", "budget year",
        "tahun kegiatan", "tahun pelaksanaan", "tahun perolehan",
        "thn anggaran", "th anggaran", "tahun angg", "th", "tahun dana", "tahun usulan", "tahun rencana",
        "tahun pembangunan", "tahun pengadaan", "tahun pekerjaan", "tahun realisasi", "tahun bantuan",
        "tahun proyek", "fy", "t a",
    )),
    Column("stage", "choice", (
        "tahap", "tahapan", "status", "stage", "status kegiatan", "status pekerjaan", "status pelaksanaan",
        "status proyek", "project status", "progres", "progress", "progres fisik", "progress fisik",
        "realisasi fisik", "kemajuan fisik",
        "persentase fisik", "persentase", "physical progress",
    ), choices=STAGES),
    Column("fund", "choice", (
        "sumber dana", "sumberdana", "dana", "sumber", "pendanaan", "fund", "source of fund",
        "funding source",
        "sumber biaya", "sumber pembiayaan", "sumber anggaran", "sumber pendanaan", "sb dana", "smbr dana",
        "jenis dana", "asal dana", "pembiayaan", "source of funds", "funding", "funded by", "budget source",
        "donor",
    ), choices=FUNDS),
    Column("amount", "money", (
        "anggaran", "pagu", "biaya", "nilai", "jumlah dana", "rab", "nilai kontrak", "dana rp", "jumlah",
        "jumlah anggaran", "pagu anggaran", "nilai pekerjaan",
        "nilai kegiatan", "jumlah biaya", "nilai anggaran", "total anggaran", "total biaya", "harga",
        "hps", "nilai pagu", "jumlah rp", "pagu rp", "anggaran rp", "biaya rp", "amount", "cost", "budget",
        "contract cost",
        "pagu indikatif", "pagu dana", "total pagu", "total nilai", "total rab", "nilai rab", "nilai hps",
        "jumlah pagu", "besar dana", "besaran dana", "besaran", "nilai bantuan", "jumlah bantuan",
        "besar bantuan", "nilai usulan", "perkiraan biaya", "prakiraan biaya", "estimasi biaya",
        "estimasi anggaran", "rencana anggaran", "rencana biaya", "kebutuhan dana", "kebutuhan anggaran",
        "kebutuhan biaya", "jumlah harga", "harga total", "total harga", "nilai perolehan", "harga perolehan",
        "nilai proyek", "alokasi anggaran", "plafon anggaran", "plafon", "realisasi anggaran",
        "realisasi keuangan", "anggaran kegiatan", "biaya kegiatan", "dana desa rp", "project cost",
        "total cost", "contract amount", "contract value", "contract price", "contract sum", "total budget",
        "estimated cost", "budget idr", "grant amount", "nilai spk", "nilai kontrak spk",
    )),
    Column("revised_amount", "money", (
        "pagu pak", "anggaran pak", "anggaran stlh pak", "anggaran setelah pak", "anggaran perubahan",
        "perubahan anggaran", "pagu perubahan", "anggaran setelah perubahan", "pagu setelah perubahan",
        "setelah perubahan", "nilai perubahan", "anggaran pergeseran", "revised budget", "revised amount",
        "revised cost",
    )),
    Column("volume", "number", (
        "volume", "vol", "panjang", "panjang m", "panjang jalan", "total panjang jalan", "length",
        "volume pekerjaan", "volume kegiatan", "panjang ruas", "panjang ruas jalan", "panjang total",
        "panjang gang", "panjang jembatan", "panjang saluran", "panjang pekerjaan", "pjg", "luas",
        "luas bangunan", "ukuran", "dimensi", "kuantitas", "quantity", "qty", "jumlah titik", "jumlah unit",
        "jumlah lampu", "volume satuan", "vol satuan",
    )),
    Column("unit", "text", ("satuan", "unit", "sat", "satuan volume", "satuan unit", "uom")),
    Column("village_code", "code", (
        "kode desa", "kd desa", "kode wilayah", "kode", "kode kelurahan", "kode desa kelurahan",
        "village code", "region code",
        "kode desa kemendagri", "kode kemendagri", "kode wilayah desa", "kode wilayah kemendagri", "kodedesa",
        "kddesa", "id desa", "kd kel", "kode des kel", "kode desa kel",
    )),
    Column("village", "text", (
        "desa", "nama desa", "kelurahan", "desa kelurahan", "kelurahan desa", "nama kelurahan", "wadmkd",
        "village", "village name",
        "desa kel", "kel desa", "desa sasaran", "desa tujuan", "lokasi desa kelurahan", "nama kel",
        "nama desa kelurahan", "nama desa kel",
        "nama kelurahan desa", "pekon", "nagari", "gampong", "desa lokasi", "lokasi desa", "namobj",
        "desa penerima", "village ward", "kalurahan", "pemerintah desa",
    )),
    Column("district", "text", (
        "kecamatan", "kec", "nama kecamatan", "kecamatan nama", "district", "subdistrict", "wadmkc",
        "nama kec", "kecamatan distrik", "distrik", "sub district", "kapanewon", "lokasi kecamatan",
        "district name",
    )),
    Column("regency", "text", (
        "kabupaten", "kab kota", "kabupaten kota", "kabkota", "nama kabupaten", "kota", "wadmkk",
        "regency", "province", "region", "municipality",
        "kab", "nama kab", "nama kab kota", "kabupaten kota lokasi", "city", "regency city",
    )),
    Column("place", "text", (
        "lokasi", "alamat", "dusun", "letak", "lokasi spesifik", "dukuh", "lokasi kegiatan",
        "lokasi pekerjaan", "location", "address",
        "lokasi detail", "detail lokasi", "alamat lokasi", "alamat lengkap", "alamat kegiatan",
        "alamat penerima", "nama dusun", "dusun lingkungan", "lingkungan", "lingkungan dusun", "kampung",
        "kampung dusun", "padukuhan", "jorong", "lokasi pelaksanaan", "lokasi usulan",
        "lokasi spesifik kegiatan", "blok", "street", "site address", "lokasi dusun", "tempat",
    )),
    Column("rt", "code", ("rt", "no rt", "nomor rt", "rt rw")),
    Column("rw", "code", ("rw", "no rw", "nomor rw")),
    Column("contractor", "text", (
        "penyedia", "pelaksana", "nama penyedia", "kontraktor", "rekanan", "contractor", "tpk",
        "pelaksana kegiatan", "pelaksana pekerjaan", "nama pelaksana", "nama perusahaan", "perusahaan",
        "penyedia jasa", "nama rekanan", "pemenang", "nama pemenang", "tim pelaksana",
        "rencana pelaksana kegiatan", "rencana pelaksana", "nama kontraktor", "nama pokmas", "vendor",
        "supplier", "implementing partner", "implementer", "implementing agency", "implementing unit",
    )),
    Column("contract", "code", (
        "no kontrak", "nomor kontrak", "kontrak", "spk", "contract", "contract id", "report contract id",
        "no spk", "nomor spk", "no kontrak spk", "nomor kontrak spk", "no surat perjanjian",
        "nomor surat perjanjian", "contract no", "contract number",
    )),
    Column("start_date", "date", (
        "tanggal mulai", "mulai", "tgl mulai", "start date", "start", "tanggal mulai pelaksanaan",
        "tgl mulai pelaksanaan", "mulai pelaksanaan", "awal pelaksanaan", "awal pelaksanaan kontrak",
        "tanggal kontrak", "tgl kontrak",
        "tanggal spk", "tgl spk", "waktu mulai", "planned start", "date started",
    )),
    Column("end_date", "date", (
        "tanggal selesai", "selesai", "tgl selesai", "completion date", "end date", "tanggal selesai pelaksanaan",
        "tgl selesai pelaksanaan", "selesai pelaksanaan", "akhir pelaksanaan", "akhir pelaksanaan kontrak",
        "target selesai", "tanggal pho", "tgl pho", "tanggal berakhir", "waktu selesai", "planned end",
        "planned completion", "date completed",
    )),
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
        "geotrace", "geoshape", "the geom", "shape", "koord", "posisi", "posisi gps", "titik gps",
        "titik peta", "koordinat peta", "link maps", "link map", "google maps", "google map",
        "link google maps", "link gmaps", "gmaps", "maps", "share lokasi", "shareloc", "sherlok", "sharelok",
        "link lokasi", "map link", "maps link", "geotag", "geotagging", "gps coordinate", "gps coordinates",
        "gps location", "lokasi gps", "koordinat lat long", "lat lon", "latitude longitude",
        "longitude latitude", "long lat", "lon lat", "latlon", "x y", "bujur lintang",
    )),
    Column("accuracy_m", "number", (
        "akurasi", "akurasi m", "ketelitian", "accuracy", "presisi", "precision", "akurasi gps",
        "gps accuracy",
        "horizontal accuracy", "ketepatan", "gps precision",
    ), unit="m"),
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
"""The columns of the table of sites that the matcher compares (a GeoDataFrame in EPSG:4326, one site a row). It may
also have `record` (the source's own id), `volume` (float64) and `unit` (what that counts, 'm' for metres)."""
