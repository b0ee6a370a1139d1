// Work on a native thread that settles a promise. `work` must not touch JavaScript; `finish` runs on its thread again.
#pragma once

#include <napi.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/status.h"

namespace weft::bridge {

class Task : public Napi::AsyncWorker {
 public:
  using Work = std::function<Status()>;
  using Finish = std::function<Napi::Value(Napi::Env)>;

  // `kept` stay alive until the promise is settled.
  static Napi::Promise start(Napi::Env env, std::vector<Napi::Object> kept, Work work, Finish finish) {
    auto* task = new Task(env, kept, std::move(work), std::move(finish));
    task->Queue();
    return task->deferred_.Promise();
  }

 protected:
  void Execute() override {
    const Status status = work_();
    if (!status.isOk()) SetError(status.message());
  }
  void OnOK() override { deferred_.Resolve(finish_(Env())); }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  Task(Napi::Env env, const std::vector<Napi::Object>& kept, Work work, Finish finish)
      : Napi::AsyncWorker(env), deferred_(env), work_(std::move(work)), finish_(std::move(finish)) {
    for (const Napi::Object& object : kept) kept_.push_back(Napi::Persistent(object));
  }

  Napi::Promise::Deferred deferred_;
  Work work_;
  Finish finish_;
  std::vector<Napi::ObjectReference> kept_;
};

}  // namespace weft::bridge
