/** @file
 * Isthmus for C, and for what speaks C: models that were declared in C++ and compiled by isthmus_add_model(),
 * which also makes "isthmus_models/NAME.h" with the model's programs: isthmus_NAME_encode() and so on.
 *
 * Every call returns a status; with ISTHMUS_OK it has done its work, else nothing: what its pointers point to is
 * as it was, and isthmus_error_text() says why. Sizes are 0 for a mistake, which it tells as well. Samples are
 * floats, row-major, the batch first; sample i begins at data + i * stride, a stride of 0 stands for samples one
 * behind the other. No alignment is asked for. After creation isthmus_run() and isthmus_step() allocate nothing. A
 * handle is used by one thread at a time, and a second one gets ISTHMUS_IN_USE; different handles are independent
 * of each other. Threads that compute at the same time have a model each, with one set of weights between them
 * (isthmus_model_create_sharing).
 *
 * Numbers below 2^-126 count as zeros, with rounding to nearest and without traps, on every thread that takes
 * part; what a thread has set itself is there again after the call.
 */
#ifndef ISTHMUS_H
#define ISTHMUS_H

#include <stddef.h>
#include <stdint.h>

/** The version of this header. A model's library that was compiled for another one than it is linked with does not
 * link: the linker asks for model_needs_library_of_version. */
#define ISTHMUS_VERSION_MAJOR 0
#define ISTHMUS_VERSION_MINOR 2
#define ISTHMUS_VERSION_PATCH 0
#define ISTHMUS_VERSION_STRING "0.2.0"
/** 200 for 0.2.0, 10203 for 1.2.3. */
#define ISTHMUS_VERSION (ISTHMUS_VERSION_MAJOR * 10000 + ISTHMUS_VERSION_MINOR * 100 + ISTHMUS_VERSION_PATCH)

#ifdef __cplusplus
extern "C" {
#endif

typedef enum isthmus_status {
  ISTHMUS_OK = 0,
  ISTHMUS_ARGUMENT = 1,  /**< a null pointer, a program of another role, a number out of its range */
  ISTHMUS_SHAPE = 2,     /**< counts, strides or tensors that do not fit */
  ISTHMUS_WORKSPACE = 3, /**< a workspace that is too small */
  ISTHMUS_FILE = 4,      /**< a file that cannot be read or written, or does not hold what it should */
  ISTHMUS_NUMBER = 5,    /**< NaN or infinity where there may be none */
  ISTHMUS_MEMORY = 6,    /**< no memory was left */
  ISTHMUS_OTHER = 7,
  ISTHMUS_IN_USE = 8 /**< another thread is using the handle at this moment */
} isthmus_status;

/** Why the last call of this thread failed: one line, at most 511 characters; empty if it did not; never null. */
const char* isthmus_error_text(void);
/** The library's version, `0.2.0`, and as the number that ISTHMUS_VERSION is. */
const char* isthmus_version(void);
int isthmus_version_number(void);
/** The SIMD target that was chosen for this CPU, `AVX3`. */
const char* isthmus_target(void);

/** A model in one role, compiled. */
typedef struct isthmus_program isthmus_program;
/** A program with its memory: it encodes, decodes or reconstructs. */
typedef struct isthmus_model isthmus_model;
/** A training step and a loss over one set of parameters. */
typedef struct isthmus_trainer isthmus_trainer;

/* --- Models ------------------------------------------------------------------------------------------------- */

/** Bytes of memory for isthmus_model_create, the same for every call with these arguments; 0 for mistakes. */
size_t isthmus_model_workspace(const isthmus_program* program, int max_batch);
/**
 * Makes a model of a program that encodes, decodes or reconstructs, for at most max_batch samples a run. The
 * memory is allocated here, or `workspace` if it is not null: it may begin anywhere and must outlive the model.
 * The parameters are zeros until they are loaded or copied.
 */
isthmus_status isthmus_model_create(const isthmus_program* program, int max_batch, void* workspace,
                                    size_t workspace_bytes, isthmus_model** model);
/**
 * Makes a second model of the same program that reads the parameters of `owner` where they are, rounded as they
 * are there; all else is its own, and both may run at the same time. The parameters live as long as one of both
 * (in a workspace, as long as that is there). As long as both live nothing is loaded or copied into either. The
 * workspace is smaller, by the parameters.
 */
isthmus_status isthmus_model_create_sharing(const isthmus_model* owner, int max_batch, void* workspace,
                                            size_t workspace_bytes, isthmus_model** model);
size_t isthmus_model_sharing_workspace(const isthmus_model* owner, int max_batch);
/** Null is fine. */
void isthmus_model_destroy(isthmus_model* model);
/** Reads the parameters from a file of `isthmus train` or isthmus_trainer_save: the whole model's or this half's.
 */
isthmus_status isthmus_model_load(isthmus_model* model, const char* path);
/** Takes a trainer's parameters, which must be of the same graph. */
isthmus_status isthmus_model_copy(isthmus_model* model, const isthmus_trainer* trainer);
/** Floats of one sample; 0 for null. */
int isthmus_model_input_size(const isthmus_model* model);
int isthmus_model_output_size(const isthmus_model* model);
/** Of a model with several inputs, which isthmus_run is given the first of: the data, or of a decoder the code.
 * The others are conditions. Their samples are set here, and read by every run from then on, where they lie;
 * `stride` as everywhere. */
isthmus_status isthmus_model_set_input(isthmus_model* model, const char* name, const float* samples,
                                       int64_t stride);
/** Floats of one sample of this input; 0 if there is none of this name. */
int isthmus_model_size_of_input(const isthmus_model* model, const char* name);
/** Computes `count` samples, 1 to max_batch. */
isthmus_status isthmus_run(isthmus_model* model, const float* input, int64_t input_stride, float* output,
                           int64_t output_stride, int count);
/** The same, refused if the model is of another role. */
isthmus_status isthmus_encode(isthmus_model* encoder, const float* samples, int64_t sample_stride, float* codes,
                              int64_t code_stride, int count);
isthmus_status isthmus_decode(isthmus_model* decoder, const float* codes, int64_t code_stride, float* samples,
                              int64_t sample_stride, int count);
/** What a model gives beside the code or the reconstruction, of the last run, such as "log_var"; valid until the
 * next run. */
isthmus_status isthmus_model_side_output(const isthmus_model* model, const char* name, const float** values,
                                         size_t* count);

/* --- Training ----------------------------------------------------------------------------------------------- */

/** Bytes of memory for isthmus_trainer_create; 0 for mistakes. */
size_t isthmus_trainer_workspace(const isthmus_program* train, const isthmus_program* evaluate, int max_batch);
/** Makes a trainer of a graph's two programs, its initial parameters drawn from the seed. */
isthmus_status isthmus_trainer_create(const isthmus_program* train, const isthmus_program* evaluate, int max_batch,
                                      uint64_t seed, void* workspace, size_t workspace_bytes,
                                      isthmus_trainer** trainer);
void isthmus_trainer_destroy(isthmus_trainer* trainer);
int isthmus_trainer_input_size(const isthmus_trainer* trainer);
/** Of a model with several inputs, which isthmus_step and isthmus_evaluate are given the first of: the others are
 * conditions, targets and weights of the loss. See isthmus_model_set_input. */
isthmus_status isthmus_trainer_set_input(isthmus_trainer* trainer, const char* name, const float* samples,
                                         int64_t stride);
int isthmus_trainer_size_of_input(const isthmus_trainer* trainer, const char* name);
/** One step of training; `loss`, if not null, receives the loss before the update. */
isthmus_status isthmus_step(isthmus_trainer* trainer, const float* samples, int64_t stride, int count,
                            double* loss);
/** The loss, without a step. */
isthmus_status isthmus_evaluate(isthmus_trainer* trainer, const float* samples, int64_t stride, int count,
                                double* loss);
/** From the next step on, in place of the declared one. */
isthmus_status isthmus_set_learning_rate(isthmus_trainer* trainer, double rate);
/** Writes the whole model's file, which `isthmus encode` and isthmus_model_load read; what was there stays until
 * the new file is whole. */
isthmus_status isthmus_trainer_save(const isthmus_trainer* trainer, const char* path);
/** Takes the parameters of a whole model's file or a checkpoint. The optimizer starts anew: its moments, the
 * number of steps and what is annealed by it are those of a new trainer, whatever happened before; a rate that was
 * set stays. */
isthmus_status isthmus_trainer_load(isthmus_trainer* trainer, const char* path);
/** All that the next steps depend on beside their samples: parameters, the optimizer's states, the number of
 * steps, the learning rate, the seed. With the same samples the bits go on as if there had been no break.
 * Checkpoints of `isthmus train` are of the same kind. */
isthmus_status isthmus_trainer_save_checkpoint(const isthmus_trainer* trainer, const char* path);
isthmus_status isthmus_trainer_load_checkpoint(isthmus_trainer* trainer, const char* path);

/* --- Threads ------------------------------------------------------------------------------------------------ */

/** A host's team: calls body(argument, worker) for each worker in 0 ... workers - 1, at the same time or one after
 * the other, and returns when all have returned. */
typedef void (*isthmus_body)(void* argument, int worker);
typedef void (*isthmus_parallel)(void* host, int workers, isthmus_body body, void* argument);

/** Who computes. The default is oneTBB's threads of the caller's arena; with `parallel` null it is the caller's
 * thread alone, else the host's team of `workers`, at least 1. The results are the same bits. */
isthmus_status isthmus_model_set_threads(isthmus_model* model, int workers, isthmus_parallel parallel, void* host);
isthmus_status isthmus_trainer_set_threads(isthmus_trainer* trainer, int workers, isthmus_parallel parallel,
                                           void* host);

#ifdef __cplusplus
}
#endif

#endif
