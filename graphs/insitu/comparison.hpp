// How much smaller, how fast, how wrong: the model, the residual's coder alone, zfp and SZ3, on the same
// snapshots.
#pragma once

#include "compressor.hpp"

#include <mpi.h>

#include <cstdint>
#include <string>
#include <vector>

namespace insitu {

/// A method on all snapshots and ranks.
struct Measurement {
  std::string method;
  double epsilon = 0;   ///< 0: no bound was asked for
  double ratio = 0;     ///< bytes of the fields by bytes of what is stored, the decoder's file included if used
  double compress = 0;  ///< MB/s of fields, all ranks together, by the slowest one's time
  double decompress = 0;
  double largest_error = 0;  ///< of all points
};

/// The strips of one rank, all fields of all snapshots.
struct Strips {
  int rows = 0, columns = 0;
  std::vector<std::vector<float>> fields;
};

/// Collective. The code alone, then for each epsilon: with the model, without, zfp's mode of fixed accuracy,
/// and SZ3 with an absolute bound where HDF5 finds its plug-in (HDF5_PLUGIN_PATH). Every method runs once to warm
/// up and then `repeats` times; the fastest counts. `decoder_bytes` is the decoder's file. Throws Error if a
/// method does not keep its bound.
std::vector<Measurement> compare(MPI_Comm communicator, Compressor& compressor, const Strips& strips,
                                 const std::vector<double>& epsilons, std::int64_t decoder_bytes, int repeats);

/// A table for people.
std::string table_of(const std::vector<Measurement>& measurements);

}  // namespace insitu
