-- Answered consents. Ending one is one update, and everything that hangs from it is dead at the next look.
create table authorizations (
  id blob primary key not null check (length(id) = 16),
  client_id text not null references clients (id) on delete cascade,
  subject text not null,
  session_id blob not null check (length(session_id) = 16),
  granted_scope text not null, -- space-separated
  granted_audience text not null, -- JSON array
  created_at integer not null,
  remember_until integer,
  based_on blob,
  skipped integer not null,
  expires_at integer not null,
  facts text not null, -- JSON object
  sealed_facts blob not null,
  access_token_claims blob, -- sealed; null for none
  id_token_claims blob, -- sealed; null for none
  revoked_at integer
) strict;

create index authorizations_client on authorizations (client_id, subject);
create index authorizations_subject on authorizations (subject);
create index authorizations_session on authorizations (session_id);
create index authorizations_expiry on authorizations (expires_at);
