-- What a web hook has a token say, sealed. Null: what its authorization says.
alter table access_tokens add column claims bytea;
