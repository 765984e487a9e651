// Runs the network: reads the state file, applies what the command line says, writes the results.
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include "simulation.hpp"

namespace {

volatile int interrupted = 0;

void interrupt(int)
{
    if (interrupted) std::_Exit(130); // a second time: at once
    interrupted = 1;
}

void show(double completed, double elapsed)
{
    static double last = 0.0;
    if (elapsed - last < 1.0 && completed < 1.0) return;
    last = elapsed;
    const double left = completed > 0.0 ? elapsed / completed - elapsed : 0.0;
    std::printf("%3.0f %% done after %.1f s, about %.1f s remaining\n", 100.0 * completed, elapsed, left);
    std::fflush(stdout);
}

// for a program that reads our output
void tell(double completed, double)
{
    std::printf("completed %.6f\n", completed);
    std::fflush(stdout);
}

void help(const char *program, const std::string &state)
{
    std::printf(
        "usage: %s [options]\n\n"
        "Simulates the network '%s'.\n\n"
        "  --duration SECONDS   simulated time\n"
        "  --seed NUMBER        seed of all random numbers that are drawn while running\n"
        "  --threads NUMBER     threads; 0: as many as are quicker\n"
        "  --set NAME=VALUE     a parameter: one number, or one per element with commas between;\n"
        "                       @FILE for the numbers of a file\n"
        "  --state FILE         values at the start (state.bin beside the program)\n"
        "  --values FILE        values that replace some of those\n"
        "  --out FOLDER         where the results go (results)\n"
        "  --progress           say now and then how far it is; --progress=numbers for programs\n"
        "  --help               this text\n\n"
        "parameters, with the unit of the numbers that --set takes, and their values at the start\n",
        program, brainsim::model.name);
    const brainsim::Simulation simulation(brainsim::model, state);
    for (int k = 0; k < brainsim::model.n_parameters; k++) {
        const brainsim::ParameterInfo &p = brainsim::model.parameters[k];
        if (p.buffer >= 0)
            std::printf("  %-32s %-8s %s\n", p.name, p.unit, simulation.shown(p).c_str());
    }
}

double number(const std::string &text, const std::string &option)
{
    char *end = nullptr;
    errno = 0;
    const double value = std::strtod(text.c_str(), &end);
    // what is too small is rounded, what is too large has no value
    if (text.empty() || (errno == ERANGE && value != 0.0 && !std::isfinite(value)) || *end != '\0')
        throw brainsim::Error(option + " takes a number, not '" + text + "'");
    return value;
}

// the numbers of a file, with anything but numbers between them
std::vector<double> numbers_of(const std::string &path)
{
    std::vector<double> found;
    std::FILE *file = std::fopen(path.c_str(), "r");
    if (file == nullptr) throw brainsim::Error("cannot open " + path + ": " + std::strerror(errno));
    for (double value; std::fscanf(file, "%lf%*[, \t\r\n]", &value) == 1;) found.push_back(value);
    const bool whole = std::feof(file) != 0;
    std::fclose(file);
    if (!whole) throw brainsim::Error(path + " holds something that is no number");
    return found;
}

std::vector<double> numbers(const std::string &text, const std::string &option)
{
    if (text[0] == '@') return numbers_of(text.substr(1));
    std::vector<double> found;
    for (size_t at = 0; at <= text.size();) {
        size_t end = text.find(',', at);
        if (end == std::string::npos) end = text.size();
        found.push_back(number(text.substr(at, end - at), option));
        at = end + 1;
    }
    return found;
}

void make_folder(const std::string &path)
{
    for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
        const std::string part = path.substr(0, end);
        if (mkdir(part.c_str(), 0777) != 0 && errno != EEXIST)
            throw brainsim::Error("cannot make the folder " + part + ": " + std::strerror(errno));
        if (end == std::string::npos) return;
    }
}

std::string folder_of(const std::string &program)
{
    const size_t end = program.rfind('/');
    return end == std::string::npos ? "." : program.substr(0, end);
}

struct Options {
    std::string state, values, out = "results", duration, seed;
    std::vector<std::string> settings;
    int threads = 1;
    brainsim::Simulation::Report report = nullptr;
};

// Returns false where the help text is all that is asked for.
bool read(int argc, char **argv, Options &options)
{
    options.state = folder_of(argv[0]) + "/state.bin";
    for (int k = 1; k < argc; k++) {
        std::string name = argv[k], value;
        if (name == "--help" || name == "-h") return false;
        if (name == "--progress" || name == "--progress=numbers") {
            options.report = name == "--progress" ? show : tell;
            continue;
        }
        const size_t equals = name.find('=');
        if (name.compare(0, 2, "--") == 0 && equals != std::string::npos) {
            value = name.substr(equals + 1);
            name.resize(equals);
        } else if (k + 1 < argc) {
            value = argv[++k];
        } else {
            throw brainsim::Error("the option " + name + " needs a value, or is unknown; see --help");
        }
        if (name == "--duration")
            options.duration = value;
        else if (name == "--seed")
            options.seed = value;
        else if (name == "--threads")
            options.threads = static_cast<int>(number(value, name));
        else if (name == "--set")
            options.settings.push_back(value);
        else if (name == "--state")
            options.state = value;
        else if (name == "--values")
            options.values = value;
        else if (name == "--out")
            options.out = value;
        else
            throw brainsim::Error("there is no option " + name + "; see --help");
    }
    return true;
}

int simulate(const Options &options)
{
    // slot: before_start
    brainsim::Simulation simulation(brainsim::model, options.state);
    if (!options.values.empty()) simulation.load(options.values);
    for (const std::string &setting : options.settings) {
        const size_t equals = setting.find('=');
        if (equals == std::string::npos)
            throw brainsim::Error("--set takes NAME=VALUE, not '" + setting + "'");
        const std::string name = setting.substr(0, equals);
        simulation.set(name, numbers(setting.substr(equals + 1), name));
    }
    if (!options.duration.empty()) simulation.set_duration(number(options.duration, "--duration"));
    if (!options.seed.empty()) {
        char *end = nullptr;
        const uint64_t seed = std::strtoull(options.seed.c_str(), &end, 10);
        if (*end != '\0') throw brainsim::Error("--seed takes a whole number");
        simulation.seed(seed);
    }
    // slot: after_start
    make_folder(options.out);
    std::signal(SIGINT, interrupt);
    std::signal(SIGTERM, interrupt);
    // slot: before_network_run
    const bool ended = simulation.run(options.threads, options.report, &interrupted);
    // slot: after_network_run
    simulation.save(options.out + "/results.bin");
    std::FILE *file = std::fopen((options.out + "/seconds.txt").c_str(), "w");
    if (file != nullptr) {
        std::fprintf(file, "%.9f\n", simulation.seconds());
        std::fclose(file);
    }
    // slot: before_end
    if (!ended) std::fprintf(stderr, "stopped after a whole step; what was reached is in the results\n");
    return ended ? 0 : 130;
}

} // namespace

int main(int argc, char **argv)
{
    try {
        Options options;
        if (!read(argc, argv, options)) {
            help(argv[0], options.state);
            return 0;
        }
        // slot: main
        const int status = simulate(options);
        // slot: after_end
        return status;
    } catch (const brainsim::Error &error) {
        std::fprintf(stderr, "error: %s\n", error.what());
        return 1;
    }
}
