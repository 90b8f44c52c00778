DROP FUNCTION content_is_wanted(bytea, uuid);
DROP TABLE upload_correction_row, upload_correction;
ALTER TABLE upload_row DROP COLUMN corrected, DROP COLUMN shape, DROP COLUMN told;
ALTER TABLE upload DROP COLUMN batch, DROP COLUMN mapping_id;
DROP INDEX upload_sha256;
DROP TABLE column_mapping;
