#include "lower/steps.hpp"

#include <isthmus/plan/memory.hpp>
#include <isthmus/plan/ports.hpp>

#include <utility>

#include "lower/lowering.hpp"

namespace isthmus::lower {
namespace {

using plan::Group;
using plan::PlanView;
using plan::Storage;
using plan::Value;

/// The anchor's result is the group's only result, untouched, with nothing to mask.
bool stores_alone(const PlanView& plan, const Group& group) {
  if (group.instructions != 1 || group.results != 1 || group.columns % plan::panel_width != 0) return false;
  const Value& result = plan.values[plan.results[group.first_result].value];
  return !result.panel_sums && result.storage != Storage::external_output;
}

/// Numbers of a group of scalars: operands and results.
std::size_t room_of(const Group& group) { return static_cast<std::size_t>(group.operands + group.instructions); }

}  // namespace

Steps::Steps(const Program& program, std::vector<View> views, Scalars& scalars)
    : program_(program),
      scalars_(scalars),
      views_(std::move(views)),
      steps_(static_cast<std::size_t>(program.plan.group_count)) {
  bind_arguments();
  bind_calls();
  bind_scalars();
  find_followers();
  for (int g = 0; g < program.plan.group_count; ++g)
    if (has_fixed_weights(program.plan, program.plan.groups[g])) fixed_products_.push_back(g);
  set_samples(0);  // Groups that read parameters alone may run before any sample comes.
}

/// Binds the operands and results of the elementwise kernels.
void Steps::bind_arguments() {
  const PlanView& plan = program_.plan;
  // Calls point into these, so they never move. Groups may have instructions in common.
  std::size_t arguments = 0, instructions = 0;
  for (int g = 0; g < plan.group_count; ++g) {
    arguments += static_cast<std::size_t>(plan.groups[g].operands + plan.groups[g].results);
    instructions += static_cast<std::size_t>(plan.groups[g].instructions);
  }
  arguments_.reserve(arguments);
  one_hots_.reserve(instructions);
  for (int g = 0; g < plan.group_count; ++g) {
    const Group& group = plan.groups[g];
    FusedCall& call = call_of(g).call;
    call.columns = group.columns;
    call.operands = arguments_.data() + arguments_.size();
    for (int i = 0; i < group.operands; ++i) arguments_.push_back(view(plan.operands[group.first_operand + i]));
    call.results = arguments_.data() + arguments_.size();
    for (int i = 0; i < group.results; ++i) arguments_.push_back(view(plan.results[group.first_result + i].value));
    call.one_hots = one_hots_.data() + one_hots_.size();
    for (int i = 0; i < group.instructions; ++i) {
      const plan::Instruction& step = plan.instructions[group.first_instruction + i];
      if (step.code == plan::Code::one_hot) one_hots_.push_back(step.value);
    }
  }
}

void Steps::bind_calls() {
  const PlanView& plan = program_.plan;
  for (int g = 0; g < plan.group_count; ++g) {
    const Group& group = plan.groups[g];
    AnchorCall& call = call_of(g);
    call.transpose_a = group.transpose_a;
    call.fused = program_.fused[g];
    call.stores_alone = stores_alone(plan, group);
    if (group.a >= 0) {
      call.a = view(group.a);
      call.a_columns = plan.values[group.a].columns;
    }
    if (group.b >= 0) call.b = view(group.b);
    if (group.c >= 0) call.c = view(group.c);
    const Lowering& lowering = lowering_of(group.anchor);
    lowering.bind(plan, group, call);
    if (lowering.draws) random_steps_.push_back({&call.random, plan.graph[group.node].fixed});
  }
}

void Steps::bind_scalars() {
  const PlanView& plan = program_.plan;
  scalar_calls_.resize(steps_.size());
  std::size_t size = 0;
  for (int g = 0; g < plan.group_count; ++g)
    if (is_of_scalars(plan.groups[g])) size += room_of(plan.groups[g]);
  scratch_.resize(size);
  double* free = scratch_.data();
  for (int g = 0; g < plan.group_count; ++g) {
    const Group& group = plan.groups[g];
    if (!is_of_scalars(group)) continue;
    ScalarCall& call = scalar_calls_[static_cast<std::size_t>(g)];
    call = {&plan, &group, &scalars_, free, free + group.operands};
    free += room_of(group);
    call_of(g).scalars = &call;
  }
}

void Steps::find_followers() {
  const PlanView& plan = program_.plan;
  const auto add = [&](int value, View& to) {
    if (value < 0) return;
    const Storage storage = plan.values[value].storage;
    if (storage != Storage::external_input && storage != Storage::external_output) return;
    followers_.push_back({value, &to});
  };
  for (int v = 0; v < plan.value_count; ++v) add(v, views_[static_cast<std::size_t>(v)]);
  View* argument = arguments_.data();
  for (int g = 0; g < plan.group_count; ++g) {
    const Group& group = plan.groups[g];
    AnchorCall& call = call_of(g);
    add(group.a, call.a);
    add(group.b, call.b);
    add(group.c, call.c);
    for (int i = 0; i < group.operands; ++i) add(plan.operands[group.first_operand + i], *argument++);
    for (int i = 0; i < group.results; ++i) add(plan.results[group.first_result + i].value, *argument++);
  }
}

void Steps::point(int value, float* data, std::int64_t row_stride) noexcept {
  for (const Follower& follower : followers_) {
    if (follower.value != value) continue;
    follower.view->data = data;
    follower.view->row_stride = row_stride;
  }
}

void Steps::set_samples(int samples) noexcept {
  if (samples == samples_) return;
  const bool had_some = samples_ > 0, has_some = samples > 0;
  const PlanView& plan = program_.plan;
  for (int g = 0; g < plan.group_count; ++g) {
    const Group& group = plan.groups[g];
    Step& step = steps_[static_cast<std::size_t>(g)];
    step.rows = group.rows * (group.has_batch ? samples : 1);
    step.call.samples = samples;
    if (group.a < 0) continue;
    const Value& a = plan.values[group.a];
    step.call.a_rows = a.rows * (a.has_batch ? samples : 1);
  }
  if (samples_ < 0 || had_some != has_some) choose_kernels(has_some);
  samples_ = samples;
}

void Steps::choose_kernels(bool has_samples) noexcept {
  for (int g = 0; g < program_.plan.group_count; ++g)
    steps_[static_cast<std::size_t>(g)].run =
        lowering_of(program_.plan.groups[g].anchor).kernel(program_, has_samples);
  for (const PackedProduct& product : packed_)
    steps_[static_cast<std::size_t>(product.group)].run = weights_->matmul;
}

void Steps::set_random(const RandomKey& anew, const RandomKey& fixed) noexcept {
  for (const RandomStep& step : random_steps_) {
    const std::uint32_t stream = step.key->stream;
    *step.key = step.is_fixed ? fixed : anew;
    step.key->stream = stream;
  }
}

void Steps::run_packing() const noexcept {
  const PlanView& plan = program_.plan;
  for (int g = 0; g < plan.group_count; ++g) {
    const Group& group = plan.groups[g];
    if (group.packs) run(g, {0, group.rows, 0, plan::panels_of(group.columns)});
  }
}

std::int64_t Steps::packed_bytes(const WeightKernels& kernels) const {
  std::int64_t bytes = 0;
  for (const int g : fixed_products_) {
    const Value& b = program_.plan.values[program_.plan.groups[g].b];
    bytes += plan::in_cache_lines(kernels.bytes(b.rows, b.columns));
  }
  return bytes + plan::panel_width * 4;  // A kernel's last vector may be read as a whole.
}

void Steps::set_weights(const WeightKernels* kernels, float* memory) {
  for (const PackedProduct& product : packed_)
    call_of(product.group).b = view(program_.plan.groups[product.group].b);
  packed_.clear();
  weights_ = kernels;
  if (kernels != nullptr) {
    for (const int g : fixed_products_) {
      const Value& b = program_.plan.values[program_.plan.groups[g].b];
      packed_.push_back({g, memory});
      call_of(g).b.data = memory;
      memory += plan::in_cache_lines(kernels->bytes(b.rows, b.columns)) / 4;
    }
  }
  choose_kernels(samples_ > 0);
}

void Steps::pack_products() const noexcept {
  for (const PackedProduct& product : packed_) {
    const int b = program_.plan.groups[product.group].b;
    weights_->pack(view(b), program_.plan.values[b].rows, program_.plan.values[b].columns, product.weights);
  }
}

}  // namespace isthmus::lower
