-- no transaction
create index concurrently if not exists session_clients_client_id on session_clients (client_id, session_id);
