"""train, score and explain: what is learned from labelled pairs, and what is refused. Real files, real fits."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from sklearn.ensemble import HistGradientBoostingClassifier

from app.commands.learning import score, train
from app.commands.matching import explain, match
from app.settings import Settings
from geo.errors import GeoError, ModelRefused, RowsRefused
from geo.learning import boosting, features, tables_of_pairs
from geo.learning.additive import binned, edges_of
from geo.learning.columns import sides, understood
from geo.learning.pairs import PairModel
from geo.learning.pairs import train as learned
from geo.model import Model
from geo.sentences import LANGUAGES, worded

KINDS = ("school", "library", "clinic", "bakery", "hall", "market", "station")
WORDS = ("mawar", "melati", "kenanga", "anggrek", "dahlia", "seruni", "cempaka", "teratai", "kamboja", "flamboyan")


def invented(n, seed=0):
    """Pairs of places: half one place typed twice, half two places near each other."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(n):
        label = number % 2
        lon, lat = 114 + rng.random() / 20, -8 - rng.random() / 20
        one, other = (f"{rng.choice(WORDS)} {rng.choice(WORDS)} {rng.choice(KINDS)}" for _ in range(2))
        near_m = rng.exponential(30 if label else 300)
        name = one.upper() if label else other
        if rng.random() < 0.1:
            name = one
        rows.append({"id_1": f"a{number}", "id_2": f"b{number}", "name_1": one, "name_2": name, "lon_1": lon,
                     "lon_2": lon + near_m / 110_000, "lat_1": lat, "lat_2": lat,
                     "address_1": f"Jl. {one} {number}", "address_2": "NULL" if rng.random() < 0.4 else f"{name} "
                     f"street {number if label else number + 1}", "rooms_1": number % 9, "rooms_2": number % 9
                     if label else rng.integers(9), "type_1": one.split()[-1], "type_2": name.split()[-1],
                     "label": label})
    return pd.DataFrame(rows).astype(str)


@pytest.fixture(scope="module", autouse=True)
def _few_steps():
    """The same way through the code as in earnest, with fewer trees."""
    kept, boosting.STEPS = boosting.STEPS, 24
    yield
    boosting.STEPS = kept


@pytest.fixture(scope="module")
def table():
    return invented(240)


@pytest.fixture(scope="module")
def model(table):
    return learned(sides(table), table["label"].astype(int).to_numpy())


def test_what_was_learned_holds_for_other_pairs(model):
    other = invented(200, seed=5)
    said = model.score(sides(other)).probability >= 0.5
    assert np.mean(said == (other["label"] == "1")) > 0.9


def test_parts_sum_to_the_score_and_the_score_is_the_probability(model):
    scored = model.score(sides(invented(100, seed=6)))
    total = scored.prior + np.sum(list(scored.parts.values()), axis=0)
    assert np.abs(total - scored.score).max() < 1e-9
    assert np.allclose(scored.probability, 1 / (1 + np.exp2(-scored.score)))


def test_the_order_of_the_two_records_does_not_matter(model):
    pairs = sides(invented(100, seed=7))
    assert (model.score(pairs).score == model.score(pairs.swapped()).score).all()


def test_a_pair_scores_the_same_alone_and_among_others(model):
    table = invented(20, seed=8)
    together = model.score(sides(table)).score
    assert [model.score(sides(table.iloc[[row]])).score[0] for row in range(20)] == together.tolist()


def test_trees_taken_apart_score_as_the_trees_do(table):
    """If scikit-learn grows its trees otherwise one day, this says so: its own classifier is asked for the same."""
    pairs = sides(table)
    columns = understood(pairs)
    measures = features.measure(pairs, columns, features.Snapshot.of(pairs, columns)).measures
    measures = {name: values for name, values in measures.items() if not np.isnan(values).any()}
    edges = {name: cuts for name, values in measures.items() if len(cuts := edges_of(values))}
    bins = {name: binned(measures[name], cuts) for name, cuts in edges.items()}
    labels = table["label"].astype(int).to_numpy()
    *_, (steps, apart) = boosting.grown(bins, labels, edges, None, 0, steps=30)
    theirs = HistGradientBoostingClassifier(
        learning_rate=boosting.STEP, max_iter=steps, max_leaf_nodes=boosting.LEAVES, min_samples_leaf=5,
        l2_regularization=boosting.PULL, interaction_cst="pairwise", early_stopping=False)
    codes = np.column_stack(list(bins.values())).astype(float)
    said = theirs.fit(codes, labels).decision_function(codes) * boosting.BITS
    assert steps == 30
    assert apart.double
    assert np.allclose(apart.score(bins), said, atol=1e-3)


def test_a_saved_model_scores_the_same_and_the_same_pairs_make_the_same_model(model, table, tmp_path):
    model.save(tmp_path / "m.json")
    loaded = PairModel.load(tmp_path / "m.json")
    pairs = sides(invented(50, seed=9))
    assert (loaded.score(pairs).score == model.score(pairs).score).all()
    assert loaded.version == model.version
    assert (tmp_path / "m.json").stat().st_size < 5_000_000
    again = learned(sides(table), table["label"].astype(int).to_numpy())
    assert again.to_text() == model.to_text()


@pytest.mark.parametrize("gone", ["address", "lon", "name", "rooms", "type"])
def test_a_column_that_is_absent_is_as_one_that_is_empty(model, gone):
    table = invented(60, seed=10)
    both = [f"{gone}_1", f"{gone}_2"]
    absent = model.score(sides(table.drop(columns=both))).score
    empty = model.score(sides(table.assign(**dict.fromkeys(both, "NULL")))).score
    assert (absent == empty).all()
    assert np.isfinite(absent).all()


@pytest.mark.parametrize("of", ["some", "all"])
def test_what_is_missing_weighs_nothing_even_where_only_one_class_lacks_it(table, of):
    """Whoever has no telephone is not another place for it, whatever the examples that somebody had at hand. Where no
    pair of two places has one, nothing can be learned from it."""
    apart = table["label"] == "0"
    lacking = apart & (np.arange(len(table)) % 4 == 0) if of == "some" else apart
    phone = [f"0333 {number:04}" for number in range(len(table))]
    other = np.where(apart, [f"0333 9{number:03}" for number in range(len(table))], phone)
    taught = table.assign(phone_1=phone, phone_2=np.where(lacking, "", other))
    model = learned(sides(taught), taught["label"].astype(int).to_numpy())
    asked = invented(120, seed=15).assign(phone_1=[f"0333 {number:04}" for number in range(120)], phone_2="NULL")
    scored = model.score(sides(asked))
    phones = [bits for name, bits in scored.parts.items() if "phone." in name and "holds_name" not in name]
    assert bool(phones) == (of == "some")
    assert not np.any(phones), "one of the two has no telephone"
    without = model.score(sides(asked.drop(columns=["phone_1", "phone_2"])))
    assert np.mean((without.probability >= 0.5) == (asked["label"] == "1")) > 0.9, "what is known decides"
    assert abs(without.probability.mean() - 0.5) < 0.1, "half of them are one place"


@pytest.mark.parametrize("n", [2, 4, 6, 30])
def test_a_handful_of_pairs_is_learned_from_with_care(n):
    few = invented(n)
    made = learned(sides(few), few["label"].astype(int).to_numpy())
    said = made.score(sides(invented(100, seed=11)))
    assert np.isfinite(said.score).all()
    assert n < 30 or np.mean((said.probability >= 0.5) == (np.arange(100) % 2 == 1)) > 0.75


def test_ids_are_no_evidence_and_places_may_be_wkt(table):
    spoken = table.rename(columns={"lon_1": "longitude_1", "lon_2": "longitude_2"})
    pairs = sides(spoken)
    assert "id" not in pairs.left.texts
    assert pairs.placed()
    wkt = table.drop(columns=["lon_1", "lon_2", "lat_1", "lat_2"]).assign(
        wkt_1="POINT (114 -8)", wkt_2=["LINESTRING (114 -8, 114.002 -8)", *["no geometry"] * (len(table) - 1)])
    read = sides(wkt)
    assert read.right.lon[0] == pytest.approx(114.001)
    assert np.isnan(read.right.lon[1:]).all()


def written(folder, name, text):
    (folder / name).write_text(text, "utf-8")
    return str(folder / name)


def run(command, *arguments):
    return CliRunner().invoke(command, list(arguments), obj=Settings())


@pytest.mark.parametrize(("text", "message"), [
    ("", "pairs.empty"), ("name_1,name_2,label\n", "pairs.no_rows"),
    ("name_1,name_2\na,b\n", "pairs.no_label"), ("name_1,name_2,label\na,b,1\nc,d,1\n", "pairs.one_class"),
    ("name_1,other_2,label\na,b,1\nc,d,0\n", "pairs.nothing_shared"),
    ("id_1,id_2,label\na,b,1\nc,d,0\n", "pairs.nothing_shared"),
    ("name_1,name_1,name_2,label\na,a,b,1\n", "pairs.column_twice"),
    ("name_1,name_2,label\na,b,maybe\n", "error.rows_refused"), ("name_1,name_2,label\na,b,\n", "pairs.no_labels"),
    ("name_1,name_2,label\n,,1\n,,0\n", "pairs.nothing_known"),
    ("name_1,name_2,label\na,b,c,1\n", "error.rows_refused"), ('name_1,name_2,label\n"a,b,1\n', "pairs.not_csv")])
def test_what_cannot_be_learned_from_is_said_and_nothing_is_written(tmp_path, text, message):
    file = written(tmp_path, "l.csv", text)
    refused = run(train, file, "--out", str(tmp_path / "m.json")).exception
    assert isinstance(refused, GeoError)
    assert refused.sentence.id == message
    assert all(worded(refused.sentence, language) for language in LANGUAGES)
    assert not (tmp_path / "m.json").exists()


def test_every_row_that_cannot_be_learned_from_is_told_at_once(tmp_path):
    """Of all files, on the line where a person finds it: empty lines count there, and a cell of two lines is one."""
    one = written(tmp_path, "one.csv", 'name_1,name_2,label\na,b,ya\n\n"a\nx",b,1\na,b,c,d\na,b,\na,b,2\n')
    other = written(tmp_path, "other.csv", "name_1;name_2;label\na;b;0\na;b;-1\n")
    good = written(tmp_path, "good.csv", "name_1,name_2,label\na,b,0\na,a,1\n")
    refused = run(train, one, good, other, "--out", str(tmp_path / "m.json")).exception
    assert isinstance(refused, RowsRefused)
    assert [(file, one.row, one.column, one.text, one.reason.id) for file, one in refused.problems] == [
        ("one.csv", 2, "label", "ya", "pairs.wrong_label"), ("one.csv", 5, None, None, "pairs.more_cells"),
        ("one.csv", 7, "label", "2", "pairs.wrong_label"), ("other.csv", 3, "label", "-1", "pairs.wrong_label")]
    assert all(worded(one.reason, language) for _, one in refused.problems for language in LANGUAGES)
    assert not (tmp_path / "m.json").exists()


@pytest.mark.parametrize("spoil", [
    lambda stored: stored.update(format=9), lambda stored: stored.update(prior=float("nan")),
    lambda stored: stored.pop("edges"), lambda stored: stored["single"].update({"name.telling": [1.0]}),
    lambda stored: stored["single"].update({"name.astrology": [1.0]}), lambda stored: stored.update(kind="trees"),
    lambda stored: stored.update(columns=[["name", "astrology"]]), lambda stored: stored.update(snapshot=[])])
def test_a_model_that_is_broken_is_refused(model, tmp_path, spoil):
    stored = json.loads(model.to_text())
    spoil(stored)
    (tmp_path / "m.json").write_text(json.dumps(stored))
    with pytest.raises(ModelRefused):
        PairModel.load(tmp_path / "m.json")


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", '"kind"', "[" * 100_000])
def test_what_is_no_json_of_a_model_is_refused(tmp_path, text):
    with pytest.raises(ModelRefused):
        PairModel.load(written(tmp_path, "m.json", text))


def test_neither_matcher_takes_the_others_model(model, tmp_path):
    model.save(tmp_path / "pairs.json")
    Model.shipped().save(tmp_path / "works.json")
    with pytest.raises(ModelRefused) as refused:
        PairModel.load(tmp_path / "works.json")
    assert refused.value.sentence.id == "pairs.model_of_works"
    file = written(tmp_path, "w.csv", "nama,lat,lon\nTalud,-8.3,114.3\n")
    found = run(match, file, "--model", str(tmp_path / "pairs.json"), "--out", str(tmp_path / "p.csv")).exception
    assert found.sentence.id == "pairs.model_not_of_works"


def test_files_in_files_out_and_a_line_explains_itself(tmp_path, table):
    first = written(tmp_path, "a.csv", table[:150].to_csv(index=False))
    second = written(tmp_path, "b.csv", table[150:].assign(label=["", *table["label"][151:]]).to_csv(index=False))
    out, model = str(tmp_path / "s.csv"), str(tmp_path / "m.json")
    assert run(train, first, second, "--out", model).exit_code == 1  # one row without a label, and said
    asked = invented(30, seed=12).assign(prior="theirs", probability="old")
    asked.loc[3, "name_2"] = 'NULL'
    asked.loc[4, "name_2"] = 'comma, "quote"\nand line'
    assert run(score, written(tmp_path, "q.csv", asked.to_csv(index=False)), "--model", model, "--out",
               out).exit_code == 0
    scored = pd.read_csv(out, dtype=str, keep_default_na=False)
    pd.testing.assert_frame_equal(scored[asked.columns], asked, check_dtype=False)
    parts = [column for column in scored if column.startswith("pantau_w_")]
    total = scored[[*parts, "pantau_prior"]].astype(float).sum(axis=1)
    assert np.abs(total - scored["score"].astype(float)).max() < 1e-9
    told = json.loads(run(explain, out, "6", "--json").stdout)
    assert sum(part["weight"] for part in told["parts"]) == pytest.approx(told["score"], abs=1e-9)
    assert told["reason"] in run(explain, out, "6").stdout


@pytest.mark.parametrize("line", ["1e999,x", "=1+1,x", "-,", "\0,\0", "١٢٣,ⅷ", "a" * 100_000 + ",b", "🙂,🙂", "٠,0"])
def test_strange_cells_are_judged_and_kept(model, tmp_path, line):
    file = written(tmp_path, "q.csv", "name_1,name_2,lon_1,lon_2,lat_1,lat_2\n" + line + ",1e400,inf,nan,999\n")
    model.save(tmp_path / "m.json")
    done = run(score, file, "--model", str(tmp_path / "m.json"), "--out", str(tmp_path / "s.csv"))
    assert done.exit_code == 0, done.exception
    assert 0 <= float(tables_of_pairs.read(tmp_path / "s.csv").loc[0, "probability"]) <= 1


def test_a_file_without_any_column_of_the_model_is_refused(model, tmp_path):
    model.save(tmp_path / "m.json")
    file = written(tmp_path, "q.csv", "colour_1,colour_2\nred,blue\n")
    refused = run(score, file, "--model", str(tmp_path / "m.json"), "--out", str(tmp_path / "s.csv")).exception
    assert refused.sentence.id == "pairs.model_finds_nothing"
