/* In C: links the decoder and nothing else of the model; check.sh looks into the binary. */
#include <isthmus_models/stripes.h>

#include <stdio.h>

int main(void) {
  static const float codes[2 * 3] = {0};
  static float stripes[2 * 24];
  isthmus_model* decoder;
  if (isthmus_model_create(isthmus_stripes_decode(), 2, NULL, 0, &decoder) != ISTHMUS_OK ||
      isthmus_decode(decoder, codes, 0, stripes, 0, 2) != ISTHMUS_OK) {
    fprintf(stderr, "%s\n", isthmus_error_text());
    return 1;
  }
  isthmus_model_destroy(decoder);
  /* All parameters are zero: the sigmoid of nothing. */
  puts(stripes[0] == 0.5f && stripes[47] == 0.5f ? "ok" : "not a half");
  return 0;
}
