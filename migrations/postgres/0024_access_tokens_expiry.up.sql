-- no transaction
create index concurrently if not exists access_tokens_expires_at on access_tokens (expires_at);
