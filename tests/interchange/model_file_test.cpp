#include <isthmus/error.hpp>
#include <isthmus/interchange/model_file.hpp>
#include <isthmus/interchange/safetensors.hpp>

#include <limits>

#include "data/temporary_folder.hpp"
#include "support/catch.hpp"

namespace {

using namespace isthmus;
using interchange::ModelFile;
using interchange::ModelRole;

ModelFile example() {
  return {"dense",
          ModelRole::encoder,
          {{"epoch", "7"}},
          {{"enc1.weight", {2, 2}, {1, 2, 3, 4}}, {"enc1.bias", {2}, {5, 6}}}};
}

/// The same file with its metadata changed, written past the checks of write_model.
std::filesystem::path with_metadata(const TemporaryFolder& folder,
                                    const std::map<std::string, std::string>& metadata) {
  const auto path = folder / "file.safetensors";
  interchange::write_safetensors(path, {metadata, example().tensors});
  return path;
}

}  // namespace

TEST_CASE("a model's file is read as it was written") {
  const TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  interchange::write_model(path, example());
  const ModelFile model = interchange::read_model(path);
  CHECK(model.graph == "dense");
  CHECK(model.role == ModelRole::encoder);
  CHECK(model.details == std::map<std::string, std::string>{{"epoch", "7"}});
  REQUIRE(model.tensors.size() == 2);
  CHECK(model.tensors[0].name == "enc1.weight");
  CHECK(model.tensors[0].shape == std::vector<std::int64_t>{2, 2});
  CHECK(model.tensors[1].values == std::vector<float>{5, 6});
}

TEST_CASE("the metadata name graph, role and version") {
  const TemporaryFolder folder;
  interchange::write_model(folder / "model.safetensors", example());
  const auto metadata = interchange::read_safetensors(folder / "model.safetensors").metadata;
  CHECK(metadata ==
        std::map<std::string, std::string>{
            {"format", "isthmus"}, {"version", "1"}, {"graph", "dense"}, {"role", "encoder"}, {"epoch", "7"}});
}

TEST_CASE("every role has a name that is read back") {
  const TemporaryFolder folder;
  for (const ModelRole role :
       {ModelRole::autoencoder, ModelRole::encoder, ModelRole::decoder, ModelRole::checkpoint}) {
    ModelFile model = example();
    model.role = role;
    interchange::write_model(folder / "model.safetensors", model);
    CHECK(interchange::read_model(folder / "model.safetensors").role == role);
  }
}

TEST_CASE("a file that is no model of ours is refused, naming the key") {
  const TemporaryFolder folder;
  const auto message = [&](const std::map<std::string, std::string>& metadata) {
    const auto path = with_metadata(folder, metadata);
    const std::string text = message_of<FileError>([&] { interchange::read_model(path); });
    return text.starts_with(path.string() + ": ") ? text.substr(path.string().size() + 2) : text;
  };
  CHECK(message({}) == "metadata, format: expected 'isthmus', found none");
  CHECK(message({{"format", "pt"}}) == "metadata, format: expected 'isthmus', found 'pt'");
  CHECK(message({{"format", "isthmus"}, {"version", "2"}}) == "metadata, version: expected '1', found '2'");
  CHECK(message({{"format", "isthmus"}, {"version", "1"}}) ==
        "metadata, graph: expected a graph's name, found none");
  CHECK(message({{"format", "isthmus"}, {"version", "1"}, {"graph", "dense"}, {"role", "half\n"}}) ==
        "metadata, role: expected autoencoder, encoder, decoder or checkpoint, found 'half?'");
}

TEST_CASE("NaN and infinity are neither read nor written") {
  const TemporaryFolder folder;
  ModelFile model = example();
  model.tensors[1].values[1] = std::numeric_limits<float>::quiet_NaN();
  const auto path = folder / "model.safetensors";
  const std::string expected =
      path.string() + ": tensor 'enc1.bias', position 1: expected a finite number, found nan";
  CHECK(message_of<NumberError>([&] { interchange::write_model(path, model); }) == expected);
  CHECK_FALSE(std::filesystem::exists(path));
  interchange::write_safetensors(
      path, {{{"format", "isthmus"}, {"version", "1"}, {"graph", "g"}, {"role", "decoder"}}, model.tensors});
  CHECK(message_of<NumberError>([&] { interchange::read_model(path); }) == expected);
}

TEST_CASE("details that are whole numbers") {
  ModelFile model = example();
  CHECK(whole_number_detail(model, "file", "epoch") == 7);
  CHECK(message_of<FileError>([&] { whole_number_detail(model, "file", "step"); }) ==
        "file: metadata, step: expected a whole number, found none");
  for (const char* text : {"", "-1", "7 ", "7.5", "99999999999999999999"}) {
    model.details["epoch"] = text;
    CHECK_THROWS_AS(whole_number_detail(model, "file", "epoch"), FileError);
  }
}
