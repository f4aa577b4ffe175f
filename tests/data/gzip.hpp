// gzip in memory, for files that tests make by hand.
#pragma once

#include <boost/iostreams/copy.hpp>
#include <boost/iostreams/device/array.hpp>
#include <boost/iostreams/device/back_inserter.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_streambuf.hpp>
#include <string>

inline std::string gzip(const std::string& bytes) {
  namespace io = boost::iostreams;
  std::string packed;
  io::filtering_streambuf<io::output> out;
  out.push(io::gzip_compressor());
  out.push(io::back_inserter(packed));
  io::copy(io::array_source(bytes.data(), bytes.size()), out);
  return packed;
}
