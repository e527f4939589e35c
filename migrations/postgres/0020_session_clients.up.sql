-- The clients that a session has signed in to, which outlive their tokens. The key is the only foreign one: the flow that
-- writes here holds the session's row anyway, and what belongs to a session goes with it.
create table session_clients (
  session_id uuid not null references login_sessions (id) on delete cascade,
  client_id text collate "C" not null,
  primary key (session_id, client_id)
);

create index login_sessions_subject on login_sessions (subject);
create index authorizations_session_id on authorizations (session_id);
create index authorizations_subject on authorizations (subject, created_at, id);
