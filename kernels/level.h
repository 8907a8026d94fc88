// A level: the kernel table compiled for one set of instructions. level.c defines one, and addon.c lists them.
#pragma once

// A kernel as addon.c calls it, with the arena's first element and the operands after the handle as JavaScript numbers.
struct kernel {
  const char *name;
  const char *operands; // a letter for each operand: u = u32, f = float, d = double
  void (*call)(float *arena, const double *operands);
};

struct level {
  const char *name;
  unsigned lanes; // floats in a vector
  unsigned panel; // columns of a panel of a packed operand
  float (*peak)(unsigned turns, float by, float plus);
  const struct kernel *kernels; // in the table's order
};
