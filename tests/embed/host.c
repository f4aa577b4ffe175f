/* A host in C: trains `dense` on its own data and its own OpenMP team, saves it, encodes with the file. */
#include <isthmus_models/dense.h>

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

enum { batch = 32, size = 784, code_size = 10 };

static void check(isthmus_status status) {
  if (status == ISTHMUS_OK) return;
  fprintf(stderr, "error %d: %s\n", (int)status, isthmus_error_text());
  exit(1);
}

/* The host's threads. */
static void parallel(void* host, int workers, isthmus_body body, void* argument) {
  (void)host;
#pragma omp parallel num_threads(workers)
  body(argument, omp_get_thread_num());
}

int main(int argc, char** argv) {
  static float samples[batch * size], codes[batch * code_size], again[batch * code_size];
  isthmus_trainer* trainer;
  isthmus_model *encoder, *second;
  void* workspace;
  size_t bytes;
  double first, loss, expected;
  int i;

  if (argc != 3) {
    fprintf(stderr, "usage: %s MODEL.safetensors CHECKPOINT.safetensors\n", argv[0]);
    return 2;
  }
  for (i = 0; i < batch * size; ++i) samples[i] = i / size % 2 == i % 2 ? 0.9f : 0.1f;

  /* All memory in which the training computes is the host's. */
  bytes = isthmus_trainer_workspace(isthmus_dense_train(), isthmus_dense_evaluate(), batch);
  workspace = malloc(bytes);
  check(isthmus_trainer_create(isthmus_dense_train(), isthmus_dense_evaluate(), batch, 1, workspace, bytes,
                               &trainer));
  check(isthmus_trainer_set_threads(trainer, 2, parallel, NULL));
  check(isthmus_evaluate(trainer, samples, 0, batch, &first));
  for (i = 0; i < 30; ++i) check(isthmus_step(trainer, samples, 0, batch, &loss));
  check(isthmus_trainer_save(trainer, argv[1]));

  /* A break: what it goes on from is in one file, whatever happens to the trainer in between. */
  check(isthmus_trainer_save_checkpoint(trainer, argv[2]));
  check(isthmus_step(trainer, samples, 0, batch, &expected));
  check(isthmus_trainer_load(trainer, argv[1]));
  check(isthmus_trainer_load_checkpoint(trainer, argv[2]));
  check(isthmus_step(trainer, samples, 0, batch, &loss));
  if (loss != expected) {
    fprintf(stderr, "a loss of %g without a break, %g with one\n", expected, loss);
    return 1;
  }
  check(isthmus_trainer_load(trainer, argv[1]));

  /* The encoder alone, from the file and from the trainer. */
  check(isthmus_model_create(isthmus_dense_encode(), batch, NULL, 0, &encoder));
  check(isthmus_model_load(encoder, argv[1]));
  check(isthmus_encode(encoder, samples, 0, codes, 0, batch));
  check(isthmus_model_copy(encoder, trainer));
  /* A second one for another thread, with the same weights in memory. */
  check(isthmus_model_create_sharing(encoder, batch, NULL, 0, &second));
  check(isthmus_encode(second, samples, 0, again, 0, batch));
  for (i = 0; i < batch * code_size; ++i) {
    if (codes[i] == again[i]) continue;
    fprintf(stderr, "code %d: %g from the file, %g from the trainer\n", i, (double)codes[i], (double)again[i]);
    return 1;
  }
  if (!(loss < 0.5 * first)) {
    fprintf(stderr, "the loss went from %g to %g\n", first, loss);
    return 1;
  }
  if (isthmus_version_number() != ISTHMUS_VERSION) {
    fprintf(stderr, "the header is of %s, the library of %s\n", ISTHMUS_VERSION_STRING, isthmus_version());
    return 1;
  }
  printf("isthmus %s, %s: loss %.4f, then %.4f\n", isthmus_version(), isthmus_target(), first, loss);
  isthmus_model_destroy(second);
  isthmus_model_destroy(encoder);
  isthmus_trainer_destroy(trainer);
  free(workspace);
  return 0;
}
