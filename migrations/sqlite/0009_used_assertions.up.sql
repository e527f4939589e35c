-- RFC 7523 §3: assertions that have been used, until they expire.
create table used_assertions (
  digest blob primary key not null check (length(digest) = 32),
  expires_at integer not null
) strict, without rowid;

create index used_assertions_expiry on used_assertions (expires_at);
