-- An expiry that moves is indexed by its day, which changes once a day at most.
create table login_sessions (
  id uuid primary key,
  subject text not null,
  authenticated_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  expires_on date not null,
  remember boolean not null,
  secret_digest bytea check (octet_length(secret_digest) = 32),
  identity_provider_session_id text not null
) with (fillfactor = 80);

create unique index login_sessions_secret_digest on login_sessions (secret_digest);
create index login_sessions_expires_on on login_sessions (expires_on);
