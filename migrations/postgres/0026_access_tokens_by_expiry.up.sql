-- The key begins with the expiry from here on: tokens that are issued together lie together, and no second index is needed
-- to find the expired ones. Tokens of the earlier form are known by another key; they end here.
truncate access_tokens;
drop index access_tokens_expires_at;
