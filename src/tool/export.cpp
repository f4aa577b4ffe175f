// `export`: a saved model as a file for places without the library.
#include "commands.hpp"
#include "files.hpp"
#include "models.hpp"
#include "output.hpp"

#include <isthmus/data/atomic_file.hpp>
#include <isthmus/error.hpp>
#include <isthmus/interchange/c_header.hpp>
#ifdef ISTHMUS_HAS_ONNX
#include <isthmus/interchange/onnx.hpp>
#endif
#include <isthmus/plan/portable.hpp>

#include <fmt/format.h>

#include <optional>

namespace isthmus::tool {
namespace {

using interchange::ModelRole;

struct ExportOptions {
  std::string model, out, prefix;
  std::optional<ModelRole> part;
  bool c_header = false;
};

/// The files that hold what is to be exported.
std::vector<ModelRole> wanted_files(const std::optional<ModelRole>& part) {
  if (part) return {*part, ModelRole::autoencoder, ModelRole::checkpoint};
  return {ModelRole::encoder, ModelRole::decoder, ModelRole::autoencoder, ModelRole::checkpoint};
}

Role role_of(ModelRole part) {
  if (part == ModelRole::encoder) return Role::encode;
  return part == ModelRole::decoder ? Role::decode : Role::reconstruct;
}

/// The known facts about the training, in one line: `epoch 10, seed 1`.
std::string training_of(const interchange::ModelFile& file) {
  std::string text;
  for (const char* key : {"epoch", "seed", "batch"}) {
    const auto found = file.details.find(key);
    if (found == file.details.end()) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", key, found->second.substr(0, 20));
  }
  return text;
}

/// The bytes of an ONNX file.
std::string onnx_file(const Graph& graph, const std::vector<NamedTensor>& weights,
                      const interchange::CHeaderText& text) {
#ifdef ISTHMUS_HAS_ONNX
  return interchange::onnx_model(graph, weights, {text.prefix, text.remarks});
#else
  static_cast<void>(graph), static_cast<void>(weights), static_cast<void>(text);
  throw Error("export: expected --c-header: this tool was built without ONNX");
#endif
}

void export_model(const ExportOptions& options) {
  const bool onnx = options.out.ends_with(".onnx");
  if (!options.c_header && !onnx)
    refuse("export: expected a file that ends in .onnx, or --c-header, found neither");
  if (options.c_header && onnx) refuse("export: expected a file that ends in .onnx, or --c-header, found both");
  check_files({{"FILE", options.model}}, {{"OUT", options.out}});
  const SavedModel model = load_model(options.model, wanted_files(options.part));
  // A checkpoint holds a whole model, and the optimizer's states beside it.
  ModelRole part = options.part.value_or(model.file.role);
  if (part == ModelRole::checkpoint) part = ModelRole::autoencoder;
  const Graph graph = plan::simplify(model.entry->source(role_of(part), plan::portable_rewrites));

  interchange::CHeaderText text;
  text.prefix = options.prefix.empty() ? fmt::format("{}_{}", model.file.graph, name_of(part)) : options.prefix;
  text.remarks = {fmt::format("The {} of the graph `{}`, trained.", name_of(part), model.file.graph)};
  const std::string training = training_of(model.file);
  if (!training.empty()) text.remarks.push_back(training);
  const std::vector<NamedTensor> weights = select_tensors(*model.entry, part, model.file.tensors);
  const std::string bytes = onnx ? onnx_file(graph, weights, text) : interchange::c_header(graph, weights, text);
  data::write_atomically(options.out, bytes);
  print(fmt::format("{}: {}{}, {} bytes\n", options.out, text.prefix, onnx ? "" : "_run", bytes.size()));
}

}  // namespace

void add_export(CLI::App& app) {
  const Command command(app, "export", "Write a saved model for places without this library");
  const auto options = std::make_shared<ExportOptions>();
  command.add_option("FILE", options->model, "encoder.safetensors, decoder.safetensors, or a whole model's file")
      .required();
  command.add_option("OUT", options->out, "the file to write: NAME.onnx is ONNX").required();
  command.add_flag("--c-header", options->c_header,
                   "as one C99 header with its weights, which needs nothing else");
  command
      .add_option("--prefix", options->prefix,
                  "of the names in the header, or the name of ONNX's graph (default: GRAPH_ROLE)")
      .type_name("NAME")
      .check([](const std::string& name) {
        if (interchange::is_c_identifier(name)) return std::string();
        return fmt::format("expected a C identifier, found '{}'", name);
      });
  const std::vector<std::pair<std::string, std::optional<ModelRole>>> parts{{"encoder", ModelRole::encoder},
                                                                            {"decoder", ModelRole::decoder}};
  add_choice(command, "--part", "PART", options->part, parts,
             "encoder or decoder: that half of a whole model's file (default: what the file holds)");
  command.callback([options] { export_model(*options); });
}

}  // namespace isthmus::tool
