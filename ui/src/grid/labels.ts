// The labels at the head of a row: one in a tree, one for each level where each level has a column. Pure.

import type { View } from "../view/view";
import type { Line } from "./axis";

export function labelsOf(line: Line, layout: View["layout"], levels: number, caption: (line: Line) => string): readonly string[] {
  if (layout === "tree" || levels < 2) return [caption(line)];
  const found = Array<string>(levels).fill("");
  for (let each: Line | undefined = line; each; each = each.parent) found[each.at] = caption(each);
  return found;
}
