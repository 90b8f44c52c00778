DROP FUNCTION matching_bare(text);
DROP INDEX project_draft;
