DROP FUNCTION hidden_in_group(uuid);
DROP TABLE working_paper_review;
DROP TABLE working_paper;
DROP FUNCTION note_draft_regions();
DROP FUNCTION paper_reviewed_by_another();
