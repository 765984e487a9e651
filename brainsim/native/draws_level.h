/* The functions of draws.h for one level of instructions; BS_DRAWS names what holds them. */
#include "bs_random.h"
#include "draws.h"

static void fill_uniform(double *out, int64_t begin, int64_t end, uint64_t key, int64_t step) {
    bs_fill_uniform(out, begin, end, key, step);
}
static void fill_normal(double *out, int64_t begin, int64_t end, uint64_t key, int64_t step) {
    bs_fill_normal(out, begin, end, key, step);
}
static void draw_gaps(int32_t *gaps, int64_t first, int64_t n, uint64_t key, int64_t step,
                      double scale, double most) {
    double u[BS_MOST_GAPS];
    bs_fill_uniform(u - first, first, first + n, key, step);
    for (int64_t k = 0; k < n; k++) {
        double ratio = bs_log(1.0 - u[k]) * scale;
        gaps[k] = (int32_t)(ratio < most ? ratio : most);
    }
}

const bs_draws BS_DRAWS = {fill_uniform, fill_normal, draw_gaps};
