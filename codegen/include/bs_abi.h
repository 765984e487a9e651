/* The contract between generated kernels and whoever runs them: the scheduler of the Python package,
 * the main program of a standalone project, a user's own C program.
 *
 * A kernel is a function  void kernel(void *const *buffers, const bs_clock *clock).
 *
 *   buffers   one pointer per buffer of the kernel, in the order printed above the kernel's text.
 *             The runner owns the memory. A kernel never allocates, frees or keeps a pointer.
 *             Arrays are aligned to 64 bytes and padded with zeros to a multiple of 64 elements.
 *   clock     the clock that drives the kernel, at the step that is to be done.
 *
 * The runner calls the kernels of one step in the order of the schedule, then advances the clock.
 * Kernels neither throw nor block nor print. Two kernels may run at the same time on different
 * threads only if neither stores to a buffer which the other one uses.
 */
#ifndef BS_ABI_H
#define BS_ABI_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Raised by one whenever the meaning of this file changes; part of every cache key. */
#define BS_ABI_VERSION 1

#ifdef __cplusplus
#define BS_EXTERN extern "C"
#else
#define BS_EXTERN
#endif

#if defined(_WIN32)
#define BS_KERNEL BS_EXTERN __declspec(dllexport)
#else
#define BS_KERNEL BS_EXTERN __attribute__((visibility("default")))
#endif

#define BS_RESTRICT __restrict

/* Stands before a loop whose iterations touch different elements. */
#if defined(__clang__)
#define BS_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define BS_INDEPENDENT _Pragma("GCC ivdep")
#else
#define BS_INDEPENDENT
#endif

typedef struct {
    int64_t step;          /* steps since the network's time zero */
    int32_t relative_step; /* steps since the start of this stretch of the run */
    double t;              /* step * dt, seconds */
    double dt;             /* seconds */
} bs_clock;

typedef void (*bs_kernel)(void *const *buffers, const bs_clock *clock);

/* Write the indices of the ones among flags[0..n) to out, ascending; return how many there were.
 * flags holds zeros and ones; behind its n elements, zeros up to a multiple of 64. */
static inline int64_t bs_compact(const uint8_t *BS_RESTRICT flags, int64_t n, int32_t *BS_RESTRICT out)
{
    int64_t count = 0;
    for (int64_t base = 0; base < n; base += 64) {
        uint64_t word[8], any = 0;
        memcpy(word, flags + base, sizeof word);
        for (int k = 0; k < 8; k++) any |= word[k];
        if (any == 0) continue;
        for (int k = 0; k < 8; k++)
            for (uint64_t left = word[k]; left != 0; left &= left - 1)
                out[count++] = (int32_t)(base + 8 * k + (__builtin_ctzll(left) >> 3));
    }
    return count;
}

#endif
