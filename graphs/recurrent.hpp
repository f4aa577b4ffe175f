// An LSTM autoencoder of series (Srivastava, Mansimov and Salakhutdinov 2015, section 3.1, with a bottleneck): the
// last state of one cell is the code, from which another cell writes the series again. Of 24 steps, as
// ItalyPowerDemand of the UCR archive has them: a day's demand for power, hour by hour.
#pragma once

#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

struct Recurrent {
  static constexpr const char* summary = "an LSTM each way, series of 24 steps, code of four numbers";
  static constexpr auto model =
      autoencoder(encoder(input<24, 1>("series"), lstm<64>("enc") | last), bottleneck(dense<4>("code")),
                  decoder(repeat<24>, lstm<64>("dec"), dense<1>("out", each_row)));
  static constexpr auto training = train(model, mean_squared_error, adam{.learning_rate = 0.003f});
};

}  // namespace graphs
