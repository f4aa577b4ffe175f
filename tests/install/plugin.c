/* A shared library with a model in it: what is loaded while a program runs. */
#include <isthmus_models/stripes.h>

const char* encode_stripes(const float* stripes, float* codes, int count) {
  isthmus_model* encoder;
  if (isthmus_model_create(isthmus_stripes_encode(), count, NULL, 0, &encoder) != ISTHMUS_OK)
    return isthmus_error_text();
  const isthmus_status status = isthmus_encode(encoder, stripes, 0, codes, 0, count);
  isthmus_model_destroy(encoder);
  return status == ISTHMUS_OK ? NULL : isthmus_error_text();
}
