/* Loads the shared library that is its argument, encodes with it and closes it, twice. It knows nothing of
 * Isthmus. */
#include <dlfcn.h>
#include <stdio.h>

enum { samples = 20000, sample = 24, code = 3 };

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  for (int round = 0; round < 2; ++round) {
    void* const plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (plugin == NULL) return fprintf(stderr, "%s\n", dlerror()), 1;
    const char* (*encode)(const float*, float*, int);
    *(void**)&encode = dlsym(plugin, "encode_stripes");
    if (encode == NULL) return fprintf(stderr, "%s\n", dlerror()), 1;
    static float stripes[samples * sample], codes[samples * code];
    codes[samples * code - 1] = 1;
    const char* const fault = encode(stripes, codes, samples);
    if (fault != NULL) return fprintf(stderr, "%s\n", fault), 1;
    /* All parameters are zero, and so is every code. */
    if (codes[samples * code - 1] != 0) return fprintf(stderr, "nothing was encoded\n"), 1;
    if (dlclose(plugin) != 0) return fprintf(stderr, "%s\n", dlerror()), 1;
  }
  puts("ok");
  return 0;
}
