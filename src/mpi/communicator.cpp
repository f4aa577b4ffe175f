#include <isthmus/error.hpp>
#include <isthmus/mpi/communicator.hpp>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <limits>
#include <string>
#include <thread>
#include <vector>

namespace isthmus::mpi {
namespace {

using Clock = std::chrono::steady_clock;

/// Messages of up to so many bytes are not cut into pieces: their latency counts.
constexpr std::int64_t small_bytes = 16 << 10;
/// Pieces are of whole cache lines.
constexpr std::int64_t piece_unit = 16;

enum class Stage : std::uint8_t {
  idle,
  wanted,     ///< complete, not yet with MPI
  pieces,     ///< every rank receives its piece of all
  whole,      ///< every rank receives everything, summed or to be summed
};

struct Message {
  MPI_Comm communicator = MPI_COMM_NULL;
  MPI_Request request = MPI_REQUEST_NULL;
  std::int64_t count = 0;
  bool doubles = false;
  bool small = false;
  std::vector<int> counts, places;     ///< of the ranks' pieces
  std::vector<int> my_counts, arrive;  ///< of my piece, from every rank, in `room`
  std::unique_ptr<std::byte[]> room;
  void* values = nullptr;
  std::atomic<Stage> stage{Stage::idle};
  Clock::time_point since;
};

template <class T>
void add_up(const std::byte* from, int ranks, std::int64_t count, T* sums) {
  const T* const parts = reinterpret_cast<const T*>(from);
  std::copy_n(parts, count, sums);
  for (int r = 1; r < ranks; ++r) {
    const T* const part = parts + r * count;
    for (std::int64_t i = 0; i < count; ++i) sums[i] += part[i];
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
  int rank = 0, size = 1;
  Clock::duration timeout;
  bool any_thread = false;
  std::thread::id owner = std::this_thread::get_id();
  std::unique_ptr<Message[]> messages;
  int message_count = 0;
  std::atomic_flag busy;
  std::atomic<bool> failed{false};
  std::string failure;  // Written once, by whoever is busy.

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
  std::string late(const char* what) const {
    char seconds[32] = {};
    std::snprintf(seconds, sizeof seconds, "%g", std::chrono::duration<double>(timeout).count());
    return std::string("MPI: ") + what + ": expected all " + std::to_string(size) + " ranks within " + seconds +
           " s, but some did not come";
  }

  static MPI_Datatype type_of(const Message& m) { return m.doubles ? MPI_DOUBLE : MPI_FLOAT; }
  static std::size_t bytes_of(const Message& m) { return m.doubles ? sizeof(double) : sizeof(float); }

  void add_up_into(Message& m, std::int64_t first, std::int64_t count) const noexcept {
    if (m.doubles) add_up(m.room.get(), size, count, static_cast<double*>(m.values) + first);
    else add_up(m.room.get(), size, count, static_cast<float*>(m.values) + first);
  }

  void set_out(Message& m) noexcept {
    const MPI_Datatype type = type_of(m);
    const int error =
        m.small ? MPI_Iallgather(m.values, static_cast<int>(m.count), type, m.room.get(), static_cast<int>(m.count), type,
                                 m.communicator, &m.request)
                : MPI_Ialltoallv(m.values, m.counts.data(), m.places.data(), type, m.room.get(), m.my_counts.data(),
                                 m.arrive.data(), type, m.communicator, &m.request);
    if (worked(error, "sending a bucket")) m.stage.store(m.small ? Stage::whole : Stage::pieces);
  }

  /// Everybody's pieces of mine are here: their sum goes to everybody.
  void pass_on(Message& m) noexcept {
    const auto me = static_cast<std::size_t>(rank);
    add_up_into(m, m.places[me], m.counts[me]);
    const MPI_Datatype type = type_of(m);
    const int error = MPI_Iallgatherv(MPI_IN_PLACE, 0, type, m.values, m.counts.data(), m.places.data(), type,
                                      m.communicator, &m.request);
    if (worked(error, "sending the sums of a bucket")) m.stage.store(Stage::whole);
  }

  /// Goes on with one message. True if it has come to its end.
  bool go_on(Message& m) noexcept {
    if (m.stage.load() == Stage::wanted) set_out(m);
    for (;;) {
      int done = 0;
      if (failed.load() || !worked(MPI_Test(&m.request, &done, MPI_STATUS_IGNORE), "receiving a bucket")) return false;
      if (done == 0) break;
      if (m.stage.load() == Stage::whole) {
        if (m.small) add_up_into(m, 0, m.count);
        return true;
      }
      pass_on(m);
    }
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
  MPI_Comm_rank(communicator, &self_->rank);
  MPI_Comm_size(communicator, &self_->size);
}

Communicator::~Communicator() {
  // What still waits for a dead rank would wait for ever here as well: its communicators stay.
  if (self_->failed.load()) return;
  for (int b = 0; b < self_->message_count; ++b) MPI_Comm_free(&self_->messages[static_cast<std::size_t>(b)].communicator);
  MPI_Comm_free(&self_->communicator);
}

int Communicator::rank() const { return self_->rank; }
int Communicator::size() const { return self_->size; }

void Communicator::all_gather(std::span<const double> mine, std::span<double> all) {
  check();
  const int count = static_cast<int>(mine.size());
  MPI_Request request = MPI_REQUEST_NULL;
  if (!self_->worked(MPI_Iallgather(mine.data(), count, MPI_DOUBLE, all.data(), count, MPI_DOUBLE, self_->communicator,
                                    &request),
                     "gathering"))
    check();
  const auto start = Clock::now();
  for (int looks = 0;; ++looks) {
    int done = 0;
    if (!self_->worked(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "gathering")) check();
    if (done != 0) return;
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
    const auto bytes = static_cast<std::int64_t>(Implementation::bytes_of(m));
    m.small = m.count * bytes <= small_bytes;
    std::int64_t arriving = m.count * ranks;
    if (!m.small) {
      const std::int64_t piece = ((m.count + ranks - 1) / ranks + piece_unit - 1) / piece_unit * piece_unit;
      for (std::int64_t r = 0; r < ranks; ++r) {
        const std::int64_t first = std::min(r * piece, m.count);
        m.places.push_back(static_cast<int>(first));
        m.counts.push_back(static_cast<int>(std::min(piece, m.count - first)));
      }
      const int mine = m.counts[static_cast<std::size_t>(self_->rank)];
      m.my_counts.assign(m.counts.size(), mine);
      for (std::int64_t r = 0; r < ranks; ++r) m.arrive.push_back(static_cast<int>(r) * mine);
      arriving = std::int64_t{mine} * ranks;
    }
    m.room = std::make_unique<std::byte[]>(static_cast<std::size_t>(arriving * bytes));
  }
}

void Communicator::start(int bucket, void* values) noexcept {
  Message& m = self_->messages[static_cast<std::size_t>(bucket)];
  m.values = values;
  m.since = Clock::now();
  m.stage.store(Stage::wanted);
  // On its way at once, if nobody else is with MPI; else with the next look.
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
    // After a failure nothing is waited for.
    m.stage.store(Stage::idle);
    arrived = b;
  }
  self_->busy.clear(std::memory_order_release);
  return arrived;
}

void Communicator::check() {
  if (self_->failed.load()) throw Error(self_->failure);
}

}  // namespace isthmus::mpi
