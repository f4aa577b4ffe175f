// The models that quantize, compiled for every SIMD target: what isthmus_add_model() generates, by hand.
#include <isthmus/lower/targets.hpp>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "run_room/quantized_models_test.cpp"
#include <hwy/foreach_target.h>

#include "run_room/quantized_models.hpp"

#include <isthmus/lower/program-inl.h>

#define ISTHMUS_TEST_LIST ISTHMUS_TEST_QUANTIZED
#include "run_room/define_models.inc"
