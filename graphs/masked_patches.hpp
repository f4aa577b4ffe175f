// A masked autoencoder of digits: attention over patches of 4 × 4 pixels, of which the encoder reads some that are
// drawn at random. He et al. 2021, "Masked Autoencoders Are Scalable Vision Learners"; unlike theirs the loss
// compares all patches, so that codes of whole images are decoded as well, and there is a bottleneck.
#pragma once

#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

/// The second half of a transformer's layer: Vaswani et al. 2017, section 3.3, with the norm before it.
constexpr Tensor feed_forward(Tensor x, const char* norm, const char* up, const char* down) {
  return x + (layer_norm(x, norm, 1e-6f) | dense<128>(up, each_row) | gelu | dense<64>(down, each_row));
}

/// The encoder reads `shown` of 49 patches.
template <int shown>
struct MaskedPatchesOf {
  static constexpr auto model = graph([](Scope& g) {
    auto h = g.input<28, 28, 1>("image") | patches<4> | dense<64>("embedding", each_row) | positions("place");
    auto seen = some_rows<shown>(h, "mask");
    h = h + attention<4>(layer_norm(h, "enc_norm1", 1e-6f), "enc_attention", key_mask(seen));
    h = feed_forward(h, "enc_norm2", "enc_up", "enc_down");
    auto code = bottleneck(hide_rows(dense<4>(h, "code", each_row), seen, "token"));
    h = code | dense<64>("dec_embedding", each_row) | positions("dec_place");
    h = h + attention<4>(layer_norm(h, "dec_norm1", 1e-6f), "dec_attention");
    h = feed_forward(h, "dec_norm2", "dec_up", "dec_down");
    return dense<16>(h, "pixels", each_row) | unpatch<4, 28, 28> | sigmoid;
  });
  static constexpr auto training = train(model, mean_squared_error, adam{.learning_rate = 0.001f});
};

struct MaskedPatches : MaskedPatchesOf<16> {
  static constexpr const char* summary = "attention over 49 patches, of which training shows 16 to the encoder";
};

}  // namespace graphs
