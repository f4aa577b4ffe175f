// Losses of several terms: `bernoulli + 4.0f * gaussian_kl("mu", "log_var")`. Each term of a sum is an output of
// the loss graph under its name, without its weight.
#pragma once

#include <isthmus/anneal.hpp>
#include <isthmus/declare/losses.hpp>

#include <boost/hana/append.hpp>
#include <boost/hana/concat.hpp>
#include <boost/hana/for_each.hpp>
#include <boost/hana/prepend.hpp>
#include <boost/hana/transform.hpp>
#include <boost/hana/tuple.hpp>

#include <algorithm>
#include <type_traits>

namespace isthmus {
namespace declare {

template <class T>
concept loss_term = std::is_base_of_v<Term, T>;

/// Any function of the reconstruction and the target under a name.
template <class Function>
struct Named : Term {
  const char* name;
  Function function;
  static constexpr int draws = draws_of<Function>;
  constexpr Named(const char* n, Function f) : name(n), function(f) {}
  constexpr Tensor operator()(Tensor y, Tensor target) const {
    Diagnostic& diagnostic = y.builder->diagnostic();
    const bool had_one = static_cast<bool>(diagnostic);
    const Tensor value = function(y, target);
    // A mistake in the function is the term's; no layer is called so.
    if (!had_one && diagnostic && same_text(diagnostic.layer, y.builder->layer())) diagnostic.layer = name;
    return value;
  }
  constexpr Tensor log_likelihood(Tensor y, Tensor target, Over over) const
    requires gives_log_likelihood<Function>
  {
    return function.log_likelihood(y, target, over);
  }
};

template <loss_term T>
struct Weighted {
  Annealed weight;
  T term;
  static constexpr int draws = draws_of<T>;
  constexpr Tensor operator()(Tensor y, Tensor target) const {
    const Tensor value = term(y, target);
    return weight.value(*y.builder) * value;
  }
  /// The weight says how to train, not how probable anything is.
  constexpr Tensor log_likelihood(Tensor y, Tensor target, Over over) const
    requires gives_log_likelihood<T>
  {
    return term.log_likelihood(y, target, over);
  }
};

template <class... W>
struct Sum {
  boost::hana::tuple<W...> terms;
  /// The most that a term needs: all see the same codes.
  static constexpr int draws = std::max({draws_of<W>...});

  constexpr Tensor operator()(Tensor y, Tensor target) const {
    Builder& b = *y.builder;
    const char* const layer = b.layer();
    Tensor sum{};
    boost::hana::for_each(terms, [&](const auto& weighted) {
      Tensor value = weighted.term(y, target);
      b.in_layer(layer);
      if (value.shape().rank != 0) {
        b.diagnostic().record(Mistake::loss_is_not_a_scalar, weighted.term.name, value.shape(), {});
        value = b.constant(0.0f);
      }
      require_new_output(b, weighted.term.name);
      b.output(value, weighted.term.name);
      const Tensor summand = weighted.weight.value(b) * value;
      sum = sum.builder == nullptr ? summand : sum + summand;
    });
    return sum;
  }
  /// Of all terms that have one: what they compare is independent, given the code.
  constexpr Tensor log_likelihood(Tensor y, Tensor target, Over over) const
    requires(gives_log_likelihood<W> || ...)
  {
    Tensor sum{};
    boost::hana::for_each(terms, [&](const auto& weighted) {
      if constexpr (gives_log_likelihood<std::remove_cvref_t<decltype(weighted)>>) {
        const Tensor value = weighted.log_likelihood(y, target, over);
        sum = sum.builder == nullptr ? value : sum + value;
      }
    });
    return sum;
  }
};

template <loss_term T>
constexpr auto weighted(T term) {
  return Weighted<T>{1.0f, term};
}
template <loss_term T>
constexpr auto weighted(Weighted<T> term) {
  return term;
}

template <class T>
struct IsSummand : std::bool_constant<loss_term<T>> {};
template <loss_term T>
struct IsSummand<Weighted<T>> : std::true_type {};
template <class T>
concept summand = IsSummand<T>::value;

template <loss_term T>
constexpr auto operator*(Annealed weight, T term) {
  return Weighted<T>{weight, term};
}
template <loss_term T>
constexpr auto operator*(float weight, T term) {
  return Weighted<T>{weight, term};
}
template <loss_term T>
constexpr auto operator*(float factor, Weighted<T> summand) {
  return Weighted<T>{summand.weight.times(factor), summand.term};
}
template <class... W>
constexpr auto operator*(float factor, Sum<W...> sum) {
  return Sum<W...>{boost::hana::transform(sum.terms, [&](auto summand) { return factor * summand; })};
}
template <summand A, summand B>
constexpr auto operator+(A a, B b) {
  return Sum<decltype(weighted(a)), decltype(weighted(b))>{{weighted(a), weighted(b)}};
}
template <class... W, summand B>
constexpr auto operator+(Sum<W...> sum, B b) {
  return Sum<W..., decltype(weighted(b))>{boost::hana::append(sum.terms, weighted(b))};
}
template <summand A, class... W>
constexpr auto operator+(A a, Sum<W...> sum) {
  return Sum<decltype(weighted(a)), W...>{boost::hana::prepend(sum.terms, weighted(a))};
}
template <class... V, class... W>
constexpr auto operator+(Sum<V...> first, Sum<W...> second) {
  return Sum<V..., W...>{boost::hana::concat(first.terms, second.terms)};
}

}  // namespace declare

// For weights that are not plain numbers: their types are in another namespace than the terms.
using declare::operator*;

/// A term of the user's own: any function of (reconstruction, target) that gives a scalar, under a name; or
/// another name for a term that has one.
template <class Function>
constexpr auto term(const char* name, Function function) {
  return declare::Named<Function>(name, function);
}

}  // namespace isthmus
