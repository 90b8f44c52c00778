"""An answer of a check with the pictures of what it found, and the strip of what like works cost.

Both the fresh answer and the kept one are drawn here, so that they cannot look different.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from markupsafe import Markup, escape
from shapely.geometry.base import BaseGeometry

from app import looks
from app.jobs import answers
from app.jobs.checking import Proposal
from app.maps import svg
from app.maps.drawn import Figure
from geo import coordinates
from geo.model import strength

SHOWN = answers.KEPT
STRIP, STRIP_HIGH, EDGE = 320, 46, 8


def shown_answer(proposal: Proposal, content: Mapping[str, Any], own_regions: Collection[int],
                 whole_list: bool = False, blind: Collection[UUID] = (),
                 registered: Mapping[int, UUID] = MappingProxyType({})) -> dict[str, Any]:
    """The content of an answer for one reader, with `picture`, `strength` and how
    its kind is `called` for each work, and the `strip` of costs."""
    answer = answers.shown(content, own_regions, whole_list, blind, registered)
    for one in answer["alike"]:
        one["picture"] = _picture(proposal.geometry, one)
        one["strength"] = None if one.get("blind") else strength(one["probability"])
        one["called"] = answers.kind_told(one, proposal.geometry is not None)
    for one in answer["within"]:
        one["called"] = answers.kind_told(one, proposal.geometry is not None)
        one["strength"] = None if one.get("blind") else strength(one["probability"])
    answer["strip"] = _strip(answer["cost"]) if answer["cost"] and answer["cost"]["enough"] else None
    answer["middle"] = _middle(proposal.geometry)
    answer["name"] = proposal.name
    answer["not_searched"] = answers.not_searched(content.get("problems") or [], proposal.geometry is not None,
                                                  content["compared"])
    return answer


def _middle(shape: BaseGeometry | None) -> tuple[float, float] | None:
    if shape is None:
        return None
    point = coordinates.on(shape)
    return point.x, point.y


def _picture(shape: BaseGeometry | None, one: Mapping[str, Any]) -> Markup | None:
    if one["shape"] is None or shape is None:
        return None
    return svg.draw([Figure(one["shape"], "right", accuracy_m=one["accuracy_m"]), Figure(shape, "left")],
                    title=_("Usulan (A) dan %(name)s (B)", name=one["name"]), width=320, height=210,
                    language=looks.language(),
                    note=_("DATA CONTOH, bukan kegiatan nyata") if looks.demonstration() else None)


def proposal_picture(proposal: Proposal, answer: Mapping[str, Any]) -> Markup | None:
    """Where the proposal lies among what was found: for paper, where no map can be moved."""
    if proposal.geometry is None:
        return None
    figures = [Figure(one["shape"], "work", accuracy_m=one["accuracy_m"]) for one in answer["alike"]
               if one["shape"] is not None and (one["distance_m"] or 0) < 2_000]
    return svg.draw([*figures, Figure(proposal.geometry, "proposal", accuracy_m=proposal.accuracy_m)],
                    title=_("Letak usulan dan kegiatan yang mirip"), width=420, height=260, language=looks.language(),
                    note=_("DATA CONTOH, bukan kegiatan nyata") if looks.demonstration() else None)


def _strip(cost: Mapping[str, Any]) -> Markup:
    """The quarters as a bar, the middle as a line in it, the proposal's own as a mark: nothing else."""
    low, high = cost["quarter"], cost["three_quarters"]
    told = [one for one in (low, high, cost["median"], cost["own"]) if one is not None]
    room = max(max(told) - min(told), max(told) * 0.05)
    start, end = max(min(told) - room * 0.25, 0.0), max(told) + room * 0.25

    def x(value: float) -> float:
        return EDGE + (STRIP - 2 * EDGE) * (value - start) / (end - start)

    parts = [f'<line x1="{EDGE}" y1="30" x2="{STRIP - EDGE}" y2="30" class="strip-line"/>',
             f'<rect x="{x(low):.1f}" y="22" width="{max(x(high) - x(low), 2):.1f}" height="16" rx="3" '
             f'class="strip-half"/>',
             f'<line x1="{x(cost["median"]):.1f}" y1="19" x2="{x(cost["median"]):.1f}" y2="41" class="strip-middle"/>']
    title = _("Setengah dari kegiatan serupa: %(low)s sampai %(high)s; nilai tengah %(middle)s",
              low=looks.money(round(low)), high=looks.money(round(high)), middle=looks.money(round(cost["median"])))
    if cost["own"] is not None:
        at = x(cost["own"])
        parts.append(f'<path d="M{at:.1f} 18l-6 -10h12z" class="strip-own"/>')
        title += _("; usulan ini %(own)s", own=looks.money(round(cost["own"])))
    return Markup(f'<svg class="strip" viewBox="0 0 {STRIP} {STRIP_HIGH}" role="img" aria-label="{escape(title)}">'
                  f'<title>{escape(title)}</title>{"".join(parts)}</svg>')
