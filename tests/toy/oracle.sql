-- The oracle's tables of the toy star: the CSV files as they are, joined by hand. Nothing here reads our warehouse.
-- $folder is filled in by star.py.
create table dim_product as from read_csv('$folder/dim_product.csv', header = true);
create table dim_customer as from read_csv('$folder/dim_customer.csv', header = true);
create table dim_store as from read_csv('$folder/dim_store.csv', header = true, types = {'surface': 'DECIMAL(18, 1)'});
create table dim_date as from read_csv('$folder/dim_date.csv', header = true, types = {'date': 'DATE'});
create table fact_sales as from read_csv('$folder/fact_sales.csv', header = true, types = {'amount': 'DECIMAL(18, 2)'});
create table fact_plan as from read_csv('$folder/fact_plan.csv', header = true, types = {'planned': 'DECIMAL(18, 2)'});
create table fact_visit as from read_csv('$folder/fact_visit.csv', header = true);

-- Where a member stands in member order: known ones first, then unknown, then null.
create macro class_of(key, is_unknown) as case when is_unknown then 1 when key is null then 2 else 0 end;

create table sales as
select f.*,
    p.product, p.department, p.category, p.brand,
    f.product_id is not null and p.product_id is null as odd,  -- a product without a row in dim_product
    c.customer, c.area, c.age, c.age_order,
    s.store, s.outdoor, s.surface, s.opened,
    d.date as day, d.year, d.quarter, d.month, d.week_year, d.week, d.weekday, d.weekday_no,
    h.date as ship_day, h.year as ship_year, h.quarter as ship_quarter, h.month as ship_month
from fact_sales f
left join dim_product p using (product_id)
left join dim_customer c using (customer_id)
left join dim_store s using (store_id)
left join dim_date d using (date_key)
left join dim_date h on h.date_key = f.ship_key;

create table visits as
select f.*, c.area, c.customer, c.age, d.year, d.quarter, d.month
from fact_visit f
left join dim_customer c using (customer_id)
left join dim_date d using (date_key);

-- A plan is of a month: its quarter and year are told, its days and weeks are not.
create table plans as
select f.*, s.store, m.year, m.quarter
from fact_plan f
left join dim_store s using (store_id)
left join (select distinct year, quarter, month from dim_date) m using (month);
create table dim_promo as from read_csv('$folder/dim_promo.csv', header = true, types = {'starts': 'DATE', 'ends': 'DATE'});
create table bridge_offer as from read_csv('$folder/bridge_offer.csv', header = true);
create table bridge_sent as from read_csv('$folder/bridge_sent.csv', header = true);

-- Pairs of a line and a product that it reaches, each once; a line that reaches none reaches null.
create table reach_also as
select distinct s.line_id, o.product_id from fact_sales s left join fact_sales o using (basket_id);
create table reach_offer as
select distinct s.line_id, b.product_id from fact_sales s left join bridge_offer b using (basket_id);

-- The same for promotions: by who was sent them, while they ran, and as many days before.
create table reach_sent as
select distinct s.line_id, b.promo as promo_id from fact_sales s left join bridge_sent b on b."to" = s.customer_id;
create table reach_promo as
select distinct s.line_id, p.promo_id from fact_sales s join dim_date d using (date_key)
left join dim_promo p on d.date between p.starts and p.ends;
create table reach_before as
select distinct s.line_id, p.promo_id from fact_sales s join dim_date d using (date_key)
left join dim_promo p on d.date between p.starts - (p.ends - p.starts + 1)::int and p.starts - 1;

-- Pay, with the tree of bosses walked downwards: `path` ends with the person, `chart` has everybody below each one.
create table dim_place as from read_csv('$folder/dim_place.csv', header = true);
create table dim_staff as from read_csv('$folder/dim_staff.csv', header = true);
create table fact_pay as from read_csv('$folder/fact_pay.csv', header = true, types = {'paid': 'DECIMAL(18, 2)'});

create table pay as
select f.*, p.country, p.state, p.city, f.place_id is not null and p.place_id is null as odd
from fact_pay f left join dim_place p using (place_id);

create table chart as
with recursive tree as (
    select staff_id, staff, [staff_id] as path, [(seniority, staff_id)] as place from dim_staff where boss_id is null
    union all
    select s.staff_id, s.staff, list_append(path, s.staff_id), list_append(place, (s.seniority, s.staff_id))
    from dim_staff s join tree on s.boss_id = tree.staff_id
)
select top.staff_id as boss_id, top.staff as boss, top.path, top.place, len(top.path) as depth, tree.staff_id,
    exists (from dim_staff s where s.boss_id = top.staff_id) as has_reports
from tree top join tree on list_contains(tree.path, top.staff_id);

-- Clients: the same people, with their history. The newest version of each is what they are now; a line finds the version
-- of its day, or of the day of shipment, or else the first; a line without such a day the newest.
create table dim_client as from read_csv('$folder/dim_client.csv', header = true, types = {'valid_from': 'DATE', 'valid_to': 'DATE'});
create table client_now as
from dim_client qualify row_number() over (partition by client_id order by valid_from desc nulls last) = 1;
create macro in_turn(begins, day) as
case when begins is null then 1e9 when day is null then -epoch(begins) when begins <= day then epoch(day) - epoch(begins) else 1e10 + epoch(begins) end;
create table client_then as
select f.line_id, v.client_id, n.name, v.area, v.segment from fact_sales f join dim_date d using (date_key)
join dim_client v on v.client_id = f.customer_id join client_now n on n.client_id = f.customer_id
qualify row_number() over (partition by line_id order by in_turn(v.valid_from, d.date)) = 1;
create table client_shipped as
select f.line_id, v.client_id, n.name, v.area, v.segment from fact_sales f left join dim_date d on d.date_key = f.ship_key
join dim_client v on v.client_id = f.customer_id join client_now n on n.client_id = f.customer_id
qualify row_number() over (partition by line_id order by in_turn(v.valid_from, d.date)) = 1;

create table moved as
select f.*, d.date as day, d.year, d.quarter, d.month, f.customer_id as client_id, t.name, t.area, t.segment,
    n.area as area_now, n.segment as segment_now, s.area as area_shipped
from fact_sales f left join dim_date d using (date_key) left join client_then t using (line_id)
left join client_shipped s using (line_id) left join client_now n on n.client_id = f.customer_id;
