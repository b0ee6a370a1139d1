#include <memory>
#include <string>

#include "bridge/objects.h"
#include "bridge/task.h"
#include "cpu/gemm/select.h"
#include "runtime/cpu_features.h"

namespace weft::bridge {

namespace {

// createRuntime(threads: number, instructionSet: string): handle. threads 0: as many as can run at once here.
Napi::Value createRuntime(const Napi::CallbackInfo& info) {
  const int requested = info[0].As<Napi::Number>().Int32Value();
  const std::string instructionSet = info[1].As<Napi::String>().Utf8Value();
  const int threads = requested > 0 ? requested : defaultThreads();
  return wrapHandle(info.Env(), std::make_shared<Runtime>(threads, selectKernels(instructionSet)));
}

// runtimeInfo(runtime): {threads, instructionSet, cpu, bf16, scratchBytes}
Napi::Value runtimeInfo(const Napi::CallbackInfo& info) {
  const auto runtime = unwrapHandle<Runtime>(info[0]);
  if (runtime == nullptr) return info.Env().Undefined();
  const CpuFeatures features = detectCpuFeatures();
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("threads", runtime->pool.threads());
  result.Set("instructionSet", runtime->kernels.name);
  result.Set("cpu", features.name);
  result.Set("bf16", features.amxBf16 ? "amx" : features.avx512bf16 ? "avx512_bf16" : "emulated");
  result.Set("scratchBytes", static_cast<double>(runtime->pool.scratchBytes()));
  return result;
}

// measureProducts(runtime, compute): Promise<number> in floating-point operations per second.
Napi::Value measureProducts(const Napi::CallbackInfo& info) {
  const auto runtime = unwrapHandle<Runtime>(info[0]);
  if (runtime == nullptr) return info.Env().Undefined();
  const auto compute = static_cast<Compute>(info[1].As<Napi::Number>().Int32Value());
  auto result = std::make_shared<double>(0.0);
  return Task::start(
      info.Env(), {},
      [runtime, compute, result]() {
        const std::lock_guard<std::mutex> lock(runtime->busy);
        *result = measureGemm(*runtime->kernels.gemm, runtime->pool, compute) * 1e9;
        return Status::ok();
      },
      [result](Napi::Env env) { return Napi::Number::New(env, *result); });
}

}  // namespace

void exportRuntime(Napi::Env env, Napi::Object exports) {
  exports.Set("createRuntime", Napi::Function::New(env, createRuntime));
  exports.Set("runtimeInfo", Napi::Function::New(env, runtimeInfo));
  exports.Set("measureProducts", Napi::Function::New(env, measureProducts));
}

}  // namespace weft::bridge
