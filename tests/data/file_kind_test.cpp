#include <isthmus/data/file_kind.hpp>
#include <isthmus/error.hpp>

#include "data/gzip.hpp"
#include "data/temporary_folder.hpp"
#include "data/zip.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::data;

namespace {

/// A C string literal with all its zeros.
template <std::size_t size>
std::string bytes(const char (&text)[size]) {
  return {text, size - 1};
}

/// The first bytes of a file, and the kind that it must be recognised as.
const std::vector<std::pair<std::string, FileKind>> files{
    {"", FileKind::empty},
    {bytes("\0\0\x08\3\0\0\0\1"), FileKind::idx},
    {bytes("\0\0\x0e\2\0\0\0\1"), FileKind::idx},
    {"\x93NUMPY\1", FileKind::npy},
    {bytes("\x89HDF\r\n\x1a\n\0"), FileKind::hdf5},
    {std::string(512, '\0') + "\x89HDF\r\n\x1a\n", FileKind::hdf5},
    {"MATLAB 7.3 MAT-file" + std::string(2029, ' ') + "\x89HDF\r\n\x1a\n", FileKind::hdf5},
    {bytes("CDF\1\0\0\0\0"), FileKind::netcdf_classic},
    {bytes("CDF\2\0\0\0\0"), FileKind::netcdf_classic},
    {bytes("CDF\5\0\0\0\0"), FileKind::netcdf_classic},
    {bytes("\x10\0\0\0\0\0\0\0{\"a\":"), FileKind::safetensors},
    {bytes("\x80\2\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19."), FileKind::torch_legacy},
    {bytes("\x80\4\x95\0\0"), FileKind::pickle},
    {"\x08\x07\x12\x07pytorch", FileKind::onnx},
    {bytes("\x1c\0\0\0TFL3"), FileKind::tflite},
    {bytes("GGUF\3\0\0\0\2"), FileKind::gguf},
    {bytes("\0\0\6\x08\1\x1a\2\x08\1\x57\xfb\x80\x8b\x24\x75\x47\xdb"), FileKind::tensorflow_checkpoint},
    {bytes("\x89PNG\r\n\x1a\n\0\0\0"), FileKind::png},
    {bytes("\xff\xd8\xff\xe0\0\x10JFIF"), FileKind::jpeg},
    {bytes("GIF89a\1\0\1\0"), FileKind::gif},
    {bytes("RIFF\1\0\0\0WEBP"), FileKind::webp},
    {bytes("RIFF\1\0\0\0WAVE"), FileKind::wave},
    {bytes("II*\0\x08\0"), FileKind::tiff},
    {bytes("MM\0*\0\0"), FileKind::tiff},
    {bytes("II+\0\x08\0"), FileKind::tiff},
    {"MATLAB 5.0 MAT-file" + std::string(100, ' ') + bytes("\0\1IM"), FileKind::matlab},
    {bytes("PAR1\x15\0"), FileKind::parquet},
    {bytes("ARROW1\0\0"), FileKind::arrow},
    {bytes("SQLite format 3\0"), FileKind::sqlite},
    {bytes("\x0e\3\x13\1"), FileKind::hdf4},
    {"SIMPLE  =                    T", FileKind::fits},
    {bytes("GRIB\0\0\0\2"), FileKind::grib},
    {bytes("\x5c\1\0\0") + std::string(340, '\0') + bytes("n+1\0"), FileKind::nifti},
    {std::string(128, '\0') + "DICM", FileKind::dicom},
    {"\x28\xb5\x2f\xfd\1", FileKind::zstd},
    {bytes("\xfd\x37zXZ\0"), FileKind::xz},
    {"BZh91AY&SY\1", FileKind::bzip2},
    {"7z\xbc\xaf\x27\x1c\1", FileKind::seven_zip},
    {std::string(257, '\0') + "ustar", FileKind::tar},
    {"a,b\n1.5,2\n", FileKind::text},
    {"PAR1,PAR2\r\n1,2\r\n", FileKind::text},
    {"\xef\xbb\xbfl\xc3\xa4nge;breite\n", FileKind::text},
    {bytes("\xff\xfe"
           "a\0,\0"),
     FileKind::text},
    {" {\"a\": [1, 2]}", FileKind::json},
    {"[[1, 2]]", FileKind::json},
    {bytes("\0\0\0\0\0\0\x80\x3f"), FileKind::unknown},
    {std::string(512, '\0'), FileKind::unknown},
    {zip({{"a.npy", "x"}}), FileKind::npz},
    {zip({{"archive/data.pkl", "x"}, {"archive/data/0", "x"}}), FileKind::torch},
    {zip({{"net/data.pkl", "x"}, {"net/constants.pkl", "x"}}), FileKind::torch_script},
    {zip({{"metadata.json", "{}"}, {"config.json", "{}"}, {"model.weights.h5", "x"}}), FileKind::keras},
    {zip({{"[Content_Types].xml", "x"}, {"xl/workbook.xml", "x"}}), FileKind::excel},
    {zip({{"notes.txt", "x"}}), FileKind::zip},
    {zip({}), FileKind::zip},
};

}  // namespace

TEST_CASE("a file is recognised by its first bytes, whatever its name") {
  const TemporaryFolder folder;
  for (const auto& [start, kind] : files)
    for (const char* name : {"x", "x.npy", "X.H5"}) {
      const RecognisedFile found = recognise(folder.write(name, start));
      INFO(name_of(kind) << " found as " << name_of(found.kind));
      CHECK(found.kind == kind);
      CHECK_FALSE(found.gzip);
      CHECK(found.start == start.substr(0, 8));
    }
}

TEST_CASE("what gzip has compressed is recognised as well") {
  const TemporaryFolder folder;
  for (const auto& [start, kind] : files) {
    // Formats that are not recognised by the beginning alone.
    if (kind == FileKind::hdf5 || kind == FileKind::tensorflow_checkpoint || start.starts_with("PK")) continue;
    const RecognisedFile found = recognise(folder.write("x", gzip(start)));
    INFO(name_of(kind) << " found as " << name_of(found.kind));
    CHECK(found.kind == kind);
    CHECK(found.gzip);
  }
}

TEST_CASE("a folder is recognised by what lies in it") {
  const TemporaryFolder folder;
  CHECK(recognise(folder.path()).kind == FileKind::folder);
  const auto file = folder.write("zarr.json", "{}");
  CHECK(recognise(folder.path()).kind == FileKind::zarr);
  std::filesystem::rename(file, folder / ".zgroup");
  CHECK(recognise(folder.path()).kind == FileKind::zarr);
  std::filesystem::rename(folder / ".zgroup", folder / "saved_model.pb");
  CHECK(recognise(folder.path()).kind == FileKind::saved_model);
}

TEST_CASE("what cannot be looked at is an error") {
  const TemporaryFolder folder;
  const std::string missing = (folder / "missing").string();
  CHECK(message_of<FileError>([&] { recognise(missing); }) ==
        missing + ": cannot open: No such file or directory");
  const std::string packed = gzip(std::string(5000, 'a'));
  const std::string damaged = folder.write("x", packed.substr(0, 12)).string();
  CHECK(message_of<FileError>([&] { recognise(damaged); }).find("expected intact gzip data") != std::string::npos);
  const std::string archive = zip({{"a.npy", "x"}});
  const std::string cut = folder.write("x.npz", archive.substr(0, 40)).string();
  CHECK(message_of<FileError>([&] { recognise(cut); }) ==
        cut + ": expected a whole ZIP archive, found no central directory: it is cut short or damaged");
}

TEST_CASE("a message says what was found and what makes it readable, on one line") {
  CHECK(found_text({FileKind::tiff, false, ""}, Wanted::samples) ==
        "a TIFF image; convert it: numpy.save('x.npy', tifffile.imread(FILE))");
  CHECK(found_text({FileKind::tiff, false, ""}, Wanted::weights) == "a TIFF image");
  CHECK(
      found_text({FileKind::torch_legacy, false, ""}, Wanted::weights) ==
      "a file of torch.save before PyTorch 1.6; convert it: import safetensors.torch, torch; d = torch.load(FILE, "
      "map_location='cpu'); safetensors.torch.save_file({k: v.contiguous().clone() for k, v in "
      "d.get('state_dict', "
      "d).items()}, 'x.safetensors')");
  CHECK(found_text({FileKind::hdf5, true, ""}, Wanted::samples) ==
        "an HDF5 file, compressed by gzip; convert it: gunzip FILE");
  CHECK(found_text({FileKind::unknown, false, {"\0\xab", 2}}, Wanted::weights) ==
        "data of an unknown format (it begins 00 ab)");
  for (int kind = 0; kind <= static_cast<int>(FileKind::seven_zip); ++kind)
    for (const Wanted wanted : {Wanted::samples, Wanted::weights}) {
      const RecognisedFile file{static_cast<FileKind>(kind), false, ""};
      CHECK(found_text(file, wanted).starts_with(name_of(file.kind)));
      CHECK(found_text(file, wanted).find('\n') == std::string::npos);
    }
}
