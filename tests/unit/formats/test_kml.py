"""KML and KMZ: nothing that a person wrote into Google Earth is lost."""

import zipfile

import pytest
import shapely

from geo import formats, rows
from geo.errors import FileEmpty
from geo.formats import balloon
from geo.tables import Limits
from tests.unit.files import refusal
from tests.unit.formats.samples import KML, sample


@pytest.fixture
def kml(tmp_path):
    def make(body, *, root='<kml xmlns="http://www.opengis.net/kml/2.2">', encoding="utf-8", head=""):
        path = tmp_path / "a.kml"
        path.write_bytes(f"{head}{root}{body}</kml>".encode(encoding))
        return path

    return make


def placemark(inside, name="Jalan"):
    return f"<Placemark><name>{name}</name>{inside}</Placemark>"


def only(path):
    found = formats.read(path).features
    assert len(found.properties) == 1
    return found.properties[0], found.geometries[0], [one.reason.id for one in found.problems]


@pytest.mark.parametrize("form", ["kml", "kmz"])
def test_folders_data_and_tracks_all_reach_the_rows(tmp_path, form):
    found = formats.read(sample(tmp_path, form)).features
    assert found.properties == [
        {"name": "Jalan Café", "description": "<b>rabat</b>", "tahun": "2024", "pagu": "187500000",
         "placemark": "p1", "folder": "Jalan / Dusun Krajan"},
        {"name": "Talud", "time": "2024-05-01 01:02:03Z"}]
    assert [shape.wkt for shape in found.geometries] == [
        "LINESTRING (114.25 -8.25, 114.26 -8.25, 114.27 -8.26)", "LINESTRING (114.26 -8.26, 114.27 -8.27)"]
    first, second = rows.understand(rows.read(sample(tmp_path, form)))
    assert (first.facts["name"], first.facts["year"], first.facts["amount"]) == ("Jalan Café", 2024, 187_500_000)
    assert first.good
    assert second.good


def test_a_placemark_without_geometry_is_a_good_row_without_a_point(kml):
    one, = rows.understand(rows.read(kml(placemark("<description>belum diukur</description>"))))
    assert (one.good, one.geometry, one.method) == (True, None, None)


def test_a_folder_may_be_named_behind_what_it_holds(kml):
    properties, *_ = only(kml(f"<Folder>{placemark('')}<name>Irigasi</name></Folder>"))
    assert properties["folder"] == "Irigasi"


@pytest.mark.parametrize("head", ["", "\n  <?xml version='1.0'?>", "\ufeff<?xml version='1.0' encoding='UTF-8'?>"])
@pytest.mark.parametrize("root", ["<kml>", "<kml:kml xmlns:kml='http://x'><kml:Document/>", "<kml xmlns='y'>"])
def test_undeclared_names_and_blank_beginnings_are_forgiven(tmp_path, root, head):
    path = tmp_path / "a.kml"
    end = "</kml:kml>" if root.startswith("<kml:") else "</kml>"
    path.write_text(head + root + placemark("<gx:Track><gx:coord>114 -8 0</gx:coord><gx:coord>114.1 -8</gx:coord>"
                                            "</gx:Track>") + end, "utf-8")
    assert only(path)[1].wkt == "LINESTRING (114 -8, 114.1 -8)"


@pytest.mark.parametrize(("encoding", "declared"), [
    ("utf-16", "utf-16"), ("cp1252", "windows-1252"), ("cp1252", "utf-8"), ("iso-8859-1", "iso-8859-1"),
    ("utf-8", None), ("cp1252", None)])
def test_a_name_keeps_its_letters_in_every_encoding(kml, encoding, declared):
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    assert only(kml(placemark("", "Café"), encoding=encoding, head=head))[0]["name"] == "Café"


@pytest.mark.parametrize(("geometry", "wkt", "notes"), [
    ("<Point><coordinates>\n 114.25 , -8.25 ,\n 0 </coordinates></Point>", "POINT (114.25 -8.25)", []),
    ("<Point><coordinates>114.25,-8.25,0,20</coordinates></Point>", "POINT (114.25 -8.25)", []),
    ("<Point><coordinates>114.25,-8.25 114.3,-8.3</coordinates></Point>", "POINT (114.25 -8.25)",
     ["geometry.first_of_several"]),
    ("<LineString><coordinates>114.25,-8.25</coordinates></LineString>", "POINT (114.25 -8.25)",
     ["geometry.line_of_one_place"]),
    ("<LineString><coordinates/></LineString>", None, ["geometry.empty"]),
    ("<MultiGeometry><Point><coordinates>114,-8</coordinates></Point><MultiGeometry><Point><coordinates>115,-8"
     "</coordinates></Point></MultiGeometry></MultiGeometry>", "MULTIPOINT ((114 -8), (115 -8))", []),
    ("<MultiGeometry><LineString><coordinates>114,-8 115,-8</coordinates></LineString><Point><coordinates>114,-8"
     "</coordinates></Point></MultiGeometry>", "GEOMETRYCOLLECTION (LINESTRING (114 -8, 115 -8), POINT (114 -8))", []),
    ("<gx:MultiTrack><gx:Track><gx:coord>114 -8</gx:coord><gx:coord>115 -8</gx:coord></gx:Track><gx:Track>"
     "<gx:coord>114 -7</gx:coord><gx:coord>115 -7</gx:coord></gx:Track></gx:MultiTrack>",
     "MULTILINESTRING ((114 -8, 115 -8), (114 -7, 115 -7))", []),
    ("<Polygon><outerBoundaryIs><LinearRing><coordinates>114,-8 115,-8 115,-7</coordinates></LinearRing>"
     "</outerBoundaryIs></Polygon>", "POLYGON ((114 -8, 115 -8, 115 -7, 114 -8))", ["geometry.ring_closed"]),
    ("<Model><Location><longitude>114</longitude><latitude>-8</latitude></Location></Model>", "POINT (114 -8)", []),
])
def test_every_geometry_of_kml_is_read_and_what_was_done_to_it_is_said(kml, geometry, wkt, notes):
    _, shape, told = only(kml(placemark(geometry)))
    assert shape == (shapely.from_wkt(wkt) if wkt else None)
    assert told == notes


@pytest.mark.parametrize(("coordinates", "reason"), [
    ("no,no", "geometry.unreadable"), ("114", "geometry.unreadable"), ("114,25,-8,25", "geometry.unreadable"),
    ("nan,-8", "geometry.not_finite"), ("inf,-8", "geometry.not_finite"), ("1e308,-8", "geometry.not_finite"),
    ("1e400,-8", "geometry.not_finite"),
])
def test_a_place_that_is_none_is_a_fault_of_its_row_only(kml, coordinates, reason):
    bad = placemark(f"<Point><coordinates>{coordinates}</coordinates></Point>")
    found = rows.understand(rows.read(kml(bad + placemark("<Point><coordinates>114,-8</coordinates></Point>"))))
    assert [[one.reason.id for one in row.problems] for row in found] == [[reason], []]


def test_links_and_overlays_are_not_followed_and_said(kml):
    link = "<NetworkLink><name>lain</name><Link><href>http://127.0.0.1/a.kml</href></Link></NetworkLink>"
    overlay = "<GroundOverlay><name>foto</name><Icon><href>file:///etc/passwd</href></Icon></GroundOverlay>"
    assert only(kml(link + overlay + placemark("")))[2] == ["file.network_links", "file.overlays"]
    for body, reason in ((link, "file.only_network_links"), (overlay, "file.only_overlays")):
        with pytest.raises(FileEmpty) as refused:
            formats.read(kml(body))
        assert refused.value.sentence.id == reason


def test_two_fields_of_one_name_are_both_kept(kml):
    properties, *_ = only(kml(placemark(
        "<ExtendedData><Data name='name'><value>lain</value></Data><Data name='name'><value>Jalan</value></Data>"
        "<x:own xmlns:x='y'>14</x:own></ExtendedData><phoneNumber>0812</phoneNumber>")))
    assert properties == {"name": "Jalan", "name (2)": "lain", "own": "14", "phoneNumber": "0812"}


def test_a_balloon_that_tabulates_attributes_fills_columns(kml):
    """ArcMap writes every attribute of a layer into the text of its placemark, and nowhere else."""
    table = ("<html><body><table><tr><td>Jalan Melati</td></tr><tr><td><table>"
             "<tr><td>DESA</td><td>Licin</td></tr><tr><td>PAGU</td><td>Rp&nbsp;187.500.000</td></tr>"
             "</table></td></tr></table></body></html>")
    properties, *_ = only(kml(placemark(f"<description><![CDATA[{table}]]></description>")))
    assert (properties["DESA"], properties["PAGU"], properties["description"]) == ("Licin", "Rp 187.500.000", table)
    assert balloon.fields("<td>one<td>two") == []


def test_a_picture_inside_a_description_does_not_make_the_row_faulty(kml):
    picture = f"<img src='data:image/png;base64,{'A' * 50_000}'/> saluran"
    one, = rows.understand(rows.read(kml(placemark(f"<description><![CDATA[{picture}]]></description>"))))
    assert one.good


def test_several_documents_in_an_archive_are_all_read(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as opened:
        for name in ("b/talud.kml", "doc.kml", "__MACOSX/._doc.kml"):
            opened.writestr(name, KML)
    found = formats.read(path)
    assert (found.format, len(found.features.properties)) == ("kmz", 4)
    assert found.features.properties[0]["folder"] == "doc / Jalan / Dusun Krajan"
    assert [one.reason.id for one in found.features.problems] == ["file.several_documents"]


def test_too_many_placemarks_fields_vertices_and_elements_are_said(kml):
    assert refusal(kml(placemark("") * 12), Limits(rows=10)) == "reading.too_many_rows"
    fields = "".join(f"<Data name='k{k}'><value>1</value></Data>" for k in range(100_000))
    assert refusal(kml(placemark(f"<ExtendedData>{fields}</ExtendedData>"))) == "reading.too_many_columns"
    assert refusal(kml("<a>" * 300 + "</a>" * 300)) == "reading.too_deep"
    assert refusal(kml(placemark("<a/>" * 400_000))) == "reading.too_much_markup"
    million = " ".join(["114,-8"] * 1_000_000)
    ring = f"<outerBoundaryIs><LinearRing><coordinates>{million}</coordinates></LinearRing></outerBoundaryIs>"
    assert only(kml(placemark(f"<Polygon>{ring}</Polygon>")))[2] == ["geometry.too_many_vertices"]
    track = "<gx:coord>114 -8</gx:coord>" * 150_000
    assert only(kml(placemark(f"<gx:Track>{track}</gx:Track>")))[2] == ["geometry.too_many_vertices"]


def test_a_document_that_takes_too_long_is_stopped(kml):
    assert refusal(kml(placemark("") * 5_000), Limits(child_seconds=0)) == "reading.child_slow"


def test_a_folder_or_a_description_that_names_a_village_with_its_title_claims_it(kml):
    """A note says so; "balai Desa Baru" names a hall, and an own column is believed before both."""
    spot = "<Point><coordinates>114.3,-8.2</coordinates></Point>"
    read = rows.read(kml(f"<Folder><name>Desa Tapanrejo</name>{placemark(spot)}</Folder>"
                         f"<Folder><name>Balai Desa Baru</name>{placemark(spot, 'Talud')}</Folder>"))
    first, second = rows.understand(read)
    assert (first.facts["village"], second.facts.get("village")) == ("Tapanrejo", None)
    assert [problem.reason.values for problem in read.problems if problem.reason.id == "file.stated_above"] == [
        {"value": "folder: Tapanrejo"}]
    described, = rows.understand(rows.read(kml(placemark(
        f"<description>Rabat beton; Kelurahan Boyolangu</description>{spot}"))))
    assert described.facts["village"] == "Boyolangu"
    own, = rows.understand(rows.read(kml(placemark(
        f"<description>Desa Lain</description><ExtendedData><Data name='desa'><value>Kemiren</value></Data>"
        f"</ExtendedData>{spot}"))))
    assert own.facts["village"] == "Kemiren"
