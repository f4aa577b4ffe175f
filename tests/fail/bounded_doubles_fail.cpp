// expect: (use of|call to) deleted function .*encode_bounded
// Doubles that are rounded to floats first are off by more than the bound.
#include <isthmus/data/bounded.hpp>

#include <vector>

std::string stored() {
  const std::vector<double> field(200, 1.0 / 3);
  const std::vector<float> guess(200);
  return isthmus::data::encode_bounded(field, 200, guess, 1e-8);
}
