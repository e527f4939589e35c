-- no transaction
drop index concurrently if exists access_tokens_expires_at;
