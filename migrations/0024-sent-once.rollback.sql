DROP TABLE sent_form;
DROP FUNCTION audit_insert_of_sent_form(), audit_update_of_sent_form(), audit_delete_of_sent_form();
