// The models with several inputs, compiled for every SIMD target: what isthmus_add_model() generates, by hand.
#include <isthmus/lower/targets.hpp>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "run_room/port_models_test.cpp"
#include <hwy/foreach_target.h>

#include "run_room/port_models.hpp"

#include <isthmus/lower/program-inl.h>

#define ISTHMUS_TEST_LIST ISTHMUS_TEST_PORTS
#include "run_room/define_models.inc"
