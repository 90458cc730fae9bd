// The view that the page opens with, and ready reports. What a cube lacks is left out, so they suit any model. Pure.

import type { Cube, KeyPath } from "../api/types";
import { emptyView } from "../view/actions";
import type { Defined, Field, View } from "../view/view";
import type { Words } from "../text/en";

export interface Ready {
  readonly id: keyof Words["ready"];
  readonly view: View;
}

function field(...levels: readonly string[]): Field {
  return { levels };
}

function sales(change: Partial<View>): View {
  return { ...emptyView("sales"), sort: { by: "sales", desc: true, at: [] }, ...change };
}

function defined(formula: string, format: string, en: string, ko: string): Defined {
  return { formula, format, label: { en, ko } };
}

const LAST_QUARTER: KeyPath = [2017, "Q4"];
/** Departments that are no goods, and categories that are none. */
const NO_GOODS: readonly KeyPath[] = [["FUEL"], ["MISCELLANEOUS"], ["COUPON"], [{ unknown: true }]];
const NO_CATEGORIES: readonly KeyPath[] = [["(none)"], ["COUPON"], ["COUPON/MISC ITEMS"], ["COUPONS/STORE & MFG"]];
const CANDY = '~product.category["CANDY - PACKAGED"]';

export const READY: readonly Ready[] = [
  {
    id: "start",
    view: sales({
      rows: [field("product.department", "product.category")],
      columns: [field("time.quarter", "time.month")],
      measures: ["sales", "avg_basket", "households"],
    }),
  },
  {
    id: "grew",
    view: sales({
      rows: [field("~product.category")],
      measures: ["q3", "q4", "change", "growth"],
      defined: {
        q3: defined('coalesce((sales, time.quarter[2017, "Q3"]), 0)', "#,##0", "Sales in Q3", "3분기 매출액"),
        q4: defined('coalesce((sales, time.quarter[2017, "Q4"]), 0)', "#,##0", "Sales in Q4", "4분기 매출액"),
        change: defined("q4 - q3", "#,##0", "Change", "증감"),
        growth: defined("q4 / q3 - 1", "+0.0%;-0.0%", "Growth", "증가율"),
      },
      filters: [
        {
          level: "product.department",
          members: [["FUEL"], ["MISCELLANEOUS"], ["COUPON"], [{ unknown: true }]],
          exclude: true,
        },
      ],
      levels: { "~product.category": { having: "q3 >= 1000", top: { n: 10, by: "change", bottom: false } } },
      sort: { by: "change", desc: true, at: [] },
    }),
  },
  {
    id: "who",
    view: sales({
      rows: [field("customer.age")],
      measures: ["buyers", "of_buyers", "of_all", "affinity", "per_buyer"],
      defined: {
        buyers: defined(`(households, ${CANDY})`, "#,##0", "Buyers of packaged candy", "포장 사탕 구매 가구"),
        of_buyers: defined("share(buyers, customer.all)", "0.0%", "Share of buyers", "구매 가구 중 비율"),
        of_all: defined("share(households, customer.all)", "0.0%", "Share of households", "전체 가구 중 비율"),
        affinity: defined("100 * of_buyers / of_all", "#,##0", "Index", "지수"),
        per_buyer: defined(`(sales, ${CANDY}) / buyers`, "#,##0.00", "Sales per buyer", "구매 가구당 매출액"),
      },
      filters: [
        { level: "time.quarter", members: [LAST_QUARTER], exclude: false },
        { level: "customer.age", members: [["Unknown"]], exclude: true },
      ],
      levels: { "customer.age": { having: "buyers > 0" } },
      sort: null,
    }),
  },
  {
    id: "when",
    view: sales({
      rows: [field("time.weekday")],
      columns: [field("hour.daypart", "hour.hour")],
      measures: ["baskets"],
      filters: [
        { level: "~product.category", members: [["CANDY - PACKAGED"]], exclude: false },
        { level: "time.quarter", members: [LAST_QUARTER], exclude: false },
      ],
      sort: null,
      formats: { baskets: { colour: "heat" } },
    }),
  },
  {
    id: "also",
    view: sales({
      rows: [field("~also.category")],
      measures: ["both", "support", "confidence", "lift"],
      defined: {
        both: defined(`(baskets, ${CANDY})`, "#,##0", "Baskets with both", "함께 담긴 장바구니"),
        of_all: defined("(baskets, product.all, also.all)", "#,##0", "All baskets", "전체 장바구니"),
        candy: defined(`(baskets, ${CANDY}, also.all)`, "#,##0", "Baskets with packaged candy", "포장 사탕 장바구니"),
        support: defined("both / of_all", "0.00%", "Support", "지지도"),
        confidence: defined("both / candy", "0.0%", "Confidence", "신뢰도"),
        lift: defined("both * of_all / (candy * (baskets, product.all))", "0.00", "Lift", "향상도"),
      },
      // Neither a line nor what it is bought with may be of these; a basket that holds one beside others stays.
      filters: [
        { level: "time.quarter", members: [LAST_QUARTER], exclude: false },
        { level: "product.department", members: NO_GOODS, exclude: true },
        { level: "~product.category", members: NO_CATEGORIES, exclude: true },
        { level: "also.department", members: NO_GOODS, exclude: "members" },
        { level: "~also.category", members: NO_CATEGORIES, exclude: "members" },
      ],
      levels: {
        "~also.category": {
          having: `both >= 50 and ~also.category != ~also.category["CANDY - PACKAGED"]`,
          top: { n: 15, by: "lift", bottom: false },
        },
      },
      sort: { by: "lift", desc: true, at: [] },
    }),
  },
  {
    id: "campaign",
    view: {
      ...emptyView("contacts"),
      rows: [field("campaign.type", "campaign.campaign")],
      measures: ["contacts", "households", "responses", "response_rate"],
      sort: { by: "response_rate", desc: true, at: [] },
      formats: { response_rate: { colour: "heat" } },
    },
  },
  {
    id: "good",
    view: sales({
      rows: [field("customer.segment"), field("customer.decile")],
      measures: ["households", "sales", "sales_per_household", "avg_recency", "avg_frequency"],
      defined: {
        avg_frequency: defined("avg(frequency)", "#,##0.0", "Baskets in the year", "연간 장바구니 수"),
      },
      sort: null,
    }),
  },
];

/** A first view of a cube: a ready report where one fits, else its first dimension and measures. */
export function firstView(cube: Cube): View {
  const ready = READY.find((each) => each.view.cube === cube.name);
  if (ready && fits(ready.view, cube)) return ready.view;
  const hierarchy = cube.dimensions[0]?.hierarchies[0];
  const rows = hierarchy ? [{ levels: hierarchy.levels.map((level) => level.name) }] : [];
  return { ...emptyView(cube.name), rows, measures: cube.measures.slice(0, 3).map((measure) => measure.name) };
}

export function fits(view: View, cube: Cube): boolean {
  const levels = new Set(cube.dimensions.flatMap((each) => each.hierarchies.flatMap((one) => one.levels.map((level) => level.name))));
  const measures = new Set(cube.measures.map((measure) => measure.name));
  const asked = [...[...view.rows, ...view.columns].flatMap((each) => each.levels), ...view.filters.map((filter) => filter.level)];
  const used = asked.map((level) => level.replace(/^~/, ""));
  return used.every((level) => levels.has(level)) && view.measures.every((name) => measures.has(name) || name in view.defined);
}
