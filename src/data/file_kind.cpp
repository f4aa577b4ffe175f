#include <isthmus/data/file_kind.hpp>
#include <isthmus/data/input_file.hpp>
#include <isthmus/data/zip.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "joined.hpp"
#include "little_endian.hpp"

namespace isthmus::data {
namespace {

namespace fs = std::filesystem;
using enum FileKind;

/// Bytes that a format has at a place of its own; `?` stands for any one.
struct Mark {
  FileKind kind;
  std::size_t at;
  std::string_view bytes;
};

template <std::size_t size>
constexpr Mark mark(FileKind kind, std::size_t at, const char (&bytes)[size]) {
  return {kind, at, {bytes, size - 1}};
}

constexpr char hdf5_signature[] = "\x89HDF\r\n\x1a\n";

// Magic numbers from the formats' own specifications; the first that matches counts.
constexpr std::array marks{
    mark(npy, 0, "\x93NUMPY"),
    mark(hdf5, 0, hdf5_signature),
    mark(netcdf_classic, 0, "CDF\1"),
    mark(netcdf_classic, 0, "CDF\2"),
    mark(netcdf_classic, 0, "CDF\5"),
    mark(zip, 0, "PK\3\4"),
    mark(zip, 0, "PK\5\6"),                                               // an archive of nothing
    mark(torch_legacy, 0, "\x80\2\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19"),  // torch.serialization.MAGIC_NUMBER
    mark(pickle, 0, "\x80\2"),
    mark(pickle, 0, "\x80\3"),
    mark(pickle, 0, "\x80\4"),
    mark(pickle, 0, "\x80\5"),
    mark(onnx, 0, "\x08?\x12"),  // a ModelProto: ir_version, then producer_name
    mark(tflite, 0, "????TFL3"),
    mark(gguf, 0, "GGUF"),
    mark(png, 0, "\x89PNG\r\n\x1a\n"),
    mark(jpeg, 0, "\xff\xd8\xff"),
    mark(gif, 0, "GIF8"),
    mark(webp, 0, "RIFF????WEBP"),
    mark(wave, 0, "RIFF????WAVE"),
    mark(tiff, 0, "II*\0"),
    mark(tiff, 0, "MM\0*"),
    mark(tiff, 0, "II+\0"),
    mark(tiff, 0, "MM\0+"),
    mark(matlab, 0, "MATLAB 5.0 MAT-file"),
    mark(parquet, 0, "PAR1"),
    mark(arrow, 0, "ARROW1"),
    mark(arrow, 0, "FEA1"),
    mark(sqlite, 0, "SQLite format 3\0"),
    mark(hdf4, 0, "\x0e\3\x13\1"),
    mark(grib, 0, "GRIB"),
    mark(nifti, 344, "n+1\0"),
    mark(nifti, 344, "ni1\0"),
    mark(dicom, 128, "DICM"),
    mark(zstd, 0, "\x28\xb5\x2f\xfd"),
    mark(xz, 0, "\xfd\x37zXZ\0"),
    mark(bzip2, 0, "BZh"),
    mark(seven_zip, 0, "7z\xbc\xaf\x27\x1c"),
    mark(tar, 257, "ustar"),
};
/// The number of bytes that suffices to tell all formats apart, and text from binary data.
constexpr std::size_t start_size = 512;

bool has(std::string_view start, const Mark& mark) {
  if (start.size() < mark.at + mark.bytes.size()) return false;
  return std::equal(mark.bytes.begin(), mark.bytes.end(), start.begin() + static_cast<std::ptrdiff_t>(mark.at),
                    [](char expected, char found) { return expected == '?' || expected == found; });
}

/// Half of it ASCII or more, without control characters, in whatever encoding; or marked as UTF-8 or UTF-16.
bool is_text(std::string_view start) {
  for (const std::string_view order : {"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"})
    if (start.starts_with(order)) return true;
  std::size_t others = 0;
  for (const char c : start) {
    const bool is_space = c == '\t' || c == '\n' || c == '\r' || c == '\f';
    if (c == '\x7f' || (static_cast<unsigned char>(c) < ' ' && !is_space)) return false;
    others += static_cast<unsigned char>(c) > '\x7f' ? 1 : 0;
  }
  return 2 * others <= start.size();
}

bool is_json(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

/// Two zeros, the type of the values, how many dimensions: see idx.hpp.
bool is_idx(std::string_view start) {
  return start.size() >= 4 && start[0] == '\0' && start[1] == '\0' && start[2] >= '\x08' && start[2] <= '\x0e' &&
         start[3] >= '\1' && start[3] <= '\x20';
}

/// The size of a header that is JSON, then this: https://github.com/huggingface/safetensors, "Format".
bool is_safetensors(std::string_view start) {
  constexpr std::uint64_t largest_header = 100'000'000;
  return start.size() > 8 && start[8] == '{' && little_endian<std::uint64_t>(start, 0) <= largest_header;
}

FileKind kind_of(std::string_view start) {
  if (start.empty()) return empty;
  // The one format of these whose header is text.
  if (start.starts_with("SIMPLE  =")) return fits;
  if (is_text(start)) return is_json(start) ? json : text;
  if (is_idx(start)) return idx;
  if (is_safetensors(start)) return safetensors;
  const auto found = std::find_if(marks.begin(), marks.end(), [&](const Mark& mark) { return has(start, mark); });
  return found == marks.end() ? unknown : found->kind;
}

/// HDF5 may begin with a block of its user's, of 512 bytes or a power of two above, as MATLAB's version 7.3 does:
/// HDF5 File Format Specification, section II.A, "Format Signature".
bool has_hdf5_behind_user_block(const InputFile& file) {
  std::array<char, 8> bytes{};
  for (std::uint64_t at = 512; at < file.most_bytes(); at *= 2)
    if (file.read_at(at, bytes.data(), bytes.size()) == bytes.size() &&
        std::string_view(bytes.data(), bytes.size()) == hdf5_signature)
      return true;
  return false;
}

/// Whether the file ends with the magic number of LevelDB's tables: leveldb/doc/table_format.md, "footer".
bool ends_as_table(const InputFile& file) {
  constexpr std::string_view magic = "\x57\xfb\x80\x8b\x24\x75\x47\xdb";
  std::array<char, magic.size()> bytes{};
  return file.most_bytes() >= magic.size() &&
         file.read_at(file.most_bytes() - magic.size(), bytes.data(), bytes.size()) == bytes.size() &&
         std::string_view(bytes.data(), bytes.size()) == magic;
}

/// The kind of a ZIP archive, by its entries.
FileKind kind_of_zip(const fs::path& path) {
  const std::vector<ZipEntry> entries = read_zip_directory(path);
  const auto any = [&](const auto& is) {
    return std::any_of(entries.begin(), entries.end(), [&](const ZipEntry& entry) { return is(entry.name); });
  };
  if (any([](const std::string& name) { return name.ends_with("/constants.pkl"); })) return torch_script;
  if (any([](const std::string& name) { return name.ends_with("/data.pkl"); })) return torch;
  if (any([](const std::string& name) { return name == "model.weights.h5"; })) return keras;
  if (any([](const std::string& name) { return name == "xl/workbook.xml"; })) return excel;
  if (any([](const std::string& name) { return name.ends_with(".npy"); })) return npz;
  return zip;
}

FileKind kind_of_folder(const fs::path& path) {
  const auto holds = [&](const char* name) {
    std::error_code unreadable;
    return fs::exists(path / name, unreadable);
  };
  // Versions 2 and 3.
  if (holds(".zarray") || holds(".zgroup") || holds("zarr.json")) return zarr;
  return holds("saved_model.pb") ? saved_model : folder;
}

/// The name of a kind, and the advice for samples and for weights.
struct Words {
  FileKind kind;
  std::string_view name, samples, weights;
};

// Conversions in Python, with the packages that read the format, or in the shell.
constexpr std::string_view from_image =
    "numpy.save('x.npy', numpy.stack([numpy.asarray(PIL.Image.open(f)) for f in FILES]))";
constexpr std::string_view from_torch =
    "import safetensors.torch, torch; d = torch.load(FILE, map_location='cpu'); safetensors.torch.save_file("
    "{k: v.contiguous().clone() for k, v in d.get('state_dict', d).items()}, 'x.safetensors')";
constexpr std::string_view from_keras = "import keras; keras.saving.load_model(FILE).save_weights('x.weights.h5')";
constexpr std::string_view from_numpy =
    "import numpy, safetensors.numpy; safetensors.numpy.save_file(dict(numpy.load(FILE)), 'x.safetensors')";
constexpr std::string_view from_torch_tensor = "numpy.save('x.npy', torch.load(FILE, map_location='cpu').numpy())";

constexpr std::array words{
    Words{unknown, "data of an unknown format",
          "numpy.save('x.npy', numpy.fromfile(FILE, 'float32').reshape(COUNT, -1))", ""},
    Words{empty, "an empty file", "", ""},
    Words{folder, "a folder", "", ""},
    Words{idx, "an IDX file", "", ""},
    Words{npy, "a .npy file", "",
          "import numpy, safetensors.numpy; safetensors.numpy.save_file({'LAYER.weight': numpy.load(FILE)}, "
          "'x.safetensors')"},
    Words{npz, "a .npz file", "", from_numpy},
    Words{hdf5, "an HDF5 file", "", ""},
    Words{netcdf_classic, "a NetCDF file (classic)", "", ""},
    Words{safetensors, "a safetensors file", "numpy.save('x.npy', safetensors.numpy.load_file(FILE)[NAME])", ""},
    Words{torch, "a file of torch.save", from_torch_tensor, from_torch},
    Words{torch_script, "a TorchScript model", "",
          "import safetensors.torch, torch; safetensors.torch.save_file({k: v.contiguous().clone() for k, v in "
          "torch.jit.load(FILE, 'cpu').state_dict().items()}, 'x.safetensors')"},
    Words{torch_legacy, "a file of torch.save before PyTorch 1.6", from_torch_tensor, from_torch},
    Words{keras, "a .keras model", "", from_keras},
    Words{saved_model, "a TensorFlow SavedModel", "",
          "import safetensors.numpy, tensorflow; safetensors.numpy.save_file({v.name: v.numpy() for v in "
          "tensorflow.saved_model.load(FILE).variables}, 'x.safetensors')"},
    Words{onnx, "an ONNX model", "",
          "import onnx, onnx.numpy_helper, safetensors.numpy; safetensors.numpy.save_file({t.name: "
          "onnx.numpy_helper.to_array(t) for t in onnx.load(FILE).graph.initializer}, 'x.safetensors')"},
    Words{tensorflow_checkpoint, "the index of a TensorFlow checkpoint", "",
          "import safetensors.numpy, tensorflow; c = tensorflow.train.load_checkpoint(FILE.removesuffix('.index'))"
          "; safetensors.numpy.save_file({k: c.get_tensor(k) for k, v in c.get_variable_to_dtype_map().items() if "
          "v.is_floating}, 'x.safetensors')"},
    Words{tflite, "a TensorFlow Lite model", "", ""},
    Words{gguf, "a GGUF model", "",
          "import gguf, safetensors.numpy; safetensors.numpy.save_file({t.name: gguf.dequantize(t.data, "
          "t.tensor_type) for t in gguf.GGUFReader(FILE).tensors}, 'x.safetensors')"},
    Words{pickle, "a Python pickle", "numpy.save('x.npy', numpy.asarray(pickle.load(open(FILE, 'rb'))))",
          "import pickle, safetensors.numpy; safetensors.numpy.save_file(pickle.load(open(FILE, 'rb')), "
          "'x.safetensors')"},
    Words{text, "text, such as CSV", "numpy.save('x.npy', numpy.loadtxt(FILE, delimiter=',', ndmin=2))", ""},
    Words{json, "JSON", "numpy.save('x.npy', numpy.asarray(json.load(open(FILE))))", ""},
    Words{matlab, "a MATLAB file", "numpy.save('x.npy', scipy.io.loadmat(FILE)[NAME])",
          "import safetensors.numpy, scipy.io; safetensors.numpy.save_file({k: v.copy() for k, v in "
          "scipy.io.loadmat(FILE).items() if k[0] != '_'}, 'x.safetensors')"},
    Words{parquet, "a Parquet table", "numpy.save('x.npy', pandas.read_parquet(FILE).to_numpy('float32'))", ""},
    Words{arrow, "an Arrow table", "numpy.save('x.npy', pandas.read_feather(FILE).to_numpy('float32'))", ""},
    Words{excel, "an Excel workbook", "numpy.save('x.npy', pandas.read_excel(FILE).to_numpy('float32'))", ""},
    Words{sqlite, "an SQLite database",
          "numpy.save('x.npy', pandas.read_sql(QUERY, sqlite3.connect(FILE)).to_numpy('float32'))", ""},
    Words{zarr, "a Zarr folder", "numpy.save('x.npy', zarr.open_array(FILE, mode='r')[:])", ""},
    Words{hdf4, "an HDF4 file", "h4toh5convert FILE x.h5", ""},
    Words{fits, "a FITS file", "numpy.save('x.npy', astropy.io.fits.getdata(FILE))", ""},
    Words{grib, "a GRIB file", "numpy.save('x.npy', xarray.open_dataset(FILE, engine='cfgrib')[NAME].values)", ""},
    Words{nifti, "a NIfTI image", "numpy.save('x.npy', nibabel.load(FILE).get_fdata('float32'))", ""},
    Words{dicom, "a DICOM image",
          "numpy.save('x.npy', numpy.stack([pydicom.dcmread(f).pixel_array for f in FILES]))", ""},
    Words{png, "a PNG image", from_image, ""},
    Words{jpeg, "a JPEG image", from_image, ""},
    Words{gif, "a GIF image", from_image, ""},
    Words{webp, "a WebP image", from_image, ""},
    Words{tiff, "a TIFF image", "numpy.save('x.npy', tifffile.imread(FILE))", ""},
    Words{wave, "a WAVE sound", "numpy.save('x.npy', scipy.io.wavfile.read(FILE)[1].reshape(COUNT, -1))", ""},
    Words{zip, "a ZIP archive", "unzip FILE", "unzip FILE"},
    Words{zstd, "data compressed by zstd", "unzstd FILE", "unzstd FILE"},
    Words{xz, "data compressed by xz", "unxz FILE", "unxz FILE"},
    Words{bzip2, "data compressed by bzip2", "bunzip2 FILE", "bunzip2 FILE"},
    Words{tar, "a tar archive", "tar -xf FILE", "tar -xf FILE"},
    Words{seven_zip, "a 7z archive", "7z x FILE", "7z x FILE"},
};

constexpr bool all_in_order() {
  for (std::size_t i = 0; i < words.size(); ++i)
    if (words[i].kind != static_cast<FileKind>(i)) return false;
  return words.back().kind == seven_zip;
}
static_assert(all_in_order(), "the words of a kind are found by its number");

const Words& words_of(FileKind kind) { return words[static_cast<std::size_t>(kind)]; }

}  // namespace

RecognisedFile recognise(const fs::path& path) {
  RecognisedFile found;
  std::error_code unreadable;
  if (fs::is_directory(path, unreadable)) {
    found.kind = kind_of_folder(path);
    return found;
  }
  InputFile file(path, Decoding::gzip_if_marked);
  std::string start(start_size, '\0');
  start.resize(file.read(start.data(), start.size()));
  found.kind = kind_of(start);
  found.gzip = file.compressed();
  found.start = start.substr(0, 8);
  if (found.gzip) return found;
  if (found.kind == zip) found.kind = kind_of_zip(path);
  else if (found.kind != hdf5 && has_hdf5_behind_user_block(file)) found.kind = hdf5;
  else if (found.kind == unknown && ends_as_table(file)) found.kind = tensorflow_checkpoint;
  return found;
}

std::string_view name_of(FileKind kind) { return words_of(kind).name; }

std::string_view advice(FileKind kind, Wanted wanted) {
  const Words& of_kind = words_of(kind);
  return wanted == Wanted::samples ? of_kind.samples : of_kind.weights;
}

std::string found_text(const RecognisedFile& file, Wanted wanted) {
  std::string text(name_of(file.kind));
  if (file.kind == unknown) text += fmt::format(" (it begins {})", hex_text(file.start));
  if (file.gzip) text += ", compressed by gzip";
  std::string_view how = advice(file.kind, wanted);
  if (how.empty() && file.gzip) how = "gunzip FILE";
  if (!how.empty()) text += fmt::format("; convert it: {}", how);
  return text;
}

}  // namespace isthmus::data
