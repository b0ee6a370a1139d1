#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "bridge/objects.h"

namespace weft::bridge {

namespace {

Napi::Value fail(Napi::Env env, const std::string& message) {
  Napi::Error::New(env, message).ThrowAsJavaScriptException();
  return env.Undefined();
}

// openFile(path: string): handle
Napi::Value openFile(const Napi::CallbackInfo& info) {
  std::shared_ptr<const MappedFile> file;
  const Status status = MappedFile::open(info[0].As<Napi::String>().Utf8Value(), &file);
  if (!status.isOk()) return fail(info.Env(), status.message());
  return wrapHandle(info.Env(), std::move(file));
}

// openWeight(file, storage: string, [offsetBytes, sizeBytes, rows, cols, transposed, unpermuteHeads]: Float64Array): handle
Napi::Value openWeight(const Napi::CallbackInfo& info) {
  const auto file = unwrapHandle<const MappedFile>(info[0]);
  if (file == nullptr) return info.Env().Undefined();
  const auto numbers = info[2].As<Napi::Float64Array>();
  if (numbers.ElementLength() != 6) return fail(info.Env(), "openWeight takes six numbers");
  WeightSource::Options options;
  const std::string storage = info[1].As<Napi::String>().Utf8Value();
  if (!storageTypeFromName(storage, &options.type)) return fail(info.Env(), "unknown storage type " + storage);
  for (size_t i = 0; i < 6; ++i) {
    if (!(numbers[i] >= 0 && numbers[i] <= 9007199254740991.0)) return fail(info.Env(), "a size is out of range");
  }
  options.offsetBytes = static_cast<int64_t>(numbers[0]);
  options.sizeBytes = static_cast<int64_t>(numbers[1]);
  options.rows = static_cast<int64_t>(numbers[2]);
  options.cols = static_cast<int64_t>(numbers[3]);
  options.transposed = numbers[4] != 0.0;
  options.unpermuteHeads = static_cast<int64_t>(numbers[5]);
  std::unique_ptr<WeightSource> source;
  const Status status = WeightSource::create(options, file, &source);
  if (!status.isOk()) return fail(info.Env(), status.message());
  return wrapHandle(info.Env(), std::make_shared<Weight>(std::move(source)));
}

// memoryWeight(values: Float32Array, rows: number, cols: number): handle; the values are copied.
Napi::Value memoryWeight(const Napi::CallbackInfo& info) {
  const auto values = info[0].As<Napi::Float32Array>();
  std::unique_ptr<WeightSource> source;
  const Status status = WeightSource::createInMemory(
      std::vector<float>(values.Data(), values.Data() + values.ElementLength()),
      info[1].As<Napi::Number>().Int64Value(), info[2].As<Napi::Number>().Int64Value(), &source);
  if (!status.isOk()) return fail(info.Env(), status.message());
  return wrapHandle(info.Env(), std::make_shared<Weight>(std::move(source)));
}

// readWeightRows(weight, firstRow, count, out: Float32Array): void
Napi::Value readWeightRows(const Napi::CallbackInfo& info) {
  const auto weight = unwrapHandle<Weight>(info[0]);
  if (weight == nullptr) return info.Env().Undefined();
  const int64_t first = info[1].As<Napi::Number>().Int64Value();
  const int64_t count = info[2].As<Napi::Number>().Int64Value();
  auto out = info[3].As<Napi::Float32Array>();
  const WeightSource& source = weight->source();
  if (first < 0 || count < 0 || first + count > source.rows() ||
      static_cast<int64_t>(out.ElementLength()) < count * source.cols()) {
    return fail(info.Env(), "rows to read lie outside of the weight or of the array");
  }
  const Status status = source.readRows(first, count, out.Data());
  return status.isOk() ? info.Env().Undefined() : fail(info.Env(), status.message());
}

// weightInfo(weight): {rows, cols, packedBytes}
Napi::Value weightInfo(const Napi::CallbackInfo& info) {
  const auto weight = unwrapHandle<Weight>(info[0]);
  if (weight == nullptr) return info.Env().Undefined();
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("rows", static_cast<double>(weight->source().rows()));
  result.Set("cols", static_cast<double>(weight->source().cols()));
  result.Set("packedBytes", static_cast<double>(weight->bytes()));
  return result;
}

}  // namespace

void exportWeights(Napi::Env env, Napi::Object exports) {
  exports.Set("openFile", Napi::Function::New(env, openFile));
  exports.Set("openWeight", Napi::Function::New(env, openWeight));
  exports.Set("memoryWeight", Napi::Function::New(env, memoryWeight));
  exports.Set("readWeightRows", Napi::Function::New(env, readWeightRows));
  exports.Set("weightInfo", Napi::Function::New(env, weightInfo));
}

}  // namespace weft::bridge
