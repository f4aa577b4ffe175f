// The same numbers are the same floats, whichever format they come in.
#include <isthmus/data/npy.hpp>
#include <isthmus/interchange/hdf5.hpp>
#include <isthmus/random.hpp>

#include <hdf5.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "data/npy.hpp"
#include "data/temporary_folder.hpp"
#include "support/catch.hpp"

using namespace isthmus;

namespace {

constexpr hsize_t count = 500;

/// Numbers of all sizes and signs as they lie in a file; of floating point those that floats hold.
std::string some_numbers(const std::string& dtype) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t high = random_word(1, Purpose::example, 0, i),
                        low = random_word(1, Purpose::example, 1, i);
    std::uint64_t bits = std::uint64_t{high} << 32 | low;
    const double number = std::ldexp(1.0 + high * 0x1p-32 + low * 0x1p-64, static_cast<int>(i % 200) - 100);
    if (dtype[1] == 'f') bits = std::bit_cast<std::uint64_t>(i % 2 == 0 ? number : -number);
    if (dtype[1] == 'f' && dtype[2] == '4') bits = std::bit_cast<std::uint32_t>(static_cast<float>(number));
    std::string one(reinterpret_cast<const char*>(&bits), static_cast<std::size_t>(dtype[2] - '0'));
    if (dtype[0] == '>') std::reverse(one.begin(), one.end());
    bytes += one;
  }
  return bytes;
}

std::filesystem::path write_hdf5_of(const TemporaryFolder& folder, hid_t type, const std::string& numbers) {
  const auto path = folder / "x.h5";
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t space = H5Screate_simple(1, &count, nullptr);
  const hid_t set = H5Dcreate2(file, "x", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  // Of the same type here and there, so as they are.
  REQUIRE(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data()) >= 0);
  H5Dclose(set);
  H5Sclose(space);
  H5Fclose(file);
  return path;
}

}  // namespace

TEST_CASE("numbers of every type are the same floats in HDF5 and in .npy") {
  const TemporaryFolder folder;
  for (const auto& [dtype, type] : std::vector<std::pair<std::string, hid_t>>{{"|i1", H5T_STD_I8LE},
                                                                              {"|u1", H5T_STD_U8LE},
                                                                              {"<i2", H5T_STD_I16LE},
                                                                              {">i2", H5T_STD_I16BE},
                                                                              {"<u2", H5T_STD_U16LE},
                                                                              {">u2", H5T_STD_U16BE},
                                                                              {"<i4", H5T_STD_I32LE},
                                                                              {">i4", H5T_STD_I32BE},
                                                                              {"<u4", H5T_STD_U32LE},
                                                                              {">u4", H5T_STD_U32BE},
                                                                              {"<i8", H5T_STD_I64LE},
                                                                              {">i8", H5T_STD_I64BE},
                                                                              {"<u8", H5T_STD_U64LE},
                                                                              {">u8", H5T_STD_U64BE},
                                                                              {"<f4", H5T_IEEE_F32LE},
                                                                              {">f4", H5T_IEEE_F32BE},
                                                                              {"<f8", H5T_IEEE_F64LE},
                                                                              {">f8", H5T_IEEE_F64BE}}) {
    INFO(dtype);
    const std::string numbers = some_numbers(dtype);
    const auto from_npy = data::read_npy(folder.write("x.npy", npy(dtype, "(500,)", numbers))).values;
    const auto from_hdf5 = interchange::Hdf5File(write_hdf5_of(folder, type, numbers)).read("x");
    CHECK(from_npy.size() == count);
    CHECK(from_npy == from_hdf5);
  }
}
