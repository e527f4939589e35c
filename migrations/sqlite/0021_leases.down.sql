drop table leases;
