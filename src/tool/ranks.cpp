#include "ranks.hpp"

#include "output.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

#if defined(ISTHMUS_HAS_MPI)
#include <isthmus/mpi/communicator.hpp>

#include <optional>
#include <thread>
#endif

namespace isthmus::tool {
namespace {

/// The first of these variables that is a number: those of Open MPI, and of MPICH and its relatives.
int number_of_environment(std::initializer_list<const char*> names, int otherwise) {
  for (const char* const name : names) {
    const char* const text = std::getenv(name);
    if (text == nullptr) continue;
    const std::string_view view = text;
    int number = 0;
    const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), number);
    if (error == std::errc() && end == view.data() + view.size() && number >= 0) return number;
  }
  return otherwise;
}

}  // namespace

int rank_of_environment() { return number_of_environment({"OMPI_COMM_WORLD_RANK", "PMI_RANK"}, 0); }
int ranks_of_environment() { return number_of_environment({"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}, 1); }

#if defined(ISTHMUS_HAS_MPI)

struct Ranks::Implementation {
  std::optional<mpi::Communicator> communicator;
  MPI_Comm failures = MPI_COMM_NULL;
  int on_this_machine = 1;
};

Ranks::Ranks(double timeout) : self_(std::make_unique<Implementation>()) {
  int level = 0;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &level);
  self_->communicator.emplace(MPI_COMM_WORLD, mpi::Options{std::chrono::duration<double>(timeout)});
  MPI_Comm_dup(MPI_COMM_WORLD, &self_->failures);
  MPI_Comm here = MPI_COMM_NULL;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here);
  MPI_Comm_size(here, &self_->on_this_machine);
  MPI_Comm_free(&here);
}

Ranks::~Ranks() {
  self_->communicator.reset();
  MPI_Comm_free(&self_->failures);
  MPI_Finalize();
}

run::Communicator& Ranks::communicator() { return *self_->communicator; }
int Ranks::on_this_machine() const { return self_->on_this_machine; }

void Ranks::fail(const std::string& what) {
  // If all have failed by now or soon, it is the same for all, and said once.
  constexpr std::chrono::milliseconds soon{300};
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Ibarrier(self_->failures, &request);
  int all = 0;
  for (const auto start = std::chrono::steady_clock::now();
       all == 0 && std::chrono::steady_clock::now() - start < soon; std::this_thread::yield())
    MPI_Test(&request, &all, MPI_STATUS_IGNORE);
  if (all != 0 && rank() > 0) std::this_thread::sleep_for(std::chrono::seconds(2));  // The first one ends all.
  set_quiet(all != 0 && rank() > 0);
  say(all != 0 ? what : fmt::format("rank {}: {}", rank(), what));
  MPI_Abort(MPI_COMM_WORLD, 1);
  std::abort();
}

#else

struct Ranks::Implementation {};

Ranks::Ranks(double) { throw Error("expected to be started alone: this program was built without MPI"); }
Ranks::~Ranks() = default;
run::Communicator& Ranks::communicator() { std::abort(); }
int Ranks::on_this_machine() const { return 1; }
void Ranks::fail(const std::string& what) { throw Error(what); }

#endif

}  // namespace isthmus::tool
