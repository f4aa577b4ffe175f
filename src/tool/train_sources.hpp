// The sources of a training: of each input, for training and for validation.
#pragma once

#include "files.hpp"
#include "port_data.hpp"
#include "source_report.hpp"

#include <optional>
#include <string>
#include <vector>

namespace isthmus::tool {

/// One option's sources: of the first input, and `PORT=SRC` of others.
struct SourceList {
  std::string first;
  std::vector<PortSource> others;

  /// From the option's values, in their order. Ends the command with an error for one that is no PORT=SRC.
  static SourceList of(const std::string& option, const std::vector<std::string>& values);
  /// As they were given: `noisy.npy clean=clean.npy`.
  std::string text() const;
  /// For the check of the command's files.
  std::vector<NamedFile> files(const std::string& option) const;
};

struct TrainSources {
  SourceList data;
  std::optional<SourceList> validation;  ///< none: the last tenth of the data

  std::vector<NamedFile> files() const;
  /// Both parts, of every input of a training step. Throws as load_port_data_set does.
  PortDataSet load(const ModelEntry& entry, const Reading& reading) const;
  /// What a report says of them: the training's parts, then the validation's.
  std::vector<SourcePart> describe(const PortDataSet& loaded) const;
};

}  // namespace isthmus::tool
