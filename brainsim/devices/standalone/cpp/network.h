/* A network that brainsim has written, for programs in C and C++: link with libnetwork.so.
 *
 *     bs_network *network = bs_open("state.bin");
 *     double tau = 15e-3;
 *     if (network == NULL || bs_set(network, "neurons.tau", &tau, 1) || bs_run(network, 1))
 *         puts(bs_error());
 *     int64_t n;
 *     const double *v = bs_get(network, "neurons_v", "f8", &n);
 *     bs_close(network);
 *
 * Networks are independent of each other: each may be used by another thread. Functions that return
 * int return 0 when all is well.
 */
#ifndef BRAINSIM_NETWORK_H
#define BRAINSIM_NETWORK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bs_network bs_network;

/* Returns a network with the values of a state file; NULL if there is an error. */
bs_network *bs_open(const char *state_file);
/* Sets a parameter, in base units: one number for all elements, or one for each. */
int bs_set(bs_network *network, const char *name, const double *values, int64_t n);
/* Lets the draws while running follow from another seed. */
void bs_seed(bs_network *network, uint64_t seed);
/* Changes the simulated time, in seconds. */
int bs_set_duration(bs_network *network, double seconds);
/* Runs on a number of threads; 0: on as many as are quicker. To be called once. */
int bs_run(bs_network *network, int threads);
/* Returns an array and the number of its elements, or NULL if there is none of this name and type:
 * "f8" is double, "f4" float, "i4" int32_t, "i8" int64_t. It lives as long as the network, and
 * moves when a recording grows. model.cpp lists the names. */
const void *bs_get(const bs_network *network, const char *array, const char *type, int64_t *n);
/* Writes the results to a file, which brainsim.load_results reads if it is results/results.bin. */
int bs_save(const bs_network *network, const char *path);
/* Frees the network. */
void bs_close(bs_network *network);
/* Returns what was wrong with the latest call of this thread that failed. */
const char *bs_error(void);

#ifdef __cplusplus
}
#endif

#endif
