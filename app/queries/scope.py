"""Who may read and do what where, as queries say it: one text for each rule, beside the policy that says the same.

Public works are read by whoever signed in; drafts, files, verdicts, answers and findings by territory. Each layer is
enough alone, and tests/matrix switches off one after the other. An argument names a table as the query calls it.
"""

OWN = "(SELECT own_regions())::int[]"
"""The regions in which the person asking holds any role, with all below them."""
ME = "(SELECT current_person())"


def regions_of(*roles: str) -> str:
    """The same of these roles only."""
    return f"(SELECT regions_for('{{{','.join(roles)}}}'))::int[]"


SENDS = regions_of("field", "head", "planner", "admin")
JUDGES = regions_of("planner", "auditor", "admin")
AUDITS = regions_of("auditor", "admin")
ANSWERS = regions_of("field", "head")
SEES_FILES = regions_of("head", "planner", "auditor", "admin")


def work(p: str) -> str:
    """A work, or whatever else has `draft` and `region_id`: a draft only where one holds a role."""
    return f"({ME} IS NOT NULL AND (NOT {p}.draft OR {p}.region_id = ANY ({OWN})))"


def pair(x: str) -> str:
    """A pair, or whatever else has `draft_regions`: where a draft is in it, only where one holds a role in each."""
    return f"({ME} IS NOT NULL AND ({x}.draft_regions = '{{}}' OR {x}.draft_regions <@ {OWN}))"


def squares(c: str) -> str:
    """Counts by square: those of public works stand under no region, those of drafts under theirs."""
    return f"({c}.region_id IS NULL AND {ME} IS NOT NULL OR {c}.region_id = ANY ({OWN}))"


def upload(u: str) -> str:
    """A sent file with its rows, corrections and name: its sender while they hold a role there, and those above."""
    return f"({u}.person_id = {ME} AND {u}.region_id = ANY ({OWN}) OR {u}.region_id = ANY ({SEES_FILES}))"


def said(pair: str) -> str:
    """What people have said of a pair, by its id: where one of its works lies in a region of the person asking."""
    return f"""EXISTS (SELECT FROM pair of_pair JOIN project of_work
                         ON of_work.id IN (of_pair.left_project, of_pair.right_project)
                        WHERE of_pair.id = {pair} AND of_pair.draft_regions <@ {OWN}
                          AND of_work.region_id = ANY ({OWN}))"""


def paper(w: str) -> str:
    """A working paper: auditors of one of its works who may read whatever draft it may speak of."""
    return f"({w}.draft_regions <@ {OWN} AND {about(f'{w}.pair_id', f'{w}.group_id', AUDITS)})"


def about(pair: str, group: str, regions: str) -> str:
    """A pair or a group with a work in these regions."""
    return f"""EXISTS (SELECT FROM pair of_pair JOIN project of_work
                         ON of_work.id IN (of_pair.left_project, of_pair.right_project)
                        WHERE (of_pair.id = {pair} OR of_pair.group_id = {group})
                          AND of_work.region_id = ANY ({regions}))"""
