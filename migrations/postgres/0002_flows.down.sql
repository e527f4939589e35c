drop table flows;
