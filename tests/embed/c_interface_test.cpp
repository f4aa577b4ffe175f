// What C gets for its mistakes: a status, a text, and nothing done. The examples host.c and host.f90 do it right.
#include <isthmus_models/dense.h>
#include <isthmus_models/dense.hpp>
#include <isthmus_models/shallow.h>
#include <isthmus_models/variational.h>

#include "support/catch.hpp"
#include "support/numbers.hpp"

#include <filesystem>
#include <fstream>

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
  CHECK(text() == "output \"nobody\": expected one that the encoder gives beside the code, found none");
}

TEST_CASE("a C caller's workspace is used, and a small one refused") {
  const std::size_t needed = isthmus_model_workspace(isthmus_dense_encode(), 3);
  CHECK(needed == static_cast<std::size_t>(Encoder<graphs::Dense, 3>::workspace_size()));
  std::vector<char> memory(needed);
  isthmus_model* model = nullptr;
  CHECK(isthmus_model_create(isthmus_dense_encode(), 3, memory.data(), needed, &model) == ISTHMUS_OK);
  isthmus_model_destroy(model);
  CHECK(isthmus_model_create(isthmus_dense_encode(), 3, memory.data(), needed - 1, &model) == ISTHMUS_WORKSPACE);
  CHECK(model == nullptr);
  CHECK(text() == "workspace: expected " + std::to_string(needed) + " bytes, found " + std::to_string(needed - 1));
  isthmus_trainer* trainer = nullptr;
  CHECK(isthmus_trainer_create(isthmus_dense_train(), isthmus_dense_evaluate(), 3, 1, memory.data(), 100, &trainer) ==
        ISTHMUS_WORKSPACE);
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
