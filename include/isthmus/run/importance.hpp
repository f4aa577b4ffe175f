// How probable a variational model finds its data: the importance-weighted bound on log p(x).
#pragma once

#include <isthmus/run/session.hpp>

#include <span>

namespace isthmus::run {

/// Whether a program says how much each drawn code counts: that of Role::evaluate of a model whose code is
/// `bottleneck(reparameterize(…))` and whose loss has a likelihood (`bernoulli`, `gaussian`). The code's
/// distribution before any data are seen is N(0, I).
bool has_log_weights(const Session& evaluation);

/// Writes log 1/K Σ_k w_k into `bounds` for each sample, in nats, with w_k = p(x | z_k) p(z_k) / q(z_k | x) and
/// the codes z_1 … z_K drawn for it from q(z | x). Its expectation is at most log p(x), grows with K, and reaches
/// log p(x) as K does infinity; for K = 1 it is the evidence lower bound. A run of the program draws one code for
/// each sample, or as many as its loss has (`importance_weighted<k>`); runs are numbered from arguments.draw on.
/// Codes are a function of the seed, the sample's number and the run: those of the first are an evaluation's. Sums
/// are in double, one draw after the other: the same bits on any number of threads and with any batch. Throws
/// Error if has_log_weights is false, and ShapeError if `draws` is not positive or `bounds` has not one place for
/// each sample. Source: Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders" (2015), equation 8.
void importance_bounds(Session& evaluation, RunArguments arguments, int draws, std::span<double> bounds);

}  // namespace isthmus::run
