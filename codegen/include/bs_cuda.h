/* What kernels printed in CUDA C++ need: how they are launched, and what their threads do together.
 *
 * A kernel is a function of the host as bs_abi.h says, which launches functions of the device into
 * the default stream and returns before they are done: the runner synchronises. All buffers lie in
 * memory that host and device can read (cudaMallocManaged); `share` is always the whole.
 *
 * Compile with -fmad=false and without -use_fast_math: then numbers have the same bits as in C,
 * where their order does not depend on the threads.
 *
 * The text also compiles as C++ where another header has defined what the language lacks
 * (tests/backends/support/cuda_emulation.h). Names that end in an underscore are private.
 */
#ifndef BS_CUDA_H
#define BS_CUDA_H

#define BS_CUDA 1

#ifdef __CUDACC__
#if defined(__USE_FAST_MATH__)
#error "kernels need IEEE arithmetic: compile without -use_fast_math"
#endif
#define BS_LAUNCH(function, blocks, threads, ...) function<<<(blocks), (threads)>>>(__VA_ARGS__)
/* one whose threads wait for each other */
#define BS_LAUNCH_JOINT(function, blocks, threads, ...) \
    function<<<(blocks), (threads)>>>(__VA_ARGS__)
#define BS_INLINE static __host__ __device__ __forceinline__ __attribute__((unused))
#else
#define BS_INLINE static inline __attribute__((unused))
#endif
#define BS_LONG static __host__ __device__ inline __attribute__((unused))

#include "bs_abi.h"
#include "bs_math.h"
#include "bs_random.h"

/* sizes of launches; a host that knew how much there is to do would have to wait for the device */
#ifndef BS_BLOCKS
/* no more than 256 threads in a block: then they may use as many registers as there are */
#define BS_BLOCKS 512 /* of a loop over elements */
#define BS_THREADS 256
#define BS_ROWS 2048 /* of a loop over rows, one block each */
#define BS_ROW_THREADS 64
#define BS_WIDE 256  /* threads of a block that do more than one thing; a power of two */
#define BS_PARTS 128 /* parts of flags that are listed at the same time, a block of these for each */
#endif

/* the pointers that a kernel is given, by value */
template <int N> struct bs_pointers {
    void *at[N];
    explicit bs_pointers(void *const *buffers)
    {
        for (int k = 0; k < N; k++) at[k] = buffers[k];
    }
    __host__ __device__ void *operator[](int k) const { return at[k]; }
};

#define BS_DEVICE static __device__ inline __attribute__((unused))

/* the number of this thread among all of a launch, and how many these are */
BS_DEVICE int64_t bs_thread() { return (int64_t)blockIdx.x * blockDim.x + threadIdx.x; }
BS_DEVICE int64_t bs_threads() { return (int64_t)gridDim.x * blockDim.x; }
/* one thread of a launch, and one of each block */
BS_DEVICE bool bs_is_first() { return blockIdx.x == 0 && threadIdx.x == 0; }
BS_DEVICE bool bs_is_first_of_block() { return threadIdx.x == 0; }

/* *place += value, while other threads may do the same */
BS_DEVICE void bs_add(double *place, double value) { atomicAdd(place, value); }
BS_DEVICE void bs_add(float *place, float value) { atomicAdd(place, value); }
BS_DEVICE void bs_add(int32_t *place, int32_t value) { atomicAdd(place, value); }
BS_DEVICE void bs_add(int64_t *place, int64_t value)
{
    atomicAdd((unsigned long long *)place, (unsigned long long)value);
}
BS_DEVICE void bs_add(uint64_t *place, uint64_t value)
{
    atomicAdd((unsigned long long *)place, (unsigned long long)value);
}

/* --- variates: all threads of a launch together; the numbers are those of bs_random.h ---------- */

#define BS_DEFINE_FILL_(name, type, transform)                                                   \
    BS_DEVICE void bs_fill_##name(type *out, int64_t begin, int64_t end, uint64_t key,           \
                                  int64_t step)                                                  \
    {                                                                                            \
        for (int64_t b = begin / 2 + bs_thread(); 2 * b < end; b += bs_threads()) {              \
            const bs_pair_ pair = transform(bs_random_block_(key, (uint64_t)b, step));           \
            if (2 * b >= begin) out[2 * b] = (type)pair.even;                                    \
            if (2 * b + 1 < end) out[2 * b + 1] = (type)pair.odd;                                \
        }                                                                                        \
    }
BS_DEFINE_FILL_(uniform, double, bs_uniform_pair_)
BS_DEFINE_FILL_(uniformf, float, bs_uniform_pair_)
BS_DEFINE_FILL_(normal, double, bs_normal_pair_)
BS_DEFINE_FILL_(normalf, float, bs_normal_pair_)

BS_DEVICE void bs_fill_uniform_of_counts(double *out, int64_t begin, int64_t end, uint64_t key,
                                         int64_t step)
{
    for (int64_t i = begin + bs_thread(); i < end; i += bs_threads())
        out[i] = bs_uniform_of_counts(key, i, step);
}
BS_DEVICE void bs_fill_poisson(int64_t *out, int64_t begin, int64_t end, uint64_t key, int64_t step,
                               double lam)
{
    for (int64_t i = begin + bs_thread(); i < end; i += bs_threads())
        out[i] = bs_poisson(lam, key, i, step);
}
/* the count of a uniform number by the table of its distribution, see bs_random.h */
BS_DEVICE int32_t bs_count_by_table_(const int32_t *table, bs_law_ law, uint64_t key, int64_t i,
                                     int64_t step)
{
    const bs_block_ b = bs_random_block_(key, (uint64_t)i >> 2, step);
    const uint64_t number = i & 2 ? b.odd : b.even;
    const uint32_t word = (uint32_t)(i & 1 ? number >> 32 : number);
    if (word >= BS_REFINED_) return (int32_t)bs_invert_(law, bs_refine_(key, i, step));
    int32_t count = 0;
    for (int32_t k = 1; k <= table[0]; k++) count += word >= (uint32_t)table[k] + 0x80000000u;
    return count;
}
BS_DEVICE void bs_fill_binomial(int32_t *out, int64_t begin, int64_t end, uint64_t key,
                                int64_t step, int64_t n, double p, const int32_t *table)
{
    const bs_law_ law = {(double)n, p};
    const bool tabled = n >= 0 && p >= 0.0 && p <= 0.5 && law.n * p < BS_INVERSION_MEAN_;
    for (int64_t i = begin + bs_thread(); i < end; i += bs_threads())
        out[i] = tabled ? bs_count_by_table_(table, law, key, i, step)
                        : (int32_t)bs_binomial(n, p, key, i, step);
}

/* --- lists of set flags: one launch counts those of each part, the next one lists them ---------- */

static __device__ int64_t bs_counted_[BS_PARTS];

/* the part of n elements that belongs to a block, whole groups of 16 */
BS_DEVICE int64_t bs_part_start_(int64_t n, int64_t part)
{
    const int64_t length = ((n + 15) / 16 + BS_PARTS - 1) / BS_PARTS * 16;
    return part * length < n ? part * length : n;
}
/* the sum of what all threads before this one give, and of what all give; for all of the block */
BS_DEVICE int64_t bs_sum_before_(int64_t mine, int64_t *all)
{
    static __shared__ int64_t sums[BS_WIDE];
    const int t = (int)threadIdx.x;
    sums[t] = mine;
    __syncthreads();
    for (int reach = 1; reach < BS_WIDE; reach *= 2) {
        const int64_t before = t >= reach ? sums[t - reach] : 0;
        __syncthreads();
        sums[t] += before;
        __syncthreads();
    }
    const int64_t before = sums[t] - mine;
    *all = sums[BS_WIDE - 1];
    __syncthreads();
    return before;
}
/* BS_PARTS blocks of BS_WIDE threads */
BS_DEVICE void bs_count_flags(const uint8_t *flags, int64_t n)
{
    const int64_t stop = bs_part_start_(n, blockIdx.x + 1);
    int64_t mine = 0, all;
    for (int64_t k = bs_part_start_(n, blockIdx.x) + threadIdx.x; k < stop; k += BS_WIDE)
        mine += flags[k];
    bs_sum_before_(mine, &all);
    if (bs_is_first_of_block()) bs_counted_[blockIdx.x] = all;
}
/* list the flags low .. stop - 1 from out[place] on, by one block; return the place behind them */
BS_DEVICE int64_t bs_list_flags_(const uint8_t *flags, int64_t low, int64_t stop, int64_t first,
                                 int32_t *out, int64_t place)
{
    for (; low < stop; low += 16 * BS_WIDE) {
        /* each thread takes 16 neighbours, so that lists ascend */
        const int64_t begin = low + 16 * (int64_t)threadIdx.x;
        const int64_t end = begin + 16 < stop ? begin + 16 : stop;
        int64_t mine = 0, all;
        for (int64_t k = begin; k < end; k++) mine += flags[k];
        int64_t at = place + bs_sum_before_(mine, &all);
        for (int64_t k = begin; mine > 0 && k < end; k++)
            if (flags[k]) out[at++] = (int32_t)(first + k);
        place += all;
    }
    return place;
}
/* as bs_compact of bs_abi.h, by the same blocks after `bs_count_flags` of the same flags; all
 * threads return how many flags are set */
BS_DEVICE int64_t bs_compact_counted(const uint8_t *flags, int64_t first, int64_t n, int32_t *out)
{
    int64_t count = 0, place = 0;
    for (int part = 0; part < BS_PARTS; part++) {
        if (part == (int)blockIdx.x) place = count;
        count += bs_counted_[part];
    }
    const int64_t low = bs_part_start_(n, blockIdx.x), stop = bs_part_start_(n, blockIdx.x + 1);
    if (bs_counted_[blockIdx.x] != 0) bs_list_flags_(flags, low, stop, first, out, place);
    return count;
}
/* the same by a single block, of BS_WIDE threads */
BS_DEVICE int64_t bs_compact_in_block(const uint8_t *flags, int64_t first, int64_t n, int32_t *out)
{
    return bs_list_flags_(flags, 0, n, first, out, 0);
}
/* as bs_keep_length of the only share */
BS_DEVICE void bs_keep_whole(int64_t *lengths, int64_t length)
{
    lengths[0] = length;
    lengths[1] = 1;
}
/* as bs_join of the only share: all threads of a launch together */
BS_DEVICE int64_t bs_join_whole(const int32_t *pieces, const int64_t *lengths, int32_t *out)
{
    const int64_t count = lengths[0];
    for (int64_t k = bs_thread(); k < count; k += bs_threads()) out[k] = pieces[k];
    return count;
}

#endif
