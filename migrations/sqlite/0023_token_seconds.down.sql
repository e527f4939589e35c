alter table authorizations drop column token_seconds;
