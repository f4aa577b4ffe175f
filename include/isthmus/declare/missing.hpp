// Missing values: NaN in inputs that are declared `with_missing`. The model says what stands for them, and the
// loss leaves them out:
//
//     auto x = g.input<784>("image", with_missing);
//     auto h = relu(dense<256>(concat(x | fill_missing(0.0f), is_present(x)), "enc1"));
//     …
//     train(model, where_present(mean_squared_error), adam{})
#pragma once

#include <isthmus/declare/ports.hpp>

#include <limits>

namespace isthmus {

/// 1 where a value is there, 0 where it is missing (NaN); of the shape of x.
constexpr Tensor is_present(Tensor x) { return greater(x, std::numeric_limits<float>::lowest()); }

namespace declare {

struct FillMissing : Layer {
  float value;
  static constexpr int max_nodes = 4;

  constexpr explicit FillMissing(float v) : value(v) {}
  constexpr Tensor operator()(Tensor x) const { return select(is_present(x), x, x.builder->constant(value)); }
};

template <class Loss>
struct WherePresent : Term {
  Loss loss;
  static constexpr const char* name = Loss::name;

  constexpr explicit WherePresent(Loss of) : loss(of) {}
  constexpr Tensor operator()(Tensor y, Tensor target) const {
    if (!same_shapes(y, target)) return y.builder->constant(0.0f);
    const Tensor present = is_present(target);
    const Tensor errors = loss.errors(y, FillMissing(0.0f)(target));
    if (!(errors.shape() == present.shape())) {
      target.builder->diagnostic().record(Mistake::weight_shape_differs, target.node().label.layer,
                                          present.shape(), errors.shape());
      return y.builder->constant(0.0f);
    }
    return weighted_errors(loss, errors, present, 1);
  }
  /// What is missing is not observed: it does not count.
  constexpr Tensor log_likelihood(Tensor y, Tensor target, Over over) const
    requires requires { Loss::normalizer; }
  {
    return -sum_over(over, loss.surprise(y, FillMissing(0.0f)(target)) * is_present(target));
  }
};

}  // namespace declare

/// `x | fill_missing(0.0f)`: this number in the place of each missing value.
constexpr declare::FillMissing fill_missing(float value) { return declare::FillMissing(value); }

/// A loss in which only those values count that are there in the target: a mean over elements is one over these,
/// and 0 if there are none. `compare("channel", where_present(mean_squared_error))` for another input than the
/// target.
template <class Loss>
constexpr auto where_present(Loss loss) {
  static_assert(declare::compares_values<Loss>,
                "isthmus: where_present takes a loss that compares value with value, such as mean_squared_error");
  return declare::WherePresent<Loss>(loss);
}

}  // namespace isthmus
