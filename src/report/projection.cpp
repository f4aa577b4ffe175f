#include <isthmus/error.hpp>
#include <isthmus/report/projection.hpp>

#include <fmt/format.h>
#include <Eigen/Core>
#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>

namespace isthmus::report {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using Axes = Eigen::Matrix<double, Eigen::Dynamic, 2>;  // one axis per column
using Codes = Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

/// The widest matrix that is decomposed, a second's work: wider codes are seen by so many of them instead.
constexpr Index most_exact = 1000;
/// Codes that are turned into doubles at a time.
constexpr Index block = 512;

/// Calls `use` with the differences of some codes from their mean, block by block, and the first one's number.
template <class Use>
void for_centred(const Codes& codes, const VectorXd& mean, Use use) {
  MatrixXd part;
  for (Index first = 0; first < codes.rows(); first += block) {
    part = codes.middleRows(first, std::min(block, codes.rows() - first)).cast<double>();
    part.rowwise() -= mean.transpose();
    use(part, first);
  }
}

/// The eigenvectors of the two largest eigenvalues; the solver has them in ascending order.
Axes leading(const MatrixXd& symmetric) {
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(symmetric);
  Axes axes(symmetric.rows(), 2);
  axes.col(0) = solver.eigenvectors().col(symmetric.cols() - 1);
  axes.col(1) = symmetric.cols() > 1 ? VectorXd(solver.eigenvectors().col(symmetric.cols() - 2))
                                     : VectorXd::Zero(symmetric.rows());
  return axes;
}

Axes axes_of_all(const Codes& codes, const VectorXd& mean) {
  MatrixXd covariance = MatrixXd::Zero(codes.cols(), codes.cols());
  for_centred(codes, mean, [&](const MatrixXd& part, Index) {
    covariance.selfadjointView<Eigen::Lower>().rankUpdate(part.transpose());
  });
  return leading(covariance);
}

/// The axes from some of the codes, X: if u is an eigenvector of X Xᵀ, then Xᵀ u is one of Xᵀ X.
Axes axes_of_some(const Codes& codes, const VectorXd& mean) {
  const Index count = std::min(codes.rows(), most_exact);
  MatrixXd some(count, codes.cols());
  for (Index i = 0; i < count; ++i)
    some.row(i) = codes.row(i * codes.rows() / count).cast<double>() - mean.transpose();
  MatrixXd products = MatrixXd::Zero(count, count);
  products.selfadjointView<Eigen::Lower>().rankUpdate(some);
  Axes axes = some.transpose() * leading(products);
  for (Index i = 0; i < 2; ++i) axes.col(i).normalize();
  return axes;
}

void fix_sign(Axes& axes) {
  for (Index i = 0; i < 2; ++i) {
    Index largest = 0;
    axes.col(i).cwiseAbs().maxCoeff(&largest);
    if (axes(largest, i) < 0) axes.col(i) = -axes.col(i);
  }
}

void require_fit(std::span<const float> codes, std::size_t size) {
  if (size < 2) throw ShapeError(fmt::format("projection: expected codes of at least 2 values, found {}", size));
  if (codes.empty() || codes.size() % size != 0) {
    throw ShapeError(fmt::format("projection: expected one or more codes of {} values, found {} values in all",
                                 size, codes.size()));
  }
  const auto bad = std::find_if(codes.begin(), codes.end(), [](float value) { return !std::isfinite(value); });
  if (bad == codes.end()) return;
  const auto at = static_cast<std::size_t>(bad - codes.begin());
  throw NumberError(fmt::format("projection: code {}, position {}: expected a finite number, found {}", at / size,
                                at % size, *bad));
}

}  // namespace

Projection project(std::span<const float> values, std::size_t size) {
  require_fit(values, size);
  const Codes codes(values.data(), static_cast<Index>(values.size() / size), static_cast<Index>(size));
  const VectorXd mean = codes.cast<double>().colwise().mean().transpose();
  Projection result;
  result.principal = size > 2;
  Axes axes = Axes::Identity(codes.cols(), 2);
  if (result.principal) axes = codes.cols() > most_exact ? axes_of_some(codes, mean) : axes_of_all(codes, mean);
  fix_sign(axes);

  result.points.resize(2 * static_cast<std::size_t>(codes.rows()));
  double all = 0;
  for_centred(codes, mean, [&](const MatrixXd& part, Index first) {
    all += part.squaredNorm();
    const Axes points = part * axes;
    for (Index i = 0; i < points.rows(); ++i) {
      for (Index axis = 0; axis < 2; ++axis) {
        const auto at = static_cast<std::size_t>(2 * (first + i) + axis);
        result.points[at] = points(i, axis);
        result.explained[static_cast<std::size_t>(axis)] += points(i, axis) * points(i, axis);
      }
    }
  });
  for (double& share : result.explained) share = all > 0 ? share / all : 0;
  if (!result.principal) result.points.assign(values.begin(), values.end());
  return result;
}

std::array<std::string, 2> axis_titles(const Projection& projection) {
  std::array<std::string, 2> titles;
  for (std::size_t i = 0; i < 2; ++i) {
    titles[i] = projection.principal ? fmt::format("principal axis {} ({:.0f} % of the variance)", i + 1,
                                                   100 * projection.explained[i])
                                     : fmt::format("code {}", i + 1);
  }
  return titles;
}

}  // namespace isthmus::report
