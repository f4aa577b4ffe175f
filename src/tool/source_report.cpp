#include "source_report.hpp"

#include "data_check.hpp"
#include "output.hpp"

#include <fmt/format.h>
#include <boost/json/object.hpp>

#include <algorithm>
#include <iterator>

#include "text.hpp"

namespace isthmus::tool {

std::vector<SourcePart> describe(const PortData& data, const std::string& source, const std::string& part) {
  std::vector<SourcePart> parts;
  for (const PortSamplesOfSet& port : data.ports())
    parts.push_back({port.port, parts.empty() ? source : port.samples.name(), part, port.samples.count(),
                     port.samples.statistics()});
  return parts;
}

std::vector<std::pair<std::string, std::string>> to_pairs(const std::vector<SourcePart>& parts) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const SourcePart& part : parts)
    pairs.emplace_back(part.port == parts.front().port ? part.part + " data" : part.part + " " + part.port,
                       fmt::format("{}: {} samples, minimum {:.6g}, maximum {:.6g}, mean {:.6g}", part.source,
                                   grouped(static_cast<std::int64_t>(part.samples)), part.values.minimum,
                                   part.values.maximum, part.values.mean));
  return pairs;
}

void check_sources(const ModelEntry& entry, const std::vector<SourcePart>& parts) {
  // The model as it is declared: no rewrite may change its last operation.
  plan::Rewrites none;
  none.absorb_upsampling = none.pool_first = none.fuse_pooling = none.fold_normalization = none.winograd = false;
  const Graph model = plan::resolve_modes(entry.declared, false, false), loss = entry.source(Role::evaluate, none);
  const std::string_view target = target_name(entry);
  std::vector<SourcePart> targets;
  std::copy_if(parts.begin(), parts.end(), std::back_inserter(targets),
               [&](const SourcePart& part) { return part.port == target; });
  plan::Interval all{targets.front().values.minimum, targets.front().values.maximum};
  for (const SourcePart& part : targets)
    all = {std::min(all.least, part.values.minimum), std::max(all.most, part.values.maximum)};
  for (const std::string& warning : range_warnings(model, loss, all, targets.front().source)) warn(warning);
}

boost::json::array to_json(const std::vector<SourcePart>& parts) {
  boost::json::array list;
  for (const SourcePart& part : parts)
    list.push_back(boost::json::object{{"port", part.port},
                                       {"source", part.source},
                                       {"part", part.part},
                                       {"samples", part.samples},
                                       {"minimum", part.values.minimum},
                                       {"maximum", part.values.maximum},
                                       {"mean", part.values.mean}});
  return list;
}

boost::json::array warning_list() { return boost::json::array(warnings().begin(), warnings().end()); }

}  // namespace isthmus::tool
