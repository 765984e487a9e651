// Memory that host and GPU share, and waiting for the GPU at the end of a step.
#include <cstdio>
#include <cstdlib>

#include "bs_abi.h"
#include "memory.hpp"

namespace brainsim {

const bool arrays_stay = false;

void *take_memory(std::size_t bytes)
{
    void *memory = nullptr;
    const cudaError_t error = cudaMallocManaged(&memory, bytes);
    if (error == cudaSuccess) return memory;
    std::fprintf(stderr, "CUDA: %s\n", cudaGetErrorString(error));
    return nullptr;
}

void give_memory(void *memory) { cudaFree(memory); }

} // namespace brainsim

// a kernel like the others, the last one of each step: the host may look at the arrays behind it
extern "C" void brainsim_wait(void *const *, const bs_clock *, const bs_share *)
{
    const cudaError_t error = cudaDeviceSynchronize();
    if (error == cudaSuccess) return;
    std::fprintf(stderr, "error: CUDA: %s\n", cudaGetErrorString(error));
    std::exit(1);
}
