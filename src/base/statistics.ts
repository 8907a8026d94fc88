// Statistics that several rooms use: the quantile of a sample, and the points of the normal and of Student's t
// distribution that a 95% interval needs.

/** The value below which a share of the values lies (0.5: the median, the upper one of an even number); NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** The 97.5% point of the standard normal distribution. */
export const NORMAL_POINT = 1.959963984540054;
/** The 97.5% points of Student's t distribution for 1 to 10 degrees of freedom. */
const STUDENT_POINTS = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281];

/**
 * The 97.5% point of Student's t distribution, for any number of degrees of freedom from 1. Up to 10 it comes from a
 * table, linear in 1 / degrees between two entries; above from the expansion of Abramowitz and Stegun, 26.7.5.
 */
export function studentPoint(degrees: number): number {
  if (degrees <= STUDENT_POINTS.length) {
    const below = Math.min(STUDENT_POINTS.length - 1, Math.floor(degrees));
    const share = (1 / degrees - 1 / below) / (1 / (below + 1) - 1 / below);
    return STUDENT_POINTS[below - 1]! * (1 - share) + STUDENT_POINTS[below]! * share;
  }
  const z = NORMAL_POINT;
  const square = z * z;
  const first = (z * (square + 1)) / 4;
  const second = (z * (5 * square * square + 16 * square + 3)) / 96;
  const third = (z * (3 * square * square * square + 19 * square * square + 17 * square - 15)) / 384;
  return z + (first + (second + third / degrees) / degrees) / degrees;
}
