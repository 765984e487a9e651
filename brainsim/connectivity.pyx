# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Builders of connectivity in native code; `model/sampling.py` and `model/rows.py` call them.

Each does what its NumPy counterpart there does, and gives the same arrays bit for bit. None of them
holds the GIL while it works, and none allocates what it returns: the caller, which knows how much
memory there is, hands in the arrays.
"""

from libc.math cimport INFINITY
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc

ctypedef fused place_t:
    int32_t
    int64_t

# neurons of one side: targets take two bytes where these suffice
ctypedef fused neuron_t:
    uint16_t
    int32_t

cdef extern from "bs_random.h":
    int64_t bs_binomial(
        int64_t n, double p, uint64_t key, int64_t element, int64_t step
    ) noexcept nogil

cdef extern from "draws.h":
    ctypedef struct bs_draws:
        # out[i] = uniform or normal number of element i for begin <= i < end
        void fill_uniform(
            double *out, int64_t begin, int64_t end, uint64_t key, int64_t step
        ) noexcept nogil
        void fill_normal(
            double *out, int64_t begin, int64_t end, uint64_t key, int64_t step
        ) noexcept nogil
        # numbers of failures before each of n successes, each `most` at the most
        void draw_gaps(
            int32_t *gaps, int64_t first, int64_t n, uint64_t key, int64_t step, double scale,
            double most,
        ) noexcept nogil
    const bs_draws *bs_draws_of(int level) noexcept nogil

cdef const bs_draws *draws

cdef extern from "sorting.h":
    # by the upper 32 bits, stable; in items or spare
    uint64_t *sorted_items "bs_sorted_items"(
        uint64_t *items, uint64_t *spare, int64_t n
    ) noexcept nogil

cdef extern from *:
    int count_trailing_zeros "__builtin_ctzll"(uint64_t x) noexcept nogil

# numbers drawn in one go, at most: they stay in the first-level cache
cdef enum:
    TILE = 256


def use_level(int level):
    """Draw with the instructions of a level: 0 any, 1 AVX2, 2 AVX-512. The numbers are the same.

    Returns:
        Whether this processor has them; if not, nothing has changed.
    """
    global draws
    cdef const bs_draws *found = bs_draws_of(level)
    if found != NULL:
        draws = found
    return found != NULL


for _level in range(3):
    use_level(_level)


def fill_uniform(double[::1] out, uint64_t key, int64_t first):
    """Set out[k] to the uniform number of element first + k, step 0."""
    if out.shape[0]:
        with nogil:
            draws.fill_uniform(&out[0] - first, first, first + out.shape[0], key, 0)


def fill_normal(double[::1] out, uint64_t key, int64_t first):
    """Set out[k] to the normal number of element first + k, step 0."""
    if out.shape[0]:
        with nogil:
            draws.fill_normal(&out[0] - first, first, first + out.shape[0], key, 0)


def draw_binomials(
    const int64_t[::1] n, const double[::1] p, uint64_t key, int64_t first, int64_t[::1] out
):
    """Set out[k] to the binomial number of element first + k, step 0, for n[k] and p[k]."""
    cdef int64_t k
    with nogil:
        for k in range(out.shape[0]):
            out[k] = bs_binomial(n[k], p[k], key, first + k, 0)


# ------------------------------------------------------------------------------------ random rows


cdef int64_t tile_for(double expected) noexcept nogil:
    """Return how many numbers to draw when so many are expected to be needed."""
    # two standard deviations more, so that a second attempt is rare
    cdef double wanted = expected + 2.0 * expected**0.5 + 2.0
    return <int64_t>wanted if wanted < TILE else TILE


cdef int64_t sample_row(
    double scale, int64_t width, uint64_t key, int64_t row, neuron_t *out, int64_t room
) noexcept nogil:
    """Write the chosen columns of a row; return how many, or -1 when there is too little room."""
    cdef int32_t gaps[TILE]
    cdef int64_t place = -1, found = 0, drawn = 0, n, k
    if scale == -INFINITY or width <= 0:
        return 0
    if scale == 0.0:
        if width > room:
            return -1
        for k in range(width):
            out[k] = <neuron_t>k
        return width
    while True:
        n = tile_for(<double>(width - place) / -scale)
        if found + n > room:
            return -1
        draws.draw_gaps(gaps, drawn, n, key, row, scale, <double>width)
        drawn += n
        for k in range(n):
            place += gaps[k] + 1
            if place >= width:
                return found
            out[found] = <neuron_t>place
            found += 1


def sample_rows(
    const double[::1] scale,
    const int64_t[::1] width,
    uint64_t key,
    int64_t first,
    int64_t[::1] offsets,
    neuron_t[::1] out,
    int64_t begin,
):
    """Choose among the columns of rows, each with the probability of its row.

    Args:
        scale: Of each row, 1 / log(1 - p); 0 for all columns and -inf for none.
        width: Number of columns of each row, below 2**31.
        key: Key of the stream.
        first: Number of the first row in the stream.
        offsets: One more than rows; those of the rows done are written.
        out: The columns chosen.
        begin: Row to begin with; offsets[begin] columns are there already.

    Returns:
        The row for which there was too little room; the number of rows when all are done.
    """
    cdef int64_t row, found, rows = scale.shape[0], room = out.shape[0]
    cdef neuron_t *target = &out[0] if room else NULL
    with nogil:
        for row in range(begin, rows):
            found = sample_row(
                scale[row], width[row], key, first + row,
                target + offsets[row], room - offsets[row],
            )
            if found < 0:
                break
            offsets[row + 1] = offsets[row] + found
        else:
            row = rows
    return row


cdef void sample_set(
    uint64_t *chosen, int64_t size, int64_t width, uint64_t key, int64_t row
) noexcept nogil:
    """Set `size` of the first `width` bits, all subsets being equally likely (Floyd's method)."""
    cdef double u[TILE]
    cdef int64_t k, n, pick, last
    for k in range(size):
        if k % TILE == 0:
            n = size - k if size - k < TILE else TILE
            draws.fill_uniform(u - k, k, k + n, key, row)
        last = width - size + k
        pick = <int64_t>(u[k % TILE] * (last + 1))
        if chosen[pick >> 6] >> (pick & 63) & 1:
            pick = last
        chosen[pick >> 6] |= <uint64_t>1 << (pick & 63)


def sample_sizes(
    const int64_t[::1] offsets,
    const int64_t[::1] width,
    uint64_t key,
    int64_t first,
    neuron_t[::1] out,
):
    """Choose a given number of the columns of each row, without repetition, ascending.

    Args:
        offsets: Row r gets offsets[r + 1] - offsets[r] columns, at most width[r].
        width: Number of columns of each row, below 2**31.
        key: Key of the stream.
        first: Number of the first row in the stream.
        out: The columns chosen.

    Raises:
        MemoryError: There is no room for one bit per column.
    """
    cdef int64_t row, words, word, at = 0, widest = 0
    cdef uint64_t bits
    for row in range(width.shape[0]):
        widest = max(widest, width[row])
    cdef uint64_t *chosen = <uint64_t *>calloc(widest // 64 + 1, sizeof(uint64_t))
    if not chosen:
        raise MemoryError
    with nogil:
        for row in range(width.shape[0]):
            sample_set(chosen, offsets[row + 1] - offsets[row], width[row], key, first + row)
            words = (width[row] + 63) // 64
            for word in range(words):
                bits = chosen[word]
                chosen[word] = 0
                while bits:
                    out[at] = <neuron_t>(64 * word + count_trailing_zeros(bits))
                    at += 1
                    bits &= bits - 1
    free(chosen)


def chosen_columns(
    const uint8_t[:, ::1] mask, int32_t first, int64_t[::1] counts, neuron_t[::1] out
):
    """Write the columns, counted from `first`, that are set in a mask, row by row.

    Args:
        mask: Zeros and ones.
        first: Number of the first column.
        counts: The number of columns set in each row is added to it.
        out: One element for every one in the mask.
    """
    cdef int64_t row, column, at = 0, before, last = out.shape[0] - 1
    if last < 0:
        return
    with nogil:
        for row in range(mask.shape[0]):
            before = at
            for column in range(mask.shape[1]):
                # written always, kept where the mask is set: no branch to mispredict
                out[at] = <neuron_t>(first + column)
                at += mask[row, column]
                if at > last:
                    break
            counts[row] += at - before
            if at > last:
                break


# ---------------------------------------------------------------------------------------- sorting


cdef inline int64_t row_of(
    const neuron_t *neuron, const int64_t *delay, int64_t first, int64_t count, int64_t k
) noexcept nogil:
    return neuron[k] if delay == NULL else neuron[k] * count + delay[k] - first


cdef const int64_t *delays_of(const int64_t[::1] delay) noexcept:
    return &delay[0] if delay is not None and delay.shape[0] else NULL


def in_rows(const neuron_t[::1] neuron, const int64_t[::1] delay, int64_t first, int64_t count):
    """Return whether synapses stand row by row; see `count_rows`."""
    cdef const int64_t *steps = delays_of(delay)
    cdef int64_t k, row, before = -1, n = neuron.shape[0]
    cdef bint ordered = True
    with nogil:
        for k in range(n):
            row = row_of(&neuron[0], steps, first, count, k)
            if row < before:
                ordered = False
                break
            before = row
    return ordered


def count_rows(
    const neuron_t[::1] neuron,
    const int64_t[::1] delay,
    int64_t first,
    int64_t count,
    int64_t[::1] offsets,
):
    """Find out where the synapses of each row stand when they are sorted by row.

    Args:
        neuron: Source (or target) of each synapse.
        delay: Delay of each synapse in steps, or None for rows of a neuron each; otherwise there is
            one row per neuron and delay, the delays of a neuron side by side.
        first: Smallest delay.
        count: Number of delays; 1 without delays.
        offsets: Zeros, one more than there are rows; gets the first place of each row.
    """
    cdef const int64_t *steps = delays_of(delay)
    cdef int64_t k, n = neuron.shape[0], rows = offsets.shape[0] - 1
    with nogil:
        for k in range(n):
            offsets[row_of(&neuron[0], steps, first, count, k) + 1] += 1
        for k in range(rows):
            offsets[k + 1] += offsets[k]


def order_rows(
    const neuron_t[::1] neuron,
    const int64_t[::1] delay,
    int64_t first,
    int64_t count,
    int64_t[::1] next_place,
    place_t[::1] order,
    const place_t[::1] position,
):
    """Sort synapses by row, those of a row by their number, counting (not comparing).

    Args:
        neuron: As for `count_rows`.
        delay: As for `count_rows`.
        first: As for `count_rows`.
        count: As for `count_rows`.
        next_place: The first place of each row; destroyed.
        order: Gets the present places of the synapses in their new order.
        position: Where the synapse with each number stands now; None for 0, 1, 2, ...
    """
    cdef const int64_t *steps = delays_of(delay)
    cdef int64_t number, place, row, n = neuron.shape[0]
    with nogil:
        for number in range(n):
            place = number if position is None else position[number]
            row = row_of(&neuron[0], steps, first, count, place)
            order[next_place[row]] = <place_t>place
            next_place[row] += 1


def move_rows(
    const neuron_t[::1] post,
    const int32_t[::1] pre,
    int64_t[::1] next_place,
    place_t[::1] order,
    const place_t[::1] position,
    neuron_t[::1] new_post,
):
    """Do what `order_rows` does for sources without delays, and move the targets as well.

    Args:
        post: Target of each synapse, in the present order.
        pre: Source of each.
        next_place: The first place of each row; destroyed.
        order: Gets the present places of the synapses in their new order.
        position: Where the synapse with each number stands now; None for 0, 1, 2, ...
        new_post: Gets the targets in the new order.
    """
    cdef int64_t number, place, to, n = pre.shape[0]
    with nogil:
        for number in range(n):
            place = number if position is None else position[number]
            to = next_place[pre[place]]
            next_place[pre[place]] = to + 1
            order[to] = <place_t>place
            new_post[to] = post[place]


def sort_within_rows(
    const int64_t[::1] offsets,
    const int64_t[::1] delay,
    place_t[::1] order,
    neuron_t[::1] post,
):
    """Sort the synapses of each row by delay, then target; equal ones keep their order.

    Args:
        offsets: Where each row begins.
        delay: Delay in steps of the synapse at each present place; they span less than 2**32. None
            without delays.
        order: Present places of the synapses, row by row; gets them in their new order.
        post: Their targets, row by row; likewise.

    Raises:
        MemoryError: There is no room for a row.
    """
    cdef int64_t row, k, begin, n, longest = 0, rows = offsets.shape[0] - 1
    cdef int64_t earliest = 0
    cdef uint32_t at
    cdef const int64_t *steps = delays_of(delay)
    for row in range(rows):
        longest = max(longest, offsets[row + 1] - offsets[row])
    # for each synapse of a row: two items of eight bytes, its place and its target
    cdef char *memory = <char *>malloc(longest * (16 + sizeof(place_t) + sizeof(neuron_t)) + 1)
    if not memory:
        raise MemoryError
    cdef uint64_t *items = <uint64_t *>memory
    cdef uint64_t *spare = items + longest
    cdef uint64_t *found
    cdef place_t *places = <place_t *>(spare + longest)
    cdef neuron_t *targets = <neuron_t *>(places + longest)
    with nogil:
        if steps != NULL:
            earliest = steps[0]
            for k in range(delay.shape[0]):
                earliest = min(earliest, steps[k])
        for row in range(rows):
            begin, n = offsets[row], offsets[row + 1] - offsets[row]
            for k in range(n):
                places[k] = order[begin + k]
                targets[k] = post[begin + k]
                items[k] = <uint64_t>targets[k] << 32 | <uint64_t>k
            found = sorted_items(items, spare, n)
            if steps != NULL:
                for k in range(n):
                    at = <uint32_t>found[k]
                    found[k] = <uint64_t>(steps[places[at]] - earliest) << 32 | at
                found = sorted_items(found, items if found == spare else spare, n)
            for k in range(n):
                at = <uint32_t>found[k]
                order[begin + k] = places[at]
                post[begin + k] = targets[at]
    free(memory)


def invert(const place_t[::1] order, place_t[::1] place):
    """Set place[order[k]] to k for all k."""
    cdef int64_t k
    with nogil:
        for k in range(order.shape[0]):
            place[order[k]] = <place_t>k


cdef void draw_columns(
    uint64_t *items, int64_t n, int64_t width, uint64_t key, int64_t row
) noexcept nogil:
    """Write n columns, all equally likely, into the upper halves of items."""
    cdef double u[TILE]
    cdef int64_t k, last, drawn = 0
    while drawn < n:
        last = n if n - drawn < TILE else drawn + TILE
        draws.fill_uniform(u - drawn, drawn, last, key, row)
        for k in range(drawn, last):
            items[k] = <uint64_t>(u[k - drawn] * width) << 32
        drawn = last


cdef void write_sorted(
    uint64_t *items, uint64_t *spare, uint64_t *chosen, int64_t n, int64_t width, neuron_t *out
) noexcept nogil:
    """Write the columns of items in ascending order, by way of a bit for each column.

    Args:
        items: The columns in the upper halves.
        spare: Room for as many.
        chosen: Zeros, a bit for each column; zeros again afterwards.
        n: Number of items.
        width: Number of columns.
        out: Gets the columns.
    """
    cdef int64_t k, word, column, again = 0, at = 0, to
    cdef uint64_t bits, bit
    cdef uint64_t *found
    for k in range(n):
        column = items[k] >> 32
        bit = <uint64_t>1 << (column & 63)
        # those that are there already are kept apart; written always, counted where it is so
        items[again] = items[k]
        again += chosen[column >> 6] & bit != 0
        chosen[column >> 6] |= bit
    for word in range((width + 63) // 64):
        bits = chosen[word]
        chosen[word] = 0
        while bits:
            out[at] = <neuron_t>(64 * word + count_trailing_zeros(bits))
            at += 1
            bits &= bits - 1
    found = sorted_items(items, spare, again)
    to = n - 1
    while again:
        if at and <uint64_t>out[at - 1] > found[again - 1] >> 32:
            at -= 1
            out[to] = out[at]
        else:
            again -= 1
            out[to] = <neuron_t>(found[again] >> 32)
        to -= 1


def sample_repeated(
    const int64_t[::1] offsets, int64_t width, uint64_t key, int64_t first, neuron_t[::1] out
):
    """Choose columns of each row, all equally likely, with repetition; ascending.

    Args:
        offsets: Row r gets offsets[r + 1] - offsets[r] columns.
        width: Number of columns, below 2**31.
        key: Key of the stream.
        first: Number of the first row in the stream.
        out: The columns chosen.

    Raises:
        MemoryError: There is no room for a row, or for a bit per column.
    """
    cdef int64_t row, k, n, begin, longest = 0, rows = offsets.shape[0] - 1
    cdef uint64_t *found
    for row in range(rows):
        longest = max(longest, offsets[row + 1] - offsets[row])
    cdef uint64_t *items = <uint64_t *>malloc(longest * 16 + 1)
    cdef uint64_t *chosen = <uint64_t *>calloc(width // 64 + 1, sizeof(uint64_t))
    if not items or not chosen:
        free(items)
        free(chosen)
        raise MemoryError
    with nogil:
        for row in range(rows):
            begin, n = offsets[row], offsets[row + 1] - offsets[row]
            draw_columns(items, n, width, key, first + row)
            # a bit per column is worth it for rows neither very sparse nor full of repetitions
            if 2 * n <= width <= 256 * n:
                write_sorted(items, items + longest, chosen, n, width, &out[begin])
                continue
            found = sorted_items(items, items + longest, n)
            for k in range(n):
                out[begin + k] = <neuron_t>(found[k] >> 32)
    free(items)
    free(chosen)


def scatter_rows(
    const int64_t[::1] offsets,
    const int32_t[::1] columns,
    int64_t first,
    int64_t[::1] place,
    neuron_t[::1] out,
):
    """Write the number of a row at the place of each of its columns, which moves on by one.

    Args:
        offsets: Where each row begins.
        columns: The columns of the rows.
        first: Number of the first row.
        place: Of each column, where its next row goes.
        out: Gets the numbers.
    """
    cdef int64_t row, k
    with nogil:
        for row in range(offsets.shape[0] - 1):
            for k in range(offsets[row], offsets[row + 1]):
                out[place[columns[k]]] = <neuron_t>(first + row)
                place[columns[k]] += 1


# ------------------------------------------------------------------------------------ consecutive


def write_intervals(
    const int64_t[::1] offsets, const int64_t[::1] shifts, neuron_t[::1] out
):
    """Set element k of row r to k + shifts[r]."""
    cdef int64_t row, k
    with nogil:
        for row in range(shifts.shape[0]):
            for k in range(offsets[row], offsets[row + 1]):
                out[k] = <neuron_t>(k + shifts[row])


def ascends_in_rows(const int64_t[::1] offsets, const place_t[::1] values):
    """Return whether values never descend within a row."""
    cdef int64_t row, k
    cdef bint fits = True
    with nogil:
        for row in range(offsets.shape[0] - 1):
            for k in range(offsets[row] + 1, offsets[row + 1]):
                if values[k] < values[k - 1]:
                    fits = False
                    break
            if not fits:
                break
    return fits


def rows_step(const int64_t[::1] offsets, const neuron_t[::1] post, *, bint exact):
    """Return whether the targets of each row ascend, exactly by one or by any number."""
    cdef int64_t row, k
    cdef bint fits = True
    with nogil:
        for row in range(offsets.shape[0] - 1):
            for k in range(offsets[row] + 1, offsets[row + 1]):
                if (post[k] != post[k - 1] + 1) if exact else (post[k] < post[k - 1]):
                    fits = False
                    break
            if not fits:
                break
    return fits
