-- The hottest table: rows are written once and never changed, and there is no index but the key.
create table access_tokens (
  digest bytea primary key check (octet_length(digest) = 32),
  -- Null: the token hangs from its client alone.
  authorization_id uuid,
  issued_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  epoch integer not null,
  generation integer not null,
  client_id text collate "C" not null,
  -- Null: the authorization's own.
  scope text,
  -- JSON array. Null: the authorization's own.
  audience text
);
