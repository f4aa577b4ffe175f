// An HDF5 file read by every rank of a program that has called MPI_Init. Its argument is a file of the tests.
#include <isthmus/interchange/hdf5.hpp>

#include <mpi.h>
#include <pthread.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <exception>

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  // As Open MPI does where a network is that a fork may harm (mpi_warn_on_fork).
  ::pthread_atfork([] { std::printf("a fork\n"); }, nullptr, nullptr);
  // With this argument the program does what it must not, so that a test which sees nothing of it proves
  // something.
  if (argc > 2 && std::strcmp(argv[2], "fork") == 0 && ::fork() == 0) ::_exit(0);
  try {
    const isthmus::interchange::Hdf5File file(argv[1]);
    std::printf("%zu values\n", file.read_bytes("/bytes").size());
  } catch (const std::exception& error) {
    std::printf("%s\n", error.what());
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  MPI_Finalize();
}
