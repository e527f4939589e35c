alter table access_tokens drop column claims;
