// Keeps the threads of a pool on CPUs of their own. Some schedulers, of virtual machines above all, wake a thread on the
// CPU of the one that wakes it and leave it there for many milliseconds while other CPUs idle: far longer than a kernel.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

namespace weft {

class CpuPlacement {
 public:
  explicit CpuPlacement(int threads) : threads_(threads), places_(std::make_unique<Place[]>(static_cast<size_t>(threads))) {}

  // Called by each thread as it starts a piece of work. Thread 0, the caller of the pool, stays where it is; another
  // that finds itself on the CPU of a thread before it moves to a free one, and may be moved again by the scheduler.
  void keepApart(int thread);

 private:
  struct alignas(64) Place {
    std::atomic<int32_t> cpu{-1};
    std::chrono::steady_clock::time_point lastMove{};
  };
  int threads_;
  std::unique_ptr<Place[]> places_;
};

}  // namespace weft
