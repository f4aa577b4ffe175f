// `import`: weights that another program has trained, as a model's file.
#include "commands.hpp"
#include "files.hpp"
#include "output.hpp"

#include <isthmus/data/file_kind.hpp>
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
#include <filesystem>
#include <fstream>

#include "data/shapes.hpp"
#include "text.hpp"

namespace isthmus::tool {
namespace {

using interchange::ForeignWeights;
using interchange::ImportedWeights;
using interchange::Layout;
using interchange::NamePair;

struct ImportOptions {
  std::string graph, file, out;
  Layout layout = Layout::torch;
  std::vector<std::string> map, ignored;
  std::string prefix;
  bool json = false;
};

std::string_view word_of(Layout layout) { return layout == Layout::torch ? "torch" : "keras"; }

#ifdef ISTHMUS_HAS_HDF5
ForeignWeights read_hdf5(const std::string& path) { return interchange::read_hdf5_weights(path); }
ForeignWeights read_keras(const std::string& path) { return interchange::read_keras_weights(path); }
#else
[[noreturn]] ForeignWeights read_hdf5(const std::string& path) {
  throw FileError(path, "", "a safetensors file", "HDF5, which this tool was built without");
}
[[noreturn]] ForeignWeights read_keras(const std::string& path) {
  throw FileError(path, "", "a safetensors file", "a .keras model, whose HDF5 this tool was built without");
}
#endif

/// The first bytes of the file decide, not its name.
ForeignWeights read_weights(const std::string& path) {
  const data::RecognisedFile file = data::recognise(path);
  switch (file.gzip ? data::FileKind::unknown : file.kind) {
    case data::FileKind::hdf5: return read_hdf5(path);
    case data::FileKind::keras: return read_keras(path);
    case data::FileKind::safetensors: return interchange::read_safetensors_weights(path);
    default:
      throw FileError(path, "", "safetensors, HDF5 or .keras", data::found_text(file, data::Wanted::weights));
  }
}

std::vector<NamePair> name_pairs(const std::vector<std::string>& map) {
  std::vector<NamePair> pairs;
  for (const std::string& text : map) {
    const std::size_t sign = text.find('=');
    if (sign == std::string::npos || sign == 0 || sign + 1 == text.size())
      refuse(fmt::format("--map: expected OURS=THEIRS, found '{}'", text));
    pairs.emplace_back(text.substr(0, sign), text.substr(sign + 1));
  }
  return pairs;
}

/// The tensor's name, with the layer's name in the file if that is not a part of it.
std::string name_in_file(const interchange::ImportedTensor& tensor) {
  std::string name = shown(tensor.theirs, std::string::npos);
  if (!tensor.their_layer.empty()) name += fmt::format(" ({})", shown(tensor.their_layer));
  return name;
}

std::string table_of(const ImportedWeights& weights) {
  std::vector<std::vector<std::string>> rows{{"PARAMETER", "SHAPE", "FROM", "SHAPE THERE", "VALUES"}};
  for (const interchange::ImportedTensor& tensor : weights.sources)
    rows.push_back({tensor.ours, data::shape_text(tensor.our_shape), name_in_file(tensor),
                    data::shape_text(tensor.their_shape), tensor.done});
  std::string text = table(rows);
  for (const std::string& name : weights.passed_over)
    text += fmt::format("passed over: {}\n", shown(name, std::string::npos));
  for (const std::string& note : weights.notes) text += fmt::format("note: {}\n", note);
  return text;
}

boost::json::object json_of(const ImportOptions& options, const ImportedWeights& weights) {
  boost::json::array tensors, passed_over(weights.passed_over.begin(), weights.passed_over.end()),
      notes(weights.notes.begin(), weights.notes.end());
  const auto array_of = [](const std::vector<std::int64_t>& shape) {
    return boost::json::array(shape.begin(), shape.end());
  };
  for (const interchange::ImportedTensor& tensor : weights.sources)
    tensors.push_back(boost::json::object{{"ours", tensor.ours},
                                          {"shape", array_of(tensor.our_shape)},
                                          {"theirs", tensor.theirs},
                                          {"their_layer", tensor.their_layer},
                                          {"their_shape", array_of(tensor.their_shape)},
                                          {"done", tensor.done}});
  return {{"graph", options.graph},   {"file", options.file},          {"layout", word_of(options.layout)},
          {"out", options.out},       {"tensors", std::move(tensors)}, {"passed_over", std::move(passed_over)},
          {"notes", std::move(notes)}};
}

void import_model(const ImportOptions& options) {
  const std::vector<NamePair> names = name_pairs(options.map);
  check_files({{"FILE", options.file}}, {{"OUT", options.out}});
  // The parameters of a whole model's file.
  const Graph graph = plan::resolve_modes(find_model(options.graph)->declared, false, false);
  const ImportedWeights imported =
      interchange::import_weights(graph, read_weights(options.file), options.layout,
                                  {.names = names, .ignored = options.ignored, .prefix = options.prefix});
  interchange::ModelFile file;
  file.graph = options.graph;
  file.role = interchange::ModelRole::autoencoder;
  file.details = {{"imported", std::string(word_of(options.layout))}};
  file.tensors = imported.tensors;
  interchange::write_model(options.out, file);
  if (options.json) print(json_of(options, imported));
  else
    print(fmt::format("{}{}: {}, {} parameters\n", table_of(imported), options.out, options.graph,
                      imported.tensors.size()));
}

}  // namespace

void add_import(CLI::App& app) {
  const Command command(app, "import", "Make a model's file of weights that PyTorch or Keras has trained");
  const auto options = std::make_shared<ImportOptions>();
  add_graph_argument(command, options->graph);
  command
      .add_option("FILE", options->file,
                  "safetensors, .keras, or HDF5 as Keras writes it: its first bytes say which, not its name")
      .required();
  command.add_option("OUT", options->out, "the whole model's file to write, NAME.safetensors").required();
  add_choice<Layout>(command, "--layout", "LAYOUT", options->layout,
                     {{"torch", Layout::torch}, {"keras", Layout::keras}}, "how the tensors lie: torch or keras")
      .required();
  command
      .add_option("--map", options->map,
                  "a layer or parameter of GRAPH, and the layer or tensor of FILE that it gets; for each that "
                  "neither its name nor kind, shape and order decide")
      .type_name("OURS=THEIRS")
      .one_value_each();
  command
      .add_option("--ignore", options->ignored,
                  "a tensor or layer of FILE, or what has layers below it, that GRAPH has no use for")
      .type_name("NAME")
      .one_value_each();
  command
      .add_option("--prefix", options->prefix,
                  "look only at what is below this part of FILE, and take names without it: ema_model")
      .type_name("NAME");
  add_json_flag(command, options->json);
  command.callback([options] { import_model(*options); });
}

}  // namespace isthmus::tool
