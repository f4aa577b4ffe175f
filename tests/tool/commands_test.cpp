// The commands that do not train.
#include "support.hpp"

#include <isthmus/data/npy.hpp>
#include <isthmus/interchange/model_file.hpp>
#include <isthmus/report/similarity.hpp>

#include <cmath>

#include "support/catch.hpp"

TEST_CASE("every command explains itself") {
  const Workplace place;
  const Outcome all = place.run({"--help"});
  CHECK(all.status == 0);
  for (const char* command : {"graphs", "inspect", "train", "encode", "decode", "reconstruct", "evaluate",
                              "latent", "sample", "interpolate", "export", "bench", "schedules"}) {
    INFO(command);
    CHECK(all.out.find(std::string("\n  ") + command + " ") != std::string::npos);
    const Outcome one = place.run({command, "--help"});
    CHECK(one.status == 0);
    CHECK(one.err.empty());
    CHECK(one.out.find("Usage: isthmus " + std::string(command)) != std::string::npos);
  }
  CHECK(place.run({"--version"}).out.starts_with("isthmus "));
}

TEST_CASE("graphs lists the models") {
  const Workplace place;
  const Outcome text = place.run({"graphs"});
  CHECK(text.status == 0);
  CHECK(text.out.find("dense") != std::string::npos);
  CHECK(text.out.find("shallow") != std::string::npos);
  const auto list = place.run({"graphs", "--json"}).json().at("graphs").as_array();
  bool found = false;
  for (const auto& graph : list) {
    if (graph.at("graph").as_string() != "dense") continue;
    found = true;
    CHECK(graph.at("parameters").as_int64() == 938522);
    CHECK(graph.at("bottleneck").as_int64() == 10);
    CHECK(graph.at("input").as_int64() == 784);
    CHECK(graph.at("flops_per_sample").as_int64() > 2 * 930000);
  }
  CHECK(found);
}

TEST_CASE("inspect shows every stage in every format") {
  const Workplace place;
  for (const char* stage : {"declared", "training", "plan", "schedule"}) {
    INFO(stage);
    CHECK(place.run({"inspect", "dense", "--stage", stage}).out.find("dense") == 0);
    CHECK(place.run({"inspect", "dense", "--stage", stage, "--as", "dot"}).out.starts_with("digraph \"dense"));
    CHECK(place.run({"inspect", "dense", "--stage", stage, "--as", "json"}).json().contains("title"));
  }
  CHECK(place.run({"inspect", "dense", "--stage", "plan"}).out.find("largest sum of values alive together") !=
        std::string::npos);
  const auto encode =
      place.run({"inspect", "dense", "--stage", "plan", "--role", "encode", "--batch", "7", "--as", "json"});
  CHECK(encode.json().at("max_batch").as_int64() == 7);
  CHECK(encode.out.find("dec1") == std::string::npos);
}

TEST_CASE("inspect --cut finds the bottleneck") {
  const Workplace place;
  const auto cut = place.run({"inspect", "dense", "--cut", "--as", "json"}).json();
  CHECK(cut.at("bytes_per_sample").as_int64() == 40);
  CHECK(cut.at("bottleneck_is_narrowest").as_bool());
  CHECK(cut.at("cut").as_array().size() == 1);
  CHECK(place.run({"inspect", "dense", "--cut"}).out.find("the bottleneck is the narrowest cut") !=
        std::string::npos);
  CHECK(place.run({"inspect", "dense", "--cut", "--as", "dot"}).out.find("color=red") != std::string::npos);
}

TEST_CASE("decode(encode(x)) is reconstruct(x), bit for bit, through files") {
  const Workplace place;
  REQUIRE(train_dense(place, {"--epochs", "1", "--out", "run"}).status == 0);
  REQUIRE(place.run({"encode", "run/encoder.safetensors", "images", "codes.npy"}).status == 0);
  REQUIRE(place.run({"decode", "run/decoder.safetensors", "codes.npy", "decoded.npy"}).status == 0);
  REQUIRE(place.run({"reconstruct", "run/autoencoder.safetensors", "images", "whole.npy"}).status == 0);
  CHECK(place.text("decoded.npy") == place.text("whole.npy"));
  // 300 samples: more than are computed at a time.
  CHECK(isthmus::data::read_npy(place / "codes.npy").shape == std::vector<std::int64_t>{300, 10});
  CHECK(isthmus::data::read_npy(place / "whole.npy").shape == std::vector<std::int64_t>{300, 784});
  // A whole model's file, and a checkpoint, hold the halves as well.
  for (const char* file : {"run/autoencoder.safetensors", "run/checkpoint.safetensors"}) {
    REQUIRE(place.run({"encode", file, "images", "again.npy"}).status == 0);
    CHECK(place.text("again.npy") == place.text("codes.npy"));
  }
}

TEST_CASE("each half's file holds its own tensors and no others") {
  const Workplace place;
  REQUIRE(train_dense(place, {"--epochs", "1", "--out", "run"}).status == 0);
  const auto names = [&](const char* file) {
    std::vector<std::string> list;
    for (const auto& tensor : isthmus::interchange::read_model(place / file).tensors) list.push_back(tensor.name);
    return list;
  };
  using Names = std::vector<std::string>;
  CHECK(names("run/encoder.safetensors") ==
        Names{"enc1.weight", "enc1.bias", "enc2.weight", "enc2.bias", "code.weight", "code.bias"});
  CHECK(names("run/decoder.safetensors") ==
        Names{"dec1.weight", "dec1.bias", "dec2.weight", "dec2.bias", "dec3.weight", "dec3.bias"});
  CHECK(names("run/autoencoder.safetensors").size() == 12);
  CHECK(names("run/checkpoint.safetensors").size() == 36);
  const auto encoder = isthmus::interchange::read_model(place / "run/encoder.safetensors");
  CHECK(encoder.graph == "dense");
  CHECK(encoder.role == isthmus::interchange::ModelRole::encoder);
}

TEST_CASE("evaluate gives the loss and the squared error") {
  const Workplace place;
  REQUIRE(train_dense(place, {"--epochs", "1", "--out", "run"}).status == 0);
  const auto json = place.run({"evaluate", "run/autoencoder.safetensors", "--data", "images", "--json"}).json();
  CHECK(json.at("samples").as_int64() == 30);
  CHECK(json.at("loss").as_double() == Approx(json.at("mse").as_double()).epsilon(1e-5));
  CHECK(place.run({"evaluate", "run/autoencoder.safetensors", "--data", "images"}).out.find("mse") !=
        std::string::npos);
}

TEST_CASE("evaluate's figures are those of the codes and the reconstructions") {
  const Workplace place;
  place.write_quarters("images", 300);
  REQUIRE(train_dense(place, {"--epochs", "1", "--out", "run"}).status == 0);
  const auto json = place.run({"evaluate", "run/autoencoder.safetensors", "--data", "images", "--json"}).json();
  REQUIRE(place.run({"encode", "run/encoder.safetensors", "images", "codes.npy"}).status == 0);
  REQUIRE(place.run({"reconstruct", "run/autoencoder.safetensors", "images", "whole.npy"}).status == 0);
  // The last tenth validates.
  constexpr std::size_t count = 30, first = 270;
  std::vector<float> inputs(count * 784);
  isthmus::data::read_idx_samples(place / "images").values(first, count, inputs.data());
  const std::vector<float> whole = isthmus::data::read_npy(place / "whole.npy").values;
  const std::vector<float> outputs(whole.begin() + first * 784, whole.end());
  const std::vector<float> all_codes = isthmus::data::read_npy(place / "codes.npy").values;
  const std::vector<float> codes(all_codes.begin() + first * 10, all_codes.end());

  double mse = 0, bce = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const double x = static_cast<double>(inputs[i]), y = static_cast<double>(outputs[i]);
    mse += (x - y) * (x - y) / static_cast<double>(inputs.size());
    bce -= (x * std::log(y) + (1 - x) * std::log(1 - y)) / static_cast<double>(inputs.size());
  }
  CHECK(json.at("mse").as_double() == Approx(mse).epsilon(1e-9));
  CHECK(json.at("bce").as_double() == Approx(bce).epsilon(1e-6));
  CHECK(json.at("psnr").as_double() == Approx(10 * std::log10(1 / mse)).epsilon(1e-9));
  CHECK(json.at("ssim").as_double() ==
        Approx(isthmus::report::structural_similarity(inputs, outputs, 28, 28, 1)).epsilon(1e-9));

  double activation = 0, sparsity = 0;
  std::int64_t active = 0;
  for (std::size_t s = 0; s < count; ++s) {
    double l1 = 0, l2 = 0;
    for (std::size_t i = 0; i < 10; ++i) {
      const double h = static_cast<double>(codes[s * 10 + i]);
      activation += h / (count * 10);
      l1 += std::abs(h);
      l2 += h * h;
    }
    sparsity += (std::sqrt(10) - l1 / std::sqrt(l2)) / (std::sqrt(10) - 1) / count;
  }
  for (std::size_t i = 0; i < 10; ++i) {
    double mean = 0, variance = 0;
    for (std::size_t s = 0; s < count; ++s) mean += static_cast<double>(codes[s * 10 + i]) / count;
    for (std::size_t s = 0; s < count; ++s)
      variance += std::pow(static_cast<double>(codes[s * 10 + i]) - mean, 2) / count;
    active += variance > 0.01;
  }
  CHECK(json.at("mean_activation").as_double() == Approx(activation).epsilon(1e-6));
  CHECK(json.at("code_sparsity").as_double() == Approx(sparsity).epsilon(1e-6));
  CHECK(json.at("active_units").as_int64() == active);
}

TEST_CASE("evaluate leaves out what the data do not allow") {
  const Workplace place;
  REQUIRE(train_dense(place, {"--epochs", "1", "--out", "run"}).status == 0);
  // 784 values, but of a shape that nobody would draw, and one of them is no fraction.
  std::vector<float> values(20 * 784, 0.5f);
  const auto figures = [&](std::array<std::int64_t, 4> shape) {
    isthmus::data::write_npy(place / "other.npy", shape, values);
    return place.run({"evaluate", "run/autoencoder.safetensors", "--data", "other.npy", "--json"}).json();
  };
  CHECK(figures({20, 28, 28, 1}).contains("ssim"));
  CHECK(figures({20, 28, 28, 1}).contains("bce"));
  CHECK_FALSE(figures({20, 8, 98, 1}).contains("ssim"));
  CHECK_FALSE(figures({20, 7, 7, 16}).contains("ssim"));
  values.back() = 1.5f;
  CHECK_FALSE(figures({20, 28, 28, 1}).contains("bce"));
  CHECK(figures({20, 28, 28, 1}).contains("psnr"));
}

TEST_CASE("bench measures every mode, and no step allocates") {
  const Workplace place;
  for (const char* mode : {"train", "reconstruct", "encode", "decode"}) {
    INFO(mode);
    const Outcome outcome = place.run(
        {"bench", "dense", "--mode", mode, "--batch", "64", "--threads", "2", "--seconds", "0.1", "--json"});
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    const auto json = outcome.json();
    for (const char* key : {"graph", "mode", "batch", "threads", "median_ms", "min_ms", "gflops", "peak_gflops",
                            "fraction_of_peak", "arena_bytes", "allocations", "target"})
      CHECK(json.contains(key));
    CHECK(json.at("mode").as_string() == mode);
    CHECK(json.at("allocations").as_int64() == 0);
    CHECK(json.at("min_ms").as_double() <= json.at("median_ms").as_double());
    CHECK(json.at("peak_gflops").as_double() > 0);
  }
  CHECK(place.run({"bench", "shallow", "--mode", "encode", "--batch", "1", "--seconds", "0.05"})
            .out.find("fraction of peak") != std::string::npos);
}

TEST_CASE("bench trains in the precision that is asked for, and refuses it where nothing is trained") {
  const Workplace place;
  for (const char* precision : {"fp32", "bf16"}) {
    const Outcome outcome = place.run({"bench", "shallow", "--mode", "train", "--batch", "64", "--seconds", "0.1",
                                       "--precision", precision, "--json"});
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    CHECK(outcome.json().at("precision").as_string() == precision);
    CHECK(outcome.json().at("allocations").as_int64() == 0);
  }
  const auto refused = [&](const char* mode, const char* precision) {
    const Outcome outcome = place.run({"bench", "shallow", "--mode", mode, "--precision", precision});
    CHECK(outcome.status == 2);
    CHECK(outcome.err.find("--precision") != std::string::npos);
  };
  refused("encode", "bf16");
  refused("train", "fp16");
}
