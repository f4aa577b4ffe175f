// The measurements of a training run, epoch by epoch, and their file history.csv.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace isthmus::report {

/// The measurements of one pass over the training data.
struct Epoch {
  int number;                      ///< counts from 1
  double seconds;                  ///< wall time of the epoch, its validation included
  std::vector<double> train;       ///< mean per sample, one value per term of the History
  std::vector<double> validation;  ///< losses on the validation data; empty if there is none
};

/// A run so far: the names of the loss terms and their values.
struct History {
  std::vector<std::string> terms;  ///< the first is "loss", the total
  std::vector<Epoch> epochs;       ///< in ascending order of their number
};

/// Throws ShapeError unless the first term is "loss", each epoch has one training value per term and as many
/// validation values or none, and the epochs' numbers are positive and ascend.
void require_consistent(const History& history);

/// The history as CSV: a header, then one line per epoch. The columns are
/// `epoch,seconds,train_loss,validation_loss`, then `train_<term>,validation_<term>` for each further term.
/// Numbers have all the digits that reading them back needs. Without validation data those fields are empty.
/// Throws ShapeError as require_consistent does.
std::string to_csv(const History& history);

/// Reads the output of to_csv, for programs that analyse a run. Throws FileError with the line, what was expected
/// there and what was found.
History from_csv(const std::filesystem::path& path);

/// Writes to_csv's text to `path`, whole or not at all. Throws FileError, with an earlier file untouched.
void save_history(const std::filesystem::path& path, const History& history);

}  // namespace isthmus::report
