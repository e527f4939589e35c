drop table imported_refresh_tokens;
drop table imported_keys;
