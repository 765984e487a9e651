// The keys of random streams: BLAKE2b with eight bytes of digest and no key (RFC 7693).
#ifndef BRAINSIM_BLAKE2B_HPP
#define BRAINSIM_BLAKE2B_HPP

#include <cstdint>
#include <cstring>
#include <string>

namespace brainsim {

inline uint64_t rotated(uint64_t x, int by) { return x >> by | x << (64 - by); }

// Returns the digest as a number, little end first.
inline uint64_t blake2b_64(const std::string &text)
{
    static const uint64_t initial[8] = {
        0x6a09e667f3bcc908u, 0xbb67ae8584caa73bu, 0x3c6ef372fe94f82bu, 0xa54ff53a5f1d36f1u,
        0x510e527fade682d1u, 0x9b05688c2b3e6c1fu, 0x1f83d9abfb41bd6bu, 0x5be0cd19137e2179u};
    static const uint8_t order[10][16] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
        {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
        {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
        {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
        {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
        {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
        {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
        {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
        {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
        {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};
    static const uint8_t mixed[8][4] = {{0, 4, 8, 12}, {1, 5, 9, 13}, {2, 6, 10, 14}, {3, 7, 11, 15},
                                        {0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13}, {3, 4, 9, 14}};
    uint64_t state[8];
    std::memcpy(state, initial, sizeof state);
    state[0] ^= 0x01010000u ^ 8u;
    size_t done = 0;
    do {
        const size_t left = text.size() - done, n = left < 128 ? left : 128;
        uint8_t block[128] = {};
        std::memcpy(block, text.data() + done, n);
        done += n;
        uint64_t words[16], v[16];
        for (int k = 0; k < 16; k++) {
            words[k] = 0;
            for (int byte = 7; byte >= 0; byte--) words[k] = words[k] << 8 | block[8 * k + byte];
        }
        for (int k = 0; k < 8; k++) {
            v[k] = state[k];
            v[k + 8] = initial[k];
        }
        v[12] ^= done;
        if (done == text.size()) v[14] = ~v[14];
        for (int round = 0; round < 12; round++)
            for (int k = 0; k < 8; k++) {
                uint64_t &a = v[mixed[k][0]], &b = v[mixed[k][1]], &c = v[mixed[k][2]];
                uint64_t &d = v[mixed[k][3]];
                a += b + words[order[round % 10][2 * k]];
                d = rotated(d ^ a, 32);
                c += d;
                b = rotated(b ^ c, 24);
                a += b + words[order[round % 10][2 * k + 1]];
                d = rotated(d ^ a, 16);
                c += d;
                b = rotated(b ^ c, 63);
            }
        for (int k = 0; k < 8; k++) state[k] ^= v[k] ^ v[k + 8];
    } while (done < text.size());
    return state[0];
}

} // namespace brainsim

#endif
