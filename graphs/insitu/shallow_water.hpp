// The simulation: waves on shallow water, rained on, on a periodic rectangle that is cut into strips of rows, one
// for each rank.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <vector>

#include "fields.hpp"

namespace insitu {

/// The shallow-water equations, g = 1 and cells of size 1, by a finite-volume method of first order with Rusanov's
/// flux (LeVeque 2002, "Finite Volume Methods for Hyperbolic Problems", sections 12.5 and 18). Every cell is
/// computed alike wherever it lies, and what is reduced over ranks is a maximum: the same bits on any number of
/// ranks.
class ShallowWater {
 public:
  /// Collective. `rows` is a multiple of the number of ranks. The rain depends on `seed` and the step alone.
  ShallowWater(MPI_Comm communicator, int rows, int columns, std::uint64_t seed);

  /// Collective.
  void advance(int steps);

  int rows() const { return rows_; }  ///< of this rank's strip
  int columns() const { return columns_; }
  std::int64_t steps() const { return step_; }
  /// One of `field_names`: rows × columns, row-major.
  std::vector<float> field(int index) const;

 private:
  void rain();
  void exchange();
  void step();
  std::size_t at(int row, int column) const;

  MPI_Comm communicator_;
  int rank_ = 0, ranks_ = 1;
  int all_rows_, rows_, columns_;
  std::uint64_t seed_;
  std::int64_t step_ = 0;
  /// With a row and a column of neighbours on each side.
  std::vector<float> now_[fields], next_[fields];
};

}  // namespace insitu
