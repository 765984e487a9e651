/* Random numbers as a function of (key, element, step): no state, any order, any thread.
 *
 * This layout is fixed for ever: results that people publish depend on it.
 *
 *   generator   Philox4x32 with 10 rounds (Salmon, Moraes, Dror & Shaw 2011, "Parallel random
 *               numbers: as easy as 1, 2, 3"), four 32-bit words per block
 *   key         64 bits, made by the host from the seed and the name of the stream
 *               (stream_key in random.py); word 0 is the low half, word 1 the high half
 *   counter     word 0 low, word 1 high half of the block number
 *               word 2 low, word 3 high half of the step
 *   variate     element e uses the block e >> 1: an even element the 64-bit number
 *               word 1 : word 0, an odd one word 3 : word 2 (the high half named first)
 *   uniform     the upper 53 bits of the element's 64, times 2^-53: in [0, 1)
 *   normal      Box & Muller 1958: with u1 = (upper 53 bits of word 1 : word 0, plus 1) 2^-53 in
 *               (0, 1] and u2 = upper 53 bits of word 3 : word 2, times 2^-53, the even element
 *               is sqrt(-2 log u1) cos(2 pi u2), the odd one sqrt(-2 log u1) sin(2 pi u2)
 *   poisson, binomial
 *               mean below 30: inversion, the count is the number of cumulative probabilities,
 *               summed in double from 0 upwards, that are not above u. Element e uses the block
 *               e >> 2 and of it the word e & 3. A word w below 2^32 - 2^20 stands for u = w 2^-32.
 *               The others, one in 4096, are refined: u is 2^-53 times the number made of twelve
 *               ones and the upper 41 bits of the 64 that the block 2^47 + (e >> 1) has for the
 *               element, by the rule for variates
 *               otherwise transformed rejection (Hoermann 1993, PTRS and BTRS), where attempt
 *               a = 0, 1, ... uses the block (a + 1) 2^48 + e and both of its numbers
 *   PoissonGroup
 *               a neuron spikes with probability p where the u of inversion is not below 1 - p
 *
 * Elements are below 2^48. One stream (key) serves one use: two draws in one place need two keys.
 * The NumPy reference, random.py, gives the same bits. All the notes of bs_math.h apply.
 *
 * Names that end in an underscore are private to this header.
 */
#ifndef BS_RANDOM_H
#define BS_RANDOM_H

#include "bs_math.h"

/* functions that are too long to be inlined everywhere */
#ifndef BS_LONG /* bs_cuda.h has another one, and fills arrays in another way */
#define BS_LONG static inline
#endif

/* --- the generator --------------------------------------------------------------------------- */

#define BS_PHILOX_M0_ 0xD2511F53u
#define BS_PHILOX_M1_ 0xCD9E8D57u
#define BS_PHILOX_W0_ 0x9E3779B9u
#define BS_PHILOX_W1_ 0xBB67AE85u

/* four words of a block; where 64-bit products are vectorised, words are kept in 64-bit lanes
   whose upper halves mean nothing */
#if defined(__AVX512DQ__) || defined(__clang__)
typedef uint64_t bs_word_;
#else
typedef uint32_t bs_word_;
#endif
typedef struct {
    bs_word_ w0, w1, w2, w3;
} bs_words_;

BS_INLINE bs_words_ bs_philox_(bs_words_ c, uint32_t k0, uint32_t k1) {
    for (int round = 0; round < 10; round++) {
        uint64_t p = (uint64_t)(uint32_t)c.w0 * BS_PHILOX_M0_;
        uint64_t q = (uint64_t)(uint32_t)c.w2 * BS_PHILOX_M1_;
        c.w0 = (bs_word_)(q >> 32) ^ c.w1 ^ k0;
        c.w2 = (bs_word_)(p >> 32) ^ c.w3 ^ k1;
        c.w1 = (bs_word_)q;
        c.w3 = (bs_word_)p;
        k0 += BS_PHILOX_W0_;
        k1 += BS_PHILOX_W1_;
    }
    return c;
}

/* Philox4x32-10 itself */
BS_INLINE void bs_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    bs_words_ c = {counter[0], counter[1], counter[2], counter[3]};
    c = bs_philox_(c, key[0], key[1]);
    out[0] = (uint32_t)c.w0;
    out[1] = (uint32_t)c.w1;
    out[2] = (uint32_t)c.w2;
    out[3] = (uint32_t)c.w3;
}

/* the two 64-bit numbers of a block */
typedef struct {
    uint64_t even, odd;
} bs_block_;

BS_INLINE bs_block_ bs_random_block_(uint64_t key, uint64_t block, int64_t step) {
    bs_words_ c = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)step,
                   (uint32_t)((uint64_t)step >> 32)};
    c = bs_philox_(c, (uint32_t)key, (uint32_t)(key >> 32));
    bs_block_ b = {(uint64_t)c.w1 << 32 | (uint32_t)c.w0, (uint64_t)c.w3 << 32 | (uint32_t)c.w2};
    return b;
}

#ifndef BS_CUDA
/* Blocks are made in tiles that stay in the first-level cache, and eight at a time, so that loops
   over them have no rest, for which the compiler would write everything once more. */
#define BS_TILE_ 128
#define BS_WHOLE_(blocks) (((blocks) + 7) & ~INT64_C(7))

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
/* gcc knows no vector product of 32 by 32 bits in 64-bit lanes, which every x86 has */
#if defined(__AVX512F__)
#define BS_LANES_ 8
#define BS_MULTIPLY_(a, b) \
    __builtin_ia32_pmuludq512_mask((bs_ints_)(a), (bs_ints_)(b), (bs_longs_)(a), 255)
#elif defined(__AVX2__)
#define BS_LANES_ 4
#define BS_MULTIPLY_(a, b) __builtin_ia32_pmuludq256((bs_ints_)(a), (bs_ints_)(b))
#else
#define BS_LANES_ 2
#define BS_MULTIPLY_(a, b) __builtin_ia32_pmuludq128((bs_ints_)(a), (bs_ints_)(b))
#endif
typedef uint64_t bs_lanes_ __attribute__((vector_size(8 * BS_LANES_)));
typedef int bs_ints_ __attribute__((vector_size(8 * BS_LANES_)));
typedef long long bs_longs_ __attribute__((vector_size(8 * BS_LANES_)));

/* (p >> 32) ^ a ^ b in the lower halves of the lanes; the upper halves mean nothing. AVX-512 has two
   units for 64 bytes, of which the one that multiplies also shifts, and the other one shuffles */
#if defined(__AVX512F__)
BS_INLINE bs_lanes_ bs_mix_high_(bs_lanes_ p, bs_lanes_ a, bs_lanes_ b) {
    const bs_ints_ swap = {1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14};
    bs_longs_ high = (bs_longs_)__builtin_shuffle((bs_ints_)p, swap);
    return (bs_lanes_)__builtin_ia32_pternlogq512_mask(high, (bs_longs_)a, (bs_longs_)b, 0x96, 255);
}
#else
BS_INLINE bs_lanes_ bs_mix_high_(bs_lanes_ p, bs_lanes_ a, bs_lanes_ b) {
    return (p >> 32) ^ a ^ b;
}
#endif

/* what a number of blocks have in common; each lane has a block of its own */
typedef struct {
    bs_lanes_ block, step_low, step_high, keys0[10], keys1[10];
} bs_counter_;
typedef struct {
    bs_lanes_ even, odd;
} bs_lane_blocks_;

BS_INLINE bs_counter_ bs_start_lanes_(uint64_t key, uint64_t first, int64_t step) {
    const bs_lanes_ zero = {0};
    bs_lanes_ block = zero;
    bs_counter_ c;
    for (int lane = 0; lane < BS_LANES_; lane++) block[lane] = first + (uint64_t)lane;
    c.block = block;
    c.step_low = zero + (uint32_t)step;
    c.step_high = zero + ((uint64_t)step >> 32);
    for (uint32_t round = 0; round < 10; round++) {
        c.keys0[round] = zero + ((uint32_t)key + round * BS_PHILOX_W0_);
        c.keys1[round] = zero + ((uint32_t)(key >> 32) + round * BS_PHILOX_W1_);
    }
    return c;
}

/* the next blocks, one per lane */
BS_INLINE bs_lane_blocks_ bs_next_lanes_(bs_counter_ *c) {
    const bs_lanes_ zero = {0}, low_half = zero + 0xffffffffu;
    const bs_lanes_ m0 = zero + BS_PHILOX_M0_, m1 = zero + BS_PHILOX_M1_;
    bs_lanes_ w0 = c->block, w1 = c->block >> 32, w2 = c->step_low, w3 = c->step_high;
    for (int round = 0; round < 10; round++) {
        bs_lanes_ p = (bs_lanes_)BS_MULTIPLY_(w0, m0), q = (bs_lanes_)BS_MULTIPLY_(w2, m1);
        w0 = bs_mix_high_(q, w1, c->keys0[round]);
        w2 = bs_mix_high_(p, w3, c->keys1[round]);
        w1 = q;
        w3 = p;
    }
    c->block += BS_LANES_;
    bs_lane_blocks_ b = {(w1 << 32) | (w0 & low_half), (w3 << 32) | (w2 & low_half)};
    return b;
}

/* even[0 .. n) and odd[0 .. n) of the blocks first, first + 1, ..., with n a multiple of 8 */
BS_INLINE void bs_random_blocks_(uint64_t even[BS_TILE_], uint64_t odd[BS_TILE_], uint64_t key,
                                 uint64_t first, int64_t n, int64_t step) {
    bs_counter_ counter = bs_start_lanes_(key, first, step);
    for (int64_t b = 0; b < n; b += BS_LANES_) {
        bs_lane_blocks_ r = bs_next_lanes_(&counter);
        __builtin_memcpy(even + b, &r.even, sizeof r.even);
        __builtin_memcpy(odd + b, &r.odd, sizeof r.odd);
    }
}

/* words[0 .. 4 n) of the same blocks, four of each */
BS_INLINE void bs_random_words_(uint32_t words[4 * BS_TILE_], uint64_t key, uint64_t first,
                                int64_t n, int64_t step) {
#if BS_LANES_ == 8
    const bs_longs_ front = {0, 8, 1, 9, 2, 10, 3, 11}, back = {4, 12, 5, 13, 6, 14, 7, 15};
#elif BS_LANES_ == 4
    const bs_longs_ front = {0, 4, 1, 5}, back = {2, 6, 3, 7};
#else
    const bs_longs_ front = {0, 2}, back = {1, 3};
#endif
    bs_counter_ counter = bs_start_lanes_(key, first, step);
    for (int64_t b = 0; b < n; b += BS_LANES_) {
        bs_lane_blocks_ r = bs_next_lanes_(&counter);
        bs_lanes_ low = __builtin_shuffle(r.even, r.odd, front);
        bs_lanes_ high = __builtin_shuffle(r.even, r.odd, back);
        __builtin_memcpy(words + 4 * b, &low, sizeof low);
        __builtin_memcpy(words + 4 * b + 2 * BS_LANES_, &high, sizeof high);
    }
}
#else
BS_INLINE void bs_random_blocks_(uint64_t even[BS_TILE_], uint64_t odd[BS_TILE_], uint64_t key,
                                 uint64_t first, int64_t n, int64_t step) {
    for (int64_t b = 0; b < n; b++) {
        bs_block_ r = bs_random_block_(key, first + (uint64_t)b, step);
        even[b] = r.even;
        odd[b] = r.odd;
    }
}
BS_INLINE void bs_random_words_(uint32_t words[4 * BS_TILE_], uint64_t key, uint64_t first,
                                int64_t n, int64_t step) {
    uint64_t even[BS_TILE_], odd[BS_TILE_];
    bs_random_blocks_(even, odd, key, first, n, step);
    for (int64_t b = 0; b < n; b++) {
        words[4 * b] = (uint32_t)even[b];
        words[4 * b + 1] = (uint32_t)(even[b] >> 32);
        words[4 * b + 2] = (uint32_t)odd[b];
        words[4 * b + 3] = (uint32_t)(odd[b] >> 32);
    }
}
#endif
#endif

/* --- uniform and normal ---------------------------------------------------------------------- */

typedef struct {
    double even, odd;
} bs_pair_;

/* the upper 53 bits of v times 2^-53 */
BS_INLINE double bs_unit_(uint64_t v) {
#if defined(__AVX512DQ__)
    return (double)(int64_t)(v >> 11) * 0x1p-53;
#else
    /* without the conversion instruction, which other x86 have for single numbers only */
    double low = bs_double_(((v >> 11) & 0xffffffffu) | UINT64_C(0x3fe0000000000000)); /* + 1/2 */
    double high = bs_double_((v >> 43) | UINT64_C(0x41e0000000000000)); /* + 2^31 */
    return (high - (0x1p31 + 0.5)) + low;
#endif
}

BS_INLINE bs_pair_ bs_uniform_pair_(bs_block_ b) {
    bs_pair_ u = {bs_unit_(b.even), bs_unit_(b.odd)};
    return u;
}

BS_INLINE bs_pair_ bs_normal_pair_(bs_block_ b) {
    double radius = __builtin_sqrt(-2.0 * bs_log_positive_(bs_unit_(b.even) + 0x1p-53));
    /* the angle in quarter turns, split without error into a whole number and a rest */
    double turn = 4.0 * bs_unit_(b.odd), rounded = turn + BS_ROUND_;
    double r = (turn - (rounded - BS_ROUND_)) * BS_PI_2_HI_, z = r * r;
    double sine = r + r * z * bs_sin_rest_(z);
    double cosine = 1.0 - (0.5 * z - z * z * bs_cos_rest_(z));
    uint64_t quarter = bs_bits_(rounded);
    bs_pair_ n = {radius * bs_sin_of_(quarter + 1, sine, cosine),
                  radius * bs_sin_of_(quarter, sine, cosine)};
    return n;
}

/* uniform in [0, 1), a multiple of 2^-53 */
BS_INLINE double bs_uniform(uint64_t key, int64_t element, int64_t step) {
    bs_block_ b = bs_random_block_(key, (uint64_t)element >> 1, step);
    return bs_unit_(element & 1 ? b.odd : b.even);
}
/* standard normal; at most 8.58 in magnitude */
BS_INLINE double bs_normal(uint64_t key, int64_t element, int64_t step) {
    bs_pair_ n = bs_normal_pair_(bs_random_block_(key, (uint64_t)element >> 1, step));
    return element & 1 ? n.odd : n.even;
}

#ifndef BS_CUDA
/* The variates of a run of elements, a tile of whole blocks at a time: pairs[k] belongs to the
   element 2 block + k for k < 2 blocks, and the elements from `from` up to `to` are wanted. */
typedef struct {
    double pairs[2 * BS_TILE_];
    int64_t block, blocks, from, to;
} bs_tile_;

BS_INLINE int bs_next_tile_(bs_tile_ *tile, int64_t end, uint64_t key, int64_t step,
                            bs_pair_ (*transform)(bs_block_)) {
    uint64_t even[BS_TILE_], odd[BS_TILE_];
    tile->from = tile->to;
    if (tile->from >= end) return 0;
    tile->block = tile->from / 2;
    int64_t blocks = (end + 1) / 2 - tile->block;
    blocks = blocks < BS_TILE_ ? blocks : BS_TILE_;
    tile->blocks = BS_WHOLE_(blocks);
    bs_random_blocks_(even, odd, key, (uint64_t)tile->block, tile->blocks, step);
    for (int64_t b = 0; b < BS_WHOLE_(blocks); b++) {
        bs_block_ bits = {even[b], odd[b]};
        bs_pair_ pair = transform(bits);
        tile->pairs[2 * b] = pair.even;
        tile->pairs[2 * b + 1] = pair.odd;
    }
    tile->to = 2 * (tile->block + blocks);
    tile->to = tile->to < end ? tile->to : end;
    return 1;
}

/* Defines bs_fill_<name>(out, begin, end, key, step): out[i] = (type)(variate of element i) for
   begin <= i < end. */
#define BS_DEFINE_FILL_(name, type, transform)                                                   \
    static inline void bs_fill_##name(type *BS_RESTRICT out, int64_t begin, int64_t end,         \
                                      uint64_t key, int64_t step) {                              \
        bs_tile_ tile;                                                                           \
        tile.to = begin;                                                                         \
        while (bs_next_tile_(&tile, end, key, step, transform))                                  \
            for (int64_t i = tile.from; i < tile.to; i++)                                        \
                out[i] = (type)tile.pairs[i - 2 * tile.block];                                   \
    }

/* the numbers of bs_uniform and bs_normal; the float32 ones are rounded from double, so a uniform
   one may be 1.0f, once in 2^25 */
BS_DEFINE_FILL_(uniform, double, bs_uniform_pair_)
BS_DEFINE_FILL_(uniformf, float, bs_uniform_pair_)
BS_DEFINE_FILL_(normal, double, bs_normal_pair_)
BS_DEFINE_FILL_(normalf, float, bs_normal_pair_)
#endif

/* --- counts by inversion --------------------------------------------------------------------- */

/* Distributions with a smaller mean are inverted; PTRS and BTRS are valid from a mean of 10 on. */
#define BS_INVERSION_MEAN_ 30.0

/* words from here on are refined */
#define BS_REFINED_ (UINT32_MAX - ((1u << 20) - 1))
#define BS_REFINED_FROM_ (1.0 - 0x1p-12)

/* the uniform number of an element whose word is refined */
BS_LONG double bs_refine_(uint64_t key, int64_t element, int64_t step) {
    bs_block_ b = bs_random_block_(key, (UINT64_C(1) << 47) + ((uint64_t)element >> 1), step);
    return bs_unit_(UINT64_C(0xfff) << 52 | (element & 1 ? b.odd : b.even) >> 12);
}
/* uniform in [0, 1), of which an element's count is made: in steps of 2^-32 up to 1 - 2^-12, of
   2^-53 above; cheaper in numbers than bs_uniform. An event of probability p <= 1/2 happens where
   it is not below 1 - p. */
BS_INLINE double bs_uniform_of_counts(uint64_t key, int64_t element, int64_t step) {
    bs_block_ b = bs_random_block_(key, (uint64_t)element >> 2, step);
    uint64_t number = element & 2 ? b.odd : b.even;
    uint32_t word = (uint32_t)(element & 1 ? number >> 32 : number);
    return word < BS_REFINED_ ? (double)word * 0x1p-32 : bs_refine_(key, element, step);
}

#ifndef BS_CUDA
/* out[i] = that number of element i for begin <= i < end */
static inline void bs_fill_uniform_of_counts(double *BS_RESTRICT out, int64_t begin, int64_t end,
                                             uint64_t key, int64_t step) {
    uint32_t words[4 * BS_TILE_];
    for (int64_t from = begin; from < end;) {
        const int64_t first = from & ~INT64_C(3), left = (end - first + 3) / 4;
        const int64_t blocks = left < BS_TILE_ ? left : BS_TILE_;
        const int64_t to = first + 4 * blocks < end ? first + 4 * blocks : end;
        uint32_t largest = 0;
        bs_random_words_(words, key, (uint64_t)first / 4, BS_WHOLE_(blocks), step);
        for (int64_t i = from; i < to; i++) {
            const uint32_t word = words[i - first];
            out[i] = (double)word * 0x1p-32;
            largest = word > largest ? word : largest;
        }
        if (largest >= BS_REFINED_)
            for (int64_t i = from; i < to; i++)
                if (words[i - first] >= BS_REFINED_) out[i] = bs_refine_(key, i, step);
        from = to;
    }
}
#endif

/* e^x for -700 <= x <= 0, without fused operations: counts that people publish depend on its bits,
   so that it stays when bs_exp changes */
BS_LONG double bs_exp_of_counts_(double x) {
    double rounded = x * BS_LOG2_E_ + BS_ROUND_, k = rounded - BS_ROUND_;
    double r = (x - k * BS_LN2_HI_) - k * BS_LN2_LO_, z = r * r;
    double even = 0.16666666666666433 +
                  z * (0.008333333333500063 +
                       z * (0.000198412694661798 +
                            z * (2.7557640888405562e-06 + z * 2.497837682684176e-08)));
    double odd = 0.04166666666660395 +
                 z * (0.001388888892679954 +
                      z * (2.4801508677651313e-05 + z * 2.762518909285883e-07));
    return (1.0 + (r + z * (0.5 + r * (even + r * odd)))) * bs_exp2_(rounded, 0);
}

/* a distribution of counts with a mean below 30: binomial of n trials of probability p <= 1/2, or
   Poisson of mean p where n < 0 */
typedef struct {
    double n, p;
} bs_law_;

/* the terms of its sum of probabilities */
typedef struct {
    bs_law_ law;
    double k, ratio, term, sum;
} bs_terms_;

BS_INLINE bs_terms_ bs_first_term_(bs_law_ law) {
    bs_terms_ t = {law, 0.0, law.n < 0.0 ? law.p : law.p / (1.0 - law.p), 0.0, 0.0};
    t.term = t.sum = bs_exp_of_counts_(law.n < 0.0 ? -law.p : law.n * bs_log1p(-law.p));
    return t;
}
/* adds the next term; whether the sum has grown */
BS_INLINE int bs_next_term_(bs_terms_ *t) {
    const double before = t->sum, left = t->law.n - t->k;
    t->k += 1.0;
    t->term *= t->law.n < 0.0 ? t->ratio / t->k : t->ratio * (left / t->k);
    t->sum += t->term;
    return t->sum != before;
}
BS_INLINE int bs_may_grow_(const bs_terms_ *t) { return t->law.n < 0.0 || t->k < t->law.n; }

/* number of cumulative probabilities that are not above u; where the sum no longer grows it ends */
BS_LONG int64_t bs_invert_(bs_law_ law, double u) {
    bs_terms_ t = bs_first_term_(law);
    while (u >= t.sum && bs_may_grow_(&t))
        if (!bs_next_term_(&t)) break;
    return (int64_t)t.k;
}

/* A table of thresholds (poisson_table, binomial_table in random.py) holds their number, then for
   each cumulative probability F below 1 - 2^-12 the smallest word that is not below F 2^32, less
   2^31 so that all instruction sets can compare it. Means below 30 need at most 64 of them. */
#define BS_TABLE_ (1 + 64)

#ifndef BS_CUDA
static inline void bs_make_table_(int32_t table[BS_TABLE_], bs_law_ law) {
    bs_terms_ t = bs_first_term_(law);
    table[0] = 0;
    while (t.sum < BS_REFINED_FROM_ && bs_may_grow_(&t) && table[0] < BS_TABLE_ - 1) {
        double word = t.sum * 0x1p32;
        int64_t below = (int64_t)word;
        table[++table[0]] = (int32_t)(below + ((double)below < word) - (INT64_C(1) << 31));
        bs_next_term_(&t);
    }
}

/* the table of poisson_table */
static inline void bs_make_poisson_table_(int32_t table[BS_TABLE_], double lam) {
    const bs_law_ law = {-1.0, lam};
    bs_make_table_(table, law);
}
/* the table of binomial_table, of BS_TABLE_ elements; an empty one where there is none */
static inline void bs_binomial_table(int64_t n, double p, int32_t *table) {
    const bs_law_ law = {(double)n, p};
    table[0] = 0;
    if (n >= 0 && p >= 0.0 && p <= 0.5 && law.n * p < BS_INVERSION_MEAN_) bs_make_table_(table, law);
}

/* counts[i] = number of thresholds not above words[i], for n words, a multiple of 32; returns
   whether any word is to be refined */
#if defined(BS_LANES_)
/* one less in lanes where the threshold is above the word */
BS_INLINE bs_ints_ bs_count_(bs_ints_ count, bs_ints_ threshold, bs_ints_ word) {
#if BS_LANES_ == 8
    const bs_ints_ one = (bs_ints_){0} + 1;
    unsigned short above = (unsigned short)__builtin_ia32_cmpd512_mask(threshold, word, 6, -1);
    return (bs_ints_)__builtin_ia32_psubd512_mask(count, one, count, above);
#else
    return count + (bs_ints_)(threshold > word);
#endif
}
static inline int bs_count_all_(int32_t *counts, const uint32_t *words, int64_t n,
                                const int32_t *table) {
    enum { VECTORS = BS_LANES_ == 2 ? 4 : 16 / BS_LANES_, WIDTH = 2 * BS_LANES_ };
    const bs_ints_ zero = {0}, refined = zero + (int32_t)(BS_REFINED_ - 0x80000000u);
    bs_ints_ late = zero;
    for (int64_t i = 0; i < n; i += VECTORS * WIDTH) {
        bs_ints_ word[VECTORS], count[VECTORS];
        __builtin_memcpy(word, words + i, sizeof word);
        for (int v = 0; v < VECTORS; v++) {
            word[v] ^= INT32_MIN;
            late |= bs_count_(zero + 1, refined, word[v]);
            count[v] = zero + table[0];
        }
        for (int32_t k = 1; k <= table[0]; k++) {
            const bs_ints_ threshold = zero + table[k];
            for (int v = 0; v < VECTORS; v++) count[v] = bs_count_(count[v], threshold, word[v]);
        }
        __builtin_memcpy(counts + i, count, sizeof count);
    }
    int any = 0;
    for (int lane = 0; lane < WIDTH; lane++) any |= late[lane];
    return any;
}
#else
static inline int bs_count_all_(int32_t *counts, const uint32_t *words, int64_t n,
                                const int32_t *table) {
    uint32_t late = 0;
    for (int64_t i = 0; i < n; i++) {
        counts[i] = 0;
        late |= words[i] >= BS_REFINED_;
    }
    for (int32_t k = 1; k <= table[0]; k++) {
        const uint32_t threshold = (uint32_t)table[k] + 0x80000000u;
        for (int64_t i = 0; i < n; i++) counts[i] += words[i] >= threshold;
    }
    return (int)late;
}
#endif

/* counts of elements from a multiple of 4 on, a tile of whole blocks */
static inline void bs_count_tile_(int32_t counts[4 * BS_TILE_], uint64_t key, int64_t first,
                                  int64_t blocks, int64_t step, bs_law_ law,
                                  const int32_t *table) {
    uint32_t words[4 * BS_TILE_];
    bs_random_words_(words, key, (uint64_t)first / 4, blocks, step);
    if (bs_count_all_(counts, words, 4 * blocks, table))
        for (int64_t i = 0; i < 4 * blocks; i++)
            if (words[i] >= BS_REFINED_)
                counts[i] = (int32_t)bs_invert_(law, bs_refine_(key, first + i, step));
}

/* Defines bs_fill_<name>(out, begin, end, key, step, law, table): out[i] = count of element i by
   inversion for begin <= i < end; the table is that of the law. */
#define BS_DEFINE_FILL_COUNTS_(name, type)                                                       \
    static inline void bs_fill_##name(type *BS_RESTRICT out, int64_t begin, int64_t end,         \
                                      uint64_t key, int64_t step, bs_law_ law,                   \
                                      const int32_t *table) {                                    \
        int32_t counts[4 * BS_TILE_];                                                            \
        for (int64_t from = begin; from < end;) {                                                \
            const int64_t first = from & ~INT64_C(3), left = (end - first + 3) / 4;              \
            const int64_t blocks = left < BS_TILE_ ? left : BS_TILE_;                            \
            const int64_t to = first + 4 * blocks < end ? first + 4 * blocks : end;              \
            bs_count_tile_(counts, key, first, BS_WHOLE_(blocks), step, law, table);             \
            for (int64_t i = from; i < to; i++) out[i] = (type)counts[i - first];                \
            from = to;                                                                           \
        }                                                                                        \
    }
BS_DEFINE_FILL_COUNTS_(inverted_int32, int32_t)
BS_DEFINE_FILL_COUNTS_(inverted_int64, int64_t)
#endif

/* --- counts by rejection --------------------------------------------------------------------- */

/* log of (mu^k e^-mu / k!) by the saddle point (Loader 2000): the large terms cancel on paper, not
   in the machine. k >= 0 is whole, mu > 0 */
BS_LONG double bs_log_poisson_(double k, double mu) {
    static const double factorial[16] = {
        1.0, 1.0, 2.0, 6.0, 24.0, 120.0, 720.0, 5040.0, 40320.0, 362880.0, 3628800.0, 39916800.0,
        479001600.0, 6227020800.0, 87178291200.0, 1307674368000.0};
    double d = k - mu, deviance = k * bs_log1p(d / mu) - d;
    if (k == 0.0) return -mu;
    if (k < 16.0)
        return -deviance - (bs_log(factorial[(int)k]) - (k * bs_log(k) - k));
    /* Stirling's series for log(k!) - k log(k) + k */
    double s = 1.0 / (k * k);
    double stirling = (1.0 / 12.0 - s * (1.0 / 360.0 - s * (1.0 / 1260.0 - s / 1680.0))) / k;
    return -deviance - (0.5 * bs_log(0x1.921fb54442d18p+2 * k) + stirling);
}

/* constants of one distribution; n < 0 stands for Poisson */
typedef struct {
    double mean, n, p, a, b, centre, quick, scale, at_mode;
} bs_hat_;

BS_LONG bs_hat_ bs_poisson_hat_(double lam) {
    bs_hat_ h = {lam, -1.0, 0.0, 0.0, 0.0, lam + 0.43, 0.0, 0.0, 0.0};
    h.b = 0.931 + 2.53 * __builtin_sqrt(lam);
    h.a = -0.059 + 0.02483 * h.b;
    h.quick = 0.9277 - 3.6224 / (h.b - 2.0);
    h.scale = 1.1239 + 1.1328 / (h.b - 3.4);
    return h;
}
/* log of the binomial probability of k, less a constant */
BS_LONG double bs_log_binomial_(double k, double n, double p) {
    return bs_log_poisson_(k, n * p) + bs_log_poisson_(n - k, n * (1.0 - p));
}
/* for p <= 1/2 */
BS_LONG bs_hat_ bs_binomial_hat_(double n, double p) {
    bs_hat_ h = {n * p, n, p, 0.0, 0.0, n * p + 0.5, 0.0, 0.0, 0.0};
    double deviation = __builtin_sqrt(n * p * (1.0 - p));
    h.b = 1.15 + 2.53 * deviation;
    h.a = -0.0873 + 0.0248 * h.b + 0.01 * p;
    h.quick = 0.92 - 4.2 / h.b;
    h.scale = (2.83 + 5.1 / h.b) * deviation;
    h.at_mode = bs_log_binomial_(__builtin_floor((n + 1.0) * p), n, p);
    return h;
}
/* the acceptance rate is above 2/3, so the last attempt (a chance of 3^-65535) is never reached */
BS_LONG double bs_draw_by_rejection_(bs_hat_ h, uint64_t key, int64_t element, int64_t step) {
    for (uint64_t attempt = 1; attempt < 65536; attempt++) {
        bs_block_ bits = bs_random_block_(key, (attempt << 48) + (uint64_t)element, step);
        double u = bs_unit_(bits.even) - 0.5, v = bs_unit_(bits.odd) + 0x1p-53;
        double us = 0.5 - __builtin_fabs(u);
        double k = __builtin_floor((2.0 * h.a / us + h.b) * u + h.centre);
        if (us >= 0.07 && v <= h.quick) return k;
        if (!(k >= 0.0) || (us < 0.013 && v > us)) continue;
        if (h.n >= 0.0 && k > h.n) continue;
        double density = h.n < 0.0 ? bs_log_poisson_(k, h.mean)
                                   : bs_log_binomial_(k, h.n, h.p) - h.at_mode;
        if (bs_log(v * h.scale / (h.a / (us * us) + h.b)) <= density) return k;
    }
    return __builtin_floor(h.mean);
}

/* --- Poisson and binomial -------------------------------------------------------------------- */

/* a Poisson count of mean lam; 0 where lam is negative or NaN. From 2^53 on counts are rounded to
   double, and means above 2^62 are taken as 2^62 */
BS_LONG int64_t bs_poisson(double lam, uint64_t key, int64_t element, int64_t step) {
    if (!(lam > 0.0)) return 0;
    const bs_law_ law = {-1.0, lam};
    if (lam < BS_INVERSION_MEAN_) return bs_invert_(law, bs_uniform_of_counts(key, element, step));
    bs_hat_ h = bs_poisson_hat_(lam < 0x1p62 ? lam : 0x1p62);
    return (int64_t)bs_draw_by_rejection_(h, key, element, step);
}
/* the number of successes in n trials of probability p; p is taken into [0, 1], NaN as 0, n < 0 as
   0. From n = 2^53 on counts are rounded to double */
BS_LONG int64_t bs_binomial(int64_t n, double p, uint64_t key, int64_t element, int64_t step) {
    if (n <= 0 || !(p > 0.0)) return 0;
    if (p >= 1.0) return n;
    double trials = (double)n, rare = p <= 0.5 ? p : 1.0 - p;
    const bs_law_ law = {trials, rare};
    int64_t k;
    if (trials * rare < BS_INVERSION_MEAN_)
        k = bs_invert_(law, bs_uniform_of_counts(key, element, step));
    else
        k = (int64_t)bs_draw_by_rejection_(bs_binomial_hat_(trials, rare), key, element, step);
    return p <= 0.5 ? k : n - k;
}

#ifndef BS_CUDA
/* out[i] = bs_poisson(lam, key, i, step) for begin <= i < end */
static inline void bs_fill_poisson(int64_t *BS_RESTRICT out, int64_t begin, int64_t end,
                                   uint64_t key, int64_t step, double lam) {
    if (lam > 0.0 && lam < BS_INVERSION_MEAN_) {
        const bs_law_ law = {-1.0, lam};
        int32_t table[BS_TABLE_];
        bs_make_poisson_table_(table, lam);
        bs_fill_inverted_int64(out, begin, end, key, step, law, table);
    } else
        for (int64_t i = begin; i < end; i++) out[i] = bs_poisson(lam, key, i, step);
}
/* out[i] = bs_binomial(n, p, key, i, step) for begin <= i < end. The table is what binomial_table
   makes for p <= 1/2 and n p < 30; otherwise it is not looked at, and each count is drawn by itself */
static inline void bs_fill_binomial(int32_t *BS_RESTRICT out, int64_t begin, int64_t end,
                                    uint64_t key, int64_t step, int64_t n, double p,
                                    const int32_t *table) {
    const bs_law_ law = {(double)n, p};
    if (n >= 0 && p >= 0.0 && p <= 0.5 && law.n * p < BS_INVERSION_MEAN_)
        bs_fill_inverted_int32(out, begin, end, key, step, law, table);
    else
        for (int64_t i = begin; i < end; i++) out[i] = (int32_t)bs_binomial(n, p, key, i, step);
}
#endif

#endif
