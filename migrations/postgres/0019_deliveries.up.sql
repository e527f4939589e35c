-- Clients that are still to be told of a session's end (OpenID Connect Back-Channel Logout 1.0). A row goes when its
-- client has been told; whoever takes one up puts `due_at` off, so that no other does at the same time.
create table deliveries (
  session_id uuid not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  client_id text collate "C" not null,
  subject text not null,
  due_at timestamptz(3) not null,
  attempts integer not null,
  primary key (session_id, client_id)
) with (fillfactor = 60);

create index deliveries_due_at on deliveries (due_at);
create index deliveries_client_id on deliveries (client_id, due_at);
