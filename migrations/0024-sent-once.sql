-- depends: 0023-territory
-- A form carries a key of its own. What it brought is stored with that key in one transaction, so that the same form sent
-- once more, by a second press or a line that broke before the answer came, is answered and not stored again.

CREATE TABLE sent_form (
  person_id uuid NOT NULL REFERENCES person,
  key uuid NOT NULL,
  sum bytea NOT NULL,
  answer text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (person_id, key),
  CONSTRAINT "a form is known by its 32 byte sum" CHECK (octet_length(sum) = 32)
);
COMMENT ON COLUMN sent_form.sum IS 'of everything the form said: another content under the same key is refused';
COMMENT ON COLUMN sent_form.answer IS 'what was answered: an address of ours, or the id of what was stored';

ALTER TABLE sent_form ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY sent_form_own ON sent_form FOR SELECT USING (person_id = (SELECT current_person()));
CREATE POLICY sent_form_keep ON sent_form FOR INSERT WITH CHECK (person_id = (SELECT current_person()));
SELECT allow_web('SELECT, INSERT', 'sent_form');
SELECT audit_table('sent_form', '{person_id,key}');
