#include "runtime/session.h"

#include <chrono>

namespace weft {

namespace {

int64_t resolveExtent(const Extent& extent, const std::vector<int64_t>& symbols) {
  return extent.symbol < 0 ? extent.constant : symbols[static_cast<size_t>(extent.symbol)];
}

// Which forms of its weight a node reads at input `input`.
std::vector<WeightForm> formsOf(const NodeSpec& node, size_t input) {
  if (node.op == "linear" && input == 1) return {WeightForm::packed};
  if (node.op == "linear_dx" && input == 1) return {WeightForm::packedTransposed};
  if (node.op == "embedding" && input == 0) return {WeightForm::source};
  if (node.op == "linear_cross_entropy" && input == 1) {
    if (node.attributes[0] == 0.0) return {WeightForm::packed};
    return {WeightForm::packed, WeightForm::packedTransposed};
  }
  return {WeightForm::dense};
}

}  // namespace

Session::Session(std::shared_ptr<Runtime> runtime, ProgramSpec spec)
    : runtime_(std::move(runtime)),
      spec_(std::move(spec)),
      bindings_(static_cast<size_t>(spec_.bindings)),
      tensors_(spec_.values.size()),
      nodeSeconds_(spec_.nodes.size()) {}

Status Session::create(std::shared_ptr<Runtime> runtime, ProgramSpec spec, std::unique_ptr<Session>* session) {
  std::unique_ptr<Session> created(new Session(std::move(runtime), std::move(spec)));
  if (Status status = created->check(); !status.isOk()) return status;
  const std::lock_guard<std::mutex> lock(created->runtime_->busy);
  if (Status status = created->prepareWeights(); !status.isOk()) return status;
  created->arena_ = AlignedBuffer(static_cast<size_t>(created->spec_.arenaBytes));
  if (created->spec_.arenaBytes > 0 && created->arena_.data() == nullptr) {
    return Status::error("no memory for an arena of " + std::to_string(created->spec_.arenaBytes) + " bytes");
  }
  *session = std::move(created);
  return Status::ok();
}

Status Session::check() const {
  const auto symbolCount = static_cast<int32_t>(spec_.capacity.size());
  for (const ValueSpec& value : spec_.values) {
    WEFT_CHECK(value.rows.symbol < symbolCount && value.cols.symbol < symbolCount);
    const int64_t rows = resolveExtent(value.rows, spec_.capacity);
    const int64_t cols = resolveExtent(value.cols, spec_.capacity);
    WEFT_CHECK(rows >= 0 && cols >= 0);
    if (value.storage == Storage::arena) {
      WEFT_CHECK(value.offsetBytes >= 0 && value.offsetBytes + rows * cols * 4 <= spec_.arenaBytes);
    } else if (value.storage == Storage::external) {
      WEFT_CHECK(value.index >= 0 && value.index < spec_.bindings);
    } else {
      WEFT_CHECK(value.index >= 0 && static_cast<size_t>(value.index) < spec_.weights.size());
      const WeightSource& source = spec_.weights[static_cast<size_t>(value.index)]->source();
      WEFT_CHECK(source.rows() * source.cols() == rows * cols);
    }
  }
  const auto valueCount = static_cast<int32_t>(spec_.values.size());
  for (const NodeSpec& node : spec_.nodes) {
    for (int32_t input : node.inputs) WEFT_CHECK(input >= -1 && input < valueCount);
    for (int32_t output : node.outputs) WEFT_CHECK(output >= 0 && output < valueCount);
  }
  return Status::ok();
}

Status Session::prepareWeights() {
  for (const NodeSpec& node : spec_.nodes) {
    const Kernel kernel = runtime_->kernels.find(node.op);
    if (kernel == nullptr) return Status::error("no kernel for op '" + node.op + "'");
    kernels_.push_back(kernel);
    for (size_t input = 0; input < node.inputs.size(); ++input) {
      if (node.inputs[input] < 0) continue;
      const ValueSpec& value = spec_.values[static_cast<size_t>(node.inputs[input])];
      if (value.storage != Storage::weight) continue;
      Weight& weight = *spec_.weights[static_cast<size_t>(value.index)];
      for (const WeightForm form : formsOf(node, input)) {
        Status status = weight.prepare(form, spec_.compute, runtime_->pool, *runtime_->kernels.gemm);
        if (!status.isOk()) return status;
      }
    }
  }
  return Status::ok();
}

Status Session::resolve(const std::vector<int64_t>& symbols) {
  WEFT_CHECK(symbols.size() == spec_.capacity.size());
  for (size_t i = 0; i < symbols.size(); ++i) WEFT_CHECK(symbols[i] >= 0 && symbols[i] <= spec_.capacity[i]);
  for (size_t i = 0; i < spec_.values.size(); ++i) {
    const ValueSpec& value = spec_.values[i];
    Tensor& tensor = tensors_[i];
    if (value.storage == Storage::weight) {
      tensor = spec_.weights[static_cast<size_t>(value.index)]->tensor(spec_.compute);
    }
    tensor.rows = resolveExtent(value.rows, symbols);
    tensor.cols = resolveExtent(value.cols, symbols);
    tensor.dtype = value.dtype;
    if (value.storage == Storage::arena) {
      tensor.data = static_cast<uint8_t*>(arena_.data()) + value.offsetBytes;
    } else if (value.storage == Storage::external) {
      const Binding& binding = bindings_[static_cast<size_t>(value.index)];
      if (binding.elements < tensor.size()) {
        return Status::error("binding " + std::to_string(value.index) + " holds " + std::to_string(binding.elements) +
                             " elements, the run needs " + std::to_string(tensor.size()));
      }
      tensor.data = binding.data;
    }
  }
  return Status::ok();
}

Status Session::runNode(size_t index) {
  const NodeSpec& node = spec_.nodes[index];
  constexpr size_t maxOperands = 16;
  WEFT_CHECK(node.inputs.size() <= maxOperands && node.outputs.size() <= maxOperands);
  Tensor inputs[maxOperands];
  Tensor outputs[maxOperands];
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i] >= 0) inputs[i] = tensors_[static_cast<size_t>(node.inputs[i])];
  }
  for (size_t i = 0; i < node.outputs.size(); ++i) outputs[i] = tensors_[static_cast<size_t>(node.outputs[i])];
  const Call call{inputs, static_cast<int32_t>(node.inputs.size()), outputs, static_cast<int32_t>(node.outputs.size()),
                  node.attributes.data(), runtime_->pool, runtime_->kernels};
  return kernels_[index](call);
}

RunOutcome Session::run(const std::vector<int64_t>& symbols, const std::atomic<int32_t>* cancel, Status* status) {
  const std::lock_guard<std::mutex> lock(runtime_->busy);
  *status = resolve(symbols);
  if (!status->isOk()) return RunOutcome::failed;
  auto started = std::chrono::steady_clock::now();
  for (size_t index = 0; index < spec_.nodes.size(); ++index) {
    if (cancel != nullptr && cancel->load(std::memory_order_relaxed) != 0) return RunOutcome::cancelled;
    *status = runNode(index);
    if (!status->isOk()) {
      *status = Status::error("op '" + spec_.nodes[index].op + "' (node " + std::to_string(index) + "): " + status->message());
      return RunOutcome::failed;
    }
    const auto ended = std::chrono::steady_clock::now();
    nodeSeconds_[index] += std::chrono::duration<double>(ended - started).count();
    started = ended;
  }
  return RunOutcome::done;
}

}  // namespace weft
