drop table forced_subjects;
