-- Columns only for what a statement asks; everything else that is registered is `profile`, a JSON text.
create table clients (
  -- Tells a client from one that was made anew under the same id.
  number bigint generated always as identity,
  created_at timestamptz(3) not null,
  -- Byte order, so that pages of ids are cut alike on every database.
  id text collate "C" primary key,
  name text not null,
  owner text not null,
  updated_at timestamptz(3) not null,
  revision integer not null check (revision >= 0),
  epoch integer not null,
  -- JSON array, the newest first.
  secret_hashes text not null,
  profile text not null
) with (fillfactor = 80);

create index clients_name on clients (name, id);
create index clients_owner on clients (owner, id);
