// Ways to run a task graph, side by side.
#pragma once

#include <isthmus/run/executor.hpp>
#include <isthmus/schedule/policy.hpp>
#include <isthmus/schedule/rank.hpp>

#include <omp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

using isthmus::run::TaskBody;
using isthmus::schedule::TaskGraph;

class Contender {
 public:
  explicit Contender(std::string_view name) : name_(name) {}
  virtual ~Contender() = default;
  /// Inside the arena.
  virtual void run(TaskBody body) = 0;
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

/// No tasks at all: what there is to compare with.
class Loop : public Contender {
 public:
  explicit Loop(const TaskGraph& graph) : Contender("loop"), order_(topological_order(graph)) {}
  void run(TaskBody body) override {
    for (const int t : order_) body.call(body.context, t);
  }

 private:
  std::vector<int> order_;
};

/// Isthmus, by any policy.
class Isthmus : public Contender {
 public:
  Isthmus(const isthmus::schedule::NamedPolicy& policy, const TaskGraph& graph, int threads)
      : Contender(policy.name), executor_(graph), threads_(threads) {
    const auto costs = isthmus::schedule::estimate_costs(graph);
    executor_.follow(make_schedule(policy, graph, costs, threads));
  }
  void run(TaskBody body) override { executor_.run(body, {}, threads_); }

 private:
  isthmus::run::Executor executor_;
  int threads_;
};

/// OpenMP's tasks with dependencies, made by one thread in topological order: each waits for what its predecessors
/// have written.
class OpenMp : public Contender {
 public:
  OpenMp(const TaskGraph& graph, int threads)
      : Contender("openmp"),
        order_(topological_order(graph)),
        before_(graph.tasks.size()),
        marks_(graph.tasks.size(), 0),
        threads_(threads) {
    for (int t = 0; t < graph.size(); ++t)
      for (const int s : graph.successors_of(t)) before_[static_cast<std::size_t>(s)].push_back(t);
  }
  void run(TaskBody body) override {
    [[maybe_unused]] char* const marks = marks_.data();  // read by the clauses alone
#pragma omp parallel num_threads(threads_)
#pragma omp single
    for (const int t : order_) {
      const std::vector<int>& before = before_[static_cast<std::size_t>(t)];
      const int* const first = before.data();
      const int count = static_cast<int>(before.size());
      if (count == 0) {
#pragma omp task firstprivate(t) depend(out : marks[t])
        body.call(body.context, t);
      } else {
#pragma omp task firstprivate(t) depend(iterator(i = 0 : count), in : marks[first[i]]) depend(out : marks[t])
        body.call(body.context, t);
      }
    }
  }

 private:
  std::vector<int> order_;
  std::vector<std::vector<int>> before_;
  std::vector<char> marks_;
  int threads_;
};

}  // namespace bench
