// Where the arrays of a network are: in the memory of the host, or in one that a GPU shares.
#ifndef BRAINSIM_MEMORY_HPP
#define BRAINSIM_MEMORY_HPP

#include <cstddef>

namespace brainsim {

// whether arrays may stay where a state file has been mapped
extern const bool arrays_stay;

// Returns memory that begins at a multiple of 64 bytes, or null where there is no room.
void *take_memory(std::size_t bytes);
void give_memory(void *memory);

} // namespace brainsim

#endif
