DROP FUNCTION set_own_secrets(text, text), end_session(bytea), touch_session(bytea), session_person(bytea),
  open_session(bytea, uuid, timestamptz, boolean, text), use_sign_in_link(bytea), sign_in_secrets(text),
  own_regions(), regions_for(text[]) CASCADE;
DROP TABLE sign_in_attempt, sign_in_link, session, person_grant, person, installation, region CASCADE;
DROP FUNCTION region_lineage(), current_person(), make_door(text), allow_web(text, text), door_role(), web_role();
