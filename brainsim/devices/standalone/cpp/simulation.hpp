// A network that brainsim has written: the tables that describe it, its arrays, and what runs it.
//
// model.cpp holds the tables, kernels.cpp the kernels, and a state file the values of all arrays.
// A Simulation is independent of any other one in the process.
#ifndef BRAINSIM_SIMULATION_HPP
#define BRAINSIM_SIMULATION_HPP

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "bs_abi.h"
#include "bs_loop.h"

namespace brainsim {

// an array of the network
struct BufferInfo {
    const char *name;
    const char *type; // as NumPy calls it: f8 f4 i8 i4 u8 u4 u2 u1 b1
    bool result;      // kernels store to it, so that it belongs to the results
};

// a kernel in the schedule of a step
struct TaskInfo {
    const char *owner; // the object it belongs to
    bs_kernel kernel;
    const int *buffers; // its arguments, by their place in Model::buffers
    int n_buffers;
    int clock;
    bool shared;  // each thread does a share of it
    bool barrier; // all threads have done what comes before
};

// how a recorder gets more room
enum class Growth {
    rows,  // its columns become longer
    log,   // never: kernels that complete what can wait set its counter back
    queue, // more nodes for events that are under way
};

// arrays that fill up while running
struct RecorderInfo {
    const char *owner;
    Growth growth;
    int count;        // the buffer that says how many rows there are
    int64_t per_step; // the most rows that one step adds
    int64_t every;    // a row is added in one of so many steps
    int clock;
    int64_t limit;      // log: capacity; queue: number of roots
    const int *columns; // buffers with the rows; queue: following, synapse, unused
    const int *widths;  // elements per row
    int n_columns;
};

// the key of a random stream follows from the seed and this name
struct KeyInfo {
    int buffer;
    const char *site;
};

// a value that `--set` changes
struct ParameterInfo {
    const char *name;
    const char *unit;    // of the numbers that are given
    int buffer;          // -1: cannot be set
    const char *refusal; // then why not
    bool single;         // takes one number for all elements only
};

// a counter that a kernel sets when it cannot go on
struct WatchInfo {
    int count;
    const char *message;
};

// what is done in each step, as long as the network stays the same from one run to the next
struct Phase {
    const TaskInfo *tasks;
    int n_tasks;
    bool end_barrier; // the end of a step needs a barrier of its own
    const TaskInfo *closing; // complete what can wait, between two steps
    int n_closing;
    const RecorderInfo *recorders;
    int n_recorders;
    const KeyInfo *keys;
    int n_keys;
    const WatchInfo *watches;
    int n_watches;
    // computes numbers that follow from parameters; NULL: there are none
    void (*derive)(void *const *buffers, const bs_clock *clock, const bs_share *share);
    const int *derive_buffers;
    int n_derive_buffers;
};

struct Model {
    const char *name;
    const BufferInfo *buffers;
    int n_buffers;
    const char *const *clocks;
    int n_clocks;
    const ParameterInfo *parameters;
    int n_parameters;
    const Phase *phases;
    int n_phases;
};

// the tables of model.cpp
extern const Model model;

// something is wrong with what the user gave, or with a file
struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// one array, aligned to 64 bytes and padded to a multiple of 64 elements
struct Array {
    char *data = nullptr;
    int64_t size = 0; // elements
    int item = 0;     // bytes of one
    bool owned = false;
};

// an entry of a state file that is no array of the network
struct Setting {
    std::string name;
    Array array;
};

class Simulation {
public:
    // Told now and then how far a run is, from 0 to 1, and how many seconds it has taken.
    using Report = void (*)(double completed, double elapsed);

    // Opens a network with the values of a state file. Throws Error.
    Simulation(const Model &model, const std::string &state);
    ~Simulation();
    Simulation(const Simulation &) = delete;
    Simulation &operator=(const Simulation &) = delete;

    // Replaces arrays by those of a state file, which need not have all. Throws Error.
    void load(const std::string &path);
    // Sets a parameter, once: one number for all elements, or one for each. Throws Error.
    void set(const std::string &name, const std::vector<double> &values);
    // Returns the present value of a parameter that can be set: a number, or the least and the greatest.
    std::string shown(const ParameterInfo &parameter) const;
    // Lets the draws of all runs from now on follow from another seed.
    void seed(uint64_t seed);
    // Runs as long as the state file asks for, on several threads; 0: on as many as are quicker.
    // `report` may be null; `stop`, which may be null, ends the run after a step when it is raised.
    // Returns whether the end was reached. Throws Error.
    bool run(int threads, Report report, const volatile int *stop);
    // Changes the duration of the only run, in seconds. Throws Error.
    void set_duration(double seconds);
    // Returns an array of the network, or null if there is none of this name and type.
    const Array *array(const char *name, const char *type) const;
    // Seconds that run() took, without reading and writing files.
    double seconds() const { return seconds_; }
    // Writes the results to a file, in one go. Throws Error.
    void save(const std::string &path) const;

private:
    int find(const char *name) const;
    const Array &setting(const char *name) const;
    int64_t &number(int buffer) const;
    void begin(const Phase &phase, int run);
    void bind(const TaskInfo *infos, int n, std::vector<bs_task> &tasks,
              std::vector<std::vector<void *>> &arguments) const;
    void resize(int buffer, int64_t size);
    void reserve(const RecorderInfo &recorder, int64_t rows);
    void make_room(const Phase &phase, const bs_loop &loop, bool first);
    int64_t capacity(const RecorderInfo &recorder) const;
    bool run_once(int run, int threads, Report report, const volatile int *stop);
    void check(const Phase &phase) const;

    const Model &model_;
    std::vector<Array> arrays_; // by the number of the buffer
    std::vector<Setting> settings_;
    std::vector<int64_t> steps_; // of the clocks
    std::vector<double> dts_;
    std::vector<const double *> ticks_;
    int runs_ = 0;
    std::vector<Array> files_; // as they are in memory
    double seconds_ = 0.0;
    std::vector<std::string> changed_; // parameters that have been set
    bool seeded_ = false;
    uint64_t seed_ = 0;
};

} // namespace brainsim

#endif
