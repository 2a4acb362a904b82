#include <CLI/CLI.hpp>

#include "config_command.hpp"
#include "exit_codes.hpp"
#include "local_command.hpp"

int main(int argc, char** argv) {
  CLI::App app("Lean, fast AWS clients for C++, and a local cloud to run them on.", "gannet");
  app.set_version_flag("--version", "gannet " GANNET_VERSION);
  app.require_subcommand(1);
  app.footer("`gannet COMMAND --help` says more about each.");

  LocalOptions local;
  CLI::App* const local_command = add_local_command(app, local);
  ConfigOptions config;
  CLI::App* const config_command = add_config_command(app, config);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    return app.exit(stop) == 0 ? 0 : exit_usage;
  }
  if (local_command->parsed()) return run_local(local);
  return config_command->parsed() ? run_config(config) : exit_usage;
}
