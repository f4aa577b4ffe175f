// Gathers the stored fields of all ranks on the first one.
#pragma once

#include "restorer.hpp"

#include <mpi.h>

namespace insitu {

/// Collective: every rank's fields, by rank, on rank 0; nothing elsewhere. Throws Error if all of it exceeds 2 GB.
std::vector<std::vector<StoredField>> gather(MPI_Comm communicator, const std::vector<StoredField>& mine);

}  // namespace insitu
