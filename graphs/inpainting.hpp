// Fills in what was never seen: parts of every image are missing (NaN), in training as in use. The encoder is told
// where; the loss compares what is there, half of which is hidden from the encoder, so that it learns to guess. As
// Pathak et al. 2016 (section 3.2) and Nazabal et al. 2020 (section 3).
#pragma once

#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

/// `hidden` is the share of an image's values that training hides from the encoder.
template <float hidden>
struct InpaintingOf {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<784>("image", with_missing);
    auto shown = is_present(x) | masking_noise(hidden);
    auto seen = concat((x | fill_missing(0.0f)) * shown, shown);
    auto h = relu(dense<256>(relu(dense<512>(seen, "enc1")), "enc2"));
    auto code = bottleneck(dense<32>(h, "code"));
    auto d = relu(dense<512>(relu(dense<256>(code, "dec1")), "dec2"));
    return sigmoid(dense<784>(d, "dec3", bias_from_data));
  });
  static constexpr auto training = train(model, where_present(binary_cross_entropy),
                                         adam{.learning_rate = anneal::cosine(0.001f, 0.0001f, 4690)});
};

struct Inpainting : InpaintingOf<0.5f> {
  static constexpr const char* summary =
      "dense, learns from images of which parts are missing, and fills these in";
};

}  // namespace graphs
