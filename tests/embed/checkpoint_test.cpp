// A trainer's files, one call each: as good as new from parameters, as if there had been no break from a
// checkpoint.
#include <isthmus_models/denoising.hpp>
#include <isthmus_models/dense.hpp>
#include <isthmus_models/variational.hpp>
#include <isthmus_models/variational_2d.hpp>

#include "data/temporary_folder.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"

#include <isthmus/declare.hpp>
#include <isthmus/error.hpp>
#include <isthmus/files.hpp>
#include <isthmus/interchange/model_file.hpp>

#include <limits>

using namespace isthmus;
using namespace isthmus::testing;
using graphs::Dense;

namespace {

constexpr int most = 4;

struct CompiledInPlace2d {};

const std::vector<float>& samples() {
  static const std::vector<float> x = floats(most * 784, 5, 0, 1);
  return x;
}

template <class Trainer>
std::vector<double> losses(Trainer& trainer, int steps = 4) {
  std::vector<double> found;
  for (int step = 0; step < steps; ++step) found.push_back(trainer.step(samples()));
  return found;
}

/// Whether two trainers have the same bits.
bool same_state(const TrainerCore& a, const TrainerCore& b) {
  const auto x = a.read(true), y = b.read(true);
  for (std::size_t t = 0; t < x.size(); ++t)
    if (x[t].name != y[t].name || x[t].values != y[t].values) return false;
  return x.size() == y.size() && a.steps() == b.steps();
}

template <class M>
void check_break() {
  const TemporaryFolder folder;
  Trainer<M, most> without(3);
  losses(without);
  without.set_learning_rate(0.003);
  save_checkpoint(without, folder / "checkpoint.safetensors");
  const std::vector<double> expected = losses(without);

  Trainer<M, most> other(9);  // Another seed, another rate, other steps before.
  losses(other, 2);
  load_checkpoint(other, folder / "checkpoint.safetensors");
  CHECK(other.seed() == 3);
  CHECK(other.learning_rate() == 0.003);
  CHECK(losses(other) == expected);
  CHECK(same_state(other, without));
  CHECK(other.evaluate(samples()) == without.evaluate(samples()));
}

/// A file gives every trainer the state that it gives a new one, whatever the trainer has done before.
template <class M>
void check_as_good_as_new() {
  const TemporaryFolder folder;
  Trainer<M, most> first(3), fresh(3), used(3), ruined(3);
  losses(first);
  save_parameters(first, folder / "model.safetensors");
  load_parameters(fresh, folder / "model.safetensors");
  const std::vector<double> expected = losses(fresh);
  CHECK(losses(first) != expected);  // The optimizer of this one has not started anew.

  losses(used, 7);
  load_parameters(used, folder / "model.safetensors");
  CHECK(used.steps() == 0);
  CHECK(losses(used) == expected);
  CHECK(same_state(used, fresh));

  // Infinite rates ruin every number that there is, those between the columns included.
  ruined.set_learning_rate(std::numeric_limits<double>::infinity());
  losses(ruined, 3);
  CHECK_FALSE(std::isfinite(ruined.evaluate(samples())));
  ruined.set_learning_rate(fresh.learning_rate());
  load_parameters(ruined, folder / "model.safetensors");
  CHECK(losses(ruined) == expected);
  CHECK(same_state(ruined, fresh));
}

}  // namespace

TEST_CASE("training goes on from a checkpoint as if there had been no break") {
  check_break<Dense>();
  check_break<graphs::Denoising>();    // noise, drawn from the seed
  check_break<graphs::Variational>();  // terms that are annealed by the step
}

TEST_CASE("a program goes on from what `isthmus train` has begun") {
  const TemporaryFolder folder;
  const std::string path = (folder / "checkpoint.safetensors").string();
  Trainer<Dense, most> begun(3);
  losses(begun);
  // As the command wrote it when the library had no checkpoints of its own.
  interchange::ModelFile file;
  file.graph = "dense";
  file.role = interchange::ModelRole::checkpoint;
  file.details = {{"epoch", "4"},
                  {"step", "4"},
                  {"seed", "3"},
                  {"batch", "4"},
                  {"learning_rate", "0.001"},
                  {"precision", "fp32"},
                  {"constant_epochs", "0"},
                  {"dead_epochs", "0"},
                  {"data", "mnist"},
                  {"data_samples", "4"},
                  {"data_mean", "0.5"},
                  {"history", "1 0.5 0.25 0.25\n"}};
  for (const auto& [name, shape, values] : begun.read(true))
    file.tensors.push_back({name, {shape.begin(), shape.end()}, values});
  interchange::write_model(path, file);

  Trainer<Dense, most> other(9);
  load_checkpoint(other, path);
  CHECK(other.steps() == 4);
  CHECK(other.seed() == 3);
  CHECK(other.learning_rate() == 0.001);
  begun.set_learning_rate(0.001);
  CHECK(losses(other) == losses(begun));
}

TEST_CASE("parameters from a file make a trainer as good as new, also one of NaN") {
  check_as_good_as_new<Dense>();
  check_as_good_as_new<graphs::Denoising>();
  check_as_good_as_new<graphs::Variational>();
}

TEST_CASE("halves take the whole model's file, in one call") {
  const TemporaryFolder folder;
  Trainer<Dense, most> trainer(3);
  losses(trainer);
  save_parameters(trainer, folder / "model.safetensors");
  auto [encoder, decoder] = split(trainer);
  Encoder<Dense, most> loaded;
  load_parameters(loaded, folder / "model.safetensors");
  std::vector<float> expected(most * 10), found(most * 10);
  encoder.encode(samples(), expected);
  loaded.encode(samples(), found);
  CHECK(found == expected);
}

TEST_CASE("files of another graph, or that are no checkpoint, are refused, and nothing changes") {
  const TemporaryFolder folder;
  const std::string model = (folder / "model.safetensors").string(),
                    other = (folder / "other.safetensors").string();
  Trainer<Dense, most> trainer(3), untouched(3);
  losses(trainer, 1);
  losses(untouched, 1);
  save_parameters(trainer, model);
  save_checkpoint(Trainer<graphs::Variational, most>(1), other);
  CHECK(message_of<FileError>([&] { load_checkpoint(trainer, model); }) ==
        model + ": metadata, role: expected checkpoint, found autoencoder");
  const std::string of_another = other + ": metadata \"graph\": expected the graph dense, found variational";
  CHECK(message_of<FileError>([&] { load_checkpoint(trainer, other); }) == of_another);
  CHECK(message_of<FileError>([&] { load_parameters(trainer, other); }) == of_another);
  CHECK_THROWS_AS(load_checkpoint(trainer, folder / "nothing"), FileError);
  CHECK_THROWS_AS(save_checkpoint(trainer, folder / "no" / "folder"), FileError);
  CHECK(same_state(trainer, untouched));
}

TEST_CASE("numbers that no checkpoint may hold leave the file that was there") {
  const TemporaryFolder folder;
  const std::string path = (folder / "checkpoint.safetensors").string();
  Trainer<Dense, most> trainer(3);
  save_checkpoint(trainer, path);
  const std::string before = read_bytes(path);
  trainer.set_learning_rate(std::numeric_limits<double>::infinity());
  losses(trainer, 2);
  CHECK_THROWS_AS(save_checkpoint(trainer, path), NumberError);
  CHECK(read_bytes(path) == before);
}

TEST_CASE("a model has one name in files, linked or compiled in place") {
  CHECK(graph_name<Dense>() == "dense");
  CHECK(graph_name<graphs::Variational2d>() == "variational_2d");
  CHECK(graph_name<CompiledInPlace2d>() == "compiled_in_place_2d");
  const std::pair<const char*, const char*> names[] = {
      {"graphs::Dense", "dense"},   {"a::(anonymous namespace)::Variational2d", "variational_2d"},
      {"Waves", "waves"},           {"x::Of<a::B>", "of"},
      {"Two64Bits", "two_64_bits"}, {"snake_case", "snake_case"}};
  for (const auto& [type, name] : names) CHECK(detail::file_name_of(type) == name);
}
