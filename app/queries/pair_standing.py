"""The table of how each pair stands (migrations 0015 and 0018), as the lists of pairs and their counts ask it: neither
works nor verdicts are read.

Every condition spells who may read what, as the policies do: each layer alone is enough. `draft_regions` of this table
holds the regions of both works as far as these are drafts now.
"""

STATE = """
    CASE %(state)s WHEN 'open' THEN x.to_look_at AND derived.state IN ('open', 'reopened')
                   WHEN 'reopened' THEN derived.state = 'reopened'
                   WHEN 'alike' THEN NOT x.to_look_at
                   ELSE derived.state = %(state)s END
"""
COUNTED = """
    FROM pair_standing x
   WHERE (SELECT current_person()) IS NOT NULL
     AND (x.draft_regions = '{}' OR x.draft_regions <@ (SELECT own_regions())::int[])
     AND (%(everywhere)s OR x.left_region IN (SELECT unnest((SELECT own_regions())::int[]))
                         OR x.right_region IN (SELECT unnest((SELECT own_regions())::int[])))
"""
STANDS = STATE.replace("derived.", "x.")
CHOSEN = """
    (%(kind)s::text[] = '{}' OR x.kind = ANY (%(kind)s) AND NOT (
      x.state <> 'judged' AND (SELECT EXISTS (SELECT FROM blind_sample WHERE ended_at IS NULL))
      AND blind_for_asking(x.pair_id, ARRAY[x.left_region, x.right_region])))
    AND (%(fund)s::text[] = '{}' OR x.funds && %(fund)s) AND (%(year)s::int[] = '{}' OR x.years && %(year)s::smallint[])
    AND (%(region)s::text IS NULL
         OR x.left_region IN (SELECT r.id FROM region r JOIN region above ON above.id = ANY (r.lineage)
                               WHERE above.code = %(region)s AND above.valid_to IS NULL)
         OR x.right_region IN (SELECT r.id FROM region r JOIN region above ON above.id = ANY (r.lineage)
                               WHERE above.code = %(region)s AND above.valid_to IS NULL))
"""
# The pairs of a group are one case: its money counts each work once, its rank is that times its strongest pair, and
# inside it the strongest comes first. What somebody left for later stands at the end for the rest of their day.
PLACED = f"""
    WITH shown AS MATERIALIZED (
      SELECT x.pair_id AS id, x.group_id, x.smaller, x.larger, x.money, x.probability, x.rank,
             coalesce((SELECT extract(epoch FROM l.at) FROM pair_later l
                        WHERE l.pair_id = x.pair_id AND l.person_id = (SELECT current_person())
                          AND l.at > now() - interval '12 hours'), 0) AS later
      {COUNTED} AND {STANDS} AND {CHOSEN}
    ), grouped AS MATERIALIZED (
      SELECT shown.*, CASE row_number() OVER (PARTITION BY group_id, smaller ORDER BY money DESC NULLS LAST, id)
                           WHEN 1 THEN money END AS counted
        FROM shown WHERE group_id IS NOT NULL
    ), cases AS MATERIALIZED (
      SELECT NULL::uuid AS group_id, money, rank, 1::bigint AS pairs, later, id AS first
        FROM shown WHERE group_id IS NULL
      UNION ALL
      SELECT group_id, sum(counted), coalesce(sum(counted) * max(probability)::numeric, -1), count(*), min(later),
             (array_agg(id ORDER BY later, probability DESC, rank DESC, id))[1]
        FROM grouped GROUP BY group_id)
"""  # noqa: S608  the interpolated parts are this module's own constants
"""`shown`: the pairs of a list; `grouped`: those of groups; `cases`: what is listed."""
