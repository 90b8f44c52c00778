"""Charts: what is drawn is what was counted."""

import re
from decimal import Decimal

from app.maps.charts import HEIGHT, Layer, columns, share


def heights(picture, sign):
    return [float(one) for one in re.findall(rf'class="chart-{sign}"[^>]* height="([\d.]+)"', picture)]


def test_columns_are_as_high_as_their_values_and_stand_on_each_other():
    chart = columns("Judul", ["2023", "2024"], [Layer("done", "selesai", (Decimal(50), Decimal(100))),
                                                Layer("planned", "rencana", (Decimal(50), Decimal(0)))], str)
    done, planned = heights(chart.picture, "done"), heights(chart.picture, "planned")
    assert done[1] == 2 * done[0] == 2 * planned[0]
    tops = [float(one) for one in re.findall(r'<rect[^>]* y="([\d.]+)"', chart.picture)]
    assert min(tops) > 0
    assert max(top + height for top, height in zip(tops, (done[0], planned[0], done[1]), strict=True)) < HEIGHT


def test_a_layer_of_nothing_is_neither_drawn_nor_named():
    chart = columns("Judul", ["2024"], [Layer("done", "selesai", (3,)), Layer("planned", "rencana", (0,))], str)
    assert [layer.sign for layer in chart.layers] == ["done"]
    assert columns("Judul", ["2024"], [Layer("done", "selesai", (0,))], str) is None


def test_counted_things_have_no_half_on_the_scale():
    assert ">0<" not in columns("Judul", ["2024"], [Layer("done", "selesai", (1,))], str).picture


def test_shares_fill_the_bar_and_the_smallest_is_still_seen():
    chart = share("Judul", "pasangan", [Layer("confirmed", "ya", (1,)), Layer("waits", "belum", (100_000,))], str)
    widths = [float(one) for one in re.findall(r'width="([\d.]+)%" y', chart.picture)]
    assert abs(sum(widths) - 100) < 0.1
    assert min(widths) > 0.5


def test_words_are_escaped():
    chart = columns("<b>", ["<i>"], [Layer("done", "x", (1,))], str)
    assert "<b>" not in chart.picture
    assert "<i>" not in chart.picture
