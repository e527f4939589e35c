-- Authorization codes, kept by digest: who steals the table cannot redeem a row of it.
create table codes (
  digest blob primary key not null check (length(digest) = 32),
  authorization_id blob not null references authorizations (id) on delete cascade,
  redirect_uri text not null,
  redirect_uri_sent integer not null,
  code_challenge text,
  expires_at integer not null,
  spent_at integer
) strict, without rowid;

create index codes_authorization on codes (authorization_id);
create index codes_expiry on codes (expires_at);
