-- When a key signs, and until when what it signed may live. Null in keys of before: since they were made, and not known.
alter table keys
  add column signs_from timestamptz(3),
  add column chosen_at timestamptz(3),
  add column tokens_until timestamptz(3),
  -- The key of the set that it follows by rotation.
  add column follows text collate "C",
  -- Whether it may sign at all: it is for signatures, and has a private half.
  add column signs boolean not null default true;

-- Of any number of processes that rotate a key at once, one makes its successor.
create unique index keys_follows on keys (set_name, follows) where follows is not null;
