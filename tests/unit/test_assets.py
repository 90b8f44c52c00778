"""The browser files are what was recorded, or they are not there."""

import base64
import hashlib
import io
import tarfile

import pytest

from app.installation import assets
from app.installation.terminal import Stop, quiet
from app.maps import assets as needed


def packed(files):
    """A package as npm brings it: everything under `package/`."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return written.getvalue()


def asset_of(package, files=("dist/map.js",)):
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(package).digest()).decode()
    return assets.Asset("@scope/map", "1.2.3", integrity, "map", tuple(files))


def bringing(package):
    def fetch(_assets, folder):
        (folder / "scope-map-1.2.3.tgz").write_bytes(package)

    return fetch


PACKAGE = packed({"package/dist/map.js": b"draw()", "package/install.js": b"never kept"})


def test_only_the_named_files_are_unpacked(tmp_path):
    installed = assets.install([asset_of(PACKAGE)], tmp_path, fetch=bringing(PACKAGE), tell=quiet)
    assert installed == ["@scope/map"]
    assert (tmp_path / "map/dist/map.js").read_bytes() == b"draw()"
    assert sorted(path.name for path in (tmp_path / "map").rglob("*")) == [".integrity", "dist", "map.js"]


def test_a_package_with_another_sum_is_refused_and_nothing_of_it_is_left(tmp_path):
    other = packed({"package/dist/map.js": b"steal()"})
    with pytest.raises(Stop, match="is not the file that was recorded"):
        assets.install([asset_of(PACKAGE)], tmp_path, fetch=bringing(other), tell=quiet)
    assert list(tmp_path.iterdir()) == []


def test_a_refused_package_leaves_the_installed_version_alone(tmp_path):
    old = asset_of(PACKAGE)
    assets.install([old], tmp_path, fetch=bringing(PACKAGE), tell=quiet)
    new = packed({"package/dist/map.js": b"draw(2)"})
    with pytest.raises(Stop):
        assets.install([asset_of(new)], tmp_path, fetch=bringing(PACKAGE), tell=quiet)
    assert (tmp_path / "map/dist/map.js").read_bytes() == b"draw()"


def test_what_is_installed_is_not_fetched_again(tmp_path):
    assets.install([asset_of(PACKAGE)], tmp_path, fetch=bringing(PACKAGE), tell=quiet)

    def fetch(_assets, _folder):
        raise AssertionError("the network was reached")

    assert assets.install([asset_of(PACKAGE)], tmp_path, fetch=fetch, tell=quiet) == []


def test_another_list_of_files_is_unpacked_anew(tmp_path):
    assets.install([asset_of(PACKAGE)], tmp_path, fetch=bringing(PACKAGE), tell=quiet)
    more = asset_of(PACKAGE, ("dist/map.js", "install.js"))
    assert assets.install([more], tmp_path, fetch=bringing(PACKAGE), tell=quiet) == ["@scope/map"]
    assert (tmp_path / "map/install.js").exists()


def test_a_file_that_the_package_does_not_hold_stops_the_start(tmp_path):
    asset = asset_of(PACKAGE, ("dist/map.js", "dist/gone.css"))
    with pytest.raises(Stop, match=r"does not hold dist/gone\.css"):
        assets.install([asset], tmp_path, fetch=bringing(PACKAGE), tell=quiet)
    assert not (tmp_path / "map").exists()


def test_a_path_that_climbs_out_of_the_folder_is_never_written(tmp_path):
    package = packed({"package/dist/map.js": b"draw()", "package/../../out.js": b"out"})
    vendor = tmp_path / "a" / "vendor"
    assets.install([asset_of(package, ("*",))], vendor, fetch=bringing(package), tell=quiet)
    assert list(tmp_path.rglob("out.js")) == []


def test_every_file_that_the_maps_need_is_pinned():
    kept = {f"{asset.folder}/{path}" for asset in assets.pinned() for path in asset.files}
    assert {*needed.FILES.values(), *needed.LOADED_BY_SCRIPTS, needed.LAND} <= kept


def test_every_asset_has_a_sha512_sum_and_an_exact_version():
    for asset in assets.pinned():
        assert len(base64.b64decode(asset.integrity.removeprefix("sha512-"))) == 64, asset.name
        assert all(part.isdigit() for part in asset.version.split(".")), asset.name
