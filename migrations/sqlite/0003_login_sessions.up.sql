-- Browsers that are signed in. The cookie's secret is kept by digest; some sessions have none.
create table login_sessions (
  id blob primary key not null check (length(id) = 16),
  subject text not null,
  authenticated_at integer not null,
  identity_provider_session_id text not null,
  secret_digest blob check (length(secret_digest) = 32),
  remember integer not null,
  expires_at integer not null
) strict, without rowid;

create unique index login_sessions_secret on login_sessions (secret_digest) where secret_digest is not null;
create index login_sessions_subject on login_sessions (subject);
create index login_sessions_expiry on login_sessions (expires_at);
