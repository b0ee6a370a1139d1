// One pool of threads for everything the engine computes. Work is split statically, so a result depends on the thread
// count alone and never on timing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace weft {

// Threads that can really run at once here: the CPUs this process may use (affinity), one per physical core, at most
// the quota of its cgroup (version 1 or 2) and of the groups around it. At least 1.
int defaultThreads();

// A pool serves one caller at a time: two runs that share a pool must take turns, and a body must not call back into
// the pool.
class ThreadPool {
 public:
  // Slots of scratch memory per thread.
  static constexpr int kernelSlot = 0;
  static constexpr int productSlot = 1;
  static constexpr int productPackSlot = 2;
  static constexpr int slots = 3;

  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const;

  // Calls body(thread) once for each thread, and returns when all have ended. `thread` names a part of the work and its
  // scratch: the caller does part 0, and then every part whose own thread has not started yet. So parts must not wait
  // for each other.
  void run(const std::function<void(int thread)>& body);

  // Splits [0, count) into one contiguous piece per thread, each a multiple of `grain` (the last excepted), and calls
  // body(begin, end, thread) for every piece that is not empty. Runs on the caller alone if count <= grain.
  void parallelFor(int64_t count, int64_t grain, const std::function<void(int64_t begin, int64_t end, int thread)>& body);

  // Calls body(part, thread) once for every part in [0, parts). Each thread begins with its own share, in order, and then
  // takes what others have not begun, so a thread that gets less of a CPU does not hold up the rest. Which thread does
  // a part depends on timing: the part alone must decide what is computed, `thread` only whose scratch is used.
  void runParts(int parts, const std::function<void(int part, int thread)>& body);

  // Memory that belongs to `thread` (64-byte aligned, contents undefined), valid until that thread asks again for
  // the same slot. It grows and is kept. Slot 0 is for kernels, the others for the products that kernels call.
  void* scratch(int thread, int slot, size_t bytes);
  // Shared by all threads of one kernel call, e.g. a block of logits. Ask for it outside of parallel regions.
  void* sharedScratch(size_t bytes);
  // All scratch held now, in bytes. Ask outside of parallel regions.
  size_t scratchBytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weft
