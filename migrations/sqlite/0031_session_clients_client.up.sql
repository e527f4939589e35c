-- Sessions are found by a client that takes part in them.
create index session_clients_client_id on session_clients (client_id, session_id);
