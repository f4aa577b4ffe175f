// expect: a_sample_is_larger_than_its_kernel_has_memory_for<.*layer<.*"enc".*shape<64, 64, 8>.*shape<64, 64, 8>
// A kernel over whole samples has a copy of its operands and of its result.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

inline constexpr RowOperation equalized{
    .name = "equalized", .whole_samples = true, .kernel = [](const RowCall&) noexcept {}};
constexpr Tensor equalize(Tensor x) { return x.builder->over_rows(equalized, {x, {}, {}}); }

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<64, 64, 1>("x"), conv2d<8, 3>("enc") | equalize, flatten),
                  bottleneck(dense<3>("code")), decoder(dense<4096>("out"), to_shape<64, 64, 1>));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
