-- When a key signs, and until when what it signed may live. Null in keys of before: since they were made, and not known.
alter table keys add column signs_from integer;
alter table keys add column chosen_at integer;
alter table keys add column tokens_until integer;
-- The key of the set that it follows by rotation.
alter table keys add column follows text;
-- Whether it may sign at all: it is for signatures, and has a private half.
alter table keys add column signs integer not null default 1;

-- Of any number that rotate a key at once, one makes its successor.
create unique index keys_follows on keys (set_name, follows) where follows is not null;
