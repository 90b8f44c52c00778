-- depends: 0019-answered-pairs
-- Pages over very many works: what a page asks of the tables of counts is a handful of their rows.

-- Which years, funds, categories and stages occur among works without a point; those with one are counted by square.
CREATE INDEX region_count_bare ON region_count (facets)
  INCLUDE (year, fund, category, stage, without_point, draft, region_id) WHERE without_point <> 0;
