// The metadata of a trainer in a checkpoint's file, beside the tensors: its progress and its settings.
#pragma once

#include <isthmus/graph.hpp>
#include <isthmus/interchange/model_file.hpp>

#include <cstdint>
#include <string>

namespace isthmus::interchange {

struct TrainerNotes {
  std::int64_t steps = 0;
  std::uint64_t seed = 0;
  double learning_rate = 0;
  Precision precision = Precision::fp32;
};

/// Writes the notes into the details of a file.
void note(ModelFile& file, const TrainerNotes& notes);

/// Reads them. Throws FileError, naming `path` and the key, for what is missing or makes no sense; files from
/// before there was a choice of precision do not say theirs.
TrainerNotes trainer_notes(const ModelFile& file, const std::string& path);

/// A detail that must be there: a finite number. Throws FileError naming `path` and the key.
double number_detail(const ModelFile& file, const std::string& path, const std::string& key);

}  // namespace isthmus::interchange
