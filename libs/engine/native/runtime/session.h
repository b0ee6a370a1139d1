// A Program made ready to run on the CPU: kernels looked up, weights packed, one arena for all temporaries.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cpu/kernel_table.h"
#include "runtime/aligned_buffer.h"
#include "runtime/weight.h"

namespace weft {

// What all sessions of a process share. A session runs while holding `busy`, since the pool serves one caller.
struct Runtime {
  Runtime(int threads, const KernelTable& table) : pool(threads), kernels(table) {}
  ThreadPool pool;
  const KernelTable& kernels;
  std::mutex busy;
};

// A size that is known, or bound at each run to symbol number `symbol`.
struct Extent {
  int32_t symbol = -1;
  int64_t constant = 0;
};

enum class Storage : int32_t { arena, external, weight };

struct ValueSpec {
  Storage storage = Storage::arena;
  DType dtype = DType::f32;
  Extent rows;
  Extent cols;
  int64_t offsetBytes = 0;  // in the arena
  int32_t index = -1;       // of the binding or the weight
};

struct NodeSpec {
  std::string op;
  // Indices of values; -1 is an absent input.
  std::vector<int32_t> inputs;
  std::vector<int32_t> outputs;
  std::vector<double> attributes;
};

struct ProgramSpec {
  std::vector<ValueSpec> values;
  std::vector<NodeSpec> nodes;
  std::vector<std::shared_ptr<Weight>> weights;
  std::vector<int64_t> capacity;  // by symbol
  int64_t arenaBytes = 0;
  int32_t bindings = 0;
  Compute compute = Compute::f32;
};

struct Binding {
  void* data = nullptr;
  int64_t elements = 0;
};

enum class RunOutcome { done, cancelled, failed };

class Session {
 public:
  // Checks the whole spec, looks up kernels and packs weights.
  static Status create(std::shared_ptr<Runtime> runtime, ProgramSpec spec, std::unique_ptr<Session>* session);

  void bind(int32_t index, Binding binding) { bindings_[static_cast<size_t>(index)] = binding; }
  int32_t bindingCount() const { return spec_.bindings; }
  size_t symbolCount() const { return spec_.capacity.size(); }

  // Executes all nodes in order; looks at `cancel` (may be null) between nodes.
  RunOutcome run(const std::vector<int64_t>& symbols, const std::atomic<int32_t>* cancel, Status* status);

  // Seconds spent in each node since the session was made.
  const std::vector<double>& nodeSeconds() const { return nodeSeconds_; }

 private:
  Session(std::shared_ptr<Runtime> runtime, ProgramSpec spec);
  Status check() const;
  Status prepareWeights();
  Status resolve(const std::vector<int64_t>& symbols);
  Status runNode(size_t index);

  std::shared_ptr<Runtime> runtime_;
  ProgramSpec spec_;
  std::vector<Kernel> kernels_;
  std::vector<Binding> bindings_;
  std::vector<Tensor> tensors_;
  std::vector<double> nodeSeconds_;
  AlignedBuffer arena_;
};

}  // namespace weft
