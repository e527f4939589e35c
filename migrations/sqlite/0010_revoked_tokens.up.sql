-- JWT access tokens that were ended one by one, until they expire.
create table revoked_tokens (
  jti blob primary key not null check (length(jti) = 32),
  expires_at integer not null
) strict, without rowid;

create index revoked_tokens_expiry on revoked_tokens (expires_at);
