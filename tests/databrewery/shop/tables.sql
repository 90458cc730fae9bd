-- A shop in a few rows, so that every number can be added up by hand.
create table orders (
  id integer, day text, store integer, item integer, batch_year integer, batch_no integer,
  ordered date, shipped date, channel varchar(10), "Gift Note" varchar(20), quantity integer, price integer, weight real
);
insert into orders values
  (1, '2024-01-01', 1, 1, 2023, 1, '2024-01-01', '2024-01-03', 'web',  'for you', 2, 10, 0.5),
  (2, '2024-01-01', 1, 2, 2023, 2, '2024-01-01', '2024-01-02', 'web',  null,      1, 25, 1.5),
  (3, '2024-02-10', 2, 1, 2024, 1, '2024-02-10', '2024-03-01', 'desk', 'hi',      5, 9,  null),
  (4, '2024-02-11', 9, 3, 2024, 1, '2024-02-11', null,         null,   null,      1, 7,  2.0),
  (5, '2024-12-31', null, 1, 2025, 1, '2024-12-31', '2025-01-02', 'desk', 'hi',   3, 11, 4.5);

create table shops (id integer primary key, town varchar(20), region_id integer);
insert into shops values (1, 'Nitra', 1), (2, 'Brno', 2), (3, 'Linz', 9);
create table regions (id integer primary key, name varchar(20), code varchar(5));
insert into regions values (1, 'Slovakia', 'sk'), (2, 'Czechia', 'cz');

create table items (id integer primary key, name_en varchar(20), name_sk varchar(20), kind varchar(20));
insert into items values (1, 'pear', 'hruška', 'fruit'), (2, 'bread', 'chlieb', 'bakery'), (3, 'plum', 'slivka', 'fruit');

create table batches (year integer, no integer, supplier varchar(20));
insert into batches values (2023, 1, 'Novák'), (2023, 2, 'Kováč'), (2024, 1, 'Novák'), (2024, 2, 'Horák');

create table days (id date, year integer, month integer);
insert into days values
  ('2024-01-01', 2024, 1), ('2024-01-02', 2024, 1), ('2024-01-03', 2024, 1), ('2024-02-10', 2024, 2),
  ('2024-02-11', 2024, 2), ('2024-03-01', 2024, 3), ('2024-12-31', 2024, 12);

create table ft_visits (id integer, page varchar(20), seconds integer);
insert into ft_visits values (1, 'home', 10), (2, 'home', null), (3, 'cart', 30);
