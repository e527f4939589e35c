-- Devices that wait for their user (RFC 8628): device codes by digest, user codes, which are short, by keyed digest.
create table device_codes (
  digest bytea primary key check (octet_length(digest) = 32),
  user_code_digest bytea not null unique check (octet_length(user_code_digest) = 32),
  client_number bigint not null,
  requested_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  client_id text collate "C" not null,
  -- Separated by spaces.
  scope text not null,
  -- JSON array.
  audience text not null,
  code_challenge text,
  state text not null check (state in ('pending', 'accepted', 'denied', 'spent')),
  -- Null until the user has agreed.
  authorization_id uuid,
  spent_at timestamptz(3),
  -- The mark of the request that spent it.
  spent_by uuid,
  check ((authorization_id is not null) = (state in ('accepted', 'spent'))),
  check ((spent_at is not null) = (state = 'spent'))
) with (fillfactor = 70);

create index device_codes_expires_at on device_codes (expires_at);

-- Browsers that are asked for a user code.
create table device_challenges (
  id uuid primary key,
  expires_at timestamptz(3) not null,
  cookie_digest bytea not null check (octet_length(cookie_digest) = 32),
  prefilled boolean not null,
  wrong_codes integer not null,
  -- The digest of the one that was entered.
  device_code bytea
) with (fillfactor = 70);

create index device_challenges_expires_at on device_challenges (expires_at);
