// Mistakes of a C caller give a status and a text, and nothing is done. host.c and host.f90 show correct use.
#include <isthmus_models/conditional.h>
#include <isthmus_models/dense.h>
#include <isthmus_models/shallow.h>
#include <isthmus_models/variational.h>
#include <isthmus_models/conditional.hpp>
#include <isthmus_models/dense.hpp>

#include "support/catch.hpp"
#include "support/numbers.hpp"

#include <filesystem>
#include <fstream>
#include <limits>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

struct CModel {
  isthmus_model* handle = nullptr;
  explicit CModel(const isthmus_program* program, int most = 3) {
    REQUIRE(isthmus_model_create(program, most, nullptr, 0, &handle) == ISTHMUS_OK);
  }
  CModel(const CModel&) = delete;
  CModel& operator=(const CModel&) = delete;
  ~CModel() { isthmus_model_destroy(handle); }
};

struct CTrainer {
  isthmus_trainer* handle = nullptr;
  CTrainer() {
    REQUIRE(isthmus_trainer_create(isthmus_dense_train(), isthmus_dense_evaluate(), 3, 1, nullptr, 0, &handle) ==
            ISTHMUS_OK);
  }
  CTrainer(const CTrainer&) = delete;
  CTrainer& operator=(const CTrainer&) = delete;
  ~CTrainer() { isthmus_trainer_destroy(handle); }
};

std::string text() { return isthmus_error_text(); }

constexpr float memory_of_nobody[1] = {};

}  // namespace

TEST_CASE("C computes what C++ computes") {
  const std::vector<float> x = floats(3 * 784, 2, 0, 1);
  Trainer<graphs::Dense, 3> trainer(1);
  CTrainer trained;
  double loss = 0;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(isthmus_step(trained.handle, x.data(), 0, 3, &loss) == ISTHMUS_OK);
    CHECK(loss == trainer.step(x));
  }
  Encoder<graphs::Dense, 3> encoder(trainer);
  const CModel of_c(isthmus_dense_encode());
  REQUIRE(isthmus_model_copy(of_c.handle, trained.handle) == ISTHMUS_OK);
  std::vector<float> expected(30), found(30);
  encoder.encode(x, expected);
  CHECK(isthmus_encode(of_c.handle, x.data(), 784, found.data(), 10, 3) == ISTHMUS_OK);
  CHECK(found == expected);
  CHECK(isthmus_model_input_size(of_c.handle) == 784);
  CHECK(isthmus_model_output_size(of_c.handle) == 10);
  CHECK(isthmus_trainer_input_size(trained.handle) == 784);
}

TEST_CASE("samples that are no numbers are refused in C") {
  std::vector<float> x = floats(3 * 784, 2, 0, 1);
  CTrainer trained;
  double loss = 7;
  x[784 + 5] = std::numeric_limits<float>::quiet_NaN();
  CHECK(isthmus_step(trained.handle, x.data(), 0, 3, &loss) == ISTHMUS_NUMBER);
  CHECK(text() == "expected finite numbers, found NaN or infinity among the samples, or an index of no class");
  CHECK(loss == 7);
  x[784 + 5] = 0;
  CHECK(isthmus_step(trained.handle, x.data(), 0, 3, &loss) == ISTHMUS_OK);
  CHECK(loss == Trainer<graphs::Dense, 3>(1).step(x));
}

TEST_CASE("C gets a model's side outputs") {
  const std::vector<float> x = floats(3 * 784, 2, 0, 1);
  const CModel encoder(isthmus_variational_encode());
  std::vector<float> codes(3 * static_cast<std::size_t>(isthmus_model_output_size(encoder.handle)));
  REQUIRE(isthmus_run(encoder.handle, x.data(), 0, codes.data(), 0, 3) == ISTHMUS_OK);
  const float* values = nullptr;
  std::size_t count = 0;
  CHECK(isthmus_model_side_output(encoder.handle, "log_var", &values, &count) == ISTHMUS_OK);
  CHECK(count == codes.size());
  CHECK(isthmus_model_side_output(encoder.handle, "nobody", &values, &count) == ISTHMUS_OTHER);
  CHECK(text() ==
        "output \"nobody\": expected one that is declared beside the code or the reconstruction, found none");
}

TEST_CASE("C sets a model's other inputs by their names") {
  const std::vector<float> x = floats(3 * 784, 2, 0, 1);
  std::vector<float> labels(3 * 10), wide(3 * 16, -99.0f);
  for (std::size_t i = 0; i < 3; ++i) labels[i * 10 + 2 * i] = 1;
  for (std::size_t i = 0; i < 3; ++i)
    std::copy_n(labels.begin() + static_cast<std::ptrdiff_t>(i * 10), 10,
                wide.begin() + static_cast<std::ptrdiff_t>(i * 16));
  isthmus_trainer* trained = nullptr;
  REQUIRE(isthmus_trainer_create(isthmus_conditional_train(), isthmus_conditional_evaluate(), 3, 1, nullptr, 0,
                                 &trained) == ISTHMUS_OK);
  double loss = 7;
  CHECK(isthmus_step(trained, x.data(), 0, 3, &loss) == ISTHMUS_ARGUMENT);
  CHECK(text() == "input \"label\": expected its samples to be set before the run");
  CHECK(loss == 7);
  CHECK(isthmus_trainer_set_input(trained, "lable", labels.data(), 0) == ISTHMUS_ARGUMENT);
  CHECK(text() == "input \"lable\": the program has none of this name; its first is \"image\"");
  CHECK(isthmus_trainer_set_input(trained, "label", nullptr, 0) == ISTHMUS_ARGUMENT);
  CHECK(isthmus_trainer_set_input(nullptr, "label", labels.data(), 0) == ISTHMUS_ARGUMENT);
  CHECK(isthmus_trainer_size_of_input(trained, "label") == 10);
  CHECK(isthmus_trainer_size_of_input(trained, "image") == 784);
  CHECK(isthmus_trainer_size_of_input(trained, "nobody") == 0);
  REQUIRE(isthmus_trainer_set_input(trained, "label", wide.data(), 16) == ISTHMUS_OK);
  Trainer<graphs::Conditional, 3> trainer(1);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(isthmus_step(trained, x.data(), 0, 3, &loss) == ISTHMUS_OK);
    CHECK(loss == trainer.step(ports<"image", "label">(x, labels)));
  }
  REQUIRE(isthmus_evaluate(trained, x.data(), 0, 3, &loss) == ISTHMUS_OK);
  CHECK(loss == trainer.evaluate(ports<"image", "label">(x, labels)));

  Decoder<graphs::Conditional, 3> decoder(trainer);
  const CModel of_c(isthmus_conditional_decode());
  REQUIRE(isthmus_model_copy(of_c.handle, trained) == ISTHMUS_OK);
  const std::vector<float> codes = floats(3 * 20, 4, -1, 1);
  std::vector<float> expected(3 * 784), found(3 * 784);
  decoder.decode(ports<"code", "label">(codes, labels), expected);
  CHECK(isthmus_decode(of_c.handle, codes.data(), 0, found.data(), 0, 3) == ISTHMUS_ARGUMENT);
  REQUIRE(isthmus_model_set_input(of_c.handle, "label", labels.data(), 0) == ISTHMUS_OK);
  REQUIRE(isthmus_decode(of_c.handle, codes.data(), 0, found.data(), 0, 3) == ISTHMUS_OK);
  CHECK(found == expected);
  CHECK(isthmus_model_size_of_input(of_c.handle, "label") == 10);
  CHECK(isthmus_model_set_input(of_c.handle, "label", labels.data(), 9) == ISTHMUS_OK);
  CHECK(isthmus_decode(of_c.handle, codes.data(), 0, found.data(), 0, 3) == ISTHMUS_SHAPE);
  isthmus_trainer_destroy(trained);
}

TEST_CASE("a C caller's workspace is used, and a small one refused") {
  const std::size_t needed = isthmus_model_workspace(isthmus_dense_encode(), 3);
  CHECK(needed == static_cast<std::size_t>(Encoder<graphs::Dense, 3>::workspace_size()));
  std::vector<char> memory(needed);
  isthmus_model* model = nullptr;
  CHECK(isthmus_model_create(isthmus_dense_encode(), 3, memory.data(), needed, &model) == ISTHMUS_OK);
  isthmus_model_destroy(model);
  model = nullptr;
  CHECK(isthmus_model_create(isthmus_dense_encode(), 3, memory.data(), needed - 1, &model) == ISTHMUS_WORKSPACE);
  CHECK(model == nullptr);
  CHECK(text() == "workspace: expected " + std::to_string(needed) + " bytes, found " + std::to_string(needed - 1));
  isthmus_trainer* trainer = nullptr;
  CHECK(isthmus_trainer_create(isthmus_dense_train(), isthmus_dense_evaluate(), 3, 1, memory.data(), 100,
                               &trainer) == ISTHMUS_WORKSPACE);
  CHECK(trainer == nullptr);
  CHECK(isthmus_model_workspace(nullptr, 3) == 0);
  CHECK(isthmus_trainer_workspace(isthmus_dense_train(), isthmus_shallow_evaluate(), 3) == 0);
}

TEST_CASE("a largest batch that no memory has room for is refused at once, before any is taken") {
  constexpr int most = 2'000'000'000;
  isthmus_model* model = nullptr;
  isthmus_trainer* trainer = nullptr;
  CHECK(isthmus_trainer_create(isthmus_dense_train(), isthmus_dense_evaluate(), most, 1, nullptr, 0, &trainer) ==
        ISTHMUS_MEMORY);
  CHECK(text().find("an arena for batches of 2000000000 samples: expected a need of at most ") == 0);
  CHECK(trainer == nullptr);
  CHECK(isthmus_model_create(isthmus_dense_encode(), most, nullptr, 0, &model) == ISTHMUS_MEMORY);
  CHECK(model == nullptr);
  char little[64];
  CHECK(isthmus_model_create(isthmus_dense_encode(), most, little, sizeof little, &model) == ISTHMUS_WORKSPACE);
}

TEST_CASE("a call that fails leaves what its pointers point to alone") {
  char memory[64] = {};
  const CModel encoder(isthmus_dense_encode());
  const CTrainer trained;
  // A handle that is in use: a failed creation must not lose it.
  isthmus_model* model = encoder.handle;
  isthmus_trainer* trainer = trained.handle;
  const auto stay = [&](isthmus_status status, isthmus_status expected) {
    CHECK(status == expected);
    CHECK_FALSE(text().empty());
    CHECK(model == encoder.handle);
    CHECK(trainer == trained.handle);
  };
  stay(isthmus_model_create(nullptr, 3, nullptr, 0, &model), ISTHMUS_ARGUMENT);
  stay(isthmus_model_create(isthmus_dense_train(), 3, nullptr, 0, &model), ISTHMUS_ARGUMENT);
  stay(isthmus_model_create(isthmus_dense_encode(), 0, nullptr, 0, &model), ISTHMUS_ARGUMENT);
  stay(isthmus_model_create(isthmus_dense_encode(), 3, memory, sizeof memory, &model), ISTHMUS_WORKSPACE);
  stay(isthmus_model_create_sharing(nullptr, 3, nullptr, 0, &model), ISTHMUS_ARGUMENT);
  stay(isthmus_model_create_sharing(encoder.handle, 0, nullptr, 0, &model), ISTHMUS_ARGUMENT);
  stay(isthmus_model_create_sharing(encoder.handle, 3, memory, sizeof memory, &model), ISTHMUS_WORKSPACE);
  stay(isthmus_trainer_create(isthmus_dense_train(), isthmus_shallow_evaluate(), 3, 1, nullptr, 0, &trainer),
       ISTHMUS_ARGUMENT);
  stay(isthmus_trainer_create(isthmus_dense_train(), isthmus_dense_evaluate(), 0, 1, nullptr, 0, &trainer),
       ISTHMUS_ARGUMENT);
  stay(isthmus_trainer_create(isthmus_dense_train(), isthmus_dense_evaluate(), 3, 1, memory, sizeof memory,
                              &trainer),
       ISTHMUS_WORKSPACE);

  double loss = 7;
  CHECK(isthmus_step(trained.handle, nullptr, 0, 1, &loss) == ISTHMUS_ARGUMENT);
  CHECK(isthmus_evaluate(trained.handle, nullptr, 0, 1, &loss) == ISTHMUS_ARGUMENT);
  CHECK(loss == 7);
  const float* values = memory_of_nobody;
  std::size_t count = 9;
  CHECK(isthmus_model_side_output(encoder.handle, "nobody", &values, &count) == ISTHMUS_OTHER);
  CHECK(values == memory_of_nobody);
  CHECK(count == 9);
}

TEST_CASE("a call that works leaves no text of one that failed") {
  float x[784] = {}, code[10];
  std::size_t count = 0;
  const float* values = nullptr;
  double loss = 0;
  const CModel encoder(isthmus_dense_encode()), variational(isthmus_variational_encode());
  const CTrainer trained;
  isthmus_model* model = nullptr;
  const auto works = [&](auto&& call) {
    REQUIRE(isthmus_model_load(nullptr, nullptr) == ISTHMUS_ARGUMENT);
    REQUIRE_FALSE(text().empty());
    CHECK(call() == ISTHMUS_OK);
    CHECK(text().empty());
  };
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "isthmus_c_interface_texts";
  std::filesystem::create_directories(folder);
  const std::string file = (folder / "model.safetensors").string();
  works([&] { return isthmus_model_create(isthmus_dense_decode(), 1, nullptr, 0, &model); });
  isthmus_model_destroy(model);
  works([&] { return isthmus_model_create_sharing(encoder.handle, 1, nullptr, 0, &model); });
  isthmus_model_destroy(model);
  works([&] { return isthmus_model_copy(encoder.handle, trained.handle); });
  works([&] { return isthmus_run(encoder.handle, x, 0, code, 0, 1); });
  works([&] { return isthmus_encode(encoder.handle, x, 0, code, 0, 1); });
  works([&] { return isthmus_model_side_output(variational.handle, "log_var", &values, &count); });
  works([&] { return isthmus_step(trained.handle, x, 0, 1, nullptr); });
  works([&] { return isthmus_evaluate(trained.handle, x, 0, 1, &loss); });
  works([&] { return isthmus_set_learning_rate(trained.handle, 0.1); });
  works([&] { return isthmus_trainer_save(trained.handle, file.c_str()); });
  works([&] { return isthmus_trainer_load(trained.handle, file.c_str()); });
  works([&] { return isthmus_model_load(encoder.handle, file.c_str()); });
  works([&] { return isthmus_trainer_save_checkpoint(trained.handle, file.c_str()); });
  works([&] { return isthmus_trainer_load_checkpoint(trained.handle, file.c_str()); });
  works([&] { return isthmus_model_set_threads(encoder.handle, 1, nullptr, nullptr); });
  works([&] { return isthmus_trainer_set_threads(trained.handle, 1, nullptr, nullptr); });
  // Sizes tell their mistakes in the same way.
  const auto size = [](auto found, bool mistake) {
    CHECK((found == 0) == mistake);
    CHECK(text().empty() != mistake);
  };
  size(isthmus_model_workspace(nullptr, 1), true);
  size(isthmus_model_workspace(isthmus_dense_encode(), 1), false);
  size(isthmus_model_workspace(isthmus_dense_encode(), 0), true);
  size(isthmus_model_sharing_workspace(encoder.handle, 1), false);
  size(isthmus_model_sharing_workspace(nullptr, 1), true);
  size(isthmus_trainer_workspace(isthmus_dense_train(), isthmus_dense_evaluate(), 1), false);
  size(isthmus_trainer_workspace(isthmus_dense_train(), isthmus_dense_train(), 1), true);
  size(isthmus_model_input_size(nullptr), true);
  size(isthmus_model_input_size(encoder.handle), false);
  size(isthmus_model_output_size(nullptr), true);
  size(isthmus_model_output_size(encoder.handle), false);
  size(isthmus_trainer_input_size(nullptr), true);
  size(isthmus_trainer_input_size(trained.handle), false);
  std::filesystem::remove_all(folder);
}

TEST_CASE("the version is said to the preprocessor and at run time, and is one") {
  CHECK(isthmus_version() == std::string(ISTHMUS_VERSION_STRING));
  CHECK(isthmus_version_number() == ISTHMUS_VERSION);
  CHECK(std::string(ISTHMUS_VERSION_STRING) == std::to_string(ISTHMUS_VERSION_MAJOR) + "." +
                                                   std::to_string(ISTHMUS_VERSION_MINOR) + "." +
                                                   std::to_string(ISTHMUS_VERSION_PATCH));
}

TEST_CASE("a model that shares weights computes the same in C") {
  const std::vector<float> x = floats(3 * 784, 2, 0, 1);
  const CTrainer trained;
  isthmus_model *owner = nullptr, *second = nullptr;
  REQUIRE(isthmus_model_create(isthmus_dense_encode(), 3, nullptr, 0, &owner) == ISTHMUS_OK);
  REQUIRE(isthmus_model_copy(owner, trained.handle) == ISTHMUS_OK);
  std::vector<float> expected(30), found(30);
  REQUIRE(isthmus_run(owner, x.data(), 0, expected.data(), 0, 3) == ISTHMUS_OK);
  const std::size_t needed = isthmus_model_sharing_workspace(owner, 3);
  CHECK(needed + (784 * 512 + 512 * 128) * sizeof(float) < isthmus_model_workspace(isthmus_dense_encode(), 3));
  std::vector<char> memory(needed);
  REQUIRE(isthmus_model_create_sharing(owner, 3, memory.data(), needed, &second) == ISTHMUS_OK);
  CHECK(isthmus_encode(second, x.data(), 0, found.data(), 0, 3) == ISTHMUS_OK);
  CHECK(found == expected);
  CHECK(isthmus_model_copy(second, trained.handle) == ISTHMUS_OTHER);
  CHECK(isthmus_model_copy(owner, trained.handle) == ISTHMUS_OTHER);
  isthmus_model_destroy(owner);
  CHECK(isthmus_encode(second, x.data(), 0, found.data(), 0, 3) == ISTHMUS_OK);
  CHECK(found == expected);
  CHECK(isthmus_model_copy(second, trained.handle) == ISTHMUS_OK);
  isthmus_model_destroy(second);
}

TEST_CASE("a handle that another call is using is refused") {
  struct Host {
    isthmus_trainer* trainer;
    std::vector<float> x = floats(3 * 784, 2, 0, 1);
    std::vector<isthmus_status> found = {};
  };
  const CTrainer trained;
  Host host{trained.handle};
  // A team that uses the trainer in the middle of its step.
  const isthmus_parallel team = [](void* argument, int workers, isthmus_body body, void* work) {
    Host& given = *static_cast<Host*>(argument);
    given.found = {isthmus_step(given.trainer, given.x.data(), 0, 3, nullptr),
                   isthmus_evaluate(given.trainer, given.x.data(), 0, 3, nullptr),
                   isthmus_trainer_load(given.trainer, "nothing")};
    for (int worker = 0; worker < workers; ++worker) body(work, worker);
  };
  REQUIRE(isthmus_trainer_set_threads(trained.handle, 2, team, &host) == ISTHMUS_OK);
  CHECK(isthmus_trainer_set_threads(trained.handle, 0, team, &host) == ISTHMUS_ARGUMENT);
  for (int step = 0; step < 20; ++step)
    CHECK(isthmus_step(trained.handle, host.x.data(), 0, 3, nullptr) == ISTHMUS_OK);
  CHECK(host.found == std::vector<isthmus_status>{ISTHMUS_IN_USE, ISTHMUS_IN_USE, ISTHMUS_FILE});
}

TEST_CASE("parameters make a trainer as good as new, and a checkpoint goes on as if there had been no break") {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "isthmus_c_interface_checkpoints";
  std::filesystem::create_directories(folder);
  const std::string model = (folder / "model.safetensors").string(),
                    checkpoint = (folder / "c.safetensors").string();
  const std::vector<float> x = floats(3 * 784, 2, 0, 1), other = floats(3 * 784, 3, 0, 1);
  const auto steps = [&](isthmus_trainer* trainer, const std::vector<float>& samples) {
    std::vector<double> losses(5);
    for (double& loss : losses) CHECK(isthmus_step(trainer, samples.data(), 0, 3, &loss) == ISTHMUS_OK);
    return losses;
  };
  const CTrainer first, second, fresh;
  steps(first.handle, x);
  REQUIRE(isthmus_trainer_save(first.handle, model.c_str()) == ISTHMUS_OK);
  REQUIRE(isthmus_trainer_save_checkpoint(first.handle, checkpoint.c_str()) == ISTHMUS_OK);
  const std::vector<double> expected = steps(first.handle, x);

  REQUIRE(isthmus_trainer_load(fresh.handle, model.c_str()) == ISTHMUS_OK);
  const std::vector<double> anew = steps(fresh.handle, x);
  CHECK(anew != expected);
  steps(second.handle, other);
  REQUIRE(isthmus_trainer_load(second.handle, model.c_str()) == ISTHMUS_OK);
  CHECK(steps(second.handle, x) == anew);
  REQUIRE(isthmus_trainer_load(second.handle, checkpoint.c_str()) == ISTHMUS_OK);
  CHECK(steps(second.handle, x) == anew);
  REQUIRE(isthmus_set_learning_rate(second.handle, 0.5) == ISTHMUS_OK);
  REQUIRE(isthmus_trainer_load_checkpoint(second.handle, checkpoint.c_str()) == ISTHMUS_OK);
  CHECK(steps(second.handle, x) == expected);

  CHECK(isthmus_trainer_load_checkpoint(second.handle, model.c_str()) == ISTHMUS_FILE);
  CHECK(text() == model + ": metadata, role: expected checkpoint, found autoencoder");
  std::filesystem::remove_all(folder);
}

TEST_CASE("null pointers and programs of another role are refused with a text") {
  float values[784] = {};
  isthmus_model* model = nullptr;
  isthmus_trainer* trainer = nullptr;
  CHECK(isthmus_model_create(nullptr, 3, nullptr, 0, &model) == ISTHMUS_ARGUMENT);
  CHECK(text() == "program: a null pointer");
  CHECK(isthmus_model_create(isthmus_dense_encode(), 3, nullptr, 0, nullptr) == ISTHMUS_ARGUMENT);
  CHECK(isthmus_model_create(isthmus_dense_train(), 3, nullptr, 0, &model) == ISTHMUS_ARGUMENT);
  CHECK(text() == "program: expected one that encodes, decodes or reconstructs");
  CHECK(isthmus_model_create(isthmus_dense_encode(), 0, nullptr, 0, &model) == ISTHMUS_ARGUMENT);
  CHECK(isthmus_trainer_create(isthmus_dense_train(), isthmus_shallow_evaluate(), 3, 1, nullptr, 0, &trainer) ==
        ISTHMUS_ARGUMENT);
  CHECK(isthmus_run(nullptr, values, 0, values, 0, 1) == ISTHMUS_ARGUMENT);
  CHECK(isthmus_step(nullptr, values, 0, 1, nullptr) == ISTHMUS_ARGUMENT);
  CHECK(isthmus_model_load(nullptr, "x") == ISTHMUS_ARGUMENT);
  isthmus_model_destroy(nullptr);
  isthmus_trainer_destroy(nullptr);

  const CModel decoder(isthmus_dense_decode());
  CHECK(isthmus_encode(decoder.handle, values, 0, values, 0, 1) == ISTHMUS_ARGUMENT);
  CHECK(text() == "encoder: expected a model of an encoding program");
  CHECK(isthmus_decode(decoder.handle, nullptr, 0, values, 0, 1) == ISTHMUS_ARGUMENT);
  CHECK(isthmus_decode(decoder.handle, values, 0, values, 0, 4) == ISTHMUS_SHAPE);
  CHECK(text() == "expected from 1 sample to the largest batch");
  CHECK(isthmus_decode(decoder.handle, values, 3, values, 0, 1) == ISTHMUS_SHAPE);
  const CTrainer trained;
  CHECK(isthmus_set_learning_rate(trained.handle, -1) == ISTHMUS_ARGUMENT);
  const CModel shallow(isthmus_shallow_encode());
  CHECK(isthmus_model_copy(shallow.handle, trained.handle) == ISTHMUS_ARGUMENT);
}

TEST_CASE("files that are not there, not models, or of another graph are refused") {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "isthmus_c_interface_test";
  std::filesystem::create_directories(folder);
  const std::string path = (folder / "model.safetensors").string();
  const CModel encoder(isthmus_dense_encode()), shallow(isthmus_shallow_encode());
  CHECK(isthmus_model_load(encoder.handle, (folder / "nothing").c_str()) == ISTHMUS_FILE);
  CHECK(text().find("nothing: cannot open") != std::string::npos);
  std::ofstream(path) << "no model";
  CHECK(isthmus_model_load(encoder.handle, path.c_str()) == ISTHMUS_FILE);
  const CTrainer trained;
  REQUIRE(isthmus_trainer_save(trained.handle, path.c_str()) == ISTHMUS_OK);
  CHECK(isthmus_model_load(encoder.handle, path.c_str()) == ISTHMUS_OK);
  CHECK(isthmus_trainer_load(trained.handle, path.c_str()) == ISTHMUS_OK);
  CHECK(isthmus_model_load(shallow.handle, path.c_str()) == ISTHMUS_FILE);
  CHECK(text() == path + ": metadata \"graph\": expected the graph shallow, found dense");
  CHECK(isthmus_trainer_save(trained.handle, (folder / "no" / "folder").c_str()) == ISTHMUS_FILE);
  // A link is followed, and a device is written to: neither becomes a file.
  std::filesystem::create_symlink(path, folder / "link");
  std::filesystem::resize_file(path, 0);
  REQUIRE(isthmus_trainer_save(trained.handle, (folder / "link").c_str()) == ISTHMUS_OK);
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(isthmus_model_load(encoder.handle, path.c_str()) == ISTHMUS_OK);
  CHECK(isthmus_trainer_save(trained.handle, "/dev/null") == ISTHMUS_OK);
  CHECK(isthmus_trainer_save(trained.handle, "/dev/full") == ISTHMUS_FILE);
  CHECK(text() == "/dev/full: cannot write: No space left on device");
  CHECK(std::filesystem::is_character_file("/dev/null"));
  std::filesystem::remove_all(folder);
}
