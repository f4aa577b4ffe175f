#include "shallow_water.hpp"

#include <isthmus/random.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace insitu {
namespace {

constexpr int steps_between_drops = 6;
constexpr float courant = 0.4f;

struct Cell {
  float height, along, across;  ///< momentum along and across the direction that is looked at
};

/// Rusanov's flux from `a` to `b`, its neighbour in the positive direction.
Cell flux(const Cell& a, const Cell& b) {
  const float speed_a = a.along / a.height, speed_b = b.along / b.height;
  const float fastest =
      std::max(std::fabs(speed_a) + std::sqrt(a.height), std::fabs(speed_b) + std::sqrt(b.height));
  const auto mean = [&](float flux_a, float flux_b, float value_a, float value_b) {
    return 0.5f * (flux_a + flux_b) - 0.5f * fastest * (value_b - value_a);
  };
  return {mean(a.along, b.along, a.height, b.height),
          mean(a.along * speed_a + 0.5f * a.height * a.height, b.along * speed_b + 0.5f * b.height * b.height,
               a.along, b.along),
          mean(a.across * speed_a, b.across * speed_b, a.across, b.across)};
}

}  // namespace

ShallowWater::ShallowWater(MPI_Comm communicator, int rows, int columns, std::uint64_t seed)
    : communicator_(communicator), all_rows_(rows), columns_(columns), seed_(seed) {
  MPI_Comm_rank(communicator_, &rank_);
  MPI_Comm_size(communicator_, &ranks_);
  rows_ = rows / ranks_;
  const std::size_t cells = static_cast<std::size_t>(rows_ + 2) * static_cast<std::size_t>(columns_ + 2);
  for (int field = 0; field < fields; ++field) {
    now_[field].assign(cells, field == 0 ? 1.0f : 0.0f);
    next_[field] = now_[field];
  }
}

/// Of a cell of the strip; -1 and one behind the last are neighbours.
std::size_t ShallowWater::at(int row, int column) const {
  return static_cast<std::size_t>(row + 1) * static_cast<std::size_t>(columns_ + 2) +
         static_cast<std::size_t>(column + 1);
}

std::vector<float> ShallowWater::field(int index) const {
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(rows_) * static_cast<std::size_t>(columns_));
  for (int row = 0; row < rows_; ++row) {
    const float* const first = now_[index].data() + at(row, 0);
    values.insert(values.end(), first, first + columns_);
  }
  return values;
}

/// A drop: a hump of water with the shape of a Gaussian, at a place and of a size that the step decides.
void ShallowWater::rain() {
  const auto draw = [&](std::uint64_t index) {
    return isthmus::random_uniform(seed_, isthmus::Purpose::example, static_cast<std::uint32_t>(step_), index);
  };
  const float size = static_cast<float>(std::min(all_rows_, columns_));
  const float radius = size * (0.01f + 0.03f * draw(0)), height = 0.05f + 0.2f * draw(1);
  const float row = static_cast<float>(all_rows_) * draw(2), column = static_cast<float>(columns_) * draw(3);
  const auto periodic = [](float distance, int period) {
    const float d = std::fabs(distance);
    return std::min(d, static_cast<float>(period) - d);
  };
  for (int i = 0; i < rows_; ++i) {
    for (int j = 0; j < columns_; ++j) {
      const float y = periodic(static_cast<float>(rank_ * rows_ + i) - row, all_rows_) / radius;
      const float x = periodic(static_cast<float>(j) - column, columns_) / radius;
      if (x * x + y * y < 16.0f) now_[0][at(i, j)] += height * std::exp(-x * x - y * y);
    }
  }
}

/// Fills the rows and columns of neighbours.
void ShallowWater::exchange() {
  const int above = (rank_ + ranks_ - 1) % ranks_, below = (rank_ + 1) % ranks_, width = columns_ + 2;
  for (auto& field : now_) {
    for (int row = 0; row < rows_; ++row) {
      field[at(row, -1)] = field[at(row, columns_ - 1)];
      field[at(row, columns_)] = field[at(row, 0)];
    }
    MPI_Sendrecv(&field[at(0, -1)], width, MPI_FLOAT, above, 0, &field[at(rows_, -1)], width, MPI_FLOAT, below, 0,
                 communicator_, MPI_STATUS_IGNORE);
    MPI_Sendrecv(&field[at(rows_ - 1, -1)], width, MPI_FLOAT, below, 1, &field[at(-1, -1)], width, MPI_FLOAT,
                 above, 1, communicator_, MPI_STATUS_IGNORE);
  }
}

void ShallowWater::step() {
  if (step_ % steps_between_drops == 0) rain();
  exchange();
  float fastest = 0;
  for (int i = 0; i < rows_; ++i) {
    for (int j = 0; j < columns_; ++j) {
      const std::size_t c = at(i, j);
      const float h = now_[0][c];
      fastest = std::max(fastest, std::max(std::fabs(now_[1][c]), std::fabs(now_[2][c])) / h + std::sqrt(h));
    }
  }
  MPI_Allreduce(MPI_IN_PLACE, &fastest, 1, MPI_FLOAT, MPI_MAX, communicator_);
  const float time = courant / fastest;

  const auto along_row = [&](std::size_t c) { return Cell{now_[0][c], now_[1][c], now_[2][c]}; };
  const auto along_column = [&](std::size_t c) { return Cell{now_[0][c], now_[2][c], now_[1][c]}; };
  const auto width = static_cast<std::size_t>(columns_ + 2);
  for (int i = 0; i < rows_; ++i) {
    Cell left = flux(along_row(at(i, -1)), along_row(at(i, 0)));
    for (int j = 0; j < columns_; ++j) {
      const std::size_t c = at(i, j);
      const Cell right = flux(along_row(c), along_row(c + 1));
      const Cell above = flux(along_column(c - width), along_column(c));
      const Cell below = flux(along_column(c), along_column(c + width));
      next_[0][c] = now_[0][c] - time * (right.height - left.height + below.height - above.height);
      next_[1][c] = now_[1][c] - time * (right.along - left.along + below.across - above.across);
      next_[2][c] = now_[2][c] - time * (right.across - left.across + below.along - above.along);
      left = right;
    }
  }
  for (int field = 0; field < fields; ++field) std::swap(now_[field], next_[field]);
  ++step_;
}

void ShallowWater::advance(int steps) {
  for (int i = 0; i < steps; ++i) step();
}

}  // namespace insitu
