#include "bridge/objects.h"

namespace {

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  weft::bridge::exportRuntime(env, exports);
  weft::bridge::exportWeights(env, exports);
  weft::bridge::exportSession(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(weft, initialise)
