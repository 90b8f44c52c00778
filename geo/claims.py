"""What a row claims about its village, read from its code and from what people write in the cells of names."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo.region_names import endings, names_several, parted, pieces, plain_name
from geo.sentences import Sentence

if TYPE_CHECKING:
    from geo.regions import Regions  # a file can be read without loading geopandas

_LEVEL_BY_PARTS = {4: "village", 3: "district", 2: "regency"}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a row claims: the code of a village, district or regency, None when it is not known here; `column` names
    the schema column that says so, `told` are (schema column, sentence) worth knowing about the claim itself.

    `several` are the villages of a name that more than one bears; `foreign` says that the regency is none of ours.
    """

    code: str | None = None
    column: str | None = None
    told: tuple[tuple[str, Sentence], ...] = ()
    several: tuple[str, ...] = ()
    foreign: bool = False


def level(code: str) -> str:
    return _LEVEL_BY_PARTS.get(code.count(".") + 1, "village")


def read(regions: "Regions", code: str | None, village: str | None, district: str | None,
             regency: str | None) -> Claim:
    """What the four columns of a row claim together."""
    told: list[tuple[str, Sentence]] = []
    regencies = regions.above_by_name(regency, "regency") if regency else []
    foreign = bool(regency) and not regencies and regions.knows_names("regency")
    if foreign:
        told.append(("regency", Sentence("region.unknown", {"text": regency})))
    named = parted(village) if village else None
    district = district or (named.district if named else None)
    by_name = _by_name(regions, named.village, district, told) if named else []
    if village and not by_name:
        by_name = _by_pieces(regions, village, district, told)
    if code and code in regions:
        if named and level(code) == "village" and not _is_called(regions, code, named.village):
            told.append(("village_code", Sentence("region.code_name_differ", {
                "code": code, "village": regions.name_of(code), "text": named.village})))
        return Claim(code, "village_code", tuple(told), foreign=foreign)
    if code:
        told.append(("village_code", Sentence("region.code_unknown" if by_name else "region.unknown",
                                              {"text": code})))
    if len(by_name) == 1:
        return Claim(by_name[0], "village", tuple(told), foreign=foreign)
    if named and not any(sentence.id == "region.villages" for _, sentence in told):
        told.append(("village", Sentence("region.several" if by_name else "region.unknown", {"text": village})))
    if len(by_name) > 1:
        return Claim(None, "village", tuple(told), tuple(by_name), foreign)
    districts = regions.above_by_name(district, "district") if district else []
    if len(districts) == 1:
        return Claim(districts[0], "district", tuple(told), foreign=foreign)
    if district and not named and not districts and regions.knows_names("district"):
        told.append(("district", Sentence("region.unknown", {"text": district})))
    if len(regencies) == 1:
        return Claim(regencies[0], "regency", tuple(told))
    return Claim(None, "regency" if regency else None, tuple(told), foreign=foreign)


def _by_name(regions: "Regions", village: str, district: str | None,
             told: list[tuple[str, Sentence]]) -> list[str]:
    """Villages of a name; one that stands in another district than the row says is found all the same, and said."""
    found = regions.by_name(village, district)
    if not found and district:
        elsewhere = regions.by_name(village)
        if len(elsewhere) == 1:
            right = regions.name_of(regions.parent_of(elsewhere[0]) or "")
            told.append(("district", Sentence("region.district_differs", {
                "village": regions.name_of(elsewhere[0]), "right": right, "text": district})))
            found = elsewhere
    if len(found) == 1 and plain_name(regions.name_of(found[0]) or "") != plain_name(village):
        told.append(("village", Sentence("region.spelled", {"village": regions.name_of(found[0]), "text": village})))
    return found


def _by_pieces(regions: "Regions", text: str, district: str | None,
               told: list[tuple[str, Sentence]]) -> list[str]:
    """Villages of a cell that names more than one thing: the village with its district, with its hamlet, two of them.

    A piece that names a district is one where another piece is a village of it. A name with letters wrong counts
    only where nothing is spelled exactly.
    """
    named = pieces(text)
    exact = [_exactly(regions, piece) or next(filter(None, (
        _exactly(regions, one) for one in endings(piece))), []) for piece in named]
    above = [code for piece in named for code in regions.above_by_name(piece, "district")]
    if district:
        above += regions.above_by_name(district, "district")
    within = [[code for code in codes if regions.parent_of(code) in above] for codes in exact]
    found = next(filter(None, within), None) if any(within) else None
    if found is not None and not any(codes and not mine and not regions.above_by_name(piece, "district")
                                     for piece, codes, mine in zip(named, exact, within, strict=True)):
        return found
    villages = [codes for codes in exact if codes]
    if len(villages) > 1 and not names_several(text) and (one := [
            code for code in villages[0] if regions.parent_of(code) in map(regions.parent_of, villages[1])]):
        return one  # "Kemiren, Glagah": a district is called after a village of its own
    if len(villages) > 1:
        told.append(("village", Sentence("region.villages", {"text": text})))
    if not villages:
        return _by_name(regions, named[0], named[1], told) if len(named) > 1 and above else []
    return list(dict.fromkeys(code for codes in villages for code in codes))


def _exactly(regions: "Regions", name: str) -> list[str]:
    return [code for code in regions.by_name(name) if plain_name(regions.name_of(code) or "") == plain_name(name)]


def _is_called(regions: "Regions", code: str, name: str) -> bool:
    """Whether a village may be meant by a name: no other one is nearer to it."""
    return code in regions.by_name(name) or plain_name(regions.name_of(code) or "") == plain_name(name)
