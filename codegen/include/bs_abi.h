/* The contract between generated kernels and whoever runs them: the scheduler of the Python package,
 * the main program of a standalone project, a user's own C program.
 *
 * A kernel is a function
 *     void kernel(void *const *buffers, const bs_clock *clock, const bs_share *share).
 *
 *   buffers   one pointer per buffer of the kernel, in the order printed above the kernel's text.
 *             The runner owns the memory. A kernel never allocates, frees or keeps a pointer.
 *             Arrays are aligned to 64 bytes and padded with zeros to a multiple of 64 elements.
 *   clock     the clock that drives the kernel, at the step that is to be done.
 *   share     which share of the kernel's work is to be done. A kernel that uses it is called once
 *             for each of `count` shares, in any order or at the same time; any other kernel is
 *             called once, with whatever share. The results do not depend on the number of shares.
 *
 * The runner calls the kernels of one step in the order of the schedule, then advances the clock.
 * Kernels neither throw nor block nor print. Two kernels may run at the same time on different
 * threads only if neither stores to a buffer which the other one uses, or if both use it only at
 * the elements of their own shares.
 */
#ifndef BS_ABI_H
#define BS_ABI_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Raised by one whenever the meaning of this file changes; part of every cache key. */
#define BS_ABI_VERSION 2

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

/* Stands before an array of a function's own. */
#if defined(_MSC_VER)
#define BS_ALIGNED __declspec(align(64))
#else
#define BS_ALIGNED __attribute__((aligned(64)))
#endif

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

typedef struct {
    int32_t index; /* 0 .. count - 1 */
    int32_t count; /* at most BS_MAX_SHARES */
} bs_share;

typedef void (*bs_kernel)(void *const *buffers, const bs_clock *clock, const bs_share *share);

#define BS_MAX_SHARES 64
/* from the length of one share to that of the next, so that they share no cache line */
#define BS_LENGTH_STRIDE 8
/* elements that are handled together, so that what is passed on stays in the nearest cache */
#define BS_TILE 1024

/* The part of n elements that belongs to a share: [bs_part_begin, bs_part_end). Parts begin at
 * multiples of 64; the parts of all shares together are all elements. */
static inline int64_t bs_part_of_(int64_t n, int32_t index, int32_t count)
{
    if (index == count) return n;
    return (int64_t)((uint64_t)((n + 63) >> 6) * (uint64_t)index / (uint64_t)count) << 6;
}
static inline int64_t bs_part_begin(int64_t n, const bs_share *share)
{
    return share->index == 0 ? 0 : bs_part_of_(n, share->index, share->count);
}
static inline int64_t bs_part_end(int64_t n, const bs_share *share)
{
    return bs_part_of_(n, share->index + 1, share->count);
}
/* as the end, but that of the last part lies beyond all elements whatever they are counted from */
static inline int64_t bs_part_limit(int64_t n, const bs_share *share)
{
    return share->index + 1 == share->count ? INT64_MAX / 2 : bs_part_end(n, share);
}

/* The first k with a[k] >= value among start .. stop - 1, where a ascends; stop if there is none.
 * Values are at least zero. */
#define BS_DEFINE_SEARCH_(name, type)                                                            \
    static inline int64_t bs_search_##name(const type *a, int64_t start, int64_t stop, int64_t value) \
    {                                                                                            \
        if (value <= 0) return start;                                                            \
        if (value > INT32_MAX || start == stop) return stop;                                     \
        /* values tend to be spread evenly: begin where the searched one would be then */        \
        const int64_t lowest = a[start], highest = a[stop - 1];                                  \
        if (value <= lowest) return start;                                                       \
        if (value > highest) return stop;                                                        \
        int64_t reach = 8, last = stop - 1;                                                      \
        int64_t guess = start + (int64_t)((double)(value - lowest) * (double)(last - start) /    \
                                          (double)(highest - lowest));                           \
        if ((int64_t)a[guess] < value) {                                                         \
            start = guess + 1;                                                                   \
            while (start + reach < last && (int64_t)a[start + reach] < value) {                  \
                start += reach + 1;                                                              \
                reach *= 2;                                                                      \
            }                                                                                    \
            stop = start + reach < last ? start + reach : last;                                  \
        } else {                                                                                 \
            stop = guess;                                                                        \
            while (stop - reach > start && (int64_t)a[stop - reach] >= value) {                  \
                stop -= reach;                                                                   \
                reach *= 2;                                                                      \
            }                                                                                    \
            start = stop - reach > start ? stop - reach : start;                                 \
        }                                                                                        \
        while (start < stop) {                                                                   \
            const int64_t middle = start + ((stop - start) >> 1);                                \
            const int below = (int64_t)a[middle] < value;                                        \
            start = below ? middle + 1 : start;                                                  \
            stop = below ? stop : middle;                                                        \
        }                                                                                        \
        return start;                                                                            \
    }
BS_DEFINE_SEARCH_(int32, int32_t)
BS_DEFINE_SEARCH_(uint16, uint16_t)

/* Bit k is the flag k, for the n <= 64 flags, zeros and ones. */
static inline uint64_t bs_flag_bits_(const uint8_t *flags, int64_t n)
{
    uint64_t bits = 0;
#if defined(__AVX512BW__) && defined(__GNUC__) && !defined(__clang__)
    typedef char bytes __attribute__((vector_size(64)));
    if (n == 64) {
        bytes all;
        memcpy(&all, flags, sizeof all);
        return (uint64_t)__builtin_ia32_ptestmb512(all, all, -1);
    }
#else
    if (n == 64) {
        uint64_t any = 0, eight;
        for (int k = 0; k < 64; k += 8) {
            memcpy(&eight, flags + k, sizeof eight);
            any |= eight;
        }
        if (any == 0) return 0;
    }
#endif
    for (int64_t k = 0; k < n; k += 8) {
        uint64_t eight = 0;
        memcpy(&eight, flags + k, n - k < 8 ? (size_t)(n - k) : sizeof eight);
        /* the product has the flag of byte k at bit 56 + k, and no two terms in one place */
        bits |= (eight * UINT64_C(0x0102040810204080) >> 56) << k;
    }
    return bits;
}

/* Write the indices first + k of the ones among flags[k], 0 <= k < n, to out, ascending; return how
 * many there were. flags holds zeros and ones. */
static inline int64_t bs_compact(const uint8_t *BS_RESTRICT flags, int64_t first, int64_t n,
                                 int32_t *BS_RESTRICT out)
{
    int64_t count = 0;
    for (int64_t base = 0; base < n; base += 64) {
        uint64_t left = bs_flag_bits_(flags + base, n - base < 64 ? n - base : 64);
        for (; left != 0; left &= left - 1)
            out[count++] = (int32_t)(first + base + __builtin_ctzll(left));
    }
    return count;
}

/* Keep how many indices a share has listed. */
static inline void bs_keep_length(int64_t *lengths, int64_t length, const bs_share *share)
{
    lengths[share->index * BS_LENGTH_STRIDE] = length;
    if (share->index == 0) lengths[1] = share->count;
}

/* Copy what all shares of n elements have listed, each from the beginning of its part on, to out;
 * return how many indices there are. */
static inline int64_t bs_join(const int32_t *BS_RESTRICT pieces, const int64_t *lengths, int64_t n,
                              int32_t *BS_RESTRICT out)
{
    const int32_t shares = (int32_t)lengths[1];
    int64_t count = 0;
    for (int32_t k = 0; k < shares; k++) {
        const int64_t length = lengths[k * BS_LENGTH_STRIDE];
        const int32_t *from = pieces + bs_part_of_(n, k, shares);
        for (int64_t i = 0; i < length; i++) out[count + i] = from[i];
        count += length;
    }
    return count;
}

#endif
