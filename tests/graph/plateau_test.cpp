// A learning rate that falls when the loss does not.
#include <isthmus/plateau.hpp>

#include "support/catch.hpp"

using isthmus::Plateau;

namespace {

/// The rates after each of these losses.
std::vector<double> rates(Plateau plateau, double rate, const std::vector<double>& losses) {
  std::vector<double> result;
  for (const double loss : losses) result.push_back(rate = plateau.rate_after(loss, rate));
  return result;
}

}  // namespace

TEST_CASE("a rate falls after so many epochs that have not lowered the loss, and again after as many more") {
  const Plateau plateau{.patience = 2, .factor = 0.5, .threshold = 0};
  CHECK(rates(plateau, 8, {5, 4, 4, 3, 3, 3.5, 3, 3, 2, 2, 2}) ==
        std::vector<double>{8, 8, 8, 8, 8, 4, 4, 2, 2, 2, 1});
  CHECK(rates({.patience = 1, .factor = 0.5}, 8, {5, 6, 6}) == std::vector<double>{8, 4, 2});
}

TEST_CASE("a loss is lower if it is by a part of the lowest, also of one below zero") {
  const Plateau plateau{.patience = 1, .factor = 0.5, .threshold = 0.1};
  CHECK(rates(plateau, 8, {10, 9.5, 8.9}) == std::vector<double>{8, 4, 4});
  CHECK(rates(plateau, 8, {-10, -10.5, -11.5}) == std::vector<double>{8, 4, 4});
  CHECK(rates(plateau, 8, {10, std::nan(""), 5}) == std::vector<double>{8, 4, 4});
}

TEST_CASE("a rate does not fall below the least, and one that is there already stays") {
  const Plateau plateau{.patience = 1, .factor = 0.1, .least = 1};
  CHECK(rates(plateau, 5, {1, 1, 1}) == std::vector<double>{5, 1, 1});
  CHECK(rates(plateau, 0.5, {1, 1}) == std::vector<double>{0.5, 0.5});
}

TEST_CASE("the losses of earlier epochs give a plateau its state") {
  const std::vector<double> losses{5, 4, 4.5, 4, 3, 3, 3, 3, 2.5};
  const auto whole = rates({.patience = 2}, 1, losses);
  for (std::size_t cut = 0; cut < losses.size(); ++cut) {
    Plateau resumed{.patience = 2};
    double rate = 1;
    for (std::size_t i = 0; i < cut; ++i) rate = resumed.rate_after(losses[i], rate);
    CHECK(rates(resumed, rate, {losses.begin() + static_cast<std::ptrdiff_t>(cut), losses.end()}) ==
          std::vector<double>(whole.begin() + static_cast<std::ptrdiff_t>(cut), whole.end()));
  }
}
