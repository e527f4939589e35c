-- The digest of the token by which a client reads and changes its own registration (RFC 7592 §2); null when there is none.
alter table clients add column registration_digest text;
