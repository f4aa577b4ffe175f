// gzip in memory, for files that tests make by hand.
#pragma once

// GCC 12 at -O3 finds overlaps in std::string where there are none (its bug 105329).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wrestrict"
#endif

#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <sstream>
#include <string>

inline std::string gzip(const std::string& bytes) {
  std::ostringstream packed;
  {
    boost::iostreams::filtering_ostream out;
    out.push(boost::iostreams::gzip_compressor());
    out.push(packed);
    out << bytes;
  }
  return packed.str();
}
