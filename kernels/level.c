// One level of the native engine: all kernels in one unit, compiled once for each set of instructions. The build
// defines LEVEL (the symbol), NAME, LANES, ROWS and PANEL, and generates table.h from kernels.h, with a ROW for each
// kernel.
#include "cells.c"
#include "elementwise.c"
#include "gradient.c"
#include "loss.c"
#include "matmul.c"
#include "optimizer.c"
#include "peak.c"
#include "random.c"
#include "rows.c"
#include "level.h"

#define U(i) (u32)v[i]
#define F(i) (float)v[i]
#define D(i) v[i]
#define ROW(name, operands, ...) \
  static void call_##name(float *arena, const double *v) { kernel_##name(arena, __VA_ARGS__); }
#include "table.h"
#undef ROW

#define ROW(name, operands, ...) {#name, operands, call_##name},
static const struct kernel kernels[] = {
#include "table.h"
    {0, 0, 0},
};

const struct level LEVEL = {NAME, LANES, PANEL, peak, kernels};
