drop table access_tokens;
create table access_tokens (
  digest blob not null check (length(digest) = 32),
  authorization_id blob check (length(authorization_id) = 16),
  client_id text not null,
  epoch integer not null,
  generation integer not null,
  scope text,
  audience text,
  issued_at integer not null,
  expires_at integer not null,
  subject text,
  claims blob
) strict;
create unique index access_tokens_digest on access_tokens (substr(digest, 1, 8));
create index access_tokens_expiry on access_tokens (expires_at);
