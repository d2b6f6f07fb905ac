-- A gradebook of nbgrader 0.5.5 (2018), made by that version's own nbgrader.api.Gradebook under
-- SQLAlchemy 1.3.24, and written out by sqlite3's iterdump: one assignment, two students, one
-- submission that a person gave 11 points and 1 of extra credit.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
INSERT INTO "alembic_version" VALUES('724cde206c17');
CREATE TABLE assignment (
	id VARCHAR(32) NOT NULL,
	name VARCHAR(128) NOT NULL,
	duedate DATETIME,
	PRIMARY KEY (id),
	UNIQUE (name)
);
INSERT INTO "assignment" VALUES('d884aaab532b4112b3eec4d4a3d7ad8f','regularization',NULL);
CREATE TABLE comment (
	id VARCHAR(32) NOT NULL,
	notebook_id VARCHAR(32),
	cell_id VARCHAR(32),
	auto_comment TEXT,
	manual_comment TEXT,
	PRIMARY KEY (id),
	UNIQUE (cell_id, notebook_id),
	FOREIGN KEY(notebook_id) REFERENCES submitted_notebook (id),
	FOREIGN KEY(cell_id) REFERENCES solution_cell (id)
);
INSERT INTO "comment" VALUES('fd08727fd1e040e2ad25077e6cbcd6c5','bd7a826442b1419482d9bf0e646407e4','b01d67bf7c9b43829a5d34bff3396760',NULL,NULL);
CREATE TABLE grade (
	id VARCHAR(32) NOT NULL,
	notebook_id VARCHAR(32),
	cell_id VARCHAR(32),
	auto_score FLOAT,
	manual_score FLOAT,
	extra_credit FLOAT,
	needs_manual_grade BOOLEAN NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (cell_id, notebook_id),
	FOREIGN KEY(notebook_id) REFERENCES submitted_notebook (id),
	FOREIGN KEY(cell_id) REFERENCES grade_cell (id),
	CHECK (needs_manual_grade IN (0, 1))
);
INSERT INTO "grade" VALUES('0169bde07f0447bba68911e632624392','bd7a826442b1419482d9bf0e646407e4','a3a3d3cafd1d46e7a3afea447b4346ef',12.0,11.0,1.0,1);
CREATE TABLE grade_cell (
	id VARCHAR(32) NOT NULL,
	name VARCHAR(128) NOT NULL,
	max_score FLOAT NOT NULL,
	cell_type VARCHAR(8) NOT NULL,
	notebook_id VARCHAR(32),
	PRIMARY KEY (id),
	UNIQUE (name, notebook_id),
	CONSTRAINT grade_cell_type CHECK (cell_type IN ('code', 'markdown')),
	FOREIGN KEY(notebook_id) REFERENCES notebook (id)
);
INSERT INTO "grade_cell" VALUES('a3a3d3cafd1d46e7a3afea447b4346ef','l2-cost-check',12.0,'code','93b9d62e6be14b118da45d5f494cebd6');
CREATE TABLE notebook (
	id VARCHAR(32) NOT NULL,
	name VARCHAR(128) NOT NULL,
	assignment_id VARCHAR(32),
	kernelspec VARCHAR(1024),
	PRIMARY KEY (id),
	UNIQUE (name, assignment_id),
	FOREIGN KEY(assignment_id) REFERENCES assignment (id)
);
INSERT INTO "notebook" VALUES('93b9d62e6be14b118da45d5f494cebd6','regularization','d884aaab532b4112b3eec4d4a3d7ad8f',NULL);
CREATE TABLE solution_cell (
	id VARCHAR(32) NOT NULL,
	name VARCHAR(128) NOT NULL,
	notebook_id VARCHAR(32),
	PRIMARY KEY (id),
	UNIQUE (name, notebook_id),
	FOREIGN KEY(notebook_id) REFERENCES notebook (id)
);
INSERT INTO "solution_cell" VALUES('b01d67bf7c9b43829a5d34bff3396760','l2-cost','93b9d62e6be14b118da45d5f494cebd6');
CREATE TABLE source_cell (
	id VARCHAR(32) NOT NULL,
	name VARCHAR(128) NOT NULL,
	cell_type VARCHAR(8) NOT NULL,
	locked BOOLEAN NOT NULL,
	source TEXT,
	checksum VARCHAR(128),
	notebook_id VARCHAR(32),
	PRIMARY KEY (id),
	UNIQUE (name, notebook_id),
	CONSTRAINT source_cell_type CHECK (cell_type IN ('code', 'markdown')),
	CHECK (locked IN (0, 1)),
	FOREIGN KEY(notebook_id) REFERENCES notebook (id)
);
INSERT INTO "source_cell" VALUES('3323ccb6772d41f7862e1c8a7de7d7b1','l2-cost-check','code',0,'pass',NULL,'93b9d62e6be14b118da45d5f494cebd6');
CREATE TABLE student (
	id VARCHAR(128) NOT NULL,
	first_name VARCHAR(128),
	last_name VARCHAR(128),
	email VARCHAR(128),
	PRIMARY KEY (id)
);
INSERT INTO "student" VALUES('ada','Ada',NULL,NULL);
INSERT INTO "student" VALUES('bo',NULL,NULL,NULL);
CREATE TABLE submitted_assignment (
	id VARCHAR(32) NOT NULL,
	assignment_id VARCHAR(32),
	student_id VARCHAR(128),
	timestamp DATETIME,
	extension DATETIME,
	PRIMARY KEY (id),
	UNIQUE (assignment_id, student_id),
	FOREIGN KEY(assignment_id) REFERENCES assignment (id),
	FOREIGN KEY(student_id) REFERENCES student (id)
);
INSERT INTO "submitted_assignment" VALUES('f75a6e303c2e47a898e0c8216507fb5d','d884aaab532b4112b3eec4d4a3d7ad8f','ada',NULL,NULL);
CREATE TABLE submitted_notebook (
	id VARCHAR(32) NOT NULL,
	assignment_id VARCHAR(32),
	notebook_id VARCHAR(32),
	flagged BOOLEAN,
	late_submission_penalty FLOAT,
	PRIMARY KEY (id),
	UNIQUE (notebook_id, assignment_id),
	FOREIGN KEY(assignment_id) REFERENCES submitted_assignment (id),
	FOREIGN KEY(notebook_id) REFERENCES notebook (id),
	CHECK (flagged IN (0, 1))
);
INSERT INTO "submitted_notebook" VALUES('bd7a826442b1419482d9bf0e646407e4','f75a6e303c2e47a898e0c8216507fb5d','93b9d62e6be14b118da45d5f494cebd6',0,NULL);
COMMIT;
