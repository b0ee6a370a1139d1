#include "runtime/cpu_placement.h"

#if defined(__linux__)
#include <sched.h>
#endif

namespace weft {

#if defined(__linux__)
namespace {

// Moving costs some ten microseconds; a scheduler that insists is not fought more often than this.
constexpr auto kBetweenMoves = std::chrono::milliseconds(1);

}  // namespace

void CpuPlacement::keepApart(int thread) {
  const int32_t cpu = sched_getcpu();
  Place& mine = places_[static_cast<size_t>(thread)];
  mine.cpu.store(cpu, std::memory_order_relaxed);
  if (thread == 0 || cpu < 0) return;
  bool shared = false;
  for (int t = 0; t < thread; ++t) shared |= places_[static_cast<size_t>(t)].cpu.load(std::memory_order_relaxed) == cpu;
  if (!shared) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - mine.lastMove < kBetweenMoves) return;
  mine.lastMove = now;

  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  cpu_set_t free = allowed;
  for (int t = 0; t < threads_; ++t) {
    const int32_t taken = places_[static_cast<size_t>(t)].cpu.load(std::memory_order_relaxed);
    if (taken >= 0 && taken < CPU_SETSIZE) CPU_CLR(taken, &free);
  }
  if (CPU_COUNT(&free) == 0) return;
  // Failures leave the thread where it is, which is correct and merely slower.
  if (sched_setaffinity(0, sizeof free, &free) != 0) return;
  (void)sched_setaffinity(0, sizeof allowed, &allowed);
  mine.cpu.store(sched_getcpu(), std::memory_order_relaxed);
}

#else

void CpuPlacement::keepApart(int) {}

#endif

}  // namespace weft
