-- Clients that are still to be told of a session's end (OpenID Connect Back-Channel Logout 1.0). A row goes when its
-- client has been told; whoever takes one up puts `due_at` off, so that no other does at the same time.
create table deliveries (
  session_id blob not null check (length(session_id) = 16),
  client_id text not null references clients (id) on delete cascade,
  subject text not null,
  created_at integer not null,
  expires_at integer not null,
  due_at integer not null,
  attempts integer not null,
  primary key (session_id, client_id)
) strict, without rowid;

create index deliveries_due on deliveries (due_at);
create index deliveries_client on deliveries (client_id, due_at);
