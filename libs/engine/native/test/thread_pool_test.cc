#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "runtime/thread_pool.h"
#include "test/test.h"

namespace weft::test {

WEFT_TEST(threadPoolRunsEachThreadOnce) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    WEFT_EXPECT(pool.threads() == threads);
    std::vector<int> calls(static_cast<size_t>(threads));
    for (int round = 1; round <= 2000; ++round) {
      pool.run([&](int thread) { ++calls[static_cast<size_t>(thread)]; });
      for (const int count : calls) WEFT_REQUIRE(count == round);
    }
  }
}

// The caller does the parts of threads that come late, so it matters that none is done twice or by nobody.
WEFT_TEST(threadPoolPartsOfSleepingThreads) {
  ThreadPool pool(4);
  for (int round = 0; round < 20; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::atomic<int> calls[4] = {};
    pool.run([&](int thread) { ++calls[thread]; });
    for (const std::atomic<int>& count : calls) WEFT_EXPECT(count == 1);
  }
}

WEFT_TEST(threadPoolPiecesCoverTheRange) {
  ThreadPool pool(3);
  for (const int64_t count : {0, 1, 2, 3, 7, 64, 100, 1001}) {
    for (const int64_t grain : {1, 4, 16, 2000}) {
      std::vector<std::atomic<int>> seen(static_cast<size_t>(count));
      pool.parallelFor(count, grain, [&](int64_t begin, int64_t end, int thread) {
        WEFT_EXPECT(begin % grain == 0 && begin < end && (end == count || end % grain == 0));
        WEFT_EXPECT(count > grain || thread == 0);
        for (int64_t i = begin; i < end; ++i) ++seen[static_cast<size_t>(i)];
      });
      for (const std::atomic<int>& times : seen) WEFT_EXPECT(times == 1);
    }
  }
}

WEFT_TEST(threadPoolPartsAreDoneOnce) {
  for (const int threads : {1, 3}) {
    ThreadPool pool(threads);
    for (const int parts : {0, 1, 2, 7, 64, 2000}) {
      std::vector<std::atomic<int>> seen(static_cast<size_t>(parts));
      pool.runParts(parts, [&](int part, int thread) {
        WEFT_EXPECT(thread >= 0 && thread < threads);
        // One thread is slow, so others must take over from it.
        if (part == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
        ++seen[static_cast<size_t>(part)];
      });
      for (const std::atomic<int>& times : seen) WEFT_EXPECT(times == 1);
    }
  }
}

WEFT_TEST(threadPoolScratchGrowsAndIsKept) {
  ThreadPool pool(2);
  void* first = pool.scratch(1, 0, 1000);
  WEFT_EXPECT(reinterpret_cast<uintptr_t>(first) % 64 == 0);
  WEFT_EXPECT(pool.scratch(1, 0, 10) == first);
  WEFT_EXPECT(pool.scratch(1, 1, 1000) != first);
  WEFT_EXPECT(pool.sharedScratch(4096) != nullptr);
  WEFT_EXPECT(pool.scratchBytes() == 1000 + 1000 + 4096);
}

WEFT_TEST(threadPoolDefaultIsPositive) { WEFT_EXPECT(defaultThreads() >= 1); }

}  // namespace weft::test
