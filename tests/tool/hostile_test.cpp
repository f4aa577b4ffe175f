// Files and names that mean harm: refused in one line, and nothing is written outside of the given folder.
#include "support.hpp"

#include <isthmus/interchange/model_file.hpp>

#include <map>

#include "support/catch.hpp"

namespace {

namespace fs = std::filesystem;

/// Every path below `folder`.
std::vector<std::string> paths_in(const fs::path& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string safetensors(const std::string& header, const std::string& data) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<char>(header.size() >> (8 * i)));
  return bytes + header + data;
}

}  // namespace

TEST_CASE("a model's file that names paths reaches none of them") {
  const Workplace place;
  fs::create_directory(place / "inside");
  REQUIRE(train_dense(place, {"--epochs", "1", "--out", "inside/run"}).status == 0);
  const auto rewrite = [&](const auto& change) {
    auto model = isthmus::interchange::read_model(place / "inside/run/encoder.safetensors");
    change(model);
    isthmus::interchange::write_model(place / "inside/bad.safetensors", model);
  };
  const std::string bad = "inside/bad.safetensors";
  rewrite([](auto& model) { model.graph = "../../../outside"; });
  const std::vector<std::string> before = paths_in(place.path());
  check_refused(place.run({"encode", bad, "images", "inside/out.npy"}), "found '../../../outside'");
  check_refused(place.run({"export", bad, "inside/out.h", "--c-header"}), "found '../../../outside'");
  rewrite([](auto& model) { model.tensors.front().name = "../../outside.weight"; });
  check_refused(place.run({"encode", bad, "images", "inside/out.npy"}), "tensor 'enc1.weight': expected shape");
  rewrite([](auto& model) { model.tensors.push_back({"/etc/outside", {1}, {0.0f}}); });
  check_refused(place.run({"encode", bad, "images", "inside/out.npy"}), "tensor '/etc/outside': expected only");
  // Details are text, whatever they say: the file is good, and its remarks stay within a comment of one line.
  rewrite([](auto& model) { model.details["epoch"] = "1 */ #include \"../outside\"\n"; });
  REQUIRE(place.run({"export", bad, "inside/out.h", "--c-header"}).status == 0);
  const std::string header = place.text("inside/out.h");
  CHECK(header.find("1 */") == std::string::npos);
  fs::remove(place / "inside/out.h");
  // A name of what goes beside the code is no path.
  check_refused(place.run({"encode", "inside/run/encoder.safetensors", "images", "inside/out.npy", "--also",
                           "../../outside=inside/also.npy"}),
                "--also: expected");
  CHECK(paths_in(place.path()) == before);
}

TEST_CASE("a symbolic link among the results is followed, and stays one") {
  const Workplace place;
  const TemporaryFolder elsewhere;
  fs::create_directory(place / "run");
  const std::vector<std::string> names{"checkpoint.safetensors", "encoder.safetensors", "history.csv", "loss.png",
                                       "reconstructions.png",    "report.html"};
  for (const std::string& name : names)
    fs::create_symlink(elsewhere.write(name, "an older " + name), place / ("run/" + name));
  fs::create_symlink(elsewhere / "new", place / "run/decoder.safetensors");
  REQUIRE(train_dense(place, {"--epochs", "1", "--out", "run"}).status == 0);
  REQUIRE(train_dense(place, {"--epochs", "1", "--out", "plain"}).status == 0);
  for (const std::string& name : names) CHECK(fs::is_symlink(place / ("run/" + name)));
  CHECK(read_bytes(elsewhere / "encoder.safetensors") == place.text("plain/encoder.safetensors"));
  CHECK(read_bytes(elsewhere / "new") == place.text("plain/decoder.safetensors"));
  CHECK(read_bytes(elsewhere / "report.html").ends_with("</html>\n"));
  CHECK(paths_in(elsewhere.path()).size() == names.size() + 1);
  fs::create_symlink(elsewhere.write("codes", "older codes"), place / "codes.npy");
  REQUIRE(place.run({"encode", "run/encoder.safetensors", "images", "codes.npy"}).status == 0);
  CHECK(read_bytes(elsewhere / "codes").starts_with("\x93NUMPY"));
  CHECK(fs::is_symlink(place / "codes.npy"));
  // A link that leads to itself, read and written through.
  fs::create_symlink(place / "loop", place / "loop");
  check_refused(place.run({"encode", "loop", "images", "out.npy"}), "loop: cannot open");
  check_refused(place.run({"encode", "run/encoder.safetensors", "loop", "out.npy"}), "loop");
  check_refused(place.run({"encode", "run/encoder.safetensors", "images", "loop/out.npy"}),
                "loop/out.npy: cannot");
}

TEST_CASE("headers that claim too much are refused by the commands in one line") {
  const Workplace place;
  place.write_quarters("images", 20);
  const auto refuse_model = [&](const std::string& bytes, const std::string& expected) {
    place.write("bad", bytes);
    check_refused(place.run({"encode", "bad", "images", "out.npy"}), expected);
  };
  const std::string most = "expected a header of at most 2 bytes, found ";
  refuse_model(std::string("\0\0\0\0\1\0\0\0{}", 10), most + "4294967296");
  refuse_model(std::string(8, '\xff') + "{}", most + "18446744073709551615");
  refuse_model(safetensors(std::string(100'000, '['), ""), "expected");
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += "{\"a\":";
  refuse_model(safetensors(nested, ""), "expected");
  const std::string tensor = R"("a":{"dtype":"F32","shape":[1],"data_offsets":)";
  refuse_model(safetensors("{" + tensor + "[0,4]}," + tensor + "[4,8]}}", std::string(8, '\0')), "each name once");
  refuse_model(safetensors("{" + tensor + "[4,8]}}", std::string(4, '\0')), "expected a place within 4 bytes");
  refuse_model(safetensors("{" + tensor + "[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
                           std::string(4, '\0')),
               "an overlap from 0");
  const auto refuse_data = [&](const std::string& bytes, const std::string& expected) {
    place.write("bad", bytes);
    check_refused(place.run({"train", "dense", "--data", "bad", "--out", "run"}), expected);
  };
  // 2^32 - 1 images of 2^32 - 1 rows and columns; and .npy with a header of 4 GB.
  refuse_data(std::string("\0\0\10\3", 4) + std::string(12, '\xff'), "bad: byte");
  refuse_data(std::string("\x93NUMPY\2\0\xff\xff\xff\xff", 12), "expected a header of 4294967295 bytes, found 0");
  CHECK_FALSE(place.has("run"));
  CHECK_FALSE(place.has("out.npy"));
}
