-- The clients that a session has signed in to, which outlive their tokens.
create table session_clients (
  session_id blob not null references login_sessions (id) on delete cascade,
  client_id text not null,
  primary key (session_id, client_id)
) strict, without rowid;

create index authorizations_subject_page on authorizations (subject, created_at, id);
