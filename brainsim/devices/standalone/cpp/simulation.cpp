#include "simulation.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#if defined(__unix__) || defined(__APPLE__)
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#include "blake2b.hpp"
#include "memory.hpp"

namespace brainsim {

namespace {

const char MAGIC[] = "brainsim state 1"; // 16 bytes without the end
const int64_t ALIGNMENT = 64;
const int64_t PADDING = 64; // elements

int item_size(const char *type) { return type[1] - '0'; }

// text in the manner of printf
std::string printed(const char *format, ...)
{
    char text[1024];
    va_list values;
    va_start(values, format);
    std::vsnprintf(text, sizeof text, format, values);
    va_end(values);
    return text;
}

Error failure(const char *format, ...)
{
    char text[1024];
    va_list values;
    va_start(values, format);
    std::vsnprintf(text, sizeof text, format, values);
    va_end(values);
    return Error(text);
}

// bytes of an array in memory and in a file: whole vectors of elements
int64_t padded(int64_t size, int item)
{
    const int64_t blocks = (size + PADDING - 1) / PADDING;
    return (blocks > 0 ? blocks : 1) * PADDING * item;
}

char *allocate(int64_t size, int item)
{
    const size_t bytes = static_cast<size_t>(padded(size, item));
    void *const data = take_memory(bytes);
    if (data == nullptr)
        throw failure("there is no room for %zu bytes", bytes);
    std::memset(data, 0, bytes);
    return static_cast<char *>(data);
}

Error no_such(const char *what, const std::string &path)
{
    return failure("cannot %s %s: %s", what, path.c_str(), std::strerror(errno));
}

} // namespace

// --------------------------------------------------------------------------------------- state file

// A state file is MAGIC and the number of entries (int64), then for each entry: the length of its
// name (int32), its type (4 bytes, such as "f8"), the number of elements (int64), the name, and at
// the next multiple of 64 bytes the padded elements. All numbers have their low byte first.

Simulation::Simulation(const Model &model, const std::string &state)
    : model_(model), arrays_(static_cast<size_t>(model.n_buffers))
{
    load(state);
    for (int k = 0; k < model_.n_buffers; k++)
        if (arrays_[k].data == nullptr)
            throw failure("%s lacks the array '%s': it belongs to another network", state.c_str(),
                          model_.buffers[k].name);
    const int n = model_.n_clocks;
    const Array &dts = setting("@dts"), &ends = setting("@ends");
    if (dts.size != n || ends.size % n != 0)
        throw failure("%s belongs to another network: it has other clocks", state.c_str());
    runs_ = static_cast<int>(ends.size / n);
    for (int c = 0; c < n; c++) {
        steps_.push_back(0);
        dts_.push_back(reinterpret_cast<const double *>(dts.data)[c]);
        const double *ticks = nullptr;
        for (const Setting &s : settings_)
            if (s.name.compare(0, 7, "@ticks ") == 0 && s.name.compare(7, s.name.npos, model_.clocks[c]) == 0)
                ticks = reinterpret_cast<const double *>(s.array.data);
        ticks_.push_back(ticks);
    }
}

Simulation::~Simulation()
{
    for (const Array &array : arrays_)
        if (array.owned) give_memory(array.data);
    for (const Array &file : files_) munmap(file.data, static_cast<size_t>(file.size));
}

void Simulation::load(const std::string &path)
{
    const int file = open(path.c_str(), O_RDONLY);
    struct stat about;
    if (file < 0 || fstat(file, &about) != 0) throw no_such("open", path);
    const int64_t length = about.st_size;
    // pages that are written to become private copies, the others are shared between programs
    void *const map =
        mmap(nullptr, static_cast<size_t>(length), PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    close(file);
    if (map == MAP_FAILED) throw no_such("read", path);
    char *at = static_cast<char *>(map), *const begin = at, *const end = at + length;
    files_.push_back({at, length, 1, false});
    if (length < 24 || std::memcmp(at, MAGIC, 16) != 0)
        throw failure("%s is no state file of this version of brainsim", path.c_str());
    int64_t count;
    std::memcpy(&count, at + 16, 8);
    at += 24;
    for (int64_t k = 0; k < count; k++) {
        int32_t letters = 0;
        int64_t size = 0;
        char type[4];
        if (end - at < 16) throw failure("%s ends too early", path.c_str());
        std::memcpy(&letters, at, 4);
        std::memcpy(type, at + 4, 4);
        std::memcpy(&size, at + 8, 8);
        at += 16;
        if (letters < 0 || letters > end - at || size < 0) throw failure("%s is damaged", path.c_str());
        const std::string name(at, static_cast<size_t>(letters));
        at += letters;
        at += (begin - at) & (ALIGNMENT - 1);
        Array array;
        array.data = at;
        array.size = size;
        array.item = item_size(type);
        if (size > end - begin || padded(size, array.item) > end - at)
            throw failure("%s ends too early", path.c_str());
        at += padded(size, array.item);
        if (name[0] == '@') {
            settings_.push_back({name, array});
            continue;
        }
        const int buffer = find(name.c_str());
        if (buffer < 0 || std::strncmp(model_.buffers[buffer].type, type, 2) != 0)
            throw failure("%s belongs to another network: it has an array '%s'", path.c_str(),
                          name.c_str());
        if (!arrays_stay) {
            char *const copy = allocate(array.size, array.item);
            std::memcpy(copy, array.data, static_cast<size_t>(array.size * array.item));
            array.data = copy;
            array.owned = true;
        }
        if (arrays_[buffer].owned) give_memory(arrays_[buffer].data);
        arrays_[buffer] = array;
    }
}

void Simulation::save(const std::string &path) const
{
    const std::string draft = path + ".part";
    std::FILE *file = std::fopen(draft.c_str(), "wb");
    if (file == nullptr) throw no_such("write", draft);
    int64_t count = 1, place = 24;
    for (int k = 0; k < model_.n_buffers; k++) count += model_.buffers[k].result;
    bool good = std::fwrite(MAGIC, 1, 16, file) == 16 && std::fwrite(&count, 8, 1, file) == 1;
    const auto write = [&](const char *name, const char *type, const char *data, int64_t size) {
        static const char zeros[ALIGNMENT] = {};
        const int32_t length = static_cast<int32_t>(std::strlen(name));
        const int64_t bytes = padded(size, item_size(type));
        const int64_t used = size * item_size(type);
        char head[16] = {};
        std::memcpy(head, &length, 4);
        std::memcpy(head + 4, type, 2);
        std::memcpy(head + 8, &size, 8);
        place += 16 + length;
        const int64_t gap = -place & (ALIGNMENT - 1);
        place += gap + bytes;
        good = good && std::fwrite(head, 1, 16, file) == 16 &&
               std::fwrite(name, 1, static_cast<size_t>(length), file) == static_cast<size_t>(length) &&
               std::fwrite(zeros, 1, static_cast<size_t>(gap), file) == static_cast<size_t>(gap) &&
               std::fwrite(data, 1, static_cast<size_t>(used), file) == static_cast<size_t>(used);
        for (int64_t rest = bytes - used; good && rest > 0; rest -= ALIGNMENT) {
            const size_t n = static_cast<size_t>(rest < ALIGNMENT ? rest : ALIGNMENT);
            good = std::fwrite(zeros, 1, n, file) == n;
        }
    };
    write("@steps", "i8", reinterpret_cast<const char *>(steps_.data()), model_.n_clocks);
    for (int k = 0; k < model_.n_buffers; k++)
        if (model_.buffers[k].result)
            write(model_.buffers[k].name, model_.buffers[k].type, arrays_[k].data, arrays_[k].size);
    good = std::fclose(file) == 0 && good;
    if (!good || std::rename(draft.c_str(), path.c_str()) != 0) {
        const Error error = no_such("write", path);
        std::remove(draft.c_str());
        throw error;
    }
}

// ------------------------------------------------------------------------------------------- arrays

int Simulation::find(const char *name) const
{
    for (int k = 0; k < model_.n_buffers; k++)
        if (std::strcmp(name, model_.buffers[k].name) == 0) return k;
    return -1;
}

const Array *Simulation::array(const char *name, const char *type) const
{
    const int buffer = find(name);
    const bool fits = buffer >= 0 && std::strcmp(model_.buffers[buffer].type, type) == 0;
    return fits ? &arrays_[static_cast<size_t>(buffer)] : nullptr;
}

const Array &Simulation::setting(const char *name) const
{
    for (const Setting &s : settings_)
        if (s.name == name) return s.array;
    throw failure("the state file has no entry '%s'", name);
}

int64_t &Simulation::number(int buffer) const
{
    return *reinterpret_cast<int64_t *>(arrays_[buffer].data);
}

// Make an array longer; what it holds is kept, the rest is zero.
void Simulation::resize(int buffer, int64_t size)
{
    Array &old = arrays_[buffer];
    if (size <= old.size) return;
    Array longer{allocate(size, old.item), size, old.item, true};
    std::memcpy(longer.data, old.data, static_cast<size_t>(old.size * old.item));
    if (old.owned) give_memory(old.data);
    old = longer;
}

// --------------------------------------------------------------------------------------- parameters

namespace {

// number of letters to add, remove or replace
size_t distance(const std::string &one, const std::string &other)
{
    std::vector<size_t> row(other.size() + 1);
    for (size_t j = 0; j < row.size(); j++) row[j] = j;
    for (size_t i = 1; i <= one.size(); i++) {
        size_t before = row[0];
        row[0] = i;
        for (size_t j = 1; j < row.size(); j++) {
            const size_t replaced = before + (one[i - 1] != other[j - 1]);
            before = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

// the parameters that may have been meant by a name
std::string near(const Model &model, const std::string &name)
{
    const auto last = [](const std::string &text) { return text.substr(text.rfind('.') + 1); };
    std::string found;
    size_t least = 3; // a name with more wrong letters means nothing
    for (int k = 0; k < model.n_parameters; k++) {
        const std::string other = model.parameters[k].name;
        const size_t wrong = name == last(other) ? 0 : distance(name, other);
        if (wrong > least || distance(last(name), last(other)) >= last(other).size()) continue;
        if (wrong < least) found.clear();
        least = wrong;
        found += (found.empty() ? "" : ", ") + other;
    }
    return found.empty() ? "; --help lists them" : "; did you mean " + found + "?";
}

double element(const Array &array, const char *type, int64_t i)
{
    if (std::strcmp(type, "f8") == 0) return reinterpret_cast<const double *>(array.data)[i];
    if (std::strcmp(type, "f4") == 0)
        return static_cast<double>(reinterpret_cast<const float *>(array.data)[i]);
    if (std::strcmp(type, "i4") == 0) return reinterpret_cast<const int32_t *>(array.data)[i];
    if (std::strcmp(type, "i8") == 0)
        return static_cast<double>(reinterpret_cast<const int64_t *>(array.data)[i]);
    return static_cast<double>(static_cast<uint8_t>(array.data[i]));
}

// the bounds of what an element of this type can be, for those that hold whole numbers
bool is_whole(const char *type, double &least, double &greatest)
{
    if (type[0] == 'f') return false;
    least = type[0] == 'i' ? -std::ldexp(1.0, 8 * item_size(type) - 1) : 0.0;
    greatest = type[0] == 'b' ? 1.0 : std::ldexp(1.0, 8 * item_size(type) - (type[0] == 'i')) - 1.0;
    // beyond, not every whole number can be given
    least = std::max(least, -std::ldexp(1.0, 53));
    greatest = std::min(greatest, std::ldexp(1.0, 53));
    return true;
}

} // namespace

std::string Simulation::shown(const ParameterInfo &parameter) const
{
    const Array &array = arrays_[parameter.buffer];
    const char *type = model_.buffers[parameter.buffer].type;
    if (array.size == 0) return "none";
    double least = element(array, type, 0), greatest = least;
    for (int64_t i = 1; i < array.size; i++) {
        const double value = element(array, type, i);
        least = value < least ? value : least;
        greatest = value > greatest ? value : greatest;
    }
    return least == greatest || array.size == 1 ? printed("%.6g", least)
                                                : printed("%.6g to %.6g", least, greatest);
}

void Simulation::set(const std::string &name, const std::vector<double> &values)
{
    const ParameterInfo *found = nullptr;
    for (int k = 0; k < model_.n_parameters; k++)
        if (name == model_.parameters[k].name) found = &model_.parameters[k];
    if (found == nullptr)
        throw failure("there is no parameter '%s'%s", name.c_str(), near(model_, name).c_str());
    if (found->buffer < 0) throw failure("'%s' cannot be set: %s", name.c_str(), found->refusal);
    if (std::find(changed_.begin(), changed_.end(), name) != changed_.end())
        throw failure("'%s' is set twice", name.c_str());
    const Array &array = arrays_[found->buffer];
    const int64_t given = static_cast<int64_t>(values.size()), size = array.size;
    if (given != 1 && (size == 1 || found->single))
        throw failure("'%s' takes one number%s, not %lld", name.c_str(),
                      size == 1 ? "" : " for all elements, whose order in memory is another one",
                      static_cast<long long>(given));
    if (given != 1 && given != size)
        throw failure("'%s' takes one number, or one for each of its %lld elements, not %lld",
                      name.c_str(), static_cast<long long>(size), static_cast<long long>(given));
    const char *type = model_.buffers[found->buffer].type;
    double least = 0.0, greatest = 0.0;
    for (const double value : values)
        if (is_whole(type, least, greatest) &&
            !(value == std::floor(value) && value >= least && value <= greatest))
            throw failure("'%s' takes whole numbers from %.0f to %.0f, not %g", name.c_str(), least,
                          greatest, value);
    for (int64_t i = 0; i < size; i++) {
        const double value = values[given == 1 ? 0 : static_cast<size_t>(i)];
        if (std::strcmp(type, "f8") == 0)
            reinterpret_cast<double *>(array.data)[i] = value;
        else if (std::strcmp(type, "f4") == 0)
            reinterpret_cast<float *>(array.data)[i] = static_cast<float>(value);
        else if (std::strcmp(type, "i4") == 0)
            reinterpret_cast<int32_t *>(array.data)[i] = static_cast<int32_t>(value);
        else if (std::strcmp(type, "i8") == 0)
            reinterpret_cast<int64_t *>(array.data)[i] = static_cast<int64_t>(value);
        else
            array.data[i] = static_cast<char>(static_cast<uint8_t>(value));
    }
    changed_.push_back(name);
}

void Simulation::seed(uint64_t seed)
{
    seeded_ = true;
    seed_ = seed;
}

void Simulation::set_duration(double seconds)
{
    if (runs_ != 1) throw Error("the duration can be changed only where there is one run");
    if (!(seconds >= 0.0)) throw Error("the duration must be a number of seconds of at least 0");
    int64_t *ends = reinterpret_cast<int64_t *>(setting("@ends").data);
    const double end = *reinterpret_cast<const double *>(setting("@times").data) + seconds;
    const double tolerance = 1e-4;
    for (int c = 0; c < model_.n_clocks; c++) {
        const int64_t first = reinterpret_cast<const int64_t *>(setting("@steps").data)[c];
        int64_t step = first;
        if (ticks_[c] == nullptr)
            step = static_cast<int64_t>(std::ceil(end / dts_[c] - tolerance));
        else
            while (ticks_[c][step] < end - tolerance * dts_[c]) step++;
        ends[c] = step > first ? step : first;
    }
}

// ------------------------------------------------------------------------------------------ running

bool Simulation::run(int threads, Report report, const volatile int *stop)
{
    for (int run = 0; run < runs_; run++)
        if (!run_once(run, threads, report, stop)) return false;
    return true;
}

// Set what the script has set before a run, and the numbers that belong to the run.
void Simulation::begin(const Phase &phase, int run)
{
    char mark[32];
    const size_t marked = static_cast<size_t>(std::snprintf(mark, sizeof mark, "@run %d ", run));
    for (const Setting &s : settings_) {
        if (s.name.compare(0, marked, mark) != 0) continue;
        const int buffer = find(s.name.c_str() + marked);
        if (buffer < 0) continue; // the places of another entry
        const Array &array = arrays_[buffer];
        const Array *places = nullptr;
        for (const Setting &other : settings_)
            if (other.name.compare(0, s.name.size(), s.name) == 0 &&
                other.name.compare(s.name.size(), other.name.npos, "@places") == 0)
                places = &other.array;
        const size_t item = static_cast<size_t>(array.item);
        if (places == nullptr) {
            resize(buffer, s.array.size);
            std::memcpy(arrays_[buffer].data, s.array.data, static_cast<size_t>(s.array.size) * item);
            continue;
        }
        for (int64_t k = 0; k < places->size; k++) {
            const size_t to = static_cast<size_t>(reinterpret_cast<const int64_t *>(places->data)[k]);
            std::memcpy(array.data + to * item, s.array.data + static_cast<size_t>(k) * item, item);
        }
    }
    if (seeded_) {
        const int64_t epoch = reinterpret_cast<const int64_t *>(setting("@epochs").data)[run];
        for (int k = 0; k < phase.n_keys; k++) {
            const std::string text =
                printed("%llu:run %lld %s", static_cast<unsigned long long>(seed_),
                        static_cast<long long>(epoch), phase.keys[k].site);
            number(phase.keys[k].buffer) = static_cast<int64_t>(blake2b_64(text));
        }
    }
}

// Give kernels the addresses of their arrays as they are now.
void Simulation::bind(const TaskInfo *infos, int n, std::vector<bs_task> &tasks,
                      std::vector<std::vector<void *>> &arguments) const
{
    tasks.assign(static_cast<size_t>(n), bs_task{});
    arguments.assign(static_cast<size_t>(n), {});
    for (int k = 0; k < n; k++) {
        for (int b = 0; b < infos[k].n_buffers; b++) {
            const int buffer = infos[k].buffers[b];
            // -1 stands for what only Python uses
            arguments[k].push_back(buffer < 0 ? nullptr : arrays_[buffer].data);
        }
        tasks[k].kernel = infos[k].kernel;
        tasks[k].buffers = arguments[k].data();
        tasks[k].clock = infos[k].clock;
        tasks[k].shared = infos[k].shared;
        tasks[k].barrier = infos[k].barrier;
    }
}

int64_t Simulation::capacity(const RecorderInfo &recorder) const
{
    if (recorder.growth == Growth::log) return recorder.limit;
    if (recorder.growth == Growth::queue) // one event for each synapse may come in a step
        return arrays_[recorder.columns[2]].size - recorder.widths[0] + 1;
    int64_t rows = INT64_MAX;
    for (int k = 0; k < recorder.n_columns; k++) {
        const int64_t room = arrays_[recorder.columns[k]].size / recorder.widths[k];
        rows = room < rows ? room : rows;
    }
    return rows;
}

// Make room for this many rows in all.
void Simulation::reserve(const RecorderInfo &recorder, int64_t rows)
{
    if (rows <= capacity(recorder)) return;
    if (recorder.growth == Growth::rows) {
        for (int k = 0; k < recorder.n_columns; k++)
            resize(recorder.columns[k], rows * recorder.widths[k]);
    } else if (recorder.growth == Growth::queue) {
        const int64_t old = arrays_[recorder.columns[2]].size, nodes = rows + recorder.widths[0];
        if (recorder.limit + nodes > INT32_MAX)
            throw failure("too many events are under way in '%s'", recorder.owner);
        for (int k = 0; k < 2; k++) resize(recorder.columns[k], recorder.limit + nodes);
        resize(recorder.columns[2], nodes);
        int32_t *unused = reinterpret_cast<int32_t *>(arrays_[recorder.columns[2]].data);
        for (int64_t k = old; k < nodes; k++) unused[k] = static_cast<int32_t>(recorder.limit + k);
    }
}

// Make room in recorders: at first for what a run is known to record, later for the next step.
void Simulation::make_room(const Phase &phase, const bs_loop &loop, bool first)
{
    for (int k = 0; k < phase.n_recorders; k++) {
        const RecorderInfo &recorder = phase.recorders[k];
        const int64_t used = number(recorder.count);
        if (recorder.growth == Growth::rows && first) {
            int64_t steps = loop.ends[recorder.clock] - loop.clocks[recorder.clock].step;
            if (recorder.per_step != 1) steps = steps < 8 ? steps : 8;
            reserve(recorder, used + (steps / recorder.every + 2) * recorder.per_step);
        } else if (used + recorder.per_step > capacity(recorder)) {
            reserve(recorder, 2 * (used + recorder.per_step));
        }
    }
}

// Say why a kernel cannot go on, if one has found that it cannot.
void Simulation::check(const Phase &phase) const
{
    for (int k = 0; k < phase.n_watches; k++)
        if (number(phase.watches[k].count) != 0) throw Error(phase.watches[k].message);
}

bool Simulation::run_once(int run, int threads, Report report, const volatile int *stop)
{
    const int64_t number_of_phase = reinterpret_cast<const int64_t *>(setting("@phases").data)[run];
    const Phase &phase = model_.phases[number_of_phase];
    begin(phase, run);
    const size_t n = static_cast<size_t>(model_.n_clocks);
    std::vector<bs_task> tasks, closing;
    std::vector<std::vector<void *>> arguments, more;
    std::vector<bs_clock> clocks(n);
    std::vector<bs_guard> guards(static_cast<size_t>(phase.n_recorders + phase.n_watches));
    const auto row = [&](const char *name) {
        return reinterpret_cast<int64_t *>(setting(name).data) + run * model_.n_clocks;
    };
    const int64_t *const bases = row("@bases");
    int64_t *const ends = row("@ends");
    steps_.assign(row("@steps"), row("@steps") + n);
    bs_loop loop = {};
    loop.clocks = clocks.data();
    loop.ticks = ticks_.data();
    loop.ends = ends;
    loop.guards = guards.data();
    loop.n_tasks = phase.n_tasks;
    loop.n_clocks = model_.n_clocks;
    loop.n_guards = static_cast<int32_t>(guards.size());
    loop.end_barrier = phase.end_barrier;
    loop.threads = threads;
    for (int c = 0; c < model_.n_clocks; c++)
        bs_set_clock(&loop, c, steps_[c], static_cast<int32_t>(steps_[c] - bases[c]), dts_[c],
                     ends[c]);
    make_room(phase, loop, true);
    const auto bind_all = [&] {
        bind(phase.tasks, phase.n_tasks, tasks, arguments);
        bind(phase.closing, phase.n_closing, closing, more);
        loop.tasks = tasks.data();
        for (int k = 0; k < phase.n_recorders; k++)
            guards[k] = {&number(phase.recorders[k].count), capacity(phase.recorders[k]),
                         phase.recorders[k].per_step};
        for (int k = 0; k < phase.n_watches; k++)
            guards[phase.n_recorders + k] = {&number(phase.watches[k].count), 0, 0};
    };
    const auto complete = [&] {
        const bs_share whole = {0, 1};
        for (const bs_task &task : closing)
            task.kernel(task.buffers, &clocks[static_cast<size_t>(task.clock)], &whole);
    };
    bind_all();
    const bs_share whole = {0, 1};
    // with nothing set, the numbers are what Python has computed
    if (phase.derive != nullptr && !changed_.empty()) {
        std::vector<void *> derived;
        for (int k = 0; k < phase.n_derive_buffers; k++)
            derived.push_back(arrays_[phase.derive_buffers[k]].data);
        phase.derive(derived.data(), clocks.data(), &whole);
        check(phase);
    }
    // how far a run is, by the clock that takes the most steps
    int longest = 0;
    for (int c = 1; c < model_.n_clocks; c++)
        if (ends[c] - steps_[c] > ends[longest] - steps_[longest]) longest = c;
    const double length = static_cast<double>(ends[longest] - steps_[longest]);
    const int64_t start = bs_now();
    int reason;
    do {
        reason = bs_run_loop(&loop, 50000000);
        check(phase);
        if (reason == BS_RECORDER) {
            complete();
            make_room(phase, loop, false);
            bind_all();
        }
        if (stop != nullptr && *stop) reason = BS_STOPPED;
        const double elapsed = 1e-9 * static_cast<double>(bs_now() - start);
        if (report != nullptr && length > 0.0)
            report(1.0 - static_cast<double>(ends[longest] - clocks[longest].step) / length, elapsed);
    } while (reason == BS_RECORDER || reason == BS_BUDGET);
    for (size_t c = 0; c < n; c++) steps_[c] = clocks[c].step;
    complete();
    std::free(loop.all_clocks);
    seconds_ += 1e-9 * static_cast<double>(bs_now() - start);
    return reason == BS_DONE;
}

} // namespace brainsim
