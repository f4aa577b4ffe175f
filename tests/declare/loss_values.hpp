// A model and a loss in double precision: the loss, its terms, and what the model's layers gave.
#pragma once

#include <isthmus/declare.hpp>
#include <isthmus/differentiate/training.hpp>

#include "support/numbers.hpp"
#include "support/reference.hpp"

#include <string>

namespace isthmus::testing {

class LossValues {
 public:
  template <class Loss>
  LossValues(GraphView model, const Loss& loss, int samples)
      : model_size_(model.size), graph_(differentiate::loss_graph(model, loss)), values_(graph_.view(), samples) {
    for (int i = 0; i < values_.size(); ++i)
      if (values_.node(i).op == Op::input || values_.node(i).op == Op::parameter)
        for (std::size_t e = 0; e < values_[i].values.size(); ++e)
          values_[i].values[e] = uniform(static_cast<std::uint32_t>(i), e, -1, 1);
    run(1);
  }

  void run(double step) { values_.run(step); }
  const Diagnostic& diagnostic() const { return graph_.diagnostic(); }
  double scalar(const char* output) { return values_.scalar(output); }
  std::vector<double>& named(const char* leaf) { return values_.named(leaf).values; }
  /// The result of a layer, row-major.
  const std::vector<double>& layer(const char* name) {
    // Behind the model are gradients that belong to the same layers.
    return values_[Scope::find_result({graph_.view().nodes, model_size_}, name)].values;
  }
  std::vector<std::string> outputs() const {
    std::vector<std::string> names;
    for (const Node& node : graph_.view())
      if (node.op == Op::output) names.emplace_back(node.label.layer);
    return names;
  }

 private:
  int model_size_;
  Builder graph_;
  reference::Interpreter values_;
};

}  // namespace isthmus::testing
