// Gradients of parameters, by ranges of rows: sums and products of arrays that the backward pass wrote, as each
// parameter's list of contributions says. It holds no code of any cell.

import type { Arena } from "../compute/arena.js";
import { NONE } from "../compute/kernels.js";
import { type Plan, parameterOf, region, rowsBetween } from "./layout/plan.js";
import { rowsOf } from "./layout/spec.js";

/**
 * Computes the rows [from, to), counted over all parameters, over `positions` of a window, and the sum of squares of
 * each row in `squares`.
 */
export function gradientRows(
  { kernels: k, handle: h }: Arena,
  plan: Plan,
  positions: number,
  from: number,
  to: number,
): void {
  for (const { p, first, last } of rowsBetween(plan, from, to)) {
    const gradient = plan.gradients + p.offset;
    k.fill(h, gradient + first * p.cols, 0, (last - first) * p.cols);
    for (const part of p.gradient) {
      const { offset: g, width, rows: count = positions } = region(plan, part.g);
      const { from: top, to: bottom } = rowsOf(part, p.rows);
      const begin = Math.max(first, top) - top; // columns [begin, end) of g
      const end = Math.min(last, bottom) - top;
      if (begin >= end) continue;
      switch (part.kind) {
        case "sum":
          k.sumRows(h, gradient + top, g, count, width, begin, end);
          break;
        case "product": {
          const out = gradient + top * p.cols;
          k.gradient(h, out, g, region(plan, part.x).offset, count, width, p.cols, begin, end);
          break;
        }
        case "scatter":
          k.scatter(h, gradient, g, region(plan, "ids").offset, count, p.cols, first, last);
          break;
        case "through": {
          const out = gradient + first * p.cols;
          const weight = parameterOf(plan, part.weight).backward ?? NONE;
          k.matmul(h, out, g + first * width, weight, NONE, 1, last - first, last - first, width, p.cols, 1);
          break;
        }
        default:
          part satisfies never;
      }
    }
    k.sumSquares(
      h,
      region(plan, "squares").offset + p.firstRow + first,
      gradient + first * p.cols,
      last - first,
      p.cols,
    );
  }
}
