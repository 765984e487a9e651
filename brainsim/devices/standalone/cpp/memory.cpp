#include "memory.hpp"

#include <cstdlib>

namespace brainsim {

const bool arrays_stay = true;

void *take_memory(std::size_t bytes)
{
    void *memory = nullptr;
    return posix_memalign(&memory, 64, bytes) == 0 ? memory : nullptr;
}

void give_memory(void *memory) { std::free(memory); }

} // namespace brainsim
