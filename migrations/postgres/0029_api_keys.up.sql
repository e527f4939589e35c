-- Keys to the admin port, by digest only.
create table api_keys (
  id uuid primary key,
  created_at timestamptz(3) not null,
  -- Null: never.
  expires_at timestamptz(3),
  digest bytea not null unique,
  scopes text not null,
  name text not null
);

create index api_keys_created_at on api_keys (created_at, id);
create index api_keys_expires_at on api_keys (expires_at) where expires_at is not null;
