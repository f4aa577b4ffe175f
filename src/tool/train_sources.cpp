#include "train_sources.hpp"

#include "command_line.hpp"

#include <fmt/format.h>

#include <utility>

#include "text.hpp"

namespace isthmus::tool {

SourceList SourceList::of(const std::string& option, const std::vector<std::string>& values) {
  SourceList list{values.front(), {}};
  for (std::size_t i = 1; i < values.size(); ++i) list.others.push_back(port_source(option, values[i]));
  return list;
}

std::string SourceList::text() const {
  std::string text = first;
  for (const PortSource& other : others) text += fmt::format(" {}={}", other.port, other.source);
  return text;
}

std::vector<NamedFile> SourceList::files(const std::string& option) const {
  std::vector<NamedFile> files{{option, first}};
  for (const PortSource& other : others) files.push_back({fmt::format("{} {}", option, other.port), other.source});
  return files;
}

std::vector<NamedFile> TrainSources::files() const {
  std::vector<NamedFile> files = data.files("--data");
  if (!validation) return files;
  for (NamedFile& file : validation->files("--validation")) files.push_back(std::move(file));
  return files;
}

PortDataSet TrainSources::load(const ModelEntry& entry, const Reading& reading) const {
  const std::string user = fmt::format("graph {}", entry.name);
  if (!validation) return load_port_data_set(data.first, data.others, entry, Role::train, reading, user);
  for (const std::string& source : {data.first, validation->first})
    if (data::is_known_name(source))
      refuse("--validation", fmt::format("expected files for both parts, found {}, which has a part of its own",
                                         in_quotes(source)));
  return {load_inputs(data.first, data.others, entry, Role::train, reading, user),
          load_inputs(validation->first, validation->others, entry, Role::train, reading, user)};
}

std::vector<SourcePart> TrainSources::describe(const PortDataSet& loaded) const {
  std::vector<SourcePart> parts = tool::describe(loaded.train, data.first, "training");
  const std::string& source = validation ? validation->first : data.first;
  for (SourcePart& part : tool::describe(loaded.validation, source, "validation"))
    parts.push_back(std::move(part));
  return parts;
}

}  // namespace isthmus::tool
