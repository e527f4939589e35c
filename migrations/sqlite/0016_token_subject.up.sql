-- Of whom a token speaks that has a subject but no authorization. Null: its client's or its authorization's.
alter table access_tokens add column subject text;
