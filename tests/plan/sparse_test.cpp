// Products with what top_k keeps: which become sparse, and that they mean the same.
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

#include "plan/meaning.hpp"
#include "plan/sound.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;
using plan::Anchor;
using plan::PlanView;

namespace {

/// The code is a sparse row.
struct Sparse {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<12>("x");
    g.begin_layer("pre", "bias");
    auto bias = g.parameter("bias", shape_of(12));
    auto code = bottleneck(sparse_top_k<3>(dense<40>(x - bias, "enc")));
    return dense<12>(scatter<40>(code), "dec", no_bias) + bias;
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};
/// The code is a row with zeros.
struct Dense {
  static constexpr auto model =
      autoencoder(encoder(input<12>("x"), dense<40>("enc")), bottleneck(top_k<3>), decoder(dense<12>("dec")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};
struct Tied {
  static constexpr auto model = autoencoder(encoder(input<12>("x"), dense<40>("enc")), bottleneck(top_k<3>),
                                            decoder(dense<12>("dec", tied("enc"))));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};
/// Something else reads the scattered row as well.
struct Penalized {
  static constexpr auto model =
      autoencoder(encoder(input<12>("x"), dense<40>("enc")), bottleneck(top_k<3>), decoder(dense<12>("dec")));
  static constexpr auto training = train(model, mean_squared_error + 0.1f * l1_activity("enc"), sgd{});
};

/// Idle units have a code of their own: two sparse rows are of the same activations.
struct Revived {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<12>("x");
    return directions<12, 40>(bottleneck(count_idle<40>(sparse_top_k<3>(dense<40>(x, "enc")))), "dec");
  });
  static constexpr auto training = train(model, mean_squared_error + 0.5f * aux_k<5>("enc", "dec", 0.4f), adam{});
};

template <class M, Role role>
constexpr PlanView planned = plan::planned<M, role>.view();

constexpr int count(const PlanView& plan, Anchor anchor) {
  int found = 0;
  for (int g = 0; g < plan.group_count; ++g) found += plan.groups[g].anchor == anchor;
  return found;
}

// The encoder's product is whole, and that of its weights with a sum over the batch, for the bias that was taken
// off.
constexpr PlanView step = planned<Sparse, Role::train>;
static_assert(count(step, Anchor::matmul) == 2 && count(step, Anchor::sparse_matmul) == 1);
static_assert(count(step, Anchor::sampled_matmul) == 1 && count(step, Anchor::sparse_outer) == 3);
static_assert(count(step, Anchor::sparse_scatter) == 0 && count(step, Anchor::sparse_gather) == 0);
static_assert(is_sound(step));
static_assert(count(planned<Sparse, Role::decode>, Anchor::sparse_matmul) == 1 &&
              count(planned<Sparse, Role::decode>, Anchor::matmul) == 0);
static_assert(count(planned<Sparse, Role::encode>, Anchor::matmul) == 1);
static_assert(count(planned<Sparse, Role::evaluate>, Anchor::sparse_matmul) == 1);
// A row with zeros comes to the decoder from anywhere: its product is whole, that of the whole model is not.
static_assert(count(planned<Dense, Role::decode>, Anchor::matmul) == 1);
static_assert(count(planned<Dense, Role::reconstruct>, Anchor::sparse_matmul) == 1);
static_assert(count(planned<Dense, Role::train>, Anchor::sparse_matmul) == 1 &&
              count(planned<Dense, Role::train>, Anchor::sparse_scatter) == 0);
// Columns of the encoder's weights are no rows; what the gradient of the weights takes is sparse all the same.
static_assert(count(planned<Tied, Role::train>, Anchor::sparse_matmul) == 0 &&
              count(planned<Tied, Role::train>, Anchor::sparse_outer) > 0);

// Of both rows together the gradient of the encoder is one sparse product; the decoder has one for each.
constexpr PlanView revival = planned<Revived, Role::train>;
static_assert(count(revival, Anchor::matmul) == 1 && count(revival, Anchor::sparse_matmul) == 2);
static_assert(count(revival, Anchor::sampled_matmul) == 2 && count(revival, Anchor::sparse_scatter) == 0);
// Of the encoder's weights and of its bias; of the decoder's weights and of their lengths, twice; the uses of
// units.
static_assert(count(revival, Anchor::sparse_outer) == 7);
// The activations of dead units, and the lengths of both codes' rows.
static_assert(count(revival, Anchor::sparse_gather) == 3);
static_assert(is_sound(revival));

template <class M, Role role>
void check_role() {
  const Builder source = plan::source_graph<M, role>();
  REQUIRE_FALSE(source.diagnostic());
  for (const int samples : {1, 4}) {
    INFO("role " << static_cast<int>(role) << ", " << samples << " samples");
    const Meaning expected = meaning_of(source.view(), samples);
    plan::Rewrites whole;
    whole.use_sparsity = false;
    CHECK(difference(meaning_of(plan::use_sparsity(plan::simplify(source.view())), samples), expected) < 1e-8);
    CHECK(difference(meaning_of(view(plan::make_plan(source.view())), samples), expected) < 1e-8);
    CHECK(difference(meaning_of(view(plan::make_plan(source.view(), whole)), samples), expected) < 1e-8);
  }
}

template <class M>
void check_roles() {
  check_role<M, Role::train>();
  check_role<M, Role::train_distributed>();
  check_role<M, Role::evaluate>();
  check_role<M, Role::reconstruct>();
  check_role<M, Role::encode>();
}

}  // namespace

TEST_CASE("sparse products mean what the products with zeros mean, in every role") {
  check_roles<Sparse>();
  check_roles<Dense>();
  check_roles<Tied>();
  check_roles<Penalized>();
  check_roles<Revived>();
}

TEST_CASE("a decoder of sparse rows means the same, whatever columns they name") {
  const Builder source = plan::source_graph<Sparse, Role::decode>();
  const auto run = [](auto& values) {
    // Three values each; one column that there is not, one that comes twice.
    values.named("code").values = {1, -2, 3, 0, 7, 39, 1, 2, 4, 5, 5, 40};
    for (const char* name : {"dec.weight", "pre.bias"})
      for (std::size_t e = 0; e < values.named(name).values.size(); ++e)
        values.named(name).values[e] = uniform(7, e, -1, 1);
    values.run();
    return values.named("reconstruction").values;
  };
  reference::Interpreter whole(source.view(), 2);
  const Graph rewritten = plan::use_sparsity(plan::simplify(source.view()));
  reference::Interpreter sparse(rewritten, 2);
  CHECK(largest_error(run(sparse), run(whole), 1e-3) < 1e-9);
}

TEST_CASE("the plan of a model without top_k is left alone") {
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 5));
  b.output(matmul(x, b.parameter("w", shape_of(5, 3))), "y");
  CHECK(plan::use_sparsity(copy_of(b.view())).nodes.size() == static_cast<std::size_t>(b.view().size));
}
