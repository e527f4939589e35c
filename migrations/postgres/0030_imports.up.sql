-- Refresh tokens of another server, each for the generation of a family that it stands for: used once, its family goes on.
create table imported_refresh_tokens (
  -- Of what that server stored of the token.
  digest bytea primary key check (octet_length(digest) = 32),
  authorization_id uuid not null,
  expires_at timestamptz(3) not null,
  generation integer not null check (generation in (0, 1))
);

create index imported_refresh_tokens_expires_at on imported_refresh_tokens (expires_at);

-- Keys by which such tokens prove themselves, sealed: who knows the stored digests alone can make none.
create table imported_keys (
  id uuid primary key,
  key bytea not null
);
