// A model's values outside of a run: what a session gives and takes, and what files of models hold.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace isthmus {

struct Label;

/// `layer`, `layer.part`, `layer.part.moment` or `layer.part.moment.turn`: what a parameter or an optimizer's
/// moment is called.
std::string full_name(const Label& label);

/// A parameter or an optimizer's moment, named `enc1.weight`, `enc1.weight.m`; in a file, whatever has a name
/// there. Floats in row-major order; the shape {} is that of a single number.
struct NamedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// Of tensors among which there may be an optimizer's: the one whose values are used under this name where nothing
/// is trained. That is the moving average of the parameter where one is kept, else the parameter; null if there is
/// neither.
const NamedTensor* find_in_use(const std::vector<NamedTensor>& tensors, const std::string& name);

/// The names of a model's parameters, by where their values are from.
struct TakenWeights {
  std::vector<std::string> taken;  ///< from the other model
  std::vector<std::string>
      left;  ///< as they were: the other has none of that name, or their layer was not asked for
};

/// Takes weights from another model: gives each of `parameters`, as `TrainerCore::read(false)` has them, the
/// values that `from` uses under its name (find_in_use), of which it may have others as well. If `layers` are
/// given, only theirs. Then `trainer.write(parameters, false, 0, source)` starts from them. Throws ShapeError,
/// naming `source`, for values of another shape, for a layer that one of the two does not have, and if there is
/// nothing to take; then nothing is changed.
TakenWeights take_weights(std::vector<NamedTensor>& parameters, const std::vector<NamedTensor>& from,
                          const std::string& source, const std::vector<std::string>& layers = {});

}  // namespace isthmus
