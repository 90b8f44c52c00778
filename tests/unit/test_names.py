"""Names: the vocabulary of village works, and the facts taken out of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import name_words, names
from geo.names import number, read


def test_abbreviations_and_word_order_do_not_change_a_name():
    short = read("Pemb. Rabat Jl. Lingk. Krajan RT.02/01")
    long = read("Pembangunan rabat beton jalan lingkungan Krajan RT 002 RW 001")
    assert short == long
    assert short.objects == ("jalan", "rabat")
    assert (short.rt, short.rw, short.hamlet) == ({2}, {1}, long.hamlet)


@pytest.mark.parametrize("name", ["TPT Krajan", "talud Krajan", "Tembok penahan tanah Krajan", "plengsengan Krajan",
                                  "Tallud Krajan", "senderan Krajan"])
def test_the_many_words_for_a_retaining_wall_are_one(name):
    assert read(name).objects == ("talud",)


def test_work_object_and_place_words_are_kept_apart():
    name = read("Rehabilitasi drainase Gang Mawar Dusun Sumberagung")
    assert (name.work, name.objects) == (("rehabilitasi",), ("drainase",))
    assert set(name.places) == {"gang", "mawar", "sumberagung"}


@pytest.mark.parametrize(("name", "phase", "continued"), [
    ("Rabat beton tahap II", 2, False), ("Rabat beton thp. 3", 3, False), ("Seawall (Phase IV)", 4, False),
    ("Lanjutan rabat beton", None, True), ("Rabat beton", None, False), ("Rabat beton tahap kedua", 2, False),
    ("Rabat beton jilid II", 2, False), ("Rabat tahap ke-3", 3, False), ("Lnjtn rabat beton", None, True)])
def test_phases_are_facts(name, phase, continued):
    assert (read(name).phase, read(name).continued) == (phase, continued)


@pytest.mark.parametrize(("name", "side", "stream"), [
    ("Drainase sisi kiri", "left", None), ("Dike, Right Bank", "right", None), ("Revetment (LS)", "left", None),
    ("Drainase kiri dan kanan jalan", None, None), ("Wall, both sides", None, None),
    ("Revetment upstream of the bridge (RS)", "right", "upstream"), ("Talud hilir jembatan", None, "downstream")])
def test_sides_and_streams_are_facts_and_both_is_none(name, side, stream):
    assert (read(name).side, read(name).stream) == (side, stream)


@pytest.mark.parametrize(("left", "right"), [
    ("(ki)", "(ka)"), ("Ki", "Ka"), ("(kr)", "(kn)"), ("(L)", "(R)"), ("- L", "- R"), ("sisi ki.", "sisi ka."),
    ("sblh kiri", "sblh kanan"), ("tepi kr", "tepi kn"), ("Ki Jl. Mawar", "Ka Jl. Mawar"), ("ki RT 02", "ka RT 02"),
    ("ki dusun Krajan", "ka dusun Krajan")])
def test_clerks_shorten_left_and_right_in_many_ways(left, right):
    assert (read(f"Drainase {left}").side, read(f"Drainase {right}").side) == ("left", "right")


@pytest.mark.parametrize("both", ["ki/ka", "(ki)/(ka)", "L/R", "kr & kn", "ki ka", "kika", "kanan-kiri", "ka - ki"])
def test_both_sides_in_short_are_neither(both):
    assert read(f"Drainase {both} Jl. Mawar").side is None


@pytest.mark.parametrize("name", [
    "Paving Jl. Ki Hajar Dewantara", "Rabat jalan tepi rel KA", "Perbaikan palang pintu KA RT 02", "Paving Gang L",
    "Rehab rumah Ka. Dusun Krajan", "Rabat Dusun Karang Ka Timur", "Paving Blok R", "Rabat P 120 x L 0,4 m"])
def test_a_ki_may_be_an_elder_and_a_ka_a_railway(name):
    assert read(name).side is None


@pytest.mark.parametrize(("name", "side"), [
    ("Talud (utara)", "north"), ("Talud ujung barat", "west"), ("Talud selatan jalan", "south"),
    ("Talud Krajan Utara", None), ("Talud Dusun Krajan Utara Jalan Mawar", None)])
def test_the_points_of_the_compass_are_sides_only_where_nothing_else_bears_their_name(name, side):
    assert read(name).side == side


@pytest.mark.parametrize(("name", "marks"), [
    ("Paving Dusun Krajan II RT 02", (("dusun", "2"),)), ("Paving dsn. Krajan 2", (("dusun", "2"),)),
    ("Paving Gang Mawar 3", (("gang", "3"),)), ("Paving jl. lingkungan Dusun Krajan 1 RT 3", (("dusun", "1"),)),
    ("Rabat Jl. Imam Bonjol IV", (("jalan", "4"),)), ("Gedung PAUD lt. 2", (("lantai", "2"),)),
    ("Rehab posyandu Melati 2", (("lembaga", "2"),)), ("Sumur bor SDN 1 Krajan", (("lembaga", "1"),)),
    ("Rabat Dusun Krajan 120 m", ()), ("Rabat jalan Krajan 2 titik", ()), ("Rabat Jl. Mawar RT 02", ())])
def test_the_number_behind_a_name_belongs_to_the_name(name, marks):
    assert read(name).marks == marks


@pytest.mark.parametrize(("name", "shares"), [
    ("Rabat bagian DD 60% (gabungan DD dan ADD)", (("ADD", 0), ("DDS", 0.6))),
    ("Rabat (60% DD, 40 persen dari ADD)", (("ADD", 0.4), ("DDS", 0.6))),
    ("Rabat sharing DD : ADD 70:30", (("ADD", 0.3), ("DDS", 0.7))), ("Rabat (DD sebagian)", (("DDS", 0),)),
    ("Rabat pendampingan APBD", (("APBD", 0),)), ("Rabat sharing DD (APBN) dan Banprov", (("DDS", 0), ("PBP", 0))),
    ("Rabat gotong royong", (("SWD", 0),))])
def test_shares_told_in_words_are_facts(name, shares):
    assert read(name).shares == shares
    assert "shared" in read(name).says
    assert read(name).places == ()


@pytest.mark.parametrize("name", ["Rabat sebagian jalan Krajan", "Rabat DD 2024", "Gudang gabungan kelompok tani",
                                  "Rabat Krajan (progres 60%)", "Pendampingan posyandu"])
def test_a_part_that_is_no_funds_is_no_share(name):
    assert (read(name).shares, "shared" in read(name).says) == ((), False)


@pytest.mark.parametrize(("name", "routine"), [
    ("Pemeliharaan rutin jalan Krajan", True), ("Perawatan jalan Krajan", True), ("Pengecatan balai desa", True),
    ("Pemeliharaan berkala jalan Krajan", False), ("Rehabilitasi dan pemeliharaan jalan", False),
    ("Rehab jalan", False)])
def test_only_routine_upkeep_is_upkeep(name, routine):
    assert ("maintenance" in read(name).says) == routine


@pytest.mark.parametrize("name", ["Dike Sta. 0+000 - Sta. 0+449", "Dike STA 0+449 s/d 0+000",
                                  "Dike 0 + 000 to 0 + 449"])
def test_stations_are_a_range_in_metres(name):
    assert read(name).sta == (0.0, 449.0)


def test_the_number_of_points_is_not_the_number_of_a_point():
    assert read("PJU 20 titik").marks == ()
    assert read("PJU titik 3").marks == (("titik", "3"),)
    assert read("Seawall (Section 9), Package B").marks == (("paket", "2"), ("ruas", "9"))


def test_rt_may_be_a_list_or_a_range():
    assert read("Paving RT 01, 02 dan 03").rt == {1, 2, 3}
    assert read("Paving RT 01-04").rt == {1, 2, 3, 4}


def test_the_household_is_a_fact_and_no_word_of_the_place():
    name = read("Bedah rumah an. Sukirman P. RT 3 Dusun Krajan")
    assert name.recipient == ("p", "sukirman")
    assert name.places == ("krajan",)


def test_sizes_are_kept_apart_from_words():
    assert read("Talud P 18,5 x L 0,30 x 2,5 m").size_m == 18.5
    assert read("Talud P 18,5 x L 0,30 x 2,5 m").places == ()


def test_ds_and_a_lone_t_say_nothing():
    assert read("Rabat ds. T").places == ()


def test_jalan_lingkungan_is_a_road_and_no_hamlet():
    assert read("Rabat jl. lingkungan panjang").hamlet is None
    assert read("Rabat jl. lingk. Lingk. Jatiwetan").hamlet == "jatiwetan"


@pytest.mark.parametrize(("text", "value"), [("02", 2), ("iv", 4), ("ix", 9), ("b", 2), ("abc", None)])
def test_numbers_are_digits_roman_or_letters(text, value):
    assert number(text) == value


@given(st.text(max_size=80), st.text(max_size=30))
def test_any_text_is_read(text, place):
    assert read(text, place) == read(text, place)


def test_work_words_do_not_stand_in_two_lists():
    from geo import name_words

    assert not set(name_words.WORK) & set(name_words.OBJECTS)
    assert not set(name_words.OBJECTS) & name_words.SILENT


def test_a_street_named_after_a_field_is_no_field():
    assert set(read("Drainase Jl. Lapangan").objects) == {"drainase", "jalan"}
    assert read("Rehab lapangan").objects == ("lapangan",)


@pytest.mark.parametrize(("one", "other"), [
    ("Rehab rumah tidak layak huni", "Bantuan RTLH"), ("Bak penampung mata air", "Tandon"),
    ("Btnisasi jalan", "Rabat beton jalan"), ("Tempat pemakaman umum", "Makam desa"), ("Plat deuker", "Gorong-gorong"),
    ("Tempat pembuangan sampah", "TPS3R"), ("Septic tank komunal", "Tangki septik")])
def test_other_words_for_one_thing_leave_no_word_of_a_place(one, other):
    assert read(one).objects == read(other).objects
    assert read(one).places == read(other).places == ()


def test_a_hall_that_names_a_street_is_no_hall():
    assert read("Rabat Jl. Balai Dusun Krajan").objects == ("jalan", "rabat")
    assert read("Balai dusun Krajan").objects == ("gsg",)


def test_a_mistyped_side_is_a_side():
    assert read("Talud sisi slatan").side == read("Talud sebelah selataan").side == read("Talud sisi selatan").side


def test_typing_faults_in_the_vocabulary_are_forgiven_even_in_phrases():
    assert read("saluran limmbah rumah tangga").objects == read("SPAL").objects == ("spal",)
    assert read("Pembbangunan jembattan").objects == ("jembatan",)


def test_rivers_and_single_barangays_are_facts():
    name = read("Revetment along Davao River, Brgy. Poblacion 2, Sta. 0+000 - 0+100")
    assert (name.water, name.hamlet) == ("davao", "poblacion 2")
    assert read("Dike from Brgy. A Norte to Brgy. Sur").hamlet is None


SAID = """RT 02 RW.1 03/04 sta 1+200 - 1+350 tahap II lanjutan (LS) l/s 170 x 0,4 m u/s an. Bu Siti Dusun Krajan dsn kp.
    Brgy. Uno sungai Kedung river Titik 3 gg. IV blok-B sisi kanan kiri both sides upstream cost sharing carry-over
    multi years balai dusun box culvert pos yandu jl. lingk sumur bor rumah tidak layak huni dana bersama , ; ( ) /"""
VOCABULARY = sorted({*name_words.KNOWN, *SAID.split()})


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(VOCABULARY), max_size=9), st.sampled_from(("", " ", ".")))
def test_what_a_name_says_does_not_hang_on_the_gates(said, mark):
    """Gates only spare patterns that cannot match: with all of them open every name reads the same."""
    text = f"{mark} ".join(said)
    names.read.cache_clear()
    gated = names.read(text)
    names.read.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(names.gates, "opened_by", lambda chunks: -1)
        patch.setattr(names, "_may_be_numbered", lambda rest: True)
        patch.setattr(names.gates, "phrases", lambda chunk: (1 << len(name_words.PHRASES)) - 1)
        assert names.read(text) == gated
