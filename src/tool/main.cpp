// The command `isthmus`: exit 0 if all went well, 1 for bad data or a failure, 2 for bad usage; 130 and 143 for a
// training that a signal has stopped.
#include "application.hpp"
#include "output.hpp"
#include "ranks.hpp"
#include "signals.hpp"

#include <exception>
#include <new>
#include <string_view>

namespace {

using namespace isthmus;

constexpr int failure = 1;

}  // namespace

int main(int argc, char** argv) {
  tool::prepare_streams();
  // Of ranks that train together only one prints messages; in other commands each rank prints its own.
  tool::set_quiet(argc > 1 && std::string_view(argv[1]) == "train" && tool::rank_of_environment() > 0);
  try {
    return tool::run_application(argc, argv);
  } catch (const tool::Interrupted& interrupted) {
    if (!interrupted.last_words.empty()) tool::say(interrupted.last_words);
    return interrupted.exit_code();
  } catch (const std::bad_alloc&) {
    tool::say("not enough memory");
  } catch (const std::exception& error) {
    tool::say(error.what());
  } catch (...) {
    tool::say("an unknown error");
  }
  return failure;
}
