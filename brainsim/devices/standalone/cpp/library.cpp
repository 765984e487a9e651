// The functions of network.h around a Simulation.
#include "network.h"

#include <cstring>
#include <string>

#include "simulation.hpp"

struct bs_network {
    brainsim::Simulation simulation;
};

namespace {

thread_local std::string latest_error;

// Does something that may throw; returns 0 if it has not.
template <typename Action> int attempt(Action action)
{
    try {
        action();
        return 0;
    } catch (const std::exception &error) {
        latest_error = error.what();
        return 1;
    }
}

} // namespace

bs_network *bs_open(const char *state_file)
{
    bs_network *network = nullptr;
    attempt([&] { network = new bs_network{{brainsim::model, state_file}}; });
    return network;
}

int bs_set(bs_network *network, const char *name, const double *values, int64_t n)
{
    return attempt([&] { network->simulation.set(name, {values, values + n}); });
}

void bs_seed(bs_network *network, uint64_t seed) { network->simulation.seed(seed); }

int bs_set_duration(bs_network *network, double seconds)
{
    return attempt([&] { network->simulation.set_duration(seconds); });
}

int bs_run(bs_network *network, int threads)
{
    return attempt([&] { network->simulation.run(threads, nullptr, nullptr); });
}

const void *bs_get(const bs_network *network, const char *array, const char *type, int64_t *n)
{
    const brainsim::Array *found = network->simulation.array(array, type);
    *n = found == nullptr ? 0 : found->size;
    if (found == nullptr) latest_error = std::string("there is no array ") + array + " of this type";
    return found == nullptr ? nullptr : found->data;
}

int bs_save(const bs_network *network, const char *path)
{
    return attempt([&] { network->simulation.save(path); });
}

void bs_close(bs_network *network) { delete network; }

const char *bs_error(void) { return latest_error.c_str(); }
