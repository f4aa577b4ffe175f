// The processes that mpirun has started with this one. MPI is only touched where there are several.
#pragma once

#include <isthmus/run/communicator.hpp>

#include <memory>
#include <string>

namespace isthmus::tool {

/// This process's number among those that were started together, and their number, from the environment:
/// 0 and 1 if it was started alone.
int rank_of_environment();
int ranks_of_environment();

/// Several processes that work together. The first one prints and writes.
class Ranks {
 public:
  /// Starts MPI; all ranks do. `timeout`: seconds after which others that do not answer count as dead. Throws
  /// Error if this program was built without MPI.
  explicit Ranks(double timeout);
  /// Ends MPI, which waits for all ranks.
  ~Ranks();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  run::Communicator& communicator();
  int rank() { return communicator().rank(); }
  int size() { return communicator().size(); }
  /// The number of ranks on this machine.
  int on_this_machine() const;

  /// Says once what is wrong, with the rank if it is wrong there alone, and ends all ranks.
  [[noreturn]] void fail(const std::string& what);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

}  // namespace isthmus::tool
