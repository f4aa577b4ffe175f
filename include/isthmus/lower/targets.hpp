// The SIMD targets that are compiled: AVX-512, AVX2, SSE4, NEON and the compiler's baseline. The variants in
// between (SSSE3, AVX-512 with extras that fp32 kernels have no use for) would only lengthen the build. To be
// included before any header of Highway.
#pragma once

#ifndef HWY_DISABLED_TARGETS
#ifdef __aarch64__
// Lower bits are targets with more than NEON: bf16, which has no use here, and SVE. The size of SVE's vectors is
// not known at compile time: there are no arrays of them, in which kernels keep their registers, and no number of
// lanes, by which products are cut into tiles. CPUs with SVE have NEON too.
#define HWY_DISABLED_TARGETS (HWY_NEON - 1)
// The remaining targets are NEON with and without AES, which are the same for kernels.
#ifndef HWY_COMPILE_ONLY_STATIC
#define HWY_COMPILE_ONLY_STATIC
#endif
#else
// Lower bits are AVX-512 with extras. RISC-V's vectors are like SVE's.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | (HWY_AVX3 - 1) | HWY_RVV)
#endif
#endif
