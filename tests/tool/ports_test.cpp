// The command with models of several inputs: a target of its own, and a label that both halves are told.
#include "support.hpp"

#include <isthmus/data/npy.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/catch.hpp"

namespace {

using isthmus::data::read_npy;
using isthmus::data::write_npy;

/// The quarters of write_quarters as floats, and the quarter that is bright, as integers.
struct Quarters {
  std::vector<float> pixels;
  std::vector<std::uint8_t> labels;
};
Quarters quarters(const Workplace& place, std::int64_t count) {
  place.write_quarters("images", count);
  const auto bytes = std::get<std::vector<std::uint8_t>>(isthmus::data::read_idx(place.path() / "images").values);
  Quarters found;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto at = static_cast<std::uint64_t>(i);
    found.labels.push_back(
        static_cast<std::uint8_t>(isthmus::random_word(1, isthmus::Purpose::example, 0, at) % 4));
  }
  for (const std::uint8_t byte : bytes) found.pixels.push_back(static_cast<float>(byte) / 255.0f);
  isthmus::data::write_idx(place.path() / "labels", std::array<std::int64_t, 1>{count}, found.labels);
  return found;
}

Outcome train_conditional(const Workplace& place, std::vector<std::string> more) {
  if (!place.has("images")) quarters(place, 300);
  std::vector<std::string> arguments{"train",        "conditional", "--data", "images", "--data",
                                     "label=labels", "--batch",     "64",     "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return place.run(arguments);
}

}  // namespace

TEST_CASE("conditional: integers become labels, in step with the images, on any number of threads and resumed") {
  const Workplace place;
  const Outcome whole = train_conditional(place, {"--epochs", "2", "--threads", "2", "--out", "whole"});
  INFO(whole.err);
  REQUIRE(whole.status == 0);
  const auto json = whole.json();
  const auto& sources = json.at("sources").as_array();
  REQUIRE(sources.size() == 4);
  CHECK(sources[1].at("port").as_string() == "label");
  CHECK(sources[1].at("source").as_string() == "labels");
  CHECK(sources[1].at("mean").as_double() == Approx(0.1));
  CHECK(weights_of(train_conditional(place, {"--epochs", "2", "--threads", "1", "--out", "one"})) ==
        weights_of(whole));
  REQUIRE(train_conditional(place, {"--epochs", "1", "--out", "parts"}).status == 0);
  CHECK(weights_of(train_conditional(place, {"--epochs", "2", "--out", "parts", "--resume"})) ==
        weights_of(whole));
  // Rows with a one are the same labels.
  const Quarters data = quarters(place, 300);
  std::vector<float> rows(300 * 10);
  for (std::size_t i = 0; i < 300; ++i) rows[i * 10 + data.labels[i]] = 1;
  write_npy(place.path() / "rows.npy", std::array<std::int64_t, 2>{300, 10}, rows);
  const Outcome by_rows = place.run({"train", "conditional", "--data", "images", "--data", "label=rows.npy",
                                     "--batch", "64", "--epochs", "2", "--out", "rows", "--json"});
  CHECK(weights_of(by_rows) == weights_of(whole));
}

TEST_CASE("conditional: halves with their condition are the whole, and the loss is that of the training") {
  const Workplace place;
  const Outcome trained = train_conditional(place, {"--epochs", "2", "--out", "run"});
  REQUIRE(trained.status == 0);
  for (const char* picture : {"reconstructions.png", "interpolation.png", "samples.png"})
    CHECK(place.has(std::string("run/") + picture));
  CHECK(place.text("run/report.html").find(">condition<") != std::string::npos);
  const auto good = [&](std::vector<std::string> arguments) {
    const Outcome outcome = place.run(std::move(arguments));
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    return outcome;
  };
  good({"encode", "run/encoder.safetensors", "images", "codes.npy", "--with", "label=labels", "--also",
        "log_var=log_var.npy"});
  good({"decode", "run/decoder.safetensors", "codes.npy", "decoded.npy", "--with", "label=labels"});
  good({"reconstruct", "run/autoencoder.safetensors", "images", "whole.npy", "--with", "label=labels"});
  CHECK(place.text("decoded.npy") == place.text("whole.npy"));
  CHECK(read_npy(place.path() / "log_var.npy").shape == std::vector<std::int64_t>{300, 20});
  const Outcome evaluated =
      good({"evaluate", "run/autoencoder.safetensors", "--data", "images", "--with", "label=labels", "--json"});
  CHECK(evaluated.json().at("loss").as_double() ==
        Approx(trained.json().at("validation_loss").as_double()).epsilon(1e-5));
  // A row for each of ten labels.
  good({"sample", "run/decoder.safetensors", "--count", "40", "--out", "rows.png"});
  const auto [width, height] = size_of_png(place.text("rows.png"));
  CHECK(height > 2 * width);
  good({"interpolate", "run/autoencoder.safetensors", "--data", "images", "--with", "label=labels"});
  good({"latent", "run/encoder.safetensors", "--data", "images", "--with", "label=labels", "--labels", "labels"});
  const Outcome cut = good({"inspect", "conditional", "--cut"});
  CHECK(cut.out.find("conditions, which go around it") != std::string::npos);
  CHECK(cut.out.find("label") != std::string::npos);
  const Outcome exported = good({"export", "run/decoder.safetensors", "decoder.h", "--c-header"});
  CHECK(place.text("decoder.h").find("const float* code_input, const float* label_input") != std::string::npos);
}

TEST_CASE("paired: a file of noisy images gives the bits of the noise that the graph would draw") {
  const Workplace place;
  const Quarters data = quarters(place, 60);
  std::vector<float> noisy = data.pixels;
  for (std::size_t i = 0; i < noisy.size(); ++i)
    noisy[i] =
        std::clamp(noisy[i] + isthmus::random_uniform(1, isthmus::Purpose::example, 5, i) - 0.5f, 0.0f, 1.0f);
  const std::array<std::int64_t, 3> shape{60, 28, 28};
  write_npy(place.path() / "noisy.npy", shape, noisy);
  write_npy(place.path() / "clean.npy", shape, data.pixels);
  const auto train = [&](const std::string& target, const std::string& out) {
    return place.run({"train", "paired", "--data", "noisy.npy", "--data", "clean=" + target, "--batch", "24",
                      "--epochs", "1", "--out", out, "--json"});
  };
  const Outcome of_floats = train("clean.npy", "floats");
  INFO(of_floats.err);
  // Bytes are pixels for a target as well.
  const std::string weights = weights_of(of_floats);
  CHECK(weights_of(train("images", "bytes")) == weights);
  CHECK(weights_of(train("noisy.npy", "copies")) != weights);
  // Without a source the target is the data.
  CHECK(weights_of(place.run({"train", "paired", "--data", "noisy.npy", "--batch", "24", "--epochs", "1", "--out",
                              "same", "--json"})) == weights_of(train("noisy.npy", "copies")));
  const Outcome evaluated = place.run({"evaluate", "floats/autoencoder.safetensors", "--data", "noisy.npy",
                                       "--with", "clean=clean.npy", "--json"});
  REQUIRE(evaluated.status == 0);
  // Both are the mean squared difference from the target.
  CHECK(evaluated.json().at("mse").as_double() == Approx(evaluated.json().at("loss").as_double()).epsilon(1e-4));
  CHECK(evaluated.json().at("loss").as_double() ==
        Approx(of_floats.json().at("validation_loss").as_double()).epsilon(1e-5));
}

TEST_CASE("inpainting: what is missing in a file is filled in, and any other model refuses the file") {
  const Workplace place;
  const Quarters data = quarters(place, 60);
  std::vector<float> gaps = data.pixels;
  for (std::size_t i = 0; i < gaps.size(); ++i)
    if (i / 7 % 3 == 0) gaps[i] = std::numeric_limits<float>::quiet_NaN();
  const std::array<std::int64_t, 3> shape{60, 28, 28};
  write_npy(place.path() / "gaps.npy", shape, gaps);
  const auto train = [&](const std::string& graph, std::vector<std::string> more) {
    std::vector<std::string> arguments{"train",    graph, "--data", "gaps.npy", "--batch", "24",
                                       "--epochs", "2",   "--out",  graph,      "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return place.run(std::move(arguments));
  };
  const Outcome trained = train("inpainting", {});
  INFO(trained.err);
  REQUIRE(trained.status == 0);
  CHECK(std::isfinite(trained.json().at("validation_loss").as_double()));
  const Outcome filled = place.run({"reconstruct", "inpainting/autoencoder.safetensors", "gaps.npy", "whole.npy"});
  INFO(filled.err);
  REQUIRE(filled.status == 0);
  const std::vector<float> whole = read_npy(place.path() / "whole.npy").values;
  CHECK(std::all_of(whole.begin(), whole.end(), [](float x) { return x >= 0 && x <= 1; }));
  const Outcome evaluated =
      place.run({"evaluate", "inpainting/autoencoder.safetensors", "--data", "gaps.npy", "--json"});
  REQUIRE(evaluated.status == 0);
  // The same mean over what is there, but that a loss hides some of it from the encoder.
  CHECK(evaluated.json().at("bce").as_double() == Approx(evaluated.json().at("loss").as_double()).epsilon(0.3));
  CHECK_FALSE(evaluated.json().contains("ssim"));
  const Outcome refused = train("shallow", {});
  CHECK(refused.status == 1);
  CHECK(refused.err.find("gaps.npy: sample 0, position 0: expected a finite number, found nan, a missing value "
                         "(--fill says what becomes of it)") != std::string::npos);
  CHECK(train("shallow", {"--fill", "0"}).status == 0);
}

TEST_CASE("the validation has sources of its own, for each input") {
  const Workplace place;
  const Quarters data = quarters(place, 100);
  const auto part = [&](const std::string& name, std::size_t first, std::size_t count) {
    const auto of = [&](const auto& values, std::size_t size) {
      return std::vector(values.begin() + static_cast<std::ptrdiff_t>(first * size),
                         values.begin() + static_cast<std::ptrdiff_t>((first + count) * size));
    };
    const auto n = static_cast<std::int64_t>(count);
    write_npy(place.path() / (name + ".npy"), std::array<std::int64_t, 3>{n, 28, 28}, of(data.pixels, 784));
    isthmus::data::write_idx(place.path() / (name + "_labels"), std::array<std::int64_t, 1>{n},
                             of(data.labels, 1));
  };
  part("whole", 0, 100);
  part("first", 0, 90);
  part("last", 90, 10);
  const Outcome tenth = place.run({"train", "conditional", "--data", "whole.npy", "--data", "label=whole_labels",
                                   "--batch", "32", "--epochs", "1", "--out", "tenth", "--json"});
  const Outcome own = place.run({"train", "conditional", "--data", "first.npy", "--data", "label=first_labels",
                                 "--validation", "last.npy", "--validation", "label=last_labels", "--batch", "32",
                                 "--epochs", "1", "--out", "own", "--json"});
  INFO(own.err);
  CHECK(weights_of(own) == weights_of(tenth));
  CHECK(own.json().at("validation_loss") == tenth.json().at("validation_loss"));
  CHECK(own.json().at("sources").as_array()[3].at("source").as_string() == "last_labels");
  const Outcome known = place.run({"train", "dense", "--data", "mnist", "--validation", "last.npy"});
  CHECK(known.status == 2);
  CHECK(known.err.find("--validation: expected files for both parts, found 'mnist'") != std::string::npos);
}

TEST_CASE("a condition that carries the data is said") {
  const Workplace place;
  quarters(place, 60);
  std::vector<float> rows(60 * 10);
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i] = isthmus::random_uniform(1, isthmus::Purpose::example, 9, i);
  write_npy(place.path() / "ten.npy", std::array<std::int64_t, 2>{60, 10}, rows);
  const Outcome good = place.run({"train", "conditional", "--data", "images", "--data", "label=ten.npy",
                                  "--epochs", "1", "--out", "good", "--json"});
  REQUIRE(good.status == 0);
  CHECK(good.err.find("go around the bottleneck") == std::string::npos);
}

TEST_CASE("a source that is missing, superfluous, misspelt or does not fit is one line, and nothing is trained") {
  const Workplace place;
  quarters(place, 60);
  isthmus::data::write_idx(place.path() / "few", std::array<std::int64_t, 1>{59}, std::vector<std::uint8_t>(59));
  isthmus::data::write_idx(place.path() / "high", std::array<std::int64_t, 1>{60},
                           std::vector<std::uint8_t>(60, 11));
  write_npy(place.path() / "wide.npy", std::array<std::int64_t, 2>{60, 9}, std::vector<float>(60 * 9));
  const auto train = [&](std::vector<std::string> sources) {
    std::vector<std::string> arguments{"train", "conditional", "--epochs", "1", "--out", "run"};
    for (const std::string& source : sources) arguments.insert(arguments.end(), {"--data", source});
    return place.run(arguments);
  };
  check_refused(train({"images"}),
                "graph conditional: expected a source for the input label, label=SRC, found none");
  check_refused(train({"images", "lable=labels"}),
                "lable=labels: expected one of the inputs image, label of graph conditional, found 'lable'");
  check_refused(train({"images", "label=labels", "label=labels"}),
                "label=labels: the input has a source already, labels");
  check_refused(train({"images", "label=few"}), "few: expected 6 samples, as images has, found 5");
  check_refused(train({"images", "label=high"}), "high: sample 0: expected an integer from 0 to 9, found 11");
  check_refused(
      train({"images", "label=wide.npy"}),
      "wide.npy: expected samples of shape [10], which the input label of graph conditional takes, found [9]");
  check_refused(train({"images", "label=nowhere"}), "nowhere");
  const Outcome usage = train({"images", "labels"});
  CHECK(usage.status == 2);
  CHECK(usage.err.find("--data: expected PORT=SRC, found 'labels'") != std::string::npos);
  CHECK_FALSE(place.has("run"));
}
