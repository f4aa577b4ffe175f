// Files of earlier versions are read, and give what they gave then.
#include <isthmus_models/kept.hpp>

#include "support/numbers.hpp"
#include "tool/support.hpp"
#include "versions/field.hpp"

#include <isthmus/data/bounded.hpp>
#include <isthmus/data/npy.hpp>
#include <isthmus/files.hpp>
#include <isthmus/interchange/safetensors.hpp>
#include <isthmus/report/history.hpp>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

namespace fs = std::filesystem;

/// Other instructions than those that a file was made with may round otherwise.
constexpr double rounding = 1e-4;

/// The folders of versions, such as 0.1.0.
std::vector<fs::path> kept_versions() {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(ISTHMUS_KEPT_FILES)) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  return folders;
}

std::vector<float> values_in(const fs::path& file) { return data::read_npy(file).values; }

/// Whether two models' files have the same tensors, but for rounding.
void check_same_model(const fs::path& found_file, const fs::path& expected_file) {
  const auto found = interchange::read_safetensors(found_file),
             expected = interchange::read_safetensors(expected_file);
  REQUIRE(found.tensors.size() == expected.tensors.size());
  for (const NamedTensor& tensor : expected.tensors) {
    INFO(tensor.name);
    const NamedTensor* same = found.find(tensor.name);
    REQUIRE(same != nullptr);
    CHECK(same->shape == tensor.shape);
    CHECK(largest_error(same->values, tensor.values, 1e-2) < rounding);
  }
}

}  // namespace

TEST_CASE("there are files of the first version") {
  CHECK(fs::is_directory(fs::path(ISTHMUS_KEPT_FILES) / "0.1.0"));
}

TEST_CASE("halves of a model encode and decode as they did") {
  for (const fs::path& kept : kept_versions()) {
    INFO(kept);
    const Workplace place;
    REQUIRE(place.run({"encode", kept / "encoder.safetensors", kept / "samples.npy", "codes.npy"}).status == 0);
    CHECK(largest_error(values_in(place / "codes.npy"), values_in(kept / "codes.npy"), 1e-2) < rounding);
    REQUIRE(place.run({"decode", kept / "decoder.safetensors", kept / "codes.npy", "restored.npy"}).status == 0);
    CHECK(largest_error(values_in(place / "restored.npy"), values_in(kept / "reconstructions.npy"), 1e-2) <
          rounding);
    REQUIRE(place.run({"reconstruct", kept / "autoencoder.safetensors", kept / "samples.npy", "all.npy"}).status ==
            0);
    CHECK(largest_error(values_in(place / "all.npy"), values_in(kept / "reconstructions.npy"), 1e-2) < rounding);
  }
}

TEST_CASE("a training goes on from an earlier version's checkpoint") {
  for (const fs::path& kept : kept_versions()) {
    INFO(kept);
    const Workplace place;
    fs::create_directory(place / "run");
    for (const char* name : {"checkpoint.safetensors", "history.csv"}) fs::copy(kept / name, place / "run" / name);
    const Outcome outcome = place.run({"train", "kept", "--data", kept / "samples.npy", "--batch", "4", "--seed",
                                       "3", "--epochs", "4", "--resume", "--out", "run"});
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    check_same_model(place / "run/autoencoder.safetensors", kept / "continued.safetensors");
    // The first epochs are those of the earlier run.
    const auto before = report::from_csv(kept / "history.csv"),
               after = report::from_csv(place / "run/history.csv");
    REQUIRE(after.epochs.size() == 4);
    for (std::size_t i = 0; i < before.epochs.size(); ++i) {
      CHECK(after.epochs[i].train == before.epochs[i].train);
      CHECK(after.epochs[i].validation == before.epochs[i].validation);
    }
    CHECK(after.epochs[3].train[0] < before.epochs[1].train[0]);
  }
}

TEST_CASE("a program reads an earlier version's models and checkpoints") {
  for (const fs::path& kept : kept_versions()) {
    INFO(kept);
    const auto samples = values_in(kept / "samples.npy"), codes = values_in(kept / "codes.npy");
    Encoder<versions::Kept, 20> encoder;
    load_parameters(encoder, kept / "encoder.safetensors");
    std::vector<float> found(codes.size());
    encoder.encode(samples, found);
    CHECK(largest_error(found, codes, 1e-2) < rounding);

    Trainer<versions::Kept, 20> trainer(9);
    load_checkpoint(trainer, kept / "checkpoint.safetensors");
    CHECK(trainer.steps() == 10);
    CHECK(trainer.seed() == 3);
    CHECK(trainer.learning_rate() == Approx(0.01));
    const double before = trainer.evaluate(samples);
    trainer.step(samples);
    CHECK(trainer.evaluate(samples) < before);
  }
}

TEST_CASE("a history of an earlier version has its epochs") {
  for (const fs::path& kept : kept_versions()) {
    INFO(kept);
    const report::History history = report::from_csv(kept / "history.csv");
    CHECK(history.terms == std::vector<std::string>{"loss"});
    REQUIRE(history.epochs.size() == 2);
    CHECK(history.epochs[1].number == 2);
    CHECK(history.epochs[1].train[0] < history.epochs[0].train[0]);
    CHECK(history.epochs[1].validation.size() == 1);
  }
}

TEST_CASE("a field within a bound comes back from an earlier version's file, bit for bit") {
  for (const fs::path& kept : kept_versions()) {
    INFO(kept);
    const std::vector<float> restored =
        data::decode_bounded(read_bytes(kept / "field.bounded"), versions::guess());
    CHECK(restored == values_in(kept / "field.npy"));
    const std::vector<float> field = versions::field();
    for (std::size_t i = 0; i < field.size(); ++i) CHECK(std::fabs(restored[i] - field[i]) <= versions::epsilon);
  }
}
