-- Keys to the admin port, by digest only.
create table api_keys (
  id blob primary key not null check (length(id) = 16),
  digest blob not null unique check (length(digest) = 32),
  name text not null,
  scopes text not null,
  created_at integer not null,
  expires_at integer -- null: never
) strict;

create index api_keys_created on api_keys (created_at, id);
create index api_keys_expiry on api_keys (expires_at) where expires_at is not null;
