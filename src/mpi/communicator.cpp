#include <isthmus/error.hpp>
#include <isthmus/mpi/communicator.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <limits>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace isthmus::mpi {
namespace {

using Clock = std::chrono::steady_clock;

/// Messages of up to this many bytes are not cut into pieces: latency dominates.
constexpr std::int64_t small_bytes = 16 << 10;
/// The size of pieces is a multiple of this, a cache line.
constexpr std::int64_t piece_unit = 16;

/// A waiting rank polls for failures once in this number of polls.
constexpr int looks_for_each_alarm = 32;

/// Sums are computed in blocks that fit the first-level cache.
constexpr std::int64_t block_values = 512;

enum class Stage : std::uint8_t {
  idle,
  wanted,  ///< complete, not yet with MPI
  pieces,  ///< every rank receives the parts of its piece
  whole,   ///< every rank receives everything, summed or to be summed
};

struct Message {
  MPI_Comm communicator = MPI_COMM_NULL;
  std::vector<MPI_Request> requests;  ///< two for each other rank
  std::int64_t count = 0;
  bool doubles = false;
  bool small = false;
  std::vector<std::int64_t> places;   ///< where the ranks' pieces begin, and the last one's end
  std::unique_ptr<std::byte[]> room;  ///< the data from other ranks: a piece of each, or everything
  std::byte* values = nullptr;
  std::atomic<Stage> stage{Stage::idle};
  Clock::time_point since;

  std::int64_t value_bytes() const { return doubles ? sizeof(double) : sizeof(float); }
  MPI_Datatype type() const { return doubles ? MPI_DOUBLE : MPI_FLOAT; }
  std::int64_t piece(int rank) const {
    const auto r = static_cast<std::size_t>(rank);
    return places[r + 1] - places[r];
  }
  std::byte* at(std::int64_t value) { return values + value * value_bytes(); }
  std::byte* piece_of(int rank) { return at(places[static_cast<std::size_t>(rank)]); }
  std::byte* room_of(int rank, std::int64_t length) { return room.get() + rank * length * value_bytes(); }
};

/// Adds what the other ranks have sent to this one's `own` values, from the lowest rank to the highest.
template <class T>
void add_up(const std::byte* sent, int ranks, int me, std::int64_t count, std::byte* own) {
  const T* const parts = reinterpret_cast<const T*>(sent);
  T* const sums = reinterpret_cast<T*>(own);
  T block[block_values];
  for (std::int64_t first = 0; first < count; first += block_values) {
    const std::int64_t n = std::min(block_values, count - first);
    for (int r = 0; r < ranks; ++r) {
      const T* const part = (r == me ? sums : parts + r * count) + first;
      if (r == 0) std::copy_n(part, n, block);
      else
        for (std::int64_t i = 0; i < n; ++i) block[i] += part[i];
    }
    std::copy_n(block, n, sums + first);
  }
}

std::string text_of(int error) {
  char text[MPI_MAX_ERROR_STRING] = {};
  int length = 0;
  MPI_Error_string(error, text, &length);
  return text;
}

}  // namespace

struct Communicator::Implementation {
  MPI_Comm communicator = MPI_COMM_NULL;
  MPI_Comm alarms = MPI_COMM_NULL;  // an empty message says that its sender has failed
  MPI_Request alarm = MPI_REQUEST_NULL;
  int exceptions = std::uncaught_exceptions();
  int looks_in_vain = 0;
  int rank = 0, size = 1;
  Clock::duration timeout;
  bool any_thread = false;
  std::thread::id owner = std::this_thread::get_id();
  std::unique_ptr<Message[]> messages;
  int message_count = 0;
  std::atomic_flag busy;
  std::atomic<bool> failed{false};
  std::string failure;  // Written once, by the thread that has set `busy`.

  bool may_call() const noexcept { return any_thread || std::this_thread::get_id() == owner; }

  void fail(const std::string& what) noexcept {
    if (failed.load()) return;
    failure = what;
    failed.store(true);
  }
  bool worked(int error, const char* what) noexcept {
    if (error == MPI_SUCCESS) return true;
    fail(std::string("MPI: ") + what + ": " + text_of(error));
    return false;
  }
  /// Polls for the message that a rank has failed.
  void listen() noexcept {
    if (++looks_in_vain % looks_for_each_alarm != 0 || failed.load()) return;
    int came = 0;
    MPI_Status status;
    if (!worked(MPI_Test(&alarm, &came, &status), "looking for alarms") || came == 0) return;
    fail("MPI: rank " + std::to_string(status.MPI_SOURCE) + " of " + std::to_string(size) +
         " has ended with an error");
  }

  /// Tells the other ranks that this one has failed, so that they do not wait for it. Does not wait for them to
  /// receive it.
  void raise_alarm() noexcept {
    for (int r = 0; r < size; ++r) {
      MPI_Request request = MPI_REQUEST_NULL;
      if (r == rank || MPI_Isend(nullptr, 0, MPI_BYTE, r, 0, alarms, &request) != MPI_SUCCESS) continue;
      MPI_Request_free(&request);
    }
  }

  std::string late(const char* what) const {
    char seconds[32] = {};
    std::snprintf(seconds, sizeof seconds, "%g", std::chrono::duration<double>(timeout).count());
    return std::string("MPI: ") + what + ": expected all " + std::to_string(size) + " ranks within " + seconds +
           " s, but some did not come";
  }

  void add_up_piece(Message& m, std::byte* own, std::int64_t length) const noexcept {
    if (m.doubles) add_up<double>(m.room.get(), size, rank, length, own);
    else add_up<float>(m.room.get(), size, rank, length, own);
  }

  /// Sends to every other rank, and receives from it: `outgoing(r)` and `incoming(r)` are bytes and how many
  /// values.
  template <class Outgoing, class Incoming>
  bool exchange(Message& m, int tag, const char* what, Outgoing&& outgoing, Incoming&& incoming) noexcept {
    m.requests.clear();
    for (int i = 1; i < size; ++i) {
      const int from = (rank + size - i) % size, to = (rank + i) % size;
      const auto [in, in_count] = incoming(from);
      const auto [out, out_count] = outgoing(to);
      MPI_Request* const receives = &m.requests.emplace_back(MPI_REQUEST_NULL);
      int error = MPI_Irecv(in, static_cast<int>(in_count), m.type(), from, tag, m.communicator, receives);
      if (!worked(error, what)) return false;
      MPI_Request* const sends = &m.requests.emplace_back(MPI_REQUEST_NULL);
      error = MPI_Isend(out, static_cast<int>(out_count), m.type(), to, tag, m.communicator, sends);
      if (!worked(error, what)) return false;
    }
    return true;
  }

  void set_out(Message& m) noexcept {
    const auto in = [&](int r) {
      const std::int64_t length = m.small ? m.count : m.piece(rank);
      return std::pair(m.room_of(r, length), length);
    };
    const auto out = [&](int r) {
      return m.small ? std::pair(m.at(0), m.count) : std::pair(m.piece_of(r), m.piece(r));
    };
    if (exchange(m, 0, "sending a bucket", out, in)) m.stage.store(m.small ? Stage::whole : Stage::pieces);
  }

  /// When all parts of this rank's piece have arrived, sends their sum to all ranks.
  void pass_on(Message& m) noexcept {
    add_up_piece(m, m.piece_of(rank), m.piece(rank));
    const auto in = [&](int r) { return std::pair(m.piece_of(r), m.piece(r)); };
    const auto out = [&](int) { return std::pair(m.piece_of(rank), m.piece(rank)); };
    if (exchange(m, 1, "sending the sums of a bucket", out, in)) m.stage.store(Stage::whole);
  }

  /// Advances one message. True if it is complete.
  bool go_on(Message& m) noexcept {
    if (m.stage.load() == Stage::wanted) set_out(m);
    for (;;) {
      int done = 0;
      const int error = failed.load() ? MPI_SUCCESS
                                      : MPI_Testall(static_cast<int>(m.requests.size()), m.requests.data(), &done,
                                                    MPI_STATUSES_IGNORE);
      if (failed.load() || !worked(error, "receiving a bucket")) return false;
      if (done == 0) break;
      if (m.stage.load() == Stage::whole) {
        if (m.small) add_up_piece(m, m.at(0), m.count);
        return true;
      }
      pass_on(m);
    }
    listen();
    if (Clock::now() - m.since > timeout) fail(late("summing a bucket"));
    return false;
  }
};

Communicator::Communicator(MPI_Comm communicator, const Options& options)
    : self_(std::make_unique<Implementation>()) {
  int level = MPI_THREAD_SINGLE;
  MPI_Query_thread(&level);
  self_->any_thread = level >= MPI_THREAD_SERIALIZED;
  self_->timeout = std::chrono::duration_cast<Clock::duration>(options.timeout);
  MPI_Comm_dup(communicator, &self_->communicator);
  MPI_Comm_dup(communicator, &self_->alarms);
  MPI_Irecv(nullptr, 0, MPI_BYTE, MPI_ANY_SOURCE, 0, self_->alarms, &self_->alarm);
  MPI_Comm_rank(communicator, &self_->rank);
  MPI_Comm_size(communicator, &self_->size);
}

Communicator::~Communicator() {
  const bool by_exception = std::uncaught_exceptions() > self_->exceptions;
  // A rank that has received a failure is not its origin, and the origin has told all ranks.
  if (by_exception && !self_->failed.load()) self_->raise_alarm();
  if (self_->alarm != MPI_REQUEST_NULL) {
    MPI_Cancel(&self_->alarm);
    MPI_Wait(&self_->alarm, MPI_STATUS_IGNORE);
  }
  // Freeing a communicator may wait for its pending operations, for ever if a rank is dead: so it is not freed.
  if (self_->failed.load() || by_exception) return;
  for (int b = 0; b < self_->message_count; ++b)
    MPI_Comm_free(&self_->messages[static_cast<std::size_t>(b)].communicator);
  MPI_Comm_free(&self_->alarms);
  MPI_Comm_free(&self_->communicator);
}

int Communicator::rank() const { return self_->rank; }
int Communicator::size() const { return self_->size; }

void Communicator::all_gather(std::span<const double> mine, std::span<double> all) {
  check();
  if (!self_->may_call())
    throw Error("MPI: expected a call by the thread that made the communicator, or MPI_THREAD_SERIALIZED or more");
  const int count = static_cast<int>(mine.size());
  MPI_Request request = MPI_REQUEST_NULL;
  const int error =
      MPI_Iallgather(mine.data(), count, MPI_DOUBLE, all.data(), count, MPI_DOUBLE, self_->communicator, &request);
  if (!self_->worked(error, "gathering")) check();
  const auto start = Clock::now();
  for (int looks = 0;; ++looks) {
    int done = 0;
    if (!self_->worked(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "gathering")) check();
    if (done != 0) return;
    self_->listen();
    check();
    if (looks < 1000) continue;
    std::this_thread::yield();
    if (Clock::now() - start <= self_->timeout) continue;
    self_->fail(self_->late("gathering"));
    check();
  }
}

void Communicator::prepare(std::span<const run::Bucket> buckets) {
  self_->messages = std::make_unique<Message[]>(buckets.size());
  self_->message_count = static_cast<int>(buckets.size());
  const auto ranks = static_cast<std::int64_t>(self_->size);
  for (std::size_t b = 0; b < buckets.size(); ++b) {
    Message& m = self_->messages[b];
    MPI_Comm_dup(self_->communicator, &m.communicator);
    m.count = buckets[b].count;
    m.doubles = buckets[b].doubles;
    if (m.count > std::numeric_limits<int>::max())
      throw Error("MPI: a bucket: expected at most " + std::to_string(std::numeric_limits<int>::max()) +
                  " values, found " + std::to_string(m.count));
    m.requests.reserve(2 * static_cast<std::size_t>(ranks));
    m.small = m.count * m.value_bytes() <= small_bytes;
    const std::int64_t piece = ((m.count + ranks - 1) / ranks + piece_unit - 1) / piece_unit * piece_unit;
    for (std::int64_t r = 0; r <= ranks; ++r) m.places.push_back(std::min(r * piece, m.count));
    const std::int64_t arriving = m.small ? m.count : m.piece(self_->rank);
    m.room = std::make_unique<std::byte[]>(static_cast<std::size_t>(arriving * ranks * m.value_bytes()));
  }
}

void Communicator::start(int bucket, void* values) noexcept {
  Message& m = self_->messages[static_cast<std::size_t>(bucket)];
  m.values = static_cast<std::byte*>(values);
  m.since = Clock::now();
  m.stage.store(Stage::wanted);
  // The message is sent at once if no other thread is calling MPI; otherwise by the next poll.
  if (!self_->may_call() || self_->failed.load() || self_->busy.test_and_set(std::memory_order_acquire)) return;
  if (m.stage.load() == Stage::wanted) self_->set_out(m);
  self_->busy.clear(std::memory_order_release);
}

int Communicator::poll() noexcept {
  if (!self_->may_call() || self_->busy.test_and_set(std::memory_order_acquire)) return -1;
  int arrived = -1;
  for (int b = 0; b < self_->message_count && arrived < 0; ++b) {
    Message& m = self_->messages[static_cast<std::size_t>(b)];
    if (m.stage.load() == Stage::idle) continue;
    if (!self_->failed.load() && !self_->go_on(m) && !self_->failed.load()) continue;
    // After a failure no message is waited for.
    m.stage.store(Stage::idle);
    arrived = b;
  }
  self_->busy.clear(std::memory_order_release);
  return arrived;
}

void Communicator::check() {
  if (self_->failed.load()) throw Error(self_->failure);
}

void end_all_ranks(MPI_Comm communicator, const char* what) noexcept {
  int rank = 0;
  MPI_Comm_rank(communicator, &rank);
  std::fprintf(stderr, "rank %d: %s\n", rank, what);
  std::fflush(stderr);
  MPI_Abort(communicator, EXIT_FAILURE);
  std::abort();
}

}  // namespace isthmus::mpi
