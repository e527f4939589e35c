create table codes (
  digest bytea primary key check (octet_length(digest) = 32),
  authorization_id uuid not null,
  expires_at timestamptz(3) not null,
  redirect_uri_sent boolean not null,
  client_id text collate "C" not null,
  redirect_uri text not null,
  code_challenge text,
  spent_at timestamptz(3),
  -- The mark of the request that spent it.
  spent_by uuid,
  check ((spent_at is null) = (spent_by is null))
) with (fillfactor = 80);

create index codes_expires_at on codes (expires_at);
