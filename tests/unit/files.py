"""Files that tests of the readers are made of."""

import zipfile

import geopandas as gpd
import pytest
import shapely
import xlsxwriter

from geo import formats
from geo.errors import FileRefused
from geo.tables import Limits

SMALL = Limits(file_bytes=60_000_000, inflated_bytes=30_000_000, child_seconds=30)


def workbook(path, lines, sheet="Kegiatan"):
    with xlsxwriter.Workbook(path) as book:
        works = book.add_worksheet(sheet)
        for number, line in enumerate(lines):
            works.write_row(number, 0, line)
    return path


def works(crs=4326):
    frame = gpd.GeoDataFrame({"nama": ["Jalan Café", "Talud"], "tahun": [2024, 2025]},
                             geometry=[shapely.Point(114.25, -8.25), shapely.Point(114.26, -8.26)], crs=4326)
    return frame.to_crs(crs)


def refusal(path, limits=SMALL):
    with pytest.raises(FileRefused) as refused:
        formats.read(path, limits)
    return refused.value.sentence.id


def changed(path, out, replace):
    """The archive once more, with some entries' bytes replaced."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, replace(name, content))
    return out
