// One worker or all of them: for short programs the answer depends on what the cores share and on who else uses
// them, so it is measured. The results do not depend on it.
#pragma once

namespace isthmus::run {

/// Chooses between two ways of doing the same run over and over, one worker or all, by nothing but how long the
/// runs took. The caller asks `use_all` before each run and tells `took` after it.
///
/// Both ways are compared in pairs of blocks, in turns, so that what disturbs the machine meets both; the first
/// run of a block only moves the data to where they are used. Each pair is one vote, however far off a disturbed
/// block is. An examination is a sequential test: it ends as soon as one way leads by `needed_lead` votes, which
/// takes 32 runs where nothing disturbs. All workers have to gain `least_gain`: what brings nothing shall not keep
/// other cores busy.
///
/// Then the choice is examined again and again, with a lead for what has been in use, so that one pair is enough
/// to confirm it and seven to turn it. What the slower way costs over the faster one is paid back before the next
/// examination out of `share` of the time: however often conditions change, looking costs no more than that. At
/// the start it may cost `early_share`, since somebody may have been busy in the only examination so far. Runs
/// that have become slower for a while are a reason to look earlier.
class WorkerChoice {
 public:
  /// Whether the next run takes all workers.
  bool use_all() const noexcept { return examines_ ? tries_all_ : all_; }

  /// Records the time of that run, in any unit that is always the same.
  void took(double time) noexcept;

 private:
  /// The times of one way in an examination.
  struct Times {
    double sum = 0, longest = 0, second = 0;
    int runs = 0;
    void add(double time) noexcept;
    double mean() const noexcept { return sum / runs; }
    /// The sum as if the longest run had taken as long as the second longest: one outlier, such as a pause of the
    /// machine, does not count.
    double usual_sum() const noexcept { return sum - longest + second; }
  };

  void examine() noexcept;
  void end_block() noexcept;
  void end_examination() noexcept;
  void use(double time) noexcept;

  static constexpr int block_runs = 4;   ///< the first of them does not count
  static constexpr int needed_lead = 4;  ///< votes
  static constexpr int known_lead = 3;   ///< of what has been in use, before the first vote
  static constexpr int most_pairs = 12;
  static constexpr double least_gain = 0.03;  ///< of one worker's time
  static constexpr double share = 0.01;       ///< of all time, for examinations
  static constexpr double early_share = 0.04;
  static constexpr int early_use = 600;  ///< runs
  static constexpr int least_use = 64;   ///< runs between two examinations
  static constexpr int slow_runs = 8;    ///< in a row: a reason to look
  static constexpr double slow = 1.25;   ///< times what was expected
  static constexpr double credit = 16;   ///< expected runs that looking early may owe

  bool all_ = false;       ///< the choice
  bool is_known_ = false;  ///< there has been an examination
  bool examines_ = true;
  // State of the examination.
  bool tries_all_ = false;
  int runs_ = 0;    ///< of this block
  int blocks_ = 0;  ///< finished blocks
  int lead_ = 0;    ///< votes for all workers less those against
  double block_time_ = 0;
  double one_time_ = 0, all_time_ = 0;  ///< of this pair's blocks
  Times one_total_, all_total_;
  // State between two examinations.
  double expected_ = 0;  ///< the chosen way's mean time
  double debt_ = 0;      ///< the cost of examinations that has not been paid back yet
  int used_ = 0;
  int used_in_all_ = 0;  ///< since the first examination, up to early_use
  int slow_ = 0;         ///< runs in a row
};

}  // namespace isthmus::run
