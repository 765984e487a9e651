/* Sorting of the synapses of one row, for brainsim/connectivity.pyx. */
#ifndef BS_SORTING_H
#define BS_SORTING_H

#include <stdint.h>

/* Sorts n items by their upper 32 bits; equal ones keep their order. Returns `items` or `spare`,
   which has room for as many, whichever holds them in the end. */
static inline uint64_t *bs_sorted_items(uint64_t *items, uint64_t *spare, int64_t n) {
    uint64_t descents = 0, differ = 0;
    for (int64_t k = 1; k < n; k++) {
        descents += (items[k] >> 32) < (items[k - 1] >> 32);
        differ |= items[k - 1] ^ items[k];
    }
    if (!descents) return items;
    if (n <= 24) {
        for (int64_t k = 1; k < n; k++) {
            uint64_t item = items[k];
            int64_t at = k;
            for (; at && (items[at - 1] >> 32) > (item >> 32); at--) items[at] = items[at - 1];
            items[at] = item;
        }
        return items;
    }
    /* digits of eight bits, the lowest first, as far as items differ there */
    for (int shift = 32; shift < 64; shift += 8) {
        int64_t count[256] = {0}, total = 0;
        if (!(differ >> shift & 255)) continue;
        for (int64_t k = 0; k < n; k++) count[items[k] >> shift & 255]++;
        for (int digit = 0; digit < 256; digit++) {
            int64_t of_digit = count[digit];
            count[digit] = total;
            total += of_digit;
        }
        for (int64_t k = 0; k < n; k++) spare[count[items[k] >> shift & 255]++] = items[k];
        uint64_t *sorted = spare;
        spare = items;
        items = sorted;
    }
    return items;
}

#endif
