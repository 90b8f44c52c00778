"""Files that would make GDAL, or a parser of XML, open another file or a host."""

import importlib.util
import json
import os
import platform
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from geo import formats
from geo.errors import FileRefused
from geo.formats import sandbox
from geo.tables import LIMITS
from tests.unit.files import changed, refusal
from tests.unit.formats.samples import GPX, KML, sample

ROOT = Path(__file__).parents[3]


def test_no_hostile_file_reaches_a_host_or_a_file_of_the_server(tmp_path):
    """VRT, WFS, GDALG, links of KML, entities, paths and systems that are addresses, under eight endings each. The
    last two figures say that the listener hears and the secret is readable where GDAL is left alone."""
    asked = subprocess.run([sys.executable, "-m", "tests.unit.formats.canary", str(tmp_path)], cwd=ROOT,
                           capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stderr[-2000:]
    said = json.loads(asked.stdout)
    assert said["heard"] == 0
    assert said["disclosed"] == []
    assert said["read"] + said["refused"] > 150
    assert said["refused"] > 80
    assert said["alone_disclosed"]
    assert said["alone_heard"] > 0


CONFINED = """
import importlib.util, os, socket, sys
spec = importlib.util.spec_from_file_location("child", sys.argv[1])
child = importlib.util.module_from_spec(spec)
spec.loader.exec_module(child)
child.confine({"seconds": 20, "bytes": 10**6, "memory": 4 * 10**9})
for attempt in (socket.socket, lambda: socket.socket(socket.AF_UNIX), lambda: os.execv("/bin/true", ["true"])):
    try:
        attempt()
    except PermissionError:
        print("denied")
"""


@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="no list of calls for this processor")
def test_the_kernel_denies_the_child_connections_and_programs():
    asked = subprocess.run([sys.executable, "-I", "-c", CONFINED, str(sandbox.CHILD)], capture_output=True, text=True,
                           check=False)
    assert asked.stdout.split() == ["denied"] * 3, asked.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("document", [KML, GPX])
@pytest.mark.parametrize("declared", [
    '<!DOCTYPE a [<!ENTITY e "x">]>', '<!DOCTYPE a SYSTEM "file:///etc/passwd">', '<!DOCTYPE a>',
    '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/p"> %p;]>',
    "<!DOCTYPE a [" + "".join(f'<!ENTITY e{k} "{f"&e{k - 1};" * 10}">' for k in range(1, 12)) + "]>"])
def test_a_doctype_is_refused_in_every_encoding(tmp_path, document, declared, encoding):
    text = document.replace('<?xml version="1.0" encoding="UTF-8"?>', declared)
    path = tmp_path / "a.kml"
    path.write_bytes(text.encode(encoding, "ignore"))
    assert refusal(path) in ("archive.doctype", "reading.broken_markup", "reading.markup")
    if encoding in ("utf-8", "utf-16"):
        assert refusal(path) == "archive.doctype"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
@pytest.mark.parametrize(("form", "inside"), [("kmz", "doc.kml"), ("xlsx", "xl/workbook.xml"),
                                              ("xlsx", "xl/sharedStrings.xml"), ("xlsx", "[Content_Types].xml")])
def test_a_doctype_inside_an_archive_is_refused_in_every_encoding(tmp_path, form, inside, encoding):
    def with_doctype(name, content):
        if name != inside:
            return content
        text = content.decode("utf-8")
        text = text[text.index("?>") + 2 :]
        return ('<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + text).encode(encoding)

    assert refusal(changed(sample(tmp_path, form), tmp_path / "a.zip", with_doctype)) == "archive.doctype"


@pytest.mark.parametrize("name", ["xl/media/note.html", "docProps/a.svg"])
def test_a_doctype_where_nobody_looks_does_no_harm(tmp_path, name):
    path = changed(sample(tmp_path, "shapefile"), tmp_path / "a.zip", lambda _, content: content)
    with zipfile.ZipFile(path, "a") as opened:
        opened.writestr(name, "<!DOCTYPE html><html/>")
    assert len(formats.read(path).features.properties) == 2


def test_a_symbolic_link_names_what_it_points_at_and_nothing_more(tmp_path):
    """A path on the command line may be a link; what an upload holds never becomes one."""
    target = sample(tmp_path, "gpkg")
    link = tmp_path / "link.kml"
    link.symlink_to(target)
    assert formats.read(link).format == "gpkg"


@pytest.mark.parametrize(("first", "second"), [("gpx", "kmz"), ("kml", "xlsx"), ("geojson", "shapefile"),
                                               ("gpkg", "kmz"), ("csv", "shapefile")])
def test_a_file_of_two_kinds_is_read_as_what_it_begins_with_or_refused(tmp_path, first, second):
    """An archive behind something else opens for every unpacker; here its first bytes decide."""
    one, two = sample(tmp_path, first), sample(tmp_path, second)
    path = tmp_path / "both"
    path.write_bytes(one.read_bytes() + two.read_bytes())
    try:
        said = formats.read(path).format
    except FileRefused as refused:
        said = refused.sentence.id
    assert said in (first, "reading.broken_markup", "reading.broken_json", "error.format_unknown",
                    "reading.broken_text", "reading.child_failed")


def test_the_child_module_is_given_no_more_than_it_needs(tmp_path):
    """Whatever stands in the server's environment stays there."""
    spec = importlib.util.spec_from_file_location("child", sandbox.CHILD)
    assert spec is not None
    environment = sandbox._environment(str(tmp_path), "")
    assert not {name for name in environment if name in os.environ and environment[name] == os.environ[name]} - {
        "LC_ALL", "HOME", "TMPDIR"}
    assert LIMITS.child_memory_bytes <= 4_000_000_000
