-- The longest life of a token that hangs from the authorization: so long after the last refresh one may be alive.
alter table authorizations add column token_seconds integer;
