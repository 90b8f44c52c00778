"""Cells of a column -> typed values: the column says how its cells are written."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import rows
from geo.headings import unit
from geo.money import read_money
from geo.quantities import read_volumes
from geo.schema import CATEGORY, FUNDS, STAGES
from geo.sentences import LANGUAGES, worded
from geo.values import read_choices, read_codes, read_dates, read_numbers, read_years


def rupiah(*cells):
    return [reading.value for reading in read_money(cells, "IDR")]


@pytest.mark.parametrize(("cell", "amount"), [
    ("Rp1.234.567,00", 1_234_567), ("Rp. 450.000.000,-", 450_000_000), ("450 juta", 450_000_000),
    ("450jt", 450_000_000), ("1,2 miliar", 1_200_000_000), ("1.2 M", 1_200_000_000), ("Rp 1,25 milyar", 1_250_000_000),
    ("1.250 juta", 1_250_000_000), ("187500000", 187_500_000), (187500000.0, 187_500_000), (187_500_000, 187_500_000),
    ("1.234", 1_234), ("1,234", 1_234), ("IDR 5.000.000", 5_000_000), ("Rp 75.000.000.-", 75_000_000),
    ("5,000,000.00", 5_000_000), ("250 ribu", 250_000), ("Rp 0", 0), ("1.234.567,-", 1_234_567),
    ("Rp1,2M", 1_200_000_000),
    ("± Rp 45 juta", 45_000_000), ("Rp. 450.000.000 (empat ratus lima puluh juta)", 450_000_000),
    ("Rp 75.000.000,00 ,-", 75_000_000), ("0,5 miliar", 500_000_000), ("IDR 5,000,000", 5_000_000),
])
def test_rupiah_is_read_whole_in_every_usual_writing(cell, amount):
    assert rupiah(cell) == [Decimal(amount)]


def test_a_column_of_decimal_points_is_read_as_one():
    cells = ["17961569.07", "96500000", "1234.5"]
    assert [reading.value for reading in read_money(cells, "PHP")] == [
        Decimal("17961569.07"), Decimal("96500000.00"), Decimal("1234.50")]


def test_an_ambiguous_amount_follows_the_rest_of_its_column():
    assert [one.value for one in read_money(["1,234.50", "2.500"], "USD")] == [Decimal("1234.50"), Decimal("2.50")]
    assert [one.value for one in read_money(["1.234,50", "2.500"], "USD")] == [Decimal("1234.50"), Decimal("2500.00")]


def test_the_unit_of_the_heading_multiplies_plain_numbers_only():
    readings = read_money([187.5, "187,5", "2 miliar"], "IDR", Decimal(1_000_000))
    assert [reading.value for reading in readings] == [187_500_000, 187_500_000, 2_000_000_000]


@pytest.mark.parametrize(("cell", "reason"), [
    (-5, "money.negative"), ("-5.000.000", "money.negative"), ("(5.000)", "money.negative"),
    ("banyak", "money.unreadable"), (float("nan"), "money.unreadable"), (float("inf"), "money.unreadable"),
    (1e308, "money.too_much"), ("5 ekor", "money.unreadable"), ("9" * 40, "money.too_much"),
])
def test_money_that_cannot_be_true_is_a_fault(cell, reason):
    reading = read_money([cell], "IDR")[0]
    assert reading.value is None
    assert reading.fault.id == reason


def test_no_work_costs_a_rupiah_and_a_quarter_whatever_the_rest_of_the_column_does():
    assert rupiah("17961569.50", "1.250", "2.500.000") == [17961570, 1_250, 2_500_000]


@pytest.mark.parametrize(("heading", "factor"), [
    ("Anggaran (Rp juta)", 10**6), ("Pagu (Rp.000)", 1000), ("Biaya dalam ribuan", 1000), ("Nilai (Rp Ribu)", 1000),
    ("Biaya (dalam jutaan rupiah)", 10**6), ("Cost (IDR million)", 10**6), ("Budget in thousands", 1000),
    ("Anggaran (Rp miliar)", 10**9), ("Anggaran (Rp)", 1), ("Anggaran", 1), ("Jumlah Ribuan Lubang", 1)])
def test_the_unit_of_money_is_told_by_its_heading(heading, factor):
    assert unit(heading) == factor


def test_an_amount_in_full_below_a_heading_in_millions_is_a_fault_not_a_fortune():
    assert read_money(["187.500.000"], "IDR", Decimal(1_000_000))[0].fault.id == "money.too_much"


@pytest.mark.parametrize(("cell", "heading", "value", "named"), [
    ("1,2 km", "Volume", 1200, "m"), ("P 18,5 x L 0,30", "Volume", Decimal("18.5"), "m"), ("120 m x 3 m", "", 120, "m"),
    ("p = 120 l = 3", "Vol", 120, "m"), ("100 x 2,5 m", "Dimensi", 100, "m"), ("3 unit", "Volume", 3, "unit"),
    ("5 titik", "Volume", 5, "titik"), ("1 Paket", "Volume", 1, "paket"), ("120 M'", "Volume", 120, "m"),
    ("85 m²", "Volume", 85, "m2"), ("12,5 M3", "Volume", Decimal("12.5"), "m3"), ("1 ls", "Volume", 1, "ls"),
    ("0,5 ha", "Luas", Decimal("0.5"), "ha"), (0.45, "Panjang (km)", 450, "m"), ("1.234", "Panjang (m)", 1234, "m"),
    ("0.500", "Panjang (km)", 500, "m"), (120, "panjang_m", 120, "m"), ("120", "Volume", 120, None),
    ("2 bh", "Volume", 2, "unit"), ("panjang 120 m, lebar 3 m", "Volume", 120, "m")])
def test_volumes_are_read_with_their_unit(cell, heading, value, named):
    reading = read_volumes([cell], heading)[0]
    assert (reading.value.value, reading.value.unit) == (value, named)


def test_a_column_of_units_speaks_before_the_heading_and_a_cell_before_both():
    readings = read_volumes([1.5, "2 unit", "3"], "Volume (m)", ["km", "m", None])
    assert [(one.value.value, one.value.unit) for one in readings] == [(1500, "m"), (2, "unit"), (3, "m")]


def test_a_conversion_is_said_where_the_cell_itself_states_the_unit():
    cell, heading = read_volumes(["1,2 km"], "Volume")[0], read_volumes([1.2], "Panjang (km)")[0]
    assert (cell.note.id, heading.note) == ("volume.converted", None)


def test_a_volume_that_is_no_number_is_a_note():
    assert read_volumes(["secukupnya", float("nan"), 1e308, "-"], "Volume")[0].note.id == "number.unreadable"


def test_rounded_rupiah_are_said_to_be_rounded():
    reading = read_money([123456.78], "IDR")[0]
    assert (reading.value, reading.note.id) == (Decimal(123457), "money.rounded")


def test_an_amount_that_points_to_another_row_is_a_note_and_no_amount():
    reading = read_money(["MYCA with Project ID P00444687MN"], "PHP", ids=frozenset({"P00444687MN"}))[0]
    assert (reading.value, reading.fault, reading.note.values["id"]) == (None, None, "P00444687MN")


@given(st.integers(0, 10**13))
def test_rupiah_written_the_indonesian_or_the_english_way_is_read_back(amount):
    points, commas = f"{amount:,}".replace(",", "."), f"{amount:,}"
    assert rupiah(f"Rp{points},00", f"Rp {points}", str(amount)) == [amount] * 3
    assert rupiah(f"{commas}.00", commas) == [amount] * 2


@given(st.decimals(0, 10**10, places=2, allow_nan=False))
def test_decimal_money_is_exact(amount):
    assert [one.value for one in read_money([f"{amount:,.2f}", str(amount)], "PHP")] == [amount] * 2


def dates(*cells, day_first=True):
    return [reading.value for reading in read_dates(cells, day_first, 2036)]


@pytest.mark.parametrize("cell", ["2024-05-31", "31/05/2024", "31-5-2024", "31.05.24", "31 Mei 2024", "31 mei 24",
                                  "May 31, 2024", "2024/05/31", "20240531", 45443, "45443", date(2024, 5, 31),
                                  "2024-05-31 10:20:00", "Jumat, 31 Mei 2024"])
def test_one_day_in_every_usual_writing(cell):
    assert dates(cell) == [date(2024, 5, 31)]


def test_a_column_tells_which_of_day_and_month_stands_first():
    assert dates("02/15/2024", "03/04/2024") == [date(2024, 2, 15), date(2024, 3, 4)]
    assert dates("15/02/2024", "03/04/2024") == [date(2024, 2, 15), date(2024, 4, 3)]


def test_a_column_that_tells_both_orders_makes_the_doubtful_date_a_fault():
    readings = read_dates(["02/15/2024", "15/02/2024", "03/04/2024", "05/05/2024"], True, 2036)
    assert [reading.fault and reading.fault.id for reading in readings] == [None, None, "date.unknown_order", None]


def test_an_order_that_nothing_tells_is_assumed_and_said():
    indonesian, american = (read_dates(["03/04/2024"], day_first, 2036)[0] for day_first in (True, False))
    assert (indonesian.value, indonesian.note.id) == (date(2024, 4, 3), "date.assumed_day_first")
    assert (american.value, american.note.id) == (date(2024, 3, 4), "date.assumed_month_first")


@pytest.mark.parametrize(("cell", "reason"), [("31/02/2024", "date.unreadable"), ("besok", "date.unreadable"),
                                              ("0024-01-01", "date.absurd"), ("1900-01-01", "date.absurd"),
                                              ("2124-01-01", "date.absurd"), (1e300, "date.unreadable")])
def test_an_impossible_date_is_a_fault(cell, reason):
    assert read_dates([cell], True, 2036)[0].fault.id == reason


@given(st.lists(st.dates(date(1991, 1, 1), date(2035, 12, 31)), min_size=1, max_size=6))
def test_dates_are_read_back_from_iso_and_from_excel(days):
    assert dates(*[day.isoformat() for day in days]) == days
    assert dates(*[(day - date(1899, 12, 30)) // timedelta(days=1) for day in days]) == days


@given(st.lists(st.dates(date(1991, 1, 1), date(2035, 12, 31)), min_size=1, max_size=6))
def test_no_date_is_ever_read_in_the_wrong_order_in_silence(days):
    for reading, day in zip(read_dates([f"{day:%m/%d/%Y}" for day in days], True, 2036), days, strict=True):
        assert reading.value == day or reading.note is not None or reading.fault is not None


@pytest.mark.parametrize(("cell", "year"), [(2024, 2024), (2024.0, 2024), ("2024", 2024), ("TA 2024", 2024),
                                            ("24", 2024), (date(2024, 3, 1), 2024), ("2024.0", 2024),
                                            ("TA 23", 2023), ("T.A. 2023", 2023), ("Tahun 2025", 2025), ("'24", 2024)])
def test_a_year_is_read(cell, year):
    assert read_years([cell], 2000, 2029)[0].value == year


@pytest.mark.parametrize("cell", [1924, "20244", 0, "2204", 99999])
def test_an_absurd_year_is_a_fault(cell):
    assert read_years([cell], 2000, 2029)[0].fault.id == "year.absurd"


def test_two_years_in_one_cell_are_noted():
    reading = read_years(["2023 - 2024"], 2000, 2029)[0]
    assert (reading.value, reading.note.id) == (2023, "year.several")


@pytest.mark.parametrize(("text", "fund"), [
    ("DD", "DDS"), ("Dana Desa (APBN)", "DDS"), ("DD-APBN", "DDS"), ("Dropping APBN", "DDS"), ("ADD", "ADD"),
    ("Alokasi Dana Desa", "ADD"), ("BHPR", "PBH"), ("BKK", "PBK"), ("BK Desa", "PBK"), ("Banprov", "PBP"),
    ("BK Prov", "PBP"), ("PADes", "PAD"), ("gotong royong", "SWD"), ("APBD Kab", "APBD"), ("APBD II", "APBD"),
    ("APBD Provinsi", "APBDP"), ("DAK Fisik", "DAK"), ("Pokir", "POKIR"), ("Jasmas", "POKIR"), ("CSR PT X", "CSR"),
    ("TMMD", "APBN"), ("BSPS", "BSPS"), ("lain-lain", "DLL"), ("DD earmark", "DDS"), ("DD non earmark", "DDS"),
    ("DD Reguler", "DDS"), ("SiLPA DD", "DDS"), ("BHPRD", "PBH"), ("BAN-PROV", "PBP"), ("BKKD", "PBK"), ("BHP", "PBH"),
    ("Aspirasi DPRD", "POKIR"), ("Hibah Pokmas", "POKMAS"), ("P3TGAI", "APBN"), ("ADD 2024", "ADD"), ("PBK", "PBK"),
    ("Dana Desa (DD)", "DDS"), ("Swadaya Masyarakat", "SWD"), ("TJSL PT Contoh", "CSR"), ("DAU Kelurahan", "APBD"),
])
def test_funds_are_known_by_their_spellings(text, fund):
    assert read_choices([text], "fund")[0].value == (fund,)


def test_several_funds_in_a_cell_are_all_kept():
    assert read_choices(["DD + Swadaya"], "fund")[0].value == ("DDS", "SWD")


def test_an_unknown_fund_is_other_and_said():
    reading = read_choices(["Tabungan Pak Lurah"], "fund")[0]
    assert (reading.value, reading.note.id) == (("DLL",), "fund.unknown")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("column", "codes"), [("fund", FUNDS), ("stage", STAGES), ("category", tuple(CATEGORY))])
def test_the_words_we_show_are_read_back_as_their_codes(column, codes, language):
    for code in codes:
        reading = read_choices([worded(f"{column}.{code}", language)], column)[0]
        assert reading.note is None
        assert reading.value == ((code,) if column == "fund" else code)


def test_progress_of_nought_to_one_is_a_percentage_only_where_a_fraction_shows_it():
    assert [one.value for one in read_choices([0.4, 1, 0], "stage")] == ["running", "done", "planned"]
    assert [one.value for one in read_choices([40, 100, 0], "stage")] == ["running", "done", "planned"]


def test_a_code_of_the_finance_system_holds_village_and_activity():
    assert read_codes(["01.2001.02.03.10."], "activity_code")[0].value == "2.3.10"
    assert read_codes(["01.2001."], "village_code")[0].value == "01.2001"


def test_codes_lose_the_accidents_of_typing():
    assert read_codes(["3510012001", "35.10.01.2001."], "village_code")[0].value == "35.10.01.2001"
    assert [one.value for one in read_codes(["02.03.10.", "2.3.10"], "activity_code")] == ["2.3.10"] * 2
    assert [one.value for one in read_codes(["RT. 002", "2", 2], "rt")] == ["2"] * 3


def test_numbers_with_units_are_read_and_nonsense_is_a_note():
    readings = read_numbers(["120 m", "3,5", 7, "panjang", float("nan"), 1e308])
    assert [reading.value for reading in readings] == [120, Decimal("3.5"), 7, None, None, None]
    assert [bool(reading.note) for reading in readings] == [False, False, False, True, True, True]


cells = st.one_of(st.none(), st.text(max_size=30), st.floats(), st.integers(), st.dates())


@given(st.lists(cells, max_size=8))
def test_no_cell_breaks_a_reader(column):
    for readings in (read_money(column, "IDR"), read_money(column, "PHP"), read_years(column, 2000, 2029),
                     read_dates(column, True, 2036), read_numbers(column), read_choices(column, "fund"),
                     read_choices(column, "stage"), read_choices(column, "category"), read_codes(column, "rt"),
                     read_codes(column, "village_code")):
        assert len(readings) == len(column)
        assert all(reading.value is None or reading.fault is None for reading in readings)


@pytest.mark.parametrize(("text", "said"), [
    ("MYCA with Project ID P00444687MN", "money.elsewhere"),
    ("MYCA with Project ID P00555123LZ", "money.elsewhere_unseen"),
    ("lihat kontrak 22CI0057 paket A", "money.elsewhere_unseen")])
def test_a_text_that_sends_the_reader_to_another_record_is_a_note(text, said):
    [reading] = read_money([text], "PHP", ids=frozenset({"P00444687MN"}))
    assert (reading.value, reading.fault, reading.note.id) == (None, None, said)


@pytest.mark.parametrize("text", ["Rp1000000x", "abc", "dua ratus juta", "12345abc", "harga 12"])
def test_what_names_no_record_and_is_no_amount_is_a_fault(text):
    [reading] = read_money([text], "IDR")
    assert reading.fault.id == "money.unreadable"


def test_a_failed_formula_where_a_coordinate_belongs_is_said(table):
    """It would else pass for a work that has no coordinate yet."""
    found = rows.understand(table("nama,lat,lon,pagu\nJalan,#REF!,#N/A,#N/A\nTalud,-8.2,#VALUE!,1000\n"
                                  "Got,-8.2,114.3,1000\nPJU,,,\n"))
    assert [[(problem.column, problem.reason.id) for problem in one.problems] for one in found] == [
        [("lat", "cell.error"), ("lon", "cell.error")], [("lon", "cell.error")], [], []]
    assert not found[0].good
