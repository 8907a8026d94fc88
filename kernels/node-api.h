// Declarations of the part of Node-API (version 8) that addon.c calls. Node guarantees this ABI, so that the build
// needs no header of an installed Node. Names, values and signatures are those of Node's node_api.h.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_ref__ *napi_ref;
typedef struct napi_callback_info__ *napi_callback_info;
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);
typedef void (*napi_finalize)(napi_env, void *data, void *hint);
typedef int napi_status; // 0 = ok
enum { napi_float32_array = 7, napi_number = 3 };

napi_status napi_get_cb_info(napi_env, napi_callback_info, size_t *count, napi_value *given, napi_value *self,
                             void **data);
napi_status napi_throw_type_error(napi_env, const char *code, const char *message);
napi_status napi_get_value_double(napi_env, napi_value, double *);
napi_status napi_is_typedarray(napi_env, napi_value, bool *);
napi_status napi_get_typedarray_info(napi_env, napi_value, int *type, size_t *length, void **data, napi_value *buffer,
                                     size_t *offset);
napi_status napi_create_reference(napi_env, napi_value, uint32_t count, napi_ref *);
napi_status napi_get_reference_value(napi_env, napi_ref, napi_value *);
napi_status napi_set_instance_data(napi_env, void *data, napi_finalize, void *hint);
napi_status napi_get_instance_data(napi_env, void **data);
napi_status napi_create_double(napi_env, double, napi_value *);
napi_status napi_get_boolean(napi_env, bool, napi_value *);
napi_status napi_create_string_utf8(napi_env, const char *, size_t length, napi_value *);
napi_status napi_create_object(napi_env, napi_value *);
napi_status napi_create_array(napi_env, napi_value *);
napi_status napi_set_element(napi_env, napi_value array, uint32_t index, napi_value);
napi_status napi_set_named_property(napi_env, napi_value object, const char *name, napi_value);
napi_status napi_create_function(napi_env, const char *name, size_t length, napi_callback, void *data, napi_value *);
