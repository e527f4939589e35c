-- The key begins with the expiry from here on: tokens that are issued together lie together, in a table that is its own
-- index, so a turn writes one or two pages for all its rows. Tokens of the earlier form are known by another key; they end here.
drop table access_tokens;
create table access_tokens (
  digest blob primary key check (length(digest) = 32),
  authorization_id blob check (length(authorization_id) = 16),
  client_id text not null,
  epoch integer not null,
  generation integer not null,
  scope text, -- null: the authorization's
  audience text, -- JSON array; null: the authorization's
  issued_at integer not null,
  expires_at integer not null,
  subject text, -- null: the authorization's, or the client
  claims blob -- what a web hook has a token say, sealed; null: what its authorization says
) strict, without rowid;
