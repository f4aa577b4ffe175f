#include "gather.hpp"

#include <isthmus/error.hpp>

#include <cstdint>
#include <limits>
#include <numeric>

namespace insitu {

std::vector<std::vector<StoredField>> gather(MPI_Comm communicator, const std::vector<StoredField>& mine) {
  int rank = 0, ranks = 1;
  MPI_Comm_rank(communicator, &rank);
  MPI_Comm_size(communicator, &ranks);
  const std::size_t strings = 3 * mine.size();
  std::vector<int> sizes;
  std::string bytes;
  for (const StoredField& stored : mine) {
    for (const std::string* part : {&stored.scales, &stored.codes, &stored.residual}) {
      sizes.push_back(static_cast<int>(part->size()));
      bytes += *part;
    }
  }
  // Before anything is sent, so that all ranks throw.
  auto total = static_cast<std::int64_t>(bytes.size());
  MPI_Allreduce(MPI_IN_PLACE, &total, 1, MPI_INT64_T, MPI_SUM, communicator);
  if (total > std::numeric_limits<int>::max()) throw isthmus::Error("a snapshot of more than 2 GB, compressed");

  std::vector<int> all_sizes(rank == 0 ? strings * static_cast<std::size_t>(ranks) : 0);
  const auto count = static_cast<int>(strings);
  MPI_Gather(sizes.data(), count, MPI_INT, all_sizes.data(), count, MPI_INT, 0, communicator);
  std::vector<int> lengths, places;
  for (std::size_t first = 0; first < all_sizes.size(); first += strings) {
    const auto begin = all_sizes.begin() + static_cast<std::ptrdiff_t>(first);
    places.push_back(std::accumulate(lengths.begin(), lengths.end(), 0));
    lengths.push_back(std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(strings), 0));
  }
  std::string all(rank == 0 ? static_cast<std::size_t>(total) : 0, '\0');
  MPI_Gatherv(bytes.data(), static_cast<int>(bytes.size()), MPI_CHAR, all.data(), lengths.data(), places.data(),
              MPI_CHAR, 0, communicator);

  std::vector<std::vector<StoredField>> result;
  std::size_t place = 0, next = 0;
  const auto take = [&] {
    const auto size = static_cast<std::size_t>(all_sizes[next++]);
    place += size;
    return all.substr(place - size, size);
  };
  for (int from = 0; rank == 0 && from < ranks; ++from) {
    std::vector<StoredField>& fields = result.emplace_back(mine.size());
    for (StoredField& stored : fields) {
      stored.scales = take();
      stored.codes = take();
      stored.residual = take();
    }
  }
  return result;
}

}  // namespace insitu
