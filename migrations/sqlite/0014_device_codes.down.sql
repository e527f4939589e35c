drop table device_challenges;
drop table device_codes;
