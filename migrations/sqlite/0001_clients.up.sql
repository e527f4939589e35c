-- Columns only for what a statement asks; whatever else is registered is `profile`, one JSON object.
create table clients (
  id text primary key not null,
  name text not null,
  owner text not null,
  secret_hashes text not null, -- JSON array, the newest first
  profile text not null,
  epoch integer not null,
  revision integer not null,
  created_at integer not null,
  updated_at integer not null
) strict;

create index clients_name on clients (name, id);
create index clients_owner on clients (owner, id);
