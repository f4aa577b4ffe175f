// `import`: weights that another program has trained, as a model's file.
#include "commands.hpp"
#include "files.hpp"
#include "output.hpp"
#include "source.hpp"

#include <isthmus/error.hpp>
#include <isthmus/interchange/import.hpp>
#include <isthmus/interchange/model_file.hpp>
#include <isthmus/plan/rewrites.hpp>
#include <isthmus/run/registry.hpp>
#ifdef ISTHMUS_HAS_HDF5
#include <isthmus/interchange/import_hdf5.hpp>
#endif

#include <fmt/format.h>
#include <boost/json/array.hpp>

#include <algorithm>
#include <fstream>

#include "data/shapes.hpp"
#include "text.hpp"

namespace isthmus::tool {
namespace {

using interchange::ForeignWeights;
using interchange::ImportedWeights;
using interchange::Layout;
using interchange::NamePair;

struct Options {
  std::string graph, file, out;
  Layout layout = Layout::torch;
  std::vector<std::string> map;
  bool json = false;
};

std::string_view name_of(Layout layout) { return layout == Layout::torch ? "torch" : "keras"; }

ForeignWeights read_hdf5(const std::string& path) {
#ifdef ISTHMUS_HAS_HDF5
  return interchange::read_hdf5_weights(path);
#else
  throw FileError(path, "", "a safetensors file", "HDF5, which this tool was built without");
#endif
}

/// What the first bytes say decides, not the name.
ForeignWeights read_weights(const std::string& path) {
  if (begins_as_hdf5(path)) return read_hdf5(path);
  // PKWARE, ".ZIP File Format Specification", section 4.3.7.
  std::string start(4, '\0');
  if (std::ifstream(path, std::ios::binary).read(start.data(), 4) && start == "PK\x03\x04")
    throw FileError(path, "byte 0", "safetensors or HDF5 (safetensors.torch.save_file, save_weights)",
                    "a ZIP archive, as torch.save and .keras files are");
  return interchange::read_safetensors_weights(path);
}

std::vector<NamePair> name_pairs(const std::vector<std::string>& map) {
  std::vector<NamePair> pairs;
  for (const std::string& text : map) {
    const std::size_t sign = text.find('=');
    if (sign == std::string::npos || sign == 0 || sign + 1 == text.size())
      throw CLI::ValidationError(fmt::format("--map: expected OURS=THEIRS, found '{}'", text));
    pairs.emplace_back(text.substr(0, sign), text.substr(sign + 1));
  }
  return pairs;
}

std::string table_of(const ImportedWeights& weights) {
  std::vector<std::vector<std::string>> rows{{"PARAMETER", "SHAPE", "FROM", "SHAPE THERE", "VALUES"}};
  for (const interchange::ImportedTensor& tensor : weights.sources)
    rows.push_back({tensor.ours, data::shape_text(tensor.our_shape), shown(tensor.theirs, std::string::npos),
                    data::shape_text(tensor.their_shape), tensor.done});
  std::string text = table(rows);
  for (const std::string& name : weights.passed_over) text += fmt::format("passed over: {}\n", shown(name, std::string::npos));
  return text;
}

boost::json::object json_of(const Options& options, const ImportedWeights& weights) {
  boost::json::array tensors, passed_over(weights.passed_over.begin(), weights.passed_over.end());
  const auto array_of = [](const std::vector<std::int64_t>& shape) {
    return boost::json::array(shape.begin(), shape.end());
  };
  for (const interchange::ImportedTensor& tensor : weights.sources)
    tensors.push_back(boost::json::object{{"ours", tensor.ours},
                                          {"shape", array_of(tensor.our_shape)},
                                          {"theirs", tensor.theirs},
                                          {"their_shape", array_of(tensor.their_shape)},
                                          {"done", tensor.done}});
  return {{"graph", options.graph}, {"file", options.file},          {"layout", name_of(options.layout)},
          {"out", options.out},     {"tensors", std::move(tensors)}, {"passed_over", std::move(passed_over)}};
}

void import_model(const Options& options) {
  const std::vector<NamePair> names = name_pairs(options.map);
  check_files({{"FILE", options.file}}, {{"OUT", options.out}});
  // The parameters of a whole model's file.
  const Graph graph = plan::resolve_modes(find_model(options.graph)->declared, false, false);
  const ForeignWeights weights = read_weights(options.file);
  const ImportedWeights imported = interchange::import_weights(graph, weights, options.layout, names);
  interchange::ModelFile file;
  file.graph = options.graph;
  file.role = interchange::ModelRole::autoencoder;
  file.details = {{"imported", std::string(name_of(options.layout))}};
  file.tensors = imported.tensors;
  interchange::write_model(options.out, file);
  if (options.json)
    print(json_of(options, imported));
  else
    print(fmt::format("{}{}: {}, {} parameters\n", table_of(imported), options.out, options.graph,
                      imported.tensors.size()));
}

}  // namespace

void add_import(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand("import", "Make a model's file of weights that PyTorch or Keras has trained");
  const auto options = std::make_shared<Options>();
  add_graph_argument(*command, options->graph);
  command
      ->add_option("FILE", options->file,
                   "safetensors, or HDF5 as Keras writes it: its first bytes say which, not its name")
      ->required();
  command->add_option("OUT", options->out, "the whole model's file to write, NAME.safetensors")->required();
  add_choice<Layout>(*command, "--layout", "LAYOUT", options->layout,
                     {{"torch", Layout::torch}, {"keras", Layout::keras}}, "how the tensors lie: torch or keras")
      ->required();
  command
      ->add_option("--map", options->map,
                   "a layer or parameter of GRAPH, and the layer or tensor of FILE that it gets; for each that "
                   "neither its name nor kind, shape and order decide")
      ->type_name("OURS=THEIRS")
      ->allow_extra_args(false);
  add_json_flag(*command, options->json);
  command->callback([options] { import_model(*options); });
}

}  // namespace isthmus::tool
