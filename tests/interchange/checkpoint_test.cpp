// The information that a checkpoint's file has about its trainer.
#include <isthmus/interchange/checkpoint.hpp>

#include "data/temporary_folder.hpp"
#include "support/catch.hpp"

#include <isthmus/error.hpp>

#include <limits>

using namespace isthmus;
using namespace isthmus::interchange;

namespace {

ModelFile checkpoint() {
  ModelFile file;
  file.graph = "dense";
  file.role = ModelRole::checkpoint;
  note(file, {12, 3, 0.001, Precision::bf16});
  return file;
}

std::string complaint_about(const ModelFile& file) {
  return message_of<FileError>([&] { trainer_notes(file, "c.safetensors"); });
}

}  // namespace

TEST_CASE("a trainer's notes come back from its file, to the last bit") {
  const TemporaryFolder folder;
  const std::string path = (folder / "checkpoint.safetensors").string();
  const TrainerNotes notes{std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::uint64_t>::max(),
                           0.1f / 3, Precision::bf16};
  ModelFile file = checkpoint();
  file.details.insert({"epoch", "7"});
  note(file, notes);
  write_model(path, file);
  const ModelFile found = read_model(path);
  const TrainerNotes same = trainer_notes(found, path);
  CHECK(same.steps == notes.steps);
  CHECK(same.seed == notes.seed);
  CHECK(same.learning_rate == notes.learning_rate);
  CHECK(same.precision == notes.precision);
  CHECK(found.details.at("epoch") == "7");  // What else there is is somebody else's.
}

TEST_CASE("files from before there was a choice of precision are fp32") {
  ModelFile file = checkpoint();
  file.details.erase("precision");
  CHECK(trainer_notes(file, "c.safetensors").precision == Precision::fp32);
}

TEST_CASE("notes that are missing, or make no sense, are named") {
  const auto with = [](const char* key, const char* text) {
    ModelFile file = checkpoint();
    file.details[key] = text;
    return complaint_about(file);
  };
  const auto without = [](const char* key) {
    ModelFile file = checkpoint();
    file.details.erase(key);
    return complaint_about(file);
  };
  CHECK(without("step") == "c.safetensors: metadata, step: expected a whole number, found none");
  CHECK(without("seed") == "c.safetensors: metadata, seed: expected a whole number, found none");
  CHECK(without("learning_rate") ==
        "c.safetensors: metadata, learning_rate: expected a finite number, found none");
  CHECK(with("step", "-1") == "c.safetensors: metadata, step: expected a whole number, found '-1'");
  CHECK(with("seed", "-1") == "c.safetensors: metadata, seed: expected a whole number, found '-1'");
  CHECK(with("seed", "18446744073709551616") ==
        "c.safetensors: metadata, seed: expected a whole number, found '18446744073709551616'");
  CHECK(with("seed", "1 ") == "c.safetensors: metadata, seed: expected a whole number, found '1 '");
  for (const char* text : {"", "x", "nan", "inf", "1e999", "0.1 "})
    CHECK(with("learning_rate", text) ==
          "c.safetensors: metadata, learning_rate: expected a finite number, found '" + std::string(text) + "'");
  CHECK(with("precision", "fp8") == "c.safetensors: metadata, precision: expected fp32 or bf16, found 'fp8'");
}
