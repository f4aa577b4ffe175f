// Trains on every rank with other samples, and checks that all have the same model after that.
#include <isthmus/mpi/trainer.hpp>
#include <isthmus_models/stripes.hpp>

#include <cstdio>
#include <vector>

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int different = 0, rank = 0;
  {
    isthmus::mpi::Trainer<consumer::Stripes, 8> trainer(MPI_COMM_WORLD, 1);
    rank = trainer.rank();
    std::vector<float> x(4 * 24);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = (i + static_cast<std::size_t>(rank)) % 4 < 2 ? 0.1f : 0.9f;
    const double first = trainer.step(x);
    double last = first;
    for (int step = 0; step < 20; ++step) last = trainer.step(x);
    for (const auto& tensor : trainer.read(true)) {
      std::vector<float> of_first = tensor.values;
      MPI_Bcast(of_first.data(), static_cast<int>(of_first.size()), MPI_FLOAT, 0, MPI_COMM_WORLD);
      different += of_first != tensor.values;
    }
    different += !(last < first) || trainer.ranks() < 2;
  }
  if (different > 0) std::fprintf(stderr, "rank %d: %d things are wrong\n", rank, different);
  if (rank == 0 && different == 0) std::puts("ok");
  MPI_Finalize();
  return different > 0 ? 1 : 0;
}
