"""Sheets as villages, offices, phones and programs really make them, read as a person reads them.

The layouts are those of public forms; every value is invented.
"""

from decimal import Decimal

import geopandas as gpd
import pytest
import shapely

from geo import rows
from geo.regions import Regions


def read_all(table, text):
    read = table(text)
    return read, rows.understand(read)


def notes(read):
    return {problem.reason.id for problem in read.problems if problem.severity == "note"}


def test_a_yearly_plan_in_the_official_columns(table):
    read, (first, second) = read_all(table, """RENCANA KERJA PEMERINTAH DESA;;;;;;;;;;;;
TAHUN 2024;;;;;;;;;;;;
Desa : Sarongan;;;;;;;;;;;;
No;Bidang/ Jenis Kegiatan;;Lokasi;Volume;Sasaran/ Manfaat;Waktu;Prakiraan Biaya dan Sumber;;Pola Pelaksanaan;;;Rencana Pelaksana Kegiatan
;Bidang;Jenis Kegiatan;;;;;Jumlah (Rp);Sumber;Swakelola;Kerjasama Antar Desa;Kerjasama Pihak Ketiga;
1;2;3;4;5;6;7;8;9;10;11;12;13
1;Pembangunan;Rabat beton jalan;Dusun Krajan RT 02 RW 01;120 m x 3 m;Warga;3 bulan;187.500.000;DD;v;;;TPK
;Pembangunan;Drainase;Dusun Krajan;1,2 km;Warga;3 bulan;85.000.000;ADD;v;;;TPK
""")  # noqa: E501
    assert set(read.mapping.values()) == {"name", "place", "volume", "amount", "fund", "contractor", "village", "year"}
    assert (first.facts["name"], first.facts["amount"], first.facts["fund"]) == (
        "Rabat beton jalan", 187_500_000, "DDS")
    assert (first.facts["volume"], first.facts["unit"]) == (120, "m")
    assert (second.facts["volume"], second.facts["unit"], second.facts["year"]) == (1200, "m", 2024)
    assert first.good
    assert second.good


SISKEUDES = """Tahun,Kd_Desa,Kd_Bid,Kd_Keg,ID_Keg,Nama_Kegiatan,Pagu,Pagu_PAK,Nm_PPTKD,Lokasi,Waktu,Keluaran,Sumberdana
2024,01.2001.,01.2001.02.,01.2001.02.03.10.,02.03.10.,Pembangunan Jalan Desa,150000000.0000,175000000.0000,A,Krajan,3,X,DDS
2024,01.2002.,01.2002.02.,01.2002.02.03.14.,02.03.14.,Pembangunan Drainase,50000000.0000,0.0000,B,Krajan,3,Y,ADD
"""  # noqa: E501


def test_an_export_of_the_finance_system_has_no_point_and_is_good(table):
    read, (first, second) = read_all(table, SISKEUDES)
    assert first.good
    assert second.good
    assert (first.facts["activity_code"], first.facts["id"], first.facts["amount"], first.facts["fund"]) == (
        "2.3.10", "01.2001.2.3.10", 175_000_000, "DDS")
    assert second.facts["amount"] == 50_000_000
    assert [problem.reason.id for problem in first.problems] == ["money.revised"]
    assert {"file.relative_codes", "file.codes_with_village"} <= notes(read)


def test_codes_within_a_regency_are_completed_where_one_village_fits(table):
    made = [("35.10.01.2001", "Sarongan"), ("35.10.01.2002", "Kandangan"), ("35.09.01.2002", "Lain")]
    regions = Regions.from_frame(gpd.GeoDataFrame(
        [(code, name, "village", code[:8], False, shapely.box(114 + place, -8.3, 114.5 + place, -8.2))
         for place, (code, name) in enumerate(made)],
        columns=["code", "name", "level", "parent", "approximate", "geometry"], crs=4326))
    first, second = rows.understand(table(SISKEUDES), regions=regions)
    assert first.facts["region_code"] == "35.10.01.2001"
    assert "region_code" not in second.facts  # two regencies have a village 01.2002


def test_the_list_of_works_of_the_village_website(table):
    _, (one,) = read_all(table, """id,judul,lokasi,lat,lng,volume,tahun_anggaran,pelaksana_kegiatan,status,anggaran,perubahan_anggaran,sumber_dana,sumber_biaya_pemerintah,sumber_biaya_jumlah,manfaat,waktu
7,Rabat Beton RT 03,Dusun Krajan,-8.25,114.35,1.234 M,2024,TPK,1,150000000,0,Dana Desa,150000000,150000000,Warga,3
""")  # noqa: E501
    assert (one.facts["id"], one.facts["amount"], one.facts["volume"], one.facts["unit"]) == (
        "7", 150_000_000, 1234, "m")
    assert "stage" not in one.facts  # 1 says that the page is shown


def test_a_list_of_houses_keeps_no_number_of_a_person_as_an_id(table):
    read, (first, second) = read_all(table, """Daftar Penerima Bantuan RTLH Tahun 2024
No,Nama,NIK,Alamat,RT/RW,Desa/Kelurahan,Kecamatan,Titik Koordinat,Sumber Dana,Nilai Bantuan
1,CONTOH A,3510010000000001,Dsn Krajan,002/001,Sarongan,Pesanggaran,"-8.25, 114.35",APBD,20.000.000
2,CONTOH B,3510010000000002,Dsn Krajan,RT 3 RW 2,Sarongan,Pesanggaran,"-8.26, 114.35",BSPS,20.000.000
""")
    assert "NIK" not in read.mapping
    assert [(one.facts["rt"], one.facts["rw"], one.facts["category"]) for one in (first, second)] == [
        ("2", "1", "housing"), ("3", "2", "housing")]
    assert "category.from_title" in notes(read)


def test_a_road_inventory_with_both_ends_in_degrees_and_minutes(table):
    _, (one,) = read_all(table, """No;Nama Ruas;Panjang (km);Koordinat Awal;;Koordinat Akhir;;Jenis Permukaan
;;;Lat;Long;Lat;Long;
1;Jl. Melati;0,45;8°15'04.3" S;114°21'04.3" E;8°15'14.3" S;114°21'09.3" E;Aspal
""")
    assert (one.method, one.facts["volume"], one.facts["unit"], one.facts["category"]) == ("chord", 450, "m", "road")


def test_a_cost_estimate_is_not_a_list_of_works(table):
    _, found = read_all(table, """RENCANA ANGGARAN BIAYA
Kegiatan : Rabat Beton Dusun Krajan;;;;;
No;Uraian;Volume;Satuan;Harga Satuan (Rp);Jumlah (Rp)
1;Papan nama;1;bh;250.000;250.000
2;Semen PC;120;zak;65.000;7.800.000
""")
    assert [one.good for one in found] == [False, False]
    assert {"row.cost_line"} == {problem.reason.id for one in found for problem in one.problems}


@pytest.mark.parametrize("heading", ["kode_bps", "Kode Desa", "ID Desa BPS"])
def test_codes_of_the_statistics_office_are_never_taken_for_official_ones(table, heading):
    read, found = read_all(table, f"{heading},nama desa,nama kegiatan\n3510010001,Sarongan,Jalan\n"
                           "3510010002,Kandangan,Talud\n3510011003,Licin,Got\n")
    assert not any("village_code" in one.facts for one in found)
    assert "file.bps_codes" in notes(read)


def test_a_donors_english_sheet(table):
    _, (one,) = read_all(table, """Subproject ID,Subproject Title,Village,Sub-district,Grant Amount (IDR million),Start Date,Status,Latitude (decimal degrees),Longitude (decimal degrees),Implementing Partner
SP-1,Rehabilitation of village road,Sarongan,Pesanggaran,187.5,2024-02-01,Ongoing,-8.25,114.35,CV Contoh
""")  # noqa: E501
    assert (one.facts["id"], one.facts["name"], one.facts["amount"], one.facts["stage"], one.facts["district"]) == (
        "SP-1", "Rehabilitation of village road", 187_500_000, "running", "Pesanggaran")
    assert one.geometry.y == -8.25


def test_an_export_of_the_procurement_plan(table):
    _, (one,) = read_all(table, """Kode RUP,Nama Satuan Kerja,Nama Paket,Metode Pemilihan,Pagu,Sumber Dana,Lokasi Pekerjaan,Awal Pelaksanaan Kontrak,Tahun Anggaran
45678901,Dinas PU,Peningkatan Jalan Sarongan,Tender,"Rp 450.000.000,00",APBD,Banyuwangi (Kab.),Maret 2024,2024
""")  # noqa: E501
    assert (one.facts["id"], one.facts["name"], one.facts["amount"], one.facts["fund"], one.facts["year"]) == (
        "45678901", "Peningkatan Jalan Sarongan", 450_000_000, "APBD", 2024)


def test_the_proposals_that_go_up_to_the_district(table):
    _, (first, second) = read_all(table, """No | Usulan Kegiatan | Dusun | Volume | Perkiraan Biaya (Rp juta)
1 | Pavingisasi gang 3 | Krajan | P 18,5 x L 0,30 | 45,5
2 | Plengsengan | Krajan | 56.4 M' | 120
""")
    assert (first.facts["volume"], first.facts["amount"]) == (Decimal("18.5"), 45_500_000)
    assert (second.facts["volume"], second.facts["unit"], second.facts["category"]) == (
        Decimal("56.4"), "m", "retaining_wall")


def test_a_list_of_lamps_in_x_and_y_asks_for_its_name_column(table):
    read = table("ID Tiang\tJenis Lampu\tLokasi\tDesa\tX\tY\tTahun Pasang\n"
                 "PJU-1\tLED\tJl. Raya\tSarongan\t114,3512\t-8,2512\t2023\n")
    assert {"ID Tiang": "id", "X": "lon", "Y": "lat", "Tahun Pasang": "year"}.items() <= read.mapping.items()
    assert "file.no_name_column" in {problem.reason.id for problem in read.problems}
    one, = rows.understand(table("ID Tiang,Lokasi,X,Y\nPJU-1,Jl. Raya,114.35,-8.25\n", mapping={"Lokasi": "name"}))
    assert one.good


FORMS = {
    "odk": "SubmissionDate,start,end,survey/nama_kegiatan,survey/sumber_dana,survey/sumber_dana/DD,"
           "survey/lokasi-Latitude,survey/lokasi-Longitude,survey/lokasi-Altitude,survey/lokasi-Accuracy,KEY",
    "central": "SubmissionDate,start,end,survey-nama_kegiatan,sumber_dana,sumber_dana/DD,survey-lokasi:Latitude,"
               "survey-lokasi:Longitude,survey-lokasi:Altitude,survey-lokasi:Accuracy,meta-instanceID",
    "kobo": "_submission_time,start,end,survey/nama_kegiatan,survey/sumber_dana,survey/sumber_dana/DD,"
            "_lokasi_latitude,_lokasi_longitude,_lokasi_altitude,_lokasi_precision,_uuid",
}


@pytest.mark.parametrize("mark", [",", ";"])
@pytest.mark.parametrize("form", FORMS)
def test_the_export_of_a_phones_form(table, form, mark):
    text = FORMS[form] + "\n2024-05-31T10:20:00Z,2024-05-31T10:20:00Z,2024-05-31T10:25:00Z,Rabat,DD ADD,1," \
        "-8.2512345,114.3512345,120.1,4.567,uuid:1\n"
    read, (one,) = read_all(table, text.replace(",", mark))
    assert read.mapping[FORMS[form].rpartition(",")[2]] == "id"
    assert (one.facts["id"], one.facts["name"], one.facts["fund_shares"]) == (
        "uuid:1", "Rabat", (("DDS", None), ("ADD", None)))
    assert (one.geometry.y, one.accuracy_m, one.method) == (-8.2512345, 4.567, "gps")
    assert not {"start_date", "end_date", "year"} & set(one.facts)  # when the form was filled in is no date of the work
    assert notes(read) == set()


def test_of_two_places_in_a_form_latitude_longitude_and_accuracy_are_of_one(table):
    read = table("_uuid,nama,_start-geopoint_latitude,_start-geopoint_longitude,_start-geopoint_precision,"
                 "_titik_latitude,_titik_longitude,_titik_precision\nu1,Jalan,-8.1,114.1,99,-8.25,114.35,4\n")
    one, = rows.understand(read)
    assert (one.geometry.y, one.geometry.x, one.accuracy_m) == (-8.25, 114.35, 4)


def test_a_place_in_one_cell_is_found_by_what_it_holds(table):
    read = table("_uuid,grup/lokasi,nama\na,-8.25 114.35 12 4.2,Jalan\nb,-8.26 114.35 12 4.2,Talud\n")
    assert read.mapping["grup/lokasi"] == "coordinate"
    traces = table("_uuid,jalur,nama\na,-8.25 114.35 12 4.2;-8.251 114.351 12 4.9;-8.252 114.352 12 4.9,Jalan\n")
    assert traces.mapping["jalur"] == "coordinate"


@pytest.mark.parametrize("head", ["No,Kegiatan,Sumber Dana,,,Jumlah\n,,DD,ADD,PBH,", "No,Kegiatan,DD,ADD,PBH,Jumlah",
                                  "No,Kegiatan,Dana Desa (Rp),ADD (Rp),Bagi Hasil Pajak,Total Biaya"])
def test_a_column_for_each_fund_names_the_funds_that_give(table, head):
    read, (first, second) = read_all(table, head + """
1,Rabat,100.000.000,50.000.000,,150.000.000
2,Talud,,50.000.000,0,50.000.000
""")
    assert first.facts["fund_shares"] == (("DDS", None), ("ADD", None))
    assert (second.facts["fund"], second.facts["amount"]) == ("ADD", 50_000_000)
    assert "fund_shares" not in second.facts
    assert "file.rival_column" not in notes(read)


def test_without_a_total_the_funds_are_added_up_and_said(table):
    read, (one,) = read_all(table, "Kegiatan,DD,ADD\nRabat,100.000.000,50.000.000\n")
    assert one.facts["amount"] == 150_000_000
    assert [problem.column for problem in read.problems] == ["Sumber Dana", "Jumlah"]


@pytest.mark.parametrize("marks", ["a;b;c;d", "(a);(b);(c);(d)", "A.;B.;C.;D.", "i;ii;iii;iv", "I;II;III;IV"])
def test_columns_numbered_by_letters_or_roman_numbers_are_no_work(table, marks):
    read, (one,) = read_all(table, f"No;Nama Kegiatan;Desa;Pagu\n{marks}\n1;Rabat;Sarongan;150.000.000\n")
    assert one.facts["name"] == "Rabat"
    assert "file.repeated_headings" in notes(read)


def test_a_row_that_only_begins_like_a_numbering_is_a_work(table):
    _, found = read_all(table, "No;Nama Kegiatan;Desa;Pagu\na;Rabat;Sarongan;150.000.000\nb;Talud;Sarongan;1.000.000\n")
    assert [one.facts["name"] for one in found] == ["Rabat", "Talud"]
