// expect: an_operation_that_is_trained_through_needs_a_gradient<.*operation<.*"gradient_of_a_recurrence"
// A penalty on the Jacobian of a code that a cell computes asks for the gradient of its gradient.
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<8, 1>("x"), lstm<8>("enc") | last), bottleneck(dense<4>("code") | sigmoid),
                  decoder(repeat<8>, dense<1>("out", each_row)));
  static constexpr auto training = train(model, mean_squared_error + 0.1f * contraction("code"), adam{});
};

static_assert(isthmus::check<Bad>);
