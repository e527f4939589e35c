-- Refresh tokens of another server, each for the generation of a family that it stands for: used once, its family goes on.
create table imported_refresh_tokens (
  digest blob primary key not null check (length(digest) = 32), -- of what that server stored of the token
  authorization_id blob not null references authorizations (id) on delete cascade,
  generation integer not null check (generation in (0, 1)),
  expires_at integer not null
) strict, without rowid;

create index imported_refresh_tokens_authorization on imported_refresh_tokens (authorization_id);
create index imported_refresh_tokens_expiry on imported_refresh_tokens (expires_at);

-- Keys by which such tokens prove themselves, sealed: who knows the stored digests alone can make none.
create table imported_keys (
  id blob primary key not null check (length(id) = 16),
  key blob not null
) strict, without rowid;
