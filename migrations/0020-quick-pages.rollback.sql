DROP INDEX region_count_bare;
