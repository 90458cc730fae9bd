"""A session of drilling as a user of the pivot page would: what the served sample's memory is measured after."""

from __future__ import annotations

_QUERY = "/api/v1/cubes/sales/query"

STEPS = (
    "/api/v1/cubes",
    "/api/v1/cubes/sales",
    f"{_QUERY}?measures=sales,baskets,households,products,stores",
    f"{_QUERY}?rows=product.department&measures=sales,avg_basket,households&order=-sales",
    f"{_QUERY}?rows=product.category&cut=product.department:GROCERY&measures=sales,avg_basket,households&order=-sales",
    f"{_QUERY}?rows=product.type&cut=product.department:GROCERY&measures=sales,lines,products",
    f"{_QUERY}?rows=product.product&cut=product.department:MEAT&measures=sales,quantity&order=-sales&limit=100",
    f"{_QUERY}?rows=product.category&columns=time.quarter&measures=sales",
    f"{_QUERY}?rows=product.category&columns=time.month&measures=households",
    f"{_QUERY}?rows=product.category&columns=time.quarter&measures=baskets",
    f"{_QUERY}?rows=time.year,time.quarter,time.month&measures=sales,discount_rate&totals=rows",
    f"{_QUERY}?rows=time.day&measures=sales,baskets",
    f"{_QUERY}?rows=time.weekly.week&measures=sales,lines_per_basket",
    f"{_QUERY}?rows=time.weekday&columns=hour.daypart&measures=baskets,sales",
    f"{_QUERY}?rows=hour.hour&columns=time.weekend&measures=baskets",
    f"{_QUERY}?rows=region.area&columns=customer.home_area&measures=sales,households",
    f"{_QUERY}?rows=region.store&measures=sales,sales_per_household&order=-sales&limit=50",
    f"{_QUERY}?rows=customer.age,customer.income_band&columns=region.store_size&measures=sales_per_household",
    f"{_QUERY}?rows=~customer.household&columns=~time.month&measures=sales",
    f"{_QUERY}?rows=~customer.household&measures=sales,baskets,products&order=-sales&limit=100",
    f"{_QUERY}?rows=product.brand&columns=time.quarter&measures=retail_discount,coupon_discount,discount_rate",
    "/api/v1/cubes/contacts/query?rows=campaign.campaign&measures=contacts,responses,response_rate",
    "/api/v1/cubes/sales/members?level=product.category&search=candy",
    "/api/v1/cubes/sales/members?level=customer.household&limit=500",
    "/api/v1/cubes/sales/facts?cut=product.department:MEAT&limit=1000",
    "/api/v1/cubes/sales/facts?cut=time.month:2017-12&limit=1000&offset=50000",
)
