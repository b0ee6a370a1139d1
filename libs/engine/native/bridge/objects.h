// The native objects that TypeScript holds, and the functions that each bridge file exports.
#pragma once

#include <vector>

#include "bridge/handles.h"
#include "io/mapped_file.h"
#include "runtime/session.h"
#include "runtime/weight.h"

namespace weft::bridge {

// A session with what is bound to it; the references keep the arrays alive.
struct BoundSession {
  std::unique_ptr<Session> session;
  std::shared_ptr<Runtime> runtime;
  std::vector<Napi::ObjectReference> arrays;
};

WEFT_HANDLE_TAG(Runtime, 0x7765667472756e74, 1);
WEFT_HANDLE_TAG(const MappedFile, 0x7765667466696c65, 2);
WEFT_HANDLE_TAG(Weight, 0x7765667477656967, 3);
WEFT_HANDLE_TAG(BoundSession, 0x7765667473657373, 4);

void exportRuntime(Napi::Env env, Napi::Object exports);
void exportWeights(Napi::Env env, Napi::Object exports);
void exportSession(Napi::Env env, Napi::Object exports);

}  // namespace weft::bridge
