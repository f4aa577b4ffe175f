// expect: a_schedule_has_too_many_parts<.*layer<.*"optimizer".*shape<17>.*shape<16>
// A cosine that is restarted more often than a schedule has parts.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<7>("x")), bottleneck(dense<2>("code")), decoder(dense<7>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{[] {
                                           Annealed all = anneal::cosine(1e-3f, 0, 100);
                                           for (int restart = 0; restart < 16; ++restart)
                                             all = anneal::sequence(all, anneal::cosine(1e-3f, 0, 100));
                                           return all;
                                         }()});
};

isthmus::Trainer<Bad, 4> trainer{1};
