// The Node-API addon of the native engine. It binds an arena to a handle, and exports each kernel of each level as a
// function of numbers, the handle first. The caller guarantees that offsets lie inside the arena. A wrong handle, an
// arena that was collected, or a missing, surplus or malformed number throws. This file computes nothing of a model.
//
// Exports: version; sources; levels, best first: { name, lanes, panel, usable, peak(turns), kernels: { pack, … } };
// bind(view) → handle; skip(view) → bytes to the next cache line.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif
#include "level.h"
#include "node-api.h"

enum { VERSION = 1, MOST = 16, LINE = 64 };

#define LEVEL(name) extern const struct level name;
#include "levels.h"
#undef LEVEL
#define LEVEL(name) &name,
static const struct level *const levels[] = {
#include "levels.h"
};

// The arenas of one JavaScript thread, by handle. References are weak: the owner of the view keeps the memory alive,
// and after the view is collected its handle throws. No handle is used twice.
struct arenas {
  uint32_t count;
  napi_ref *views;
};

static napi_value fail(napi_env env, const char *code, const char *message) {
  napi_throw_type_error(env, code, message);
  return NULL;
}

// The first element of a Float32Array (over shared memory too), or NULL.
static float *elementsOf(napi_env env, napi_value view, size_t *length) {
  bool typed = false;
  int type = -1;
  void *data = NULL;
  if (napi_is_typedarray(env, view, &typed) || !typed) return NULL;
  if (napi_get_typedarray_info(env, view, &type, length, &data, NULL, NULL) || type != napi_float32_array) return NULL;
  return data;
}

// Looked up at each call, so that detached or collected memory is never accessed.
static float *arenaOf(napi_env env, napi_value handle) {
  struct arenas *arenas = NULL;
  double h;
  napi_value view = NULL;
  size_t length = 0;
  if (napi_get_instance_data(env, (void **)&arenas) || arenas == NULL) return NULL;
  if (napi_get_value_double(env, handle, &h) || !(h >= 0 && h < arenas->count) || h != (uint32_t)h) return NULL;
  if (napi_get_reference_value(env, arenas->views[(uint32_t)h], &view) || view == NULL) return NULL;
  float *first = elementsOf(env, view, &length);
  return length > 0 ? first : NULL;
}

static napi_value callKernel(napi_env env, napi_callback_info info) {
  napi_value given[MOST + 1];
  size_t count = MOST + 1;
  void *data = NULL;
  if (napi_get_cb_info(env, info, &count, given, NULL, &data)) return NULL;
  const struct kernel *kernel = data;
  char message[160];
  const size_t wanted = strlen(kernel->operands);
  if (count != wanted + 1) {
    snprintf(message, sizeof message, "%s takes %zu numbers, not %zu.", kernel->name, wanted + 1, count);
    return fail(env, "ERR_MISSING_ARGS", message);
  }
  double operands[MOST];
  for (size_t i = 0; i < wanted; i++) {
    bool number = napi_get_value_double(env, given[i + 1], &operands[i]) == 0;
    double v = number ? operands[i] : 0;
    if (number && (kernel->operands[i] != 'u' || (v >= 0 && v <= 4294967295.0 && v == (uint32_t)v))) continue;
    snprintf(message, sizeof message, "%s wants a%s number as argument %zu.", kernel->name,
             kernel->operands[i] == 'u' ? " whole 32-bit" : "", i + 2);
    return fail(env, "ERR_INVALID_ARG_TYPE", message);
  }
  float *arena = arenaOf(env, given[0]);
  if (arena == NULL) {
    snprintf(message, sizeof message, "%s: no arena has this handle, or its memory is gone.", kernel->name);
    return fail(env, "ERR_INVALID_HANDLE", message);
  }
  kernel->call(arena, operands);
  return NULL;
}

static napi_value bind(napi_env env, napi_callback_info info) {
  napi_value view, handle = NULL;
  size_t count = 1, length = 0;
  struct arenas *arenas = NULL;
  napi_get_cb_info(env, info, &count, &view, NULL, NULL);
  float *first = count < 1 ? NULL : elementsOf(env, view, &length);
  napi_get_instance_data(env, (void **)&arenas);
  if (first == NULL || arenas == NULL) return fail(env, "ERR_INVALID_ARG_TYPE", "bind wants a Float32Array.");
  napi_ref *views = realloc(arenas->views, (arenas->count + 1) * sizeof *views);
  if (views == NULL) return fail(env, "ERR_MEMORY", "bind: no memory.");
  arenas->views = views;
  if (napi_create_reference(env, view, 0, &views[arenas->count])) return fail(env, "ERR_MEMORY", "bind: no reference.");
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  // Large pages, if the system offers them, need fewer TLB entries. Only whole pages inside the arena.
  uintptr_t from = ((uintptr_t)first + 4095) & ~(uintptr_t)4095, to = (uintptr_t)(first + length) & ~(uintptr_t)4095;
  if (to > from + (1 << 22)) madvise((void *)from, to - from, MADV_HUGEPAGE);
#endif
  napi_create_double(env, arenas->count++, &handle);
  return handle;
}

static napi_value skip(napi_env env, napi_callback_info info) {
  napi_value view, bytes = NULL;
  size_t count = 1, length = 0;
  napi_get_cb_info(env, info, &count, &view, NULL, NULL);
  float *first = count < 1 ? NULL : elementsOf(env, view, &length);
  if (first == NULL) return fail(env, "ERR_INVALID_ARG_TYPE", "skip wants a Float32Array.");
  napi_create_double(env, (LINE - (uintptr_t)first % LINE) % LINE, &bytes);
  return bytes;
}

// Measures the multiply-add peak of the level; a turn is 12 · lanes multiply-adds.
static napi_value callPeak(napi_env env, napi_callback_info info) {
  napi_value turns, result = NULL;
  size_t count = 1;
  void *data = NULL;
  double n;
  napi_get_cb_info(env, info, &count, &turns, NULL, &data);
  if (count < 1 || napi_get_value_double(env, turns, &n) || !(n >= 0 && n < 4294967296.0)) {
    return fail(env, "ERR_INVALID_ARG_TYPE", "peak wants a number of turns.");
  }
  napi_create_double(env, ((const struct level *)data)->peak((uint32_t)n, 0.5f, 1.0f), &result);
  return result;
}

static bool usable(const char *name) {
#if defined(__x86_64__)
  if (strcmp(name, "avx512") == 0) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("fma");
  }
  if (strcmp(name, "avx2") == 0) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
  return name[0] != 0; // sse2 and neon are in every processor of their kind
}

static void put(napi_env env, napi_value object, const char *name, napi_value value) {
  if (value != NULL) napi_set_named_property(env, object, name, value);
}
static napi_value number(napi_env env, double x) {
  napi_value value = NULL;
  napi_create_double(env, x, &value);
  return value;
}
static napi_value text(napi_env env, const char *x) {
  napi_value value = NULL;
  napi_create_string_utf8(env, x, strlen(x), &value);
  return value;
}
static napi_value function(napi_env env, const char *name, napi_callback callback, const void *data) {
  napi_value value = NULL;
  napi_create_function(env, name, strlen(name), callback, (void *)data, &value);
  return value;
}

static napi_value describe(napi_env env, const struct level *level) {
  napi_value object = NULL, table = NULL, yes = NULL;
  napi_create_object(env, &object);
  napi_create_object(env, &table);
  napi_get_boolean(env, usable(level->name), &yes);
  put(env, object, "name", text(env, level->name));
  put(env, object, "lanes", number(env, level->lanes));
  put(env, object, "panel", number(env, level->panel));
  put(env, object, "usable", yes);
  put(env, object, "peak", function(env, "peak", callPeak, level));
  for (const struct kernel *k = level->kernels; k->name != NULL; k++) {
    put(env, table, k->name, function(env, k->name, callKernel, k));
  }
  put(env, object, "kernels", table);
  return object;
}

static void forget(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  free(((struct arenas *)data)->views);
  free(data);
}

__attribute__((visibility("default"))) int32_t node_api_module_get_api_version_v1(void) { return 8; }

// Called once for each JavaScript thread that loads the addon.
__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  struct arenas *arenas = calloc(1, sizeof *arenas);
  if (arenas == NULL || napi_set_instance_data(env, arenas, forget, NULL)) {
    free(arenas);
    return fail(env, "ERR_MEMORY", "no memory for the addon.");
  }
#if defined(__x86_64__)
  __builtin_cpu_init();
#endif
  napi_value list = NULL;
  napi_create_array(env, &list);
  for (uint32_t i = 0; i < sizeof levels / sizeof *levels; i++) {
    napi_set_element(env, list, i, describe(env, levels[i]));
  }
  put(env, exports, "version", number(env, VERSION));
  put(env, exports, "sources", text(env, SOURCES));
  put(env, exports, "levels", list);
  put(env, exports, "bind", function(env, "bind", bind, NULL));
  put(env, exports, "skip", function(env, "skip", skip, NULL));
  return exports;
}
