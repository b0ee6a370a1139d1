#include <memory>
#include <string>
#include <vector>

#include "bridge/objects.h"
#include "bridge/task.h"

namespace weft::bridge {

namespace {

constexpr size_t numbersPerValue = 7;

// values: per value (storage, dtype, rowsSymbol, rows, colsSymbol, cols, offset or index).
std::vector<ValueSpec> readValues(const Napi::Float64Array& table) {
  std::vector<ValueSpec> values(table.ElementLength() / numbersPerValue);
  for (size_t i = 0; i < values.size(); ++i) {
    const double* row = table.Data() + i * numbersPerValue;
    ValueSpec& value = values[i];
    value.storage = static_cast<Storage>(static_cast<int32_t>(row[0]));
    value.dtype = static_cast<DType>(static_cast<int32_t>(row[1]));
    value.rows = {static_cast<int32_t>(row[2]), static_cast<int64_t>(row[3])};
    value.cols = {static_cast<int32_t>(row[4]), static_cast<int64_t>(row[5])};
    value.offsetBytes = static_cast<int64_t>(row[6]);
    value.index = value.storage == Storage::arena ? -1 : static_cast<int32_t>(row[6]);
  }
  return values;
}

// nodes: per node (inputCount, outputCount, attributeCount, inputs.., outputs.., attributes..).
Status readNodes(const Napi::Array& ops, const Napi::Float64Array& table, std::vector<NodeSpec>* nodes) {
  const double* cursor = table.Data();
  const double* end = cursor + table.ElementLength();
  for (uint32_t i = 0; i < ops.Length(); ++i) {
    WEFT_CHECK(end - cursor >= 3);
    const auto inputCount = static_cast<ptrdiff_t>(cursor[0]);
    const auto outputCount = static_cast<ptrdiff_t>(cursor[1]);
    const auto attributeCount = static_cast<ptrdiff_t>(cursor[2]);
    cursor += 3;
    WEFT_CHECK(inputCount >= 0 && outputCount >= 0 && attributeCount >= 0);
    WEFT_CHECK(end - cursor >= inputCount + outputCount + attributeCount);
    NodeSpec node;
    node.op = ops.Get(i).As<Napi::String>().Utf8Value();
    for (ptrdiff_t k = 0; k < inputCount; ++k) node.inputs.push_back(static_cast<int32_t>(*cursor++));
    for (ptrdiff_t k = 0; k < outputCount; ++k) node.outputs.push_back(static_cast<int32_t>(*cursor++));
    for (ptrdiff_t k = 0; k < attributeCount; ++k) node.attributes.push_back(*cursor++);
    nodes->push_back(std::move(node));
  }
  return Status::ok();
}

// compile(runtime, ops: string[], nodes: Float64Array, values: Float64Array, weights: handle[],
//         capacity: Float64Array, [arenaBytes, bindings, compute]: Float64Array): Promise<handle>
Napi::Value compile(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const auto runtime = unwrapHandle<Runtime>(info[0]);
  if (runtime == nullptr) return env.Undefined();
  auto spec = std::make_shared<ProgramSpec>();
  const Status status = readNodes(info[1].As<Napi::Array>(), info[2].As<Napi::Float64Array>(), &spec->nodes);
  if (!status.isOk()) {
    Napi::Error::New(env, status.message()).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  spec->values = readValues(info[3].As<Napi::Float64Array>());
  const auto weights = info[4].As<Napi::Array>();
  for (uint32_t i = 0; i < weights.Length(); ++i) {
    auto weight = unwrapHandle<Weight>(weights.Get(i));
    if (weight == nullptr) return env.Undefined();
    spec->weights.push_back(std::move(weight));
  }
  const auto capacity = info[5].As<Napi::Float64Array>();
  for (size_t i = 0; i < capacity.ElementLength(); ++i) spec->capacity.push_back(static_cast<int64_t>(capacity[i]));
  const auto scalars = info[6].As<Napi::Float64Array>();
  spec->arenaBytes = static_cast<int64_t>(scalars[0]);
  spec->bindings = static_cast<int32_t>(scalars[1]);
  spec->compute = static_cast<Compute>(static_cast<int32_t>(scalars[2]));
  auto bound = std::make_shared<BoundSession>();
  bound->runtime = runtime;
  bound->arrays.resize(static_cast<size_t>(spec->bindings));
  return Task::start(
      env, {},
      [bound, spec]() { return Session::create(bound->runtime, std::move(*spec), &bound->session); },
      [bound](Napi::Env current) { return wrapHandle(current, bound); });
}

// bind(session, index: number, array: Float32Array | Int32Array): void
Napi::Value bind(const Napi::CallbackInfo& info) {
  const auto bound = unwrapHandle<BoundSession>(info[0]);
  if (bound == nullptr) return info.Env().Undefined();
  const int32_t index = info[1].As<Napi::Number>().Int32Value();
  const bool isTyped = info[2].IsTypedArray() && info[2].As<Napi::TypedArray>().ElementSize() == 4;
  if (index < 0 || index >= bound->session->bindingCount() || !isTyped) {
    Napi::TypeError::New(info.Env(), "bind takes a session, a binding's index and an array of 4-byte elements")
        .ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  const auto array = info[2].As<Napi::TypedArray>();
  auto* data = static_cast<uint8_t*>(array.ArrayBuffer().Data()) + array.ByteOffset();
  bound->session->bind(index, {data, static_cast<int64_t>(array.ElementLength())});
  bound->arrays[static_cast<size_t>(index)] = Napi::Persistent(info[2].As<Napi::Object>());
  return info.Env().Undefined();
}

// run(session, symbols: Float64Array, cancel: Int32Array): Promise<boolean>; false where it was cancelled.
Napi::Value run(const Napi::CallbackInfo& info) {
  const auto bound = unwrapHandle<BoundSession>(info[0]);
  if (bound == nullptr) return info.Env().Undefined();
  const auto table = info[1].As<Napi::Float64Array>();
  std::vector<int64_t> symbols;
  for (size_t i = 0; i < table.ElementLength(); ++i) symbols.push_back(static_cast<int64_t>(table[i]));
  static_assert(sizeof(std::atomic<int32_t>) == sizeof(int32_t));
  const auto* cancel = reinterpret_cast<const std::atomic<int32_t>*>(info[2].As<Napi::Int32Array>().Data());
  auto done = std::make_shared<bool>(true);
  return Task::start(
      info.Env(), {info[0].As<Napi::Object>(), info[2].As<Napi::Object>()},
      [bound, symbols = std::move(symbols), cancel, done]() {
        Status status;
        *done = bound->session->run(symbols, cancel, &status) != RunOutcome::cancelled;
        return status;
      },
      [done](Napi::Env env) { return Napi::Boolean::New(env, *done); });
}

// nodeSeconds(session): Float64Array
Napi::Value nodeSeconds(const Napi::CallbackInfo& info) {
  const auto bound = unwrapHandle<BoundSession>(info[0]);
  if (bound == nullptr) return info.Env().Undefined();
  const std::vector<double>& seconds = bound->session->nodeSeconds();
  auto result = Napi::Float64Array::New(info.Env(), seconds.size());
  for (size_t i = 0; i < seconds.size(); ++i) result[i] = seconds[i];
  return result;
}

}  // namespace

void exportSession(Napi::Env env, Napi::Object exports) {
  exports.Set("compile", Napi::Function::New(env, compile));
  exports.Set("bind", Napi::Function::New(env, bind));
  exports.Set("run", Napi::Function::New(env, run));
  exports.Set("nodeSeconds", Napi::Function::New(env, nodeSeconds));
}

}  // namespace weft::bridge
