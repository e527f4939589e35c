-- Logouts in progress: what was asked, by which browser, and whether the user agreed.
create table logout_requests (
  id blob primary key not null check (length(id) = 16),
  session_id blob not null check (length(session_id) = 16),
  requested_at integer not null,
  expires_at integer not null,
  client_id text,
  subject text not null,
  cookie_digest blob not null check (length(cookie_digest) = 32),
  request blob not null, -- sealed
  state text not null
) strict;

create index logout_requests_expiry on logout_requests (expires_at);

-- Revoked because its login session ended: its tokens are dead, and what the user agreed to is still remembered.
alter table authorizations add column signed_out integer not null default 0;
