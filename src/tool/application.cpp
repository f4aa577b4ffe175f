#include "application.hpp"

#include "commands.hpp"

#include <isthmus.h>

namespace isthmus::tool {

std::unique_ptr<CLI::App> make_application() {
  auto app = std::make_unique<CLI::App>("Declares, trains, splits and runs models with a bottleneck.", "isthmus");
  app->require_subcommand(1);
  app->fallthrough(false);
  app->set_version_flag("--version", std::string("isthmus ") + ISTHMUS_VERSION_STRING, "print the version and exit");
  app->set_help_flag("--help,-h", "print this help and exit");
  add_graphs(*app);
  add_inspect(*app);
  add_train(*app);
  add_encode(*app);
  add_decode(*app);
  add_reconstruct(*app);
  add_evaluate(*app);
  add_latent(*app);
  add_sample(*app);
  add_interpolate(*app);
  add_export(*app);
  add_import(*app);
  add_bench(*app);
  add_schedules(*app);
  return app;
}

}  // namespace isthmus::tool
