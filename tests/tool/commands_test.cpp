// The commands that do not train.
#include "support.hpp"

#include <isthmus/data/npy.hpp>
#include <isthmus/interchange/model_file.hpp>

#include "support/catch.hpp"

TEST_CASE("every command explains itself") {
  const Workplace place;
  const Outcome all = place.run({"--help"});
  CHECK(all.status == 0);
  for (const char* command :
       {"graphs", "inspect", "train", "encode", "decode", "reconstruct", "evaluate", "bench"}) {
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
    CHECK(
        place.run({"inspect", "dense", "--stage", stage, "--as", "dot"}).out.starts_with("digraph \"dense"));
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
    for (const auto& tensor : isthmus::interchange::read_model(place / file).tensors)
      list.push_back(tensor.name);
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
  const auto json =
      place.run({"evaluate", "run/autoencoder.safetensors", "--data", "images", "--json"}).json();
  CHECK(json.at("samples").as_int64() == 30);
  CHECK(json.at("loss").as_double() == Approx(json.at("mse").as_double()).epsilon(1e-5));
  CHECK(place.run({"evaluate", "run/autoencoder.safetensors", "--data", "images"}).out.find("mse") !=
        std::string::npos);
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
    for (const char* key : {"graph", "mode", "batch", "threads", "median_ms", "min_ms", "gflops",
                            "peak_gflops", "fraction_of_peak", "arena_bytes", "allocations", "target"})
      CHECK(json.contains(key));
    CHECK(json.at("mode").as_string() == mode);
    CHECK(json.at("allocations").as_int64() == 0);
    CHECK(json.at("min_ms").as_double() <= json.at("median_ms").as_double());
    CHECK(json.at("peak_gflops").as_double() > 0);
  }
  CHECK(place.run({"bench", "shallow", "--mode", "encode", "--batch", "1", "--seconds", "0.05"})
            .out.find("fraction of peak") != std::string::npos);
}
