create table used_assertions (
  digest bytea primary key check (octet_length(digest) = 32),
  expires_at timestamptz(3) not null
);

create index used_assertions_expires_at on used_assertions (expires_at);
