-- Devices that wait for their user (RFC 8628): device codes by digest, user codes, which are short, by keyed digest.
create table device_codes (
  digest blob primary key not null check (length(digest) = 32),
  user_code_digest blob not null unique check (length(user_code_digest) = 32),
  client_id text not null references clients (id) on delete cascade,
  scope text not null, -- separated by spaces
  audience text not null, -- JSON
  code_challenge text,
  requested_at integer not null,
  expires_at integer not null,
  state text not null check (state in ('pending', 'accepted', 'denied', 'spent')),
  authorization_id blob references authorizations (id) on delete cascade, -- null until the user has agreed
  spent_at integer
) strict, without rowid;

create index device_codes_client on device_codes (client_id);
create index device_codes_authorization on device_codes (authorization_id);
create index device_codes_expiry on device_codes (expires_at);

-- Browsers that are asked for a user code.
create table device_challenges (
  id blob primary key not null check (length(id) = 16),
  cookie_digest blob not null check (length(cookie_digest) = 32),
  prefilled integer not null,
  expires_at integer not null,
  wrong_codes integer not null,
  device_code blob -- the digest of the one that was entered
) strict, without rowid;

create index device_challenges_expiry on device_challenges (expires_at);
