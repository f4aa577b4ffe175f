/* A filter that HDF5 finds in a folder of HDF5_PLUGIN_PATH: it turns every bit over. */
#include <H5PLextern.h>
#include <stddef.h>

#include "filter_plugin.h"

static const H5Z_class2_t filter = {H5Z_CLASS_T_VERS, turned_filter, 1, 1, turned_filter_name, NULL, NULL, turn};

H5PL_type_t H5PLget_plugin_type(void) { return H5PL_TYPE_FILTER; }
const void* H5PLget_plugin_info(void) { return &filter; }
