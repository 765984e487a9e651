/* Enough of CUDA to compile the text of its printer as C++ and to run it on the host.
 *
 * The threads of a launch are run one after the other; those that wait for each other are coroutines
 * that are changed at barriers. Blocks and threads come in falling order where a library's
 * `emulated_backwards` is set.
 */
#ifndef CUDA_EMULATION_H
#define CUDA_EMULATION_H

#include <stdint.h>
#include <stddef.h>
#include <stdlib.h>
#include <ucontext.h>

#define __global__
#define __device__
#define __host__
#define __shared__

struct emulated_index {
    unsigned x;
};
static emulated_index blockIdx, threadIdx, gridDim, blockDim;

template <class T, class V> static inline void atomicAdd(T *place, V value) { *place += value; }

/* coroutines of a block */
enum { EMULATED_STACK = 1 << 16, EMULATED_MOST = 256 };
static ucontext_t emulated_main, emulated_threads[EMULATED_MOST];
static bool emulated_done[EMULATED_MOST];
static char *emulated_stacks;
static void (*emulated_body)(void *);
static void *emulated_arguments;

static inline void emulated_run()
{
    const unsigned me = threadIdx.x;
    emulated_body(emulated_arguments);
    emulated_done[me] = true;
    swapcontext(&emulated_threads[me], &emulated_main);
}

static inline void __syncthreads()
{
    const unsigned me = threadIdx.x;
    swapcontext(&emulated_threads[me], &emulated_main);
    threadIdx.x = me;
}

extern "C" {
__attribute__((visibility("default"))) int emulated_backwards = 0;
}

static inline unsigned emulated_place(unsigned k, unsigned n)
{
    return emulated_backwards ? n - 1 - k : k;
}

template <class F> static inline void emulated_call(void *f) { (*(F *)f)(); }

template <class F> static inline void emulate_joint(unsigned blocks, unsigned threads, F f)
{
    if (emulated_stacks == nullptr) emulated_stacks = (char *)malloc(EMULATED_MOST * EMULATED_STACK);
    if (threads > EMULATED_MOST) abort();
    gridDim.x = blocks;
    blockDim.x = threads;
    emulated_body = emulated_call<F>;
    emulated_arguments = &f;
    for (unsigned b = 0; b < blocks; b++) {
        blockIdx.x = emulated_place(b, blocks);
        for (unsigned t = 0; t < threads; t++) {
            getcontext(&emulated_threads[t]);
            emulated_threads[t].uc_stack.ss_sp = emulated_stacks + t * EMULATED_STACK;
            emulated_threads[t].uc_stack.ss_size = EMULATED_STACK;
            makecontext(&emulated_threads[t], emulated_run, 0);
            emulated_done[t] = false;
        }
        for (unsigned left = threads; left > 0;) {
            unsigned ended = 0;
            for (unsigned k = 0; k < threads; k++) {
                threadIdx.x = emulated_place(k, threads);
                if (emulated_done[threadIdx.x]) abort(); /* a thread left before a barrier */
                const unsigned me = threadIdx.x;
                swapcontext(&emulated_main, &emulated_threads[me]);
                ended += emulated_done[me];
            }
            if (ended != 0 && ended != threads) abort(); /* a barrier that not all reach */
            left -= ended;
        }
    }
    emulated_arguments = nullptr;
}

template <class F> static inline void emulate(unsigned blocks, unsigned threads, F f)
{
    gridDim.x = blocks;
    blockDim.x = threads;
    for (unsigned b = 0; b < blocks; b++)
        for (unsigned t = 0; t < threads; t++) {
            blockIdx.x = emulated_place(b, blocks);
            threadIdx.x = emulated_place(t, threads);
            f();
        }
}

/* what a runner calls */
typedef int cudaError_t;
static inline cudaError_t cudaMallocManaged(void **place, size_t size)
{
    *place = aligned_alloc(64, (size + 63) / 64 * 64);
    return *place == nullptr;
}
static inline cudaError_t cudaFree(void *place) { return free(place), 0; }
static inline cudaError_t cudaGetLastError() { return 0; }
static inline cudaError_t cudaDeviceSynchronize() { return 0; }
static inline const char *cudaGetErrorString(cudaError_t) { return "no memory"; }

#define BS_LAUNCH(function, blocks, threads, ...) \
    emulate(blocks, threads, [&] { function(__VA_ARGS__); })
#define BS_LAUNCH_JOINT(function, blocks, threads, ...) \
    emulate_joint(blocks, threads, [&] { function(__VA_ARGS__); })

#endif
