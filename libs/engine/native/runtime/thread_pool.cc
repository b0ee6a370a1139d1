#include "runtime/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "runtime/aligned_buffer.h"
#include "runtime/cpu_placement.h"

namespace weft {
namespace {

// Waiting goes in three steps: spinning bridges the gap between two kernels of a program (some microseconds), yielding
// lets whoever shares this CPU go on, and sleeping frees it, so that an idle pool costs nothing.
constexpr int kSpins = 500;
constexpr auto kYieldTime = std::chrono::microseconds(200);

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Returns once `value` differs from `old`.
uint32_t awaitChange(const std::atomic<uint32_t>& value, uint32_t old) {
  for (int i = 0; i < kSpins; ++i) {
    const uint32_t now = value.load(std::memory_order_acquire);
    if (now != old) return now;
    relax();
  }
  const auto end = std::chrono::steady_clock::now() + kYieldTime;
  while (std::chrono::steady_clock::now() < end) {
    const uint32_t now = value.load(std::memory_order_acquire);
    if (now != old) return now;
    std::this_thread::yield();
  }
  value.wait(old, std::memory_order_acquire);
  return value.load(std::memory_order_acquire);
}

struct alignas(64) ThreadState {
  // The last run in which this thread's part was taken, by the thread itself or by the caller in its place.
  std::atomic<uint32_t> taken{0};
  AlignedBuffer slot[ThreadPool::slots];
};

void* grown(AlignedBuffer& buffer, size_t bytes) {
  if (buffer.bytes() < bytes) {
    // Freed first, so that the peak is the larger of the two and not their sum.
    buffer = AlignedBuffer();
    buffer = AlignedBuffer(bytes);
  }
  return buffer.data();
}

}  // namespace

struct ThreadPool::State {
  int threads = 1;
  std::vector<std::thread> workers;
  std::unique_ptr<ThreadState[]> thread;
  AlignedBuffer shared;
  CpuPlacement placement{1};
  const std::function<void(int)>* body = nullptr;
  std::atomic<bool> stop{false};
  // A new epoch is the signal to start; `done` counts the parts of workers that were done, over all epochs.
  alignas(64) std::atomic<uint32_t> epoch{0};
  alignas(64) std::atomic<uint32_t> done{0};

  // True for exactly one of those who ask in an epoch.
  bool take(int index, uint32_t now) {
    uint32_t before = now - 1;
    return thread[static_cast<size_t>(index)].taken.compare_exchange_strong(before, now, std::memory_order_acq_rel);
  }

  void work(int index) {
    uint32_t seen = 0;
    for (;;) {
      seen = awaitChange(epoch, seen);
      if (stop) return;
      placement.keepApart(index);
      if (!take(index, seen)) continue;
      (*body)(index);
      done.fetch_add(1, std::memory_order_release);
      done.notify_one();
    }
  }
};

ThreadPool::ThreadPool(int threads) : state_(std::make_unique<State>()) {
  state_->threads = std::max(1, threads);
  state_->thread = std::make_unique<ThreadState[]>(static_cast<size_t>(state_->threads));
  state_->placement = CpuPlacement(state_->threads);
  for (int t = 1; t < state_->threads; ++t) {
    state_->workers.emplace_back([state = state_.get(), t] { state->work(t); });
  }
}

ThreadPool::~ThreadPool() {
  state_->stop = true;
  state_->epoch.fetch_add(1, std::memory_order_release);
  state_->epoch.notify_all();
  for (std::thread& worker : state_->workers) worker.join();
}

int ThreadPool::threads() const { return state_->threads; }

void ThreadPool::run(const std::function<void(int thread)>& body) {
  State& state = *state_;
  if (state.threads == 1) {
    body(0);
    return;
  }
  const uint32_t target = state.done.load(std::memory_order_relaxed) + static_cast<uint32_t>(state.threads - 1);
  state.body = &body;
  state.placement.keepApart(0);
  const uint32_t epoch = state.epoch.fetch_add(1, std::memory_order_acq_rel) + 1;
  state.epoch.notify_all();
  body(0);
  // A worker that has not come yet (it slept, or has no CPU just now) would only be waited for: the caller does its part.
  for (int t = 1; t < state.threads; ++t) {
    if (!state.take(t, epoch)) continue;
    body(t);
    state.done.fetch_add(1, std::memory_order_relaxed);
  }
  uint32_t done = state.done.load(std::memory_order_acquire);
  while (done != target) done = awaitChange(state.done, done);
}

void ThreadPool::parallelFor(int64_t count, int64_t grain,
                             const std::function<void(int64_t begin, int64_t end, int thread)>& body) {
  if (count <= 0) return;
  grain = std::max<int64_t>(1, grain);
  const int64_t units = (count + grain - 1) / grain;
  const int64_t parts = std::min<int64_t>(units, state_->threads);
  if (parts == 1) {
    body(0, count, 0);
    return;
  }
  run([&](int thread) {
    if (thread >= parts) return;
    const int64_t begin = units * thread / parts * grain;
    const int64_t end = std::min(count, units * (thread + 1) / parts * grain);
    if (begin < end) body(begin, end, thread);
  });
}

void ThreadPool::runParts(int parts, const std::function<void(int part, int thread)>& body) {
  constexpr int kMostParts = 1024;
  const int threads = state_->threads;
  if (threads == 1 || parts <= 1 || parts > kMostParts) {
    run([&](int thread) {
      for (int part = thread; part < parts; part += threads) body(part, thread);
    });
    return;
  }
  std::atomic<bool> taken[kMostParts];
  for (int part = 0; part < parts; ++part) taken[part].store(false, std::memory_order_relaxed);
  const auto take = [&](int part, int thread) {
    if (!taken[part].load(std::memory_order_relaxed) && !taken[part].exchange(true, std::memory_order_relaxed)) {
      body(part, thread);
    }
  };
  run([&](int thread) {
    const int begin = parts * thread / threads, end = parts * (thread + 1) / threads;
    for (int part = begin; part < end; ++part) take(part, thread);
    // From the end, where the owner arrives last.
    for (int other = 1; other < threads; ++other) {
      const int owner = (thread + other) % threads;
      for (int part = parts * (owner + 1) / threads - 1; part >= parts * owner / threads; --part) take(part, thread);
    }
  });
}

void* ThreadPool::scratch(int thread, int slot, size_t bytes) {
  return grown(state_->thread[static_cast<size_t>(thread)].slot[slot], bytes);
}

void* ThreadPool::sharedScratch(size_t bytes) { return grown(state_->shared, bytes); }

size_t ThreadPool::scratchBytes() const {
  size_t total = state_->shared.bytes();
  for (int t = 0; t < state_->threads; ++t) {
    for (const AlignedBuffer& buffer : state_->thread[static_cast<size_t>(t)].slot) total += buffer.bytes();
  }
  return total;
}

}  // namespace weft
