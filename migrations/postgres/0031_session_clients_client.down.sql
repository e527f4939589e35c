-- no transaction
drop index concurrently if exists session_clients_client_id;
