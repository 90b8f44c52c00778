"""Where an exported work stands, said once for the list of today and that of a day: its regions, and its places
gathered in one geometry."""

REGIONS = """CASE WHEN {0}.village_known THEN r.code END,
           CASE WHEN {0}.village_known THEN r.name ELSE {0}.claimed_region END,
           CASE r.level WHEN 'village' THEN above.name WHEN 'district' THEN r.name END,
           CASE r.level WHEN 'village' THEN top.name WHEN 'district' THEN above.name WHEN 'regency' THEN r.name END"""
"""Code and name of the village, the district, the regency; {0} names the row of facts."""
ABOVE = """LEFT JOIN region above ON above.id = r.parent_id
      LEFT JOIN region top ON top.id = above.parent_id"""
GATHERED = """SELECT CASE WHEN count(*) = 1 THEN (array_agg(s.geom))[1]
                    ELSE ST_CollectionHomogenize(ST_Collect(s.geom ORDER BY s.part, s.id)) END AS geom,
               count(*) AS sites, round(max(s.accuracy_m)::numeric, 2) AS accuracy_m,
               round(max(s.outside_m)::numeric, 1) AS outside_m,
               (array_agg(s.method ORDER BY s.part, s.id))[1] AS method
          FROM site s"""
