// Which SIMD targets are compiled: AVX-512, AVX2, SSE4 and the compiler's baseline. The variants in between
// (SSSE3, AVX-512 with extras that fp32 kernels have no use for) would only lengthen the build.
// To be included before any header of Highway.
#pragma once

#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL)
#endif
