// A learning rate that falls when the validation loss does not.
#include "support.hpp"

#include <isthmus/plateau.hpp>
#include <isthmus/report/history.hpp>

#include "support/catch.hpp"

namespace {

/// Steps that are too large for the loss to fall for long.
std::vector<std::string> options(const char* epochs, const std::string& out) {
  return {"--epochs",         epochs, "--learning-rate", "0.02", "--plateau", "1",
          "--plateau-factor", "0.5",  "--out",           out};
}
std::vector<std::string> resumed(const char* epochs, const std::string& out) {
  auto all = options(epochs, out);
  all.emplace_back("--resume");
  return all;
}

}  // namespace

TEST_CASE("train --plateau lowers the rate, and a resumed run ends with the same bits") {
  const Workplace place;
  const Outcome whole = train_dense(place, options("5", "whole"));
  const std::string sum = weights_of(whole);
  isthmus::Plateau plateau{.patience = 1, .factor = 0.5};
  double rate = 0.02;
  int falls = 0;
  for (const auto& epoch : isthmus::report::from_csv(place / "whole/history.csv").epochs) {
    const double next = plateau.rate_after(epoch.validation[0], rate);
    falls += next != rate;
    rate = next;
  }
  REQUIRE(falls > 0);
  std::size_t said = 0;
  for (std::size_t at = 0;
       (at = whole.err.find("has not fallen for 1 epochs: the learning rate is", at)) != std::string::npos; ++at)
    ++said;
  CHECK(said == static_cast<std::size_t>(falls));
  CHECK(weights_of(train_dense(place, {"--epochs", "5", "--learning-rate", "0.02", "--out", "same"})) != sum);
  // In parts, as it was called first, and without a word about the rate.
  for (const char* epochs : {"1", "2", "3", "4"}) weights_of(train_dense(place, resumed(epochs, "parts")));
  CHECK(weights_of(train_dense(place, resumed("5", "parts"))) == sum);
  weights_of(train_dense(place, options("3", "other")));
  CHECK(weights_of(train_dense(place, {"--epochs", "5", "--plateau", "1", "--plateau-factor", "0.5", "--out",
                                       "other", "--resume"})) == sum);
}

TEST_CASE("train --plateau takes epochs and a factor from zero to one") {
  const Workplace place;
  CHECK(train_dense(place, {"--plateau", "-1", "--out", "run"}).status == 2);
  CHECK(train_dense(place, {"--plateau", "3", "--plateau-factor", "1.5", "--out", "run"}).status == 2);
  CHECK_FALSE(place.has("run"));
}
