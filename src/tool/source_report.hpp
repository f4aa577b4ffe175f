// A summary of a command's samples, printed before it begins.
#pragma once

#include "port_data.hpp"

#include <isthmus/run/registry.hpp>

#include <boost/json/array.hpp>

#include <string>
#include <utility>
#include <vector>

namespace isthmus::tool {

/// One part of a data set: `training` or `validation` samples of a source as it was given.
struct SourcePart {
  std::string port, source, part;
  std::size_t samples = 0;
  data::Samples::Statistics values;
};

/// Of each input; a source is named by what it was read from.
std::vector<SourcePart> describe(const PortData& data, const std::string& source, const std::string& part);

/// The number of samples, their minimum, maximum and mean: names and values for a listing, and as a list of
/// objects.
std::vector<std::pair<std::string, std::string>> to_pairs(const std::vector<SourcePart>& parts);
boost::json::array to_json(const std::vector<SourcePart>& parts);

/// Warns of what the model has no use for.
void check_sources(const ModelEntry& entry, const std::vector<SourcePart>& parts);

/// The warnings so far, as a list.
boost::json::array warning_list();

}  // namespace isthmus::tool
