-- Identifiers under which pairwise clients know users because the login application said so, or an import did.
create table forced_subjects (
  client_id text collate "C" not null references clients (id) on delete cascade,
  subject text collate "C" not null,
  presented text not null,
  primary key (client_id, subject)
);
