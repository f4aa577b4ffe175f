#include "support.hpp"

#include <isthmus/data/npy.hpp>
#include <isthmus/interchange/safetensors.hpp>
#include <isthmus/report/history.hpp>

#include "support/catch.hpp"

namespace {

const std::vector<std::string> result_files{
    "autoencoder.safetensors", "encoder.safetensors", "decoder.safetensors",
    "checkpoint.safetensors",  "history.csv",         "loss.png",
    "reconstructions.png",     "interpolation.png",   "report.html"};

/// Everything in a folder, by name.
std::map<std::string, std::string> content(const Workplace& place, const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(place.path() / folder))
    files[entry.path().filename().string()] = read_bytes(entry.path());
  return files;
}

}  // namespace

TEST_CASE("train leaves models, pictures and a report, and prints one JSON object") {
  const Workplace place;
  const Outcome outcome = train_dense(place, {"--epochs", "2", "--out", "run"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  const auto json = outcome.json();
  for (const char* key : {"graph", "epochs", "seconds", "train_loss", "validation_loss", "weights_sha256", "seed",
                          "batch", "threads", "target", "samples_per_second", "train_seconds"})
    CHECK(json.contains(key));
  CHECK(json.at("graph").as_string() == "dense");
  CHECK(json.at("epochs").as_int64() == 2);
  CHECK(json.at("batch").as_int64() == 64);
  CHECK(json.at("weights_sha256").as_string().size() == 64);
  for (const std::string& file : result_files) CHECK(place.has("run/" + file));
  CHECK(std::distance(std::filesystem::directory_iterator(place / "run"), {}) ==
        static_cast<std::ptrdiff_t>(result_files.size()));
  CHECK(place.text("run/loss.png").substr(1, 3) == "PNG");
  CHECK(place.text("run/reconstructions.png").substr(1, 3) == "PNG");
  CHECK(place.text("run/interpolation.png").substr(1, 3) == "PNG");

  const auto history = isthmus::report::from_csv(place / "run/history.csv");
  REQUIRE(history.epochs.size() == 2);
  // Boost.JSON reads a number's last bit as it likes.
  CHECK(history.epochs[1].train[0] == Approx(json.at("train_loss").as_double()).epsilon(1e-14));
  CHECK(history.epochs[1].validation[0] == Approx(json.at("validation_loss").as_double()).epsilon(1e-14));
  CHECK(history.epochs[1].validation[0] < history.epochs[0].validation[0]);
}

TEST_CASE("train without --json prints its settings and figures, and --out defaults to out/GRAPH") {
  const Workplace place;
  place.write_quarters("images", 100);
  const Outcome outcome = place.run({"train", "dense", "--data", "images", "--epochs", "1", "--batch", "16"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK(outcome.out.find("validation loss") != std::string::npos);
  CHECK(outcome.out.find("out/dense") != std::string::npos);
  CHECK(outcome.err.find("epoch 1/1") != std::string::npos);
  CHECK(place.has("out/dense/report.html"));
}

TEST_CASE("the losses weigh a smaller last batch as it should") {
  // 270 samples: with batch 64 the last has 14. The validation loss must be what batches of 30 or 7 give.
  const Workplace place;
  REQUIRE(train_dense(place, {"--epochs", "1", "--out", "run"}).status == 0);
  const Outcome evaluated = place.run({"evaluate", "run/autoencoder.safetensors", "--data", "images", "--json"});
  REQUIRE(evaluated.status == 0);
  const auto history = isthmus::report::from_csv(place / "run/history.csv");
  CHECK(history.epochs[0].validation[0] == Approx(evaluated.json().at("loss").as_double()).epsilon(1e-5));

  // A rate too small to change anything: the training loss is that of the initial model on all 270 samples,
  // however they are cut.
  const auto loss = [&](const char* batch) {
    const Outcome outcome = place.run({"train", "dense", "--data", "images", "--epochs", "1", "--batch", batch,
                                       "--learning-rate", "1e-30", "--out", "still", "--json"});
    REQUIRE(outcome.status == 0);
    return outcome.json().at("train_loss").as_double();
  };
  CHECK(loss("64") == Approx(loss("270")).epsilon(1e-5));
}

TEST_CASE("a resumed training ends with the bits of an undisturbed one") {
  const Workplace place;
  const std::string whole = weights_of(train_dense(place, {"--epochs", "4", "--out", "whole"}));
  const std::string first = weights_of(train_dense(place, {"--epochs", "2", "--out", "parts"}));
  const Outcome second = train_dense(place, {"--epochs", "4", "--out", "parts", "--resume"});
  CHECK(first != whole);
  CHECK(weights_of(second) == whole);
  CHECK(second.err.find("goes on after epoch 2") != std::string::npos);
  // The history too, but for the seconds.
  const auto a = isthmus::report::from_csv(place / "whole/history.csv");
  const auto b = isthmus::report::from_csv(place / "parts/history.csv");
  REQUIRE(b.epochs.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(a.epochs[i].train == b.epochs[i].train);
    CHECK(a.epochs[i].validation == b.epochs[i].validation);
  }
  // Batch, seed and learning rate are the checkpoint's unless they are given.
  const Outcome same =
      place.run({"train", "dense", "--data", "images", "--epochs", "4", "--out", "parts", "--resume", "--json"});
  CHECK(weights_of(same) == whole);
  CHECK(same.err.find("nothing is left to train") != std::string::npos);
}

TEST_CASE("training in bf16 ends near fp32's loss, on bits of its own, and a resumption stays in bf16") {
  const Workplace place;
  const Outcome exact = train_dense(place, {"--epochs", "3", "--out", "fp32", "--precision", "fp32"});
  const Outcome rounded = train_dense(place, {"--epochs", "3", "--out", "bf16", "--precision", "bf16"});
  CHECK(weights_of(train_dense(place, {"--epochs", "3", "--out", "default"})) == weights_of(exact));
  CHECK(weights_of(rounded) != weights_of(exact));
  CHECK(exact.json().at("precision").as_string() == "fp32");
  CHECK(rounded.json().at("precision").as_string() == "bf16");
  CHECK(rounded.json().at("validation_loss").as_double() ==
        Approx(exact.json().at("validation_loss").as_double()).epsilon(0.1));
  weights_of(train_dense(place, {"--epochs", "2", "--out", "parts", "--precision", "bf16"}));
  CHECK(weights_of(train_dense(place, {"--epochs", "3", "--out", "parts", "--resume"})) == weights_of(rounded));
}

TEST_CASE("a kill between the files of an epoch does no harm") {
  const Workplace place;
  const std::string whole = weights_of(train_dense(place, {"--epochs", "3", "--out", "whole"}));
  weights_of(train_dense(place, {"--epochs", "2", "--out", "run"}));
  // The checkpoint is of epoch 2; history.csv is older, newer or gone.
  const std::string history = place.text("run/history.csv");
  for (const std::string& left :
       {history.substr(0, history.rfind("2,")), history + "3,0.1,0.5,0.5\n", std::string()}) {
    std::filesystem::remove_all(place / "copy");
    std::filesystem::copy(place / "run", place / "copy");
    if (left.empty()) std::filesystem::remove(place / "copy/history.csv");
    else place.write("copy/history.csv", left);
    CHECK(weights_of(train_dense(place, {"--epochs", "3", "--out", "copy", "--resume"})) == whole);
    CHECK(isthmus::report::from_csv(place / "copy/history.csv").epochs.size() == 3);
  }
}

TEST_CASE("the threads do not change a bit, the seed does") {
  const Workplace place;
  const std::string one = weights_of(train_dense(place, {"--epochs", "2", "--out", "run", "--threads", "1"}));
  CHECK(weights_of(train_dense(place, {"--epochs", "2", "--out", "run", "--threads", "2"})) == one);
  CHECK(weights_of(train_dense(place, {"--epochs", "2", "--out", "run", "--threads", "4"})) == one);
  CHECK(weights_of(train_dense(place, {"--epochs", "2", "--out", "run", "--seed", "2"})) != one);
}

TEST_CASE("the schedule does not change a bit") {
  const Workplace place;
  const std::string dataflow = weights_of(train_dense(place, {"--epochs", "2", "--out", "run"}));
  CHECK(weights_of(train_dense(place, {"--epochs", "2", "--out", "run", "--schedule", "sequential"})) == dataflow);
  CHECK(place.run({"train", "dense", "--data", "images", "--schedule", "magic"}).status == 2);
}

TEST_CASE("train --trace writes a time line on which no task starts before what it needs has ended") {
  const Workplace place;
  weights_of(train_dense(place, {"--epochs", "1", "--out", "run", "--trace"}));
  const boost::json::value trace = boost::json::parse(place.text("run/trace.json"));
  double encoded = 0, decoded = 1e300, updated = 1e300;
  for (const boost::json::value& event : trace.at("traceEvents").as_array()) {
    if (event.at("ph").as_string() == "C") continue;  // The memory that buffers take.
    const auto name = std::string(event.at("name").as_string());
    const double begin = event.at("ts").to_number<double>(), end = begin + event.at("dur").to_number<double>();
    CHECK(event.at("ph").as_string() == "X");
    CHECK(begin >= 0);
    if (name == "code matmul") encoded = std::max(encoded, end);
    if (name == "dec1 matmul") decoded = std::min(decoded, begin);
    if (name == "enc1 column_sum") updated = std::min(updated, begin);
  }
  CHECK(encoded > 0);
  CHECK(decoded < 1e300);
  CHECK(updated < 1e300);
  CHECK(updated > decoded);
}

TEST_CASE("train --resume without a checkpoint starts anew and says so") {
  const Workplace place;
  const Outcome outcome = train_dense(place, {"--epochs", "1", "--out", "run", "--resume"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.find("run: no checkpoint to resume from; training starts anew") != std::string::npos);
}

TEST_CASE("train --resume refuses the checkpoint of another run, naming both values") {
  const Workplace place;
  REQUIRE(train_dense(place, {"--epochs", "1", "--out", "run"}).status == 0);
  const auto before = content(place, "run");
  place.write_quarters("others", 400);
  const auto resume = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--out", "run", "--resume", "--epochs", "2"});
    arguments.insert(arguments.begin(), "train");
    Outcome outcome = place.run(arguments);
    INFO(outcome.err);
    CHECK(outcome.status == 1);
    CHECK(outcome.says_one_line());
    CHECK(outcome.err.find("run/checkpoint.safetensors") != std::string::npos);
    return outcome.err;
  };
  CHECK(resume({"dense", "--data", "images", "--batch", "32"}).find("expected 32, as --batch says, found 64") !=
        std::string::npos);
  CHECK(resume({"dense", "--data", "images", "--seed", "5"}).find("expected 5, as --seed says, found 1") !=
        std::string::npos);
  CHECK(resume({"dense", "--data", "images", "--precision", "bf16"})
            .find("expected bf16, as --precision says, found fp32") != std::string::npos);
  CHECK(resume({"shallow", "--data", "images"}).find("expected 'shallow', found 'dense'") != std::string::npos);
  CHECK(resume({"dense", "--data", "others"}).find("expected 360 samples") != std::string::npos);
  CHECK(content(place, "run") == before);
}

TEST_CASE("a loss that is no number stops the training and keeps what was there") {
  const Workplace place;
  REQUIRE(train_dense(place, {"--epochs", "1", "--out", "run"}).status == 0);
  const auto before = content(place, "run");
  const Outcome outcome = train_dense(place, {"--epochs", "3", "--out", "run", "--learning-rate", "1e30"});
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(outcome.says_one_line());
  CHECK(outcome.err.find("dense: epoch 1: step 2: expected a finite loss, found") != std::string::npos);
  CHECK(outcome.err.find("the last good checkpoint, run/checkpoint.safetensors, is kept") != std::string::npos);
  CHECK(outcome.out.empty());
  CHECK(content(place, "run") == before);

  const Outcome fresh = train_dense(place, {"--epochs", "3", "--out", "new", "--learning-rate", "1e30"});
  CHECK(fresh.status == 1);
  CHECK(fresh.err.find("there is no checkpoint in new yet") != std::string::npos);
  CHECK(content(place, "new").empty());
}

TEST_CASE("an output that is the same for every input stops the training and keeps what was there") {
  const Workplace place;
  REQUIRE(train_dense(place, {"--epochs", "1", "--out", "run"}).status == 0);
  const auto before = content(place, "run");
  // Steps so large that every unit saturates.
  const Outcome outcome =
      train_dense(place, {"--epochs", "9", "--out", "run", "--batch", "512", "--learning-rate", "3"});
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  const std::string last = outcome.err.substr(outcome.err.find("isthmus: "));
  CHECK(std::count(last.begin(), last.end(), '\n') == 1);
  CHECK(last.find("found the same output for every input since epoch 1") != std::string::npos);
  CHECK(last.find("the last good checkpoint, run/checkpoint.safetensors, is kept") != std::string::npos);
  CHECK(content(place, "run") == before);
}

TEST_CASE("a plateau in a new folder leaves a checkpoint to go on from, and no model") {
  const Workplace place;
  const Outcome outcome =
      train_dense(place, {"--epochs", "2", "--out", "run", "--batch", "512", "--learning-rate", "3"});
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("--resume goes on from run/checkpoint.safetensors") != std::string::npos);
  CHECK(place.has("run/checkpoint.safetensors"));
  CHECK_FALSE(place.has("run/autoencoder.safetensors"));
  // Nothing left to train makes it no success.
  CHECK(train_dense(place, {"--epochs", "2", "--out", "run", "--batch", "512", "--resume"}).status == 1);
}

TEST_CASE("samples that are all the same are no plateau") {
  const Workplace place;
  const std::vector<float> values(40 * 784, 0.25f);
  isthmus::data::write_npy(place / "same.npy", std::array<std::int64_t, 2>{40, 784}, values);
  const Outcome outcome =
      place.run({"train", "dense", "--data", "same.npy", "--epochs", "4", "--batch", "16", "--out", "run"});
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(place.has("run/reconstructions.png"));
}
