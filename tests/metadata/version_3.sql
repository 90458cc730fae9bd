-- What version 0003 wrote, as `sqlite3 metadata.sqlite .dump` tells it. Never change it.
BEGIN TRANSACTION;
CREATE TABLE cube_keys (
	id VARCHAR(16) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	created DATETIME NOT NULL, 
	expires DATETIME, 
	last_used DATETIME, 
	revoked DATETIME, 
	PRIMARY KEY (id)
);
INSERT INTO "cube_keys" VALUES('e34e2581','ann','f6b673228d02c1894c41740609ad8c514a952ec02036a15aed7eb53da8b14efa','2026-11-22 01:28:15.189463',NULL,NULL,NULL);
INSERT INTO "cube_keys" VALUES('645af5ae','bob','b3f1540f42a5bed0302ab43a6d859091283b79ad3ba2ad15254adb5ecd6f4331','2026-11-22 01:28:15.256321','2027-02-20 01:28:15.256321',NULL,'2026-11-22 01:28:15.276360');
CREATE TABLE cube_load_tables (
	load INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	mode VARCHAR(20) NOT NULL, 
	rows_read BIGINT NOT NULL, 
	rows_loaded BIGINT NOT NULL, 
	rows_rejected BIGINT NOT NULL, 
	rows_deduplicated BIGINT NOT NULL, 
	rows_removed BIGINT NOT NULL, 
	files_written INTEGER NOT NULL, 
	bytes_written BIGINT NOT NULL, 
	contents TEXT NOT NULL, rows_repeated BIGINT, rows_filtered BIGINT, rows_known BIGINT, 
	PRIMARY KEY (load, position), 
	FOREIGN KEY(load) REFERENCES cube_loads (id)
);
INSERT INTO "cube_load_tables" VALUES(1,0,'sale','append',1099511627776,5,1,2,3,1,2199023255552,'[{"name": "sale/1.csv", "sha256": "0000000000000000000000000000000000000000000000000000000000000000", "skipped": "000001"}, {"name": "sale/2.csv", "sha256": "1111111111111111111111111111111111111111111111111111111111111111", "skipped": null}]',4,5,6);
INSERT INTO "cube_load_tables" VALUES(1,1,'product','left',0,0,0,0,0,0,0,'[]',0,0,0);
CREATE TABLE cube_loads (
	id INTEGER NOT NULL, 
	started DATETIME NOT NULL, 
	seconds FLOAT NOT NULL, 
	outcome VARCHAR(20) NOT NULL, 
	source TEXT NOT NULL, 
	model_name TEXT NOT NULL, 
	model_hash VARCHAR(64) NOT NULL, 
	snapshot VARCHAR(20), 
	error_code VARCHAR(50), 
	error TEXT, 
	steps TEXT NOT NULL, rejects VARCHAR(20), 
	PRIMARY KEY (id)
);
INSERT INTO "cube_loads" VALUES(1,'2026-01-02 03:04:05.000678',1.5,'loaded','exports/일별','shop','abc','000003',NULL,NULL,'[["read sale", 0.5], ["write", 1.0]]',NULL);
INSERT INTO "cube_loads" VALUES(2,'2026-01-02 03:04:05.000678',1.5,'failed','exports/일별','shop','abc',NULL,'invalid_source','1 mistake
  row 3','[["read sale", 0.5], ["write", 1.0]]','refused');
CREATE TABLE cube_metadata_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT cube_metadata_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "cube_metadata_version" VALUES('0003');
CREATE TABLE cube_report_versions (
	report VARCHAR(16) NOT NULL, 
	version INTEGER NOT NULL, 
	document TEXT NOT NULL, 
	author VARCHAR(100) NOT NULL, 
	saved DATETIME NOT NULL, 
	PRIMARY KEY (report, version), 
	FOREIGN KEY(report) REFERENCES cube_reports (id)
);
INSERT INTO "cube_report_versions" VALUES('0701d9feb6',1,'{"name": "Sales by year", "queries": {"main": {"cube": "sales", "axes": {"rows": ["time.year"]}}}}','ann','2026-11-22 01:28:15.296407');
INSERT INTO "cube_report_versions" VALUES('0701d9feb6',2,'{"name": "연도별 매출", "queries": {"main": {"cube": "sales", "axes": {"rows": ["time.year"]}}}}','ann','2026-11-22 01:28:15.322820');
CREATE TABLE cube_reports (
	id VARCHAR(16) NOT NULL, 
	slug VARCHAR(100) NOT NULL, 
	owner VARCHAR(100) NOT NULL, 
	created DATETIME NOT NULL, 
	archived DATETIME, 
	version INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (slug)
);
INSERT INTO "cube_reports" VALUES('0701d9feb6','sales-by-year','ann','2026-11-22 01:28:15.296407',NULL,2);
CREATE TABLE cube_secrets (
	name VARCHAR(50) NOT NULL, 
	value VARCHAR(200) NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "cube_secrets" VALUES('tokens','5c5ace657f73e9de8433ce99748fff5fe18b571009a7b4d9ed157030f8298ced');
CREATE TABLE cube_tokens (
	id VARCHAR(16) NOT NULL, 
	report VARCHAR(16) NOT NULL, 
	author VARCHAR(100) NOT NULL, 
	created DATETIME NOT NULL, 
	expires DATETIME NOT NULL, 
	revoked DATETIME, 
	PRIMARY KEY (id), 
	FOREIGN KEY(report) REFERENCES cube_reports (id)
);
INSERT INTO "cube_tokens" VALUES('7502c766','0701d9feb6','ann','2026-11-22 01:28:15.348421','2026-11-29 01:28:15.000000',NULL);
COMMIT;
