// Standard output and standard error, with their errors noticed.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isthmus::tool {

/// Makes sure that the descriptors 0 to 2 are taken, so that no file of ours becomes standard output, and
/// that a closed pipe is an error of the write, not the end of the process.
void prepare_streams();

/// Writes to standard output. Throws Error if it cannot.
void print(std::string_view text);
/// Prints one JSON object and a line end. NaN and infinity, which JSON does not have, are null there, and `say`
/// says so.
void print(const boost::json::object& object);
/// From now on `print` writes to standard error: standard output is the file that the command makes.
void leave_output_to_file();
/// Throws Error if something that was printed did not arrive.
void flush_output();

/// Prints one line on standard error: `isthmus: …`. Control characters, which file names may have, become `?`.
void say(std::string_view message);
/// A warning: `say` says it, and it is remembered for `warnings`.
void warn(const std::string& message);
/// All that was warned of so far.
const std::vector<std::string>& warnings();
/// Switches `say` off or on: of several processes only one prints messages.
void set_quiet(bool quiet);

/// Names and values, one pair a line.
std::string listing(const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace isthmus::tool
