#include "run/reductions.hpp"

#include <chrono>

namespace isthmus::run {
namespace {

using schedule::Reduction;

/// The interval of polling while there is other work: one poll of all messages costs as much as a short task.
/// (Measured for `dense`, two ranks of 512 samples: looks every 0 to 400 µs make no difference to the step's
/// time.)
constexpr std::int64_t between_looks_ns = 100'000;

std::int64_t now() {
  const auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

}  // namespace

Reductions::Reductions(const plan::PlanView& plan, const ProgramMemory& memory, const schedule::TaskGraph& graph,
                       Communicator* communicator)
    : communicator_(communicator), bucket_of_(static_cast<std::size_t>(plan.group_count), -1) {
  std::vector<Bucket> buckets;
  for (const int g : plan::reductions(plan)) {
    const plan::Group& group = plan.groups[g];
    bucket_of_[static_cast<std::size_t>(g)] = static_cast<int>(messages_.size());
    const int* const operands = plan.operands + group.first_operand;
    std::int64_t floats = 0;
    for (int i = 0; i < group.operands; ++i) floats += plan::value_bytes(plan.values[operands[i]], 1) / 4;
    Message message;
    if (floats > 0) {
      message.data = memory.address_of(operands[0]);
      buckets.push_back({floats, false});
    } else {
      message.operands.assign(operands, operands + group.operands);
      for (int i = 0; i < group.results; ++i)
        message.results.push_back(plan.results[group.first_result + i].value);
      message.sums.resize(message.operands.size());
      buckets.push_back({group.operands, true});
    }
    messages_.push_back(std::move(message));
  }
  for (int t = 0; t < graph.size(); ++t) {
    const schedule::Task& task = graph.tasks[static_cast<std::size_t>(t)];
    if (task.reduction != Reduction::end) continue;
    messages_[bucket_of(task.group)].end_task = t;
  }
  if (communicator_ != nullptr) communicator_->prepare(buckets);
}

std::vector<int> Reductions::waiting_tasks(const schedule::TaskGraph& graph, const Communicator* communicator) {
  std::vector<int> tasks;
  for (int t = 0; t < graph.size() && communicator != nullptr; ++t)
    if (graph.tasks[static_cast<std::size_t>(t)].reduction == Reduction::end) tasks.push_back(t);
  return tasks;
}

Arrivals Reductions::arrivals() noexcept {
  if (communicator_ == nullptr) return {};
  return {[](void* self, bool urgent) noexcept { return static_cast<Reductions*>(self)->next(urgent); }, this};
}

void Reductions::start(int group, const lower::Scalars& scalars) noexcept {
  const std::size_t bucket = bucket_of(group);
  Message& message = messages_[bucket];
  for (std::size_t i = 0; i < message.operands.size(); ++i)
    message.sums[i] = scalars.numbers[static_cast<std::size_t>(message.operands[i])];
  if (trace_ != nullptr) trace_->messages[bucket].begin_ns = now();
  if (communicator_ == nullptr) return;
  under_way_.fetch_add(1);
  if (message.data != nullptr) communicator_->start(static_cast<int>(bucket), message.data);
  else communicator_->start(static_cast<int>(bucket), message.sums.data());
}

void Reductions::finish(int group, lower::Scalars& scalars) const noexcept {
  const Message& message = messages_[bucket_of(group)];
  for (std::size_t i = 0; i < message.results.size(); ++i) scalars.set(message.results[i], message.sums[i]);
}

int Reductions::next(bool urgent) noexcept {
  if (under_way_.load(std::memory_order_relaxed) == 0) return -1;
  if (!urgent && now() < next_look_.load(std::memory_order_relaxed)) return -1;
  const int bucket = communicator_->poll();
  if (bucket < 0) {
    next_look_.store(now() + between_looks_ns, std::memory_order_relaxed);
    return -1;
  }
  under_way_.fetch_sub(1);
  if (trace_ != nullptr) trace_->messages[static_cast<std::size_t>(bucket)].end_ns = now();
  return messages_[static_cast<std::size_t>(bucket)].end_task;
}

}  // namespace isthmus::run
