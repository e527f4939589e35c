-- Logouts in progress: what was asked, by which browser, and whether the user agreed. What was asked is sealed.
create table logout_requests (
  id uuid primary key,
  session_id uuid not null,
  requested_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  client_id text collate "C",
  subject text not null,
  cookie_digest bytea not null check (octet_length(cookie_digest) = 32),
  request bytea not null,
  state text not null check (state in ('asked', 'accepted', 'rejected', 'done'))
) with (fillfactor = 80);

create index logout_requests_expires_at on logout_requests (expires_at);

-- Revoked because its login session ended: its tokens are dead, and what the user agreed to is still remembered.
alter table authorizations add column signed_out boolean not null default false;
