drop index session_clients_client_id;
