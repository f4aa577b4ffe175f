// Models of images through all stages: every role means the same with rewrites and without, as a graph and as
// a plan.
#include <isthmus/plan/stages.hpp>

#include "plan/image_models.hpp"
#include "plan/meaning.hpp"
#include "plan/sound.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;
using plan::Anchor;
using plan::PlanView;
using plan::Rewrites;

namespace {

static_assert(!Everything::model.diagnostic && !Digits::model.diagnostic);

constexpr Rewrites none{false, false, false, false, false};

/// The graph of a role without any rewrite is what its plan has to mean.
template <class M, Role role>
Meaning declared_meaning(int samples) {
  return meaning_of(plan::source_graph<M, role>(none).view(), samples);
}

template <class M, Role role>
void check_role(const Rewrites& rewrites) {
  const Builder source = plan::source_graph<M, role>(rewrites);
  REQUIRE_FALSE(source.diagnostic());
  const plan::PlanBuilder made = plan::make_plan(source.view(), rewrites);
  CHECK(is_sound(view(made)));
  CHECK(preparations_are_sound(view(made)));
  CHECK(written_sinks(view(made)) == sinks_of(plan::simplify(source.view())));
  CHECK((preparations(view(made)) == 0 || role != Role::train));
  for (const int samples : {1, 3}) {
    INFO("role " << static_cast<int>(role) << ", samples " << samples);
    const Meaning expected = declared_meaning<M, role>(samples);
    CHECK(expected.size() > 0);
    CHECK(difference(meaning_of(source.view(), samples), expected) < 1e-8);
    CHECK(difference(meaning_of(view(made), samples), expected) < 1e-8);
  }
}
template <class M>
void check_roles(const Rewrites& rewrites) {
  check_role<M, Role::train>(rewrites);
  check_role<M, Role::evaluate>(rewrites);
  check_role<M, Role::reconstruct>(rewrites);
  check_role<M, Role::encode>(rewrites);
  check_role<M, Role::decode>(rewrites);
  check_role<M, Role::corrupt>(rewrites);
}

/// All of them, none, and each alone.
std::vector<Rewrites> choices() {
  std::vector<Rewrites> list{Rewrites{}, none};
  for (bool Rewrites::* one : {&Rewrites::absorb_upsampling, &Rewrites::pool_first, &Rewrites::fuse_pooling,
                               &Rewrites::fold_normalization, &Rewrites::winograd}) {
    list.push_back(none);
    list.back().*one = true;
  }
  return list;
}

constexpr int pooled_convolutions(const PlanView& plan) {
  int count = 0;
  for (const Node& node : plan.graph) count += node.op == Op::conv2d && node.pooled;
  return count;
}
constexpr int with_algorithm(const PlanView& plan, Algorithm algorithm) {
  int count = 0;
  for (const Node& node : plan.graph) count += is_convolution(node.op) && node.algorithm == algorithm;
  return count;
}

// ---- What became of the models, as constants ----

constexpr PlanView trained = plan::planned<Digits, Role::train>.view();
constexpr PlanView used = plan::planned<Digits, Role::reconstruct>.view();
constexpr PlanView plainly_trained = plan::planned<AsWritten<Digits>, Role::train>.view();

// Forward six convolutions, five gradients of images and six of weights.
static_assert(groups_with(trained, Anchor::conv2d) == 11 && groups_with(trained, Anchor::conv2d_weights) == 6);
static_assert(groups_with(used, Anchor::conv2d) == 6 && groups_with(used, Anchor::conv2d_weights) == 0);
// Both poolings are done by their convolutions, both upsamplings are in theirs.
static_assert(pooled_convolutions(trained) == 2 && groups_with(trained, Anchor::max_pool) == 0);
static_assert(groups_with(trained, Anchor::resample) == 0);
// The first layer's gradient of pooled results is put back where it is read.
static_assert(groups_with(trained, Anchor::max_unpool) == 1 &&
              groups_with(plainly_trained, Anchor::max_unpool) == 2);
static_assert(with_algorithm(trained, Algorithm::narrow) == 2);
static_assert(with_algorithm(trained, Algorithm::subpixel) == 4);
// Everything that follows a convolution is in its epilogue: nothing is left that only goes over an image.
static_assert(groups_with(used, Anchor::none) == 0);
// A model may be planned without any of it.
static_assert(pooled_convolutions(plainly_trained) == 0 && groups_with(plainly_trained, Anchor::max_pool) == 2);
static_assert(groups_with(plainly_trained, Anchor::resample) == 4);
static_assert(with_algorithm(plainly_trained, Algorithm::subpixel) == 0 &&
              with_algorithm(plainly_trained, Algorithm::winograd) == 0);
static_assert(!plan::rewrites_of<AsWritten<Digits>>().winograd && plan::rewrites_of<Digits>().winograd);

static_assert(is_sound(trained) && is_sound(used) && is_sound(plainly_trained));
static_assert(preparations_are_sound(trained) && preparations_are_sound(used));
// Weights are packed with every step where they change with every step, and once where they do not.
static_assert(preparations(trained) == 0 && groups_with(trained, Anchor::conv2d_pack) > 0);
static_assert(preparations(used) == groups_with(used, Anchor::conv2d_pack) && preparations(used) > 0);

/// Groups that do in every run what a batch norm's parameters alone decide.
constexpr int repeated_roots(const PlanView& plan) {
  int count = 0;
  for (int g = 0; g < plan.group_count; ++g)
    count += !plan.groups[g].packs && computes(plan, plan.groups[g], ops::sqrt);
  return count;
}

}  // namespace

TEST_CASE("models of images mean the same in every role, with every choice of rewrites") {
  for (const Rewrites& rewrites : choices()) {
    INFO("rewrites " << rewrites.absorb_upsampling << rewrites.pool_first << rewrites.fuse_pooling
                     << rewrites.fold_normalization << rewrites.winograd);
    check_roles<Everything>(rewrites);
    check_roles<Digits>(rewrites);
  }
}

TEST_CASE("the rewrites find what they are for in whole models") {
  const auto planned = [](const Rewrites& rewrites) {
    return plan::make_plan(plan::source_graph<Digits, Role::train>(rewrites).view(), rewrites);
  };
  CHECK(pooled_convolutions(view(planned({}))) == 2);
  CHECK(with_algorithm(view(planned({})), Algorithm::subpixel) == 4);
  CHECK(with_algorithm(view(planned({})), Algorithm::winograd) > 0);
  CHECK(with_algorithm(view(planned(none)), Algorithm::winograd) == 0);
}

TEST_CASE("what parameters alone decide is computed once, but in no program that changes them") {
  const auto use = plan::make_plan(plan::source_graph<Everything, Role::reconstruct>().view(), {});
  CHECK(preparations(view(use)) > 0);
  CHECK(repeated_roots(view(use)) == 0);
  const auto step = plan::make_plan(plan::source_graph<Everything, Role::train>().view(), {});
  CHECK(preparations(view(step)) == 0);
  CHECK(repeated_roots(view(step)) > 0);
}

TEST_CASE("an output, a scalar and random numbers are no preparation") {
  Builder b;
  const Tensor p = b.parameter("p", shape_of(5)), q = b.parameter("q", shape_of(5));
  const Tensor once = b.sum_to(b.broadcast(exp(p), shape_of(3, 5)), shape_of(5));
  const Tensor noise = b.random(Distribution::uniform, shape_of(5), "noise", false);
  b.output(b.input("x", shape_of(batch, 5)) + once, "y");
  b.output(exp(q), "code");
  b.output(sum(q * noise), "loss");
  const plan::PlanBuilder made = plan::make_plan(b.view());
  CHECK(preparations(view(made)) > 0);
  CHECK(preparations_are_sound(view(made)));
  for (const plan::Group& group : made.groups) {
    const bool gives_output =
        made.values[static_cast<std::size_t>(made.results[static_cast<std::size_t>(group.first_result)].value)]
            .storage == plan::Storage::external_output;
    if (gives_output || group.anchor == Anchor::random || group.anchor == Anchor::scalar ||
        group.anchor == Anchor::total_sum)
      CHECK_FALSE(group.packs);
  }
  CHECK(difference(meaning_of(view(made), 3), meaning_of(b.view(), 3)) < 1e-12);
}

TEST_CASE("the gradient of a gradient of images has a plan") {
  // A penalty on the gradient in the image: positions are taken from, and convolutions differentiated twice.
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 6, 4, 2)), w = b.parameter("w", shape_of(3, 3, 2, 16));
  const Tensor h = b.max_pool(b.unary(ops::tanh, b.conv2d(x, w, Window{3, 3, 1, 1, 1, 1, 1}, shape_of(6, 4))),
                              Window{2, 2, 2, 2, 0, 0, 1}, shape_of(3, 2));
  const Tensor penalty = sum(square(differentiate::gradients(sum(square(h)), {x})[0]));
  b.assign(w, w - 0.01f * differentiate::gradients(penalty, {w})[0]);
  b.output(penalty, "loss");
  const plan::PlanBuilder made = plan::make_plan(b.view());
  CHECK(is_sound(view(made)));
  CHECK(groups_with(view(made), Anchor::max_gather) > 0);
  CHECK(difference(meaning_of(view(made), 2), meaning_of(b.view(), 2)) < 1e-9);
}

TEST_CASE("a pool is read as values and by its positions") {
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 6, 4, 2)), w = b.parameter("w", shape_of(3, 3, 2, 3));
  const Tensor h = b.conv2d(x, w, Window{3, 3, 1, 1, 1, 1, 1}, shape_of(6, 4));
  for (const bool read_again : {false, true}) {
    const Tensor pool =
        b.max_pool(read_again ? b.unary(ops::tanh, h) : h, Window{2, 2, 2, 2, 0, 0, 1}, shape_of(3, 2));
    const Tensor back = b.max_unpool(pool, pool, h.shape());
    b.output(back + b.max_unpool(b.max_gather(exp(h), pool), pool, h.shape()), read_again ? "y" : "code");
  }
  for (const Rewrites& rewrites : {Rewrites{}, none}) {
    const plan::PlanBuilder made = plan::make_plan(b.view(), rewrites);
    CHECK(is_sound(view(made)));
    CHECK(difference(meaning_of(view(made), 2), meaning_of(b.view(), 2)) < 1e-12);
  }
}
