-- Browser authorizations in progress. A flow goes with its client, so a client made anew under the same id inherits none.
create table flows (
  id blob primary key not null check (length(id) = 16),
  client_id text not null references clients (id) on delete cascade,
  cookie_digest blob not null check (length(cookie_digest) = 32),
  request blob not null, -- sealed
  requested_at integer not null,
  expires_at integer not null, -- kept for 24 hours beyond it: an expired flow can be started anew from its request
  skip_subject text,
  skip_authenticated_at integer,
  session_id blob not null check (length(session_id) = 16),
  state text not null,
  login blob, -- sealed
  consent_skip integer,
  consent_based_on blob,
  consent blob -- sealed
) strict;

create index flows_client on flows (client_id);
create index flows_expiry on flows (expires_at);
