/* The filter of the tests: for the plug-in, and for the program that writes what has gone through it. */
#ifndef ISTHMUS_TEST_FILTER_PLUGIN_H
#define ISTHMUS_TEST_FILTER_PLUGIN_H

#include <hdf5.h>
#include <stddef.h>

/* One of those that HDF5 leaves to tests: 256 to 511. */
static const H5Z_filter_t turned_filter = 311;
static const char turned_filter_name[] = "turned over";

static inline size_t turn(unsigned flags, size_t count, const unsigned settings[], size_t bytes, size_t* size,
                          void** buffer) {
  unsigned char* const at = (unsigned char*)*buffer;
  (void)flags, (void)count, (void)settings, (void)size;
  for (size_t i = 0; i < bytes; ++i) at[i] = (unsigned char)~at[i];
  return bytes;
}

#endif
